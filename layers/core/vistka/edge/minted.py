"""Links that somebody asks a function for, by a direct invocation; and the keys that sign them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from vistka.domain.errors import BadMessage, ConfigurationError, TransientError
from vistka.domain.orders import MOST_CHARACTERS, Finding
from vistka.domain.parcels import to_iso
from vistka.domain.tokens import KeyRing
from vistka.edge.outside import Outside
from vistka.usecases.minting import OrderLink

#: What a link lasts at most.
MOST_DAYS: Final = 366


def minted(name: str, asked: Any, *, days: int, mint: Callable[..., OrderLink]) -> dict[str, Any]:
    """`asked`: `{"order_number": …}` or `{"order_key": …}`, with `days` for what the link lasts. `name` is what the
    event calls it. Raises BadMessage naming the field that is wrong."""
    if not isinstance(asked, dict) or not asked.keys() <= {"order_number", "order_key", "days"}:
        raise BadMessage(f'{name} must be an object, such as {{"order_number": "TWC09092025N01", "days": 30}}')
    number, key, days = asked.get("order_number", ""), asked.get("order_key", ""), asked.get("days", days)
    if not all(isinstance(one, str) and len(one) <= MOST_CHARACTERS for one in (number, key)) or not (number or key):
        raise BadMessage(f"{name}.order_number, or {name}.order_key, must name an order, as text")
    if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= MOST_DAYS:
        raise BadMessage(f"{name}.days must be a whole number from 1 to {MOST_DAYS}")
    link = mint(order_number=number, order_key=key, lasts=timedelta(days=days))
    return {
        "order_key": link.order_key,
        "order_number": link.order_number,
        "url": link.url,
        "expires_at": to_iso(link.expires_at),
    }


def keys_of(outside: Outside) -> Callable[[], KeyRing]:
    secret = outside.secret("LINK_KEYS", TransientError)
    return lambda: KeyRing.parse(secret())


def keys_finding(outside: Outside, name: str, *, unset: str) -> Finding:
    """Whether links can be signed and read. A shop that wants none is well too: `unset` says what it does without."""
    try:
        keys = outside.secret("LINK_KEYS", TransientError)()
    except ConfigurationError:
        return Finding(name=name, ok=True, text=f"not set up: {unset}", hint="vistka bot install")
    try:
        ring = KeyRing.parse(keys)
    except ConfigurationError as error:
        return Finding(name=name, ok=False, text=str(error), hint="mend the parameter that LinkKeysParameter names")
    return Finding(name=name, ok=True, text=f"signed with key {ring.signing} of {len(ring.keys)}")
