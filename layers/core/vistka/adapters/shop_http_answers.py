"""What a shop's own server answers, as integrations/PROTOCOL.md says it may; anything else becomes one clear line."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from vistka.adapters.bounded_http import Reply
from vistka.domain.errors import ShopMismatch, ShopUnavailable

type JsonObject = Mapping[str, Any]

_INSTALLED: Final = "is the integration installed, and the address in SHOP_DATABASE_URL the right one?"
#: The server's codes that no waiting mends, with what to do.
_MISMATCHES: Final = {
    "no_key": "no key is set on the shop's side; set the one of SHOP_DATABASE_URL in its settings",
    "unsigned": "our headers do not arrive; something in front of the shop drops those that begin with X-Vistka",
    "key_unknown": "the shop has no key with the id that SHOP_DATABASE_URL names; set the same one on both sides",
    "signature_wrong": "our signature is refused; the secret in SHOP_DATABASE_URL is not that of the shop's settings",
    "operation_unknown": "the shop's side is older than this version; update the integration",
    "too_large": "the shop's side takes no request of this size",
    "request_wrong": "the shop's side does not take our request",
    "shop_mismatch": "its tables are not as its settings say",
}


class Replayed(ShopUnavailable):
    """The shop has seen this very request before: something on the way repeats what it carries."""


def wrong(text: str) -> ShopMismatch:
    return ShopMismatch(f"the shop's server: {text}")


def away(text: str) -> ShopUnavailable:
    return ShopUnavailable(f"the shop's server: {text}")


def plain(text: object, longest: int = 300) -> str:
    """Words of the shop's side as they may stand in a log or on a terminal."""
    line = re.sub(r"[^\w\s!-~№«»’–—…→]+|[\r\n\t]+", " ", str(text))
    return line if len(line) <= longest else line[: longest - 1] + "…"


def seconds_of(value: object) -> float | None:
    """A moment of the shop's clock, in seconds since 1970."""
    if isinstance(value, int | float) and 0 <= value < 10**11:
        return float(value)
    return None


def read_answer(reply: Reply, *, now: float) -> JsonObject:
    """The object that was answered. `now`: seconds since 1970 on our side. Raises ShopUnavailable, ShopMismatch."""
    answer = _object(reply.body)
    if answer is None or answer.get("vistka") != 1:
        raise _foreign(reply)
    error = answer.get("error")
    if error is not None:
        raise _told(error if isinstance(error, dict) else {}, now=now)
    if reply.status != 200:
        raise _foreign(reply)
    return answer


def _told(error: JsonObject, *, now: float) -> ShopMismatch | ShopUnavailable:
    """The error that the shop's side names by its code; what it says besides names fields, never values."""
    code, said = error.get("code"), plain(error.get("text") or "")
    if code == "clock_wrong":
        theirs = seconds_of(error.get("now"))
        off = "" if theirs is None else f" by {_off(theirs - now)}"
        return wrong(f"its clock differs from ours{off}; have its host set it (NTP), at most 5 minutes are borne")
    if code == "replayed":
        return Replayed("the shop's server: it has seen this request before; something in front of it repeats requests")
    if isinstance(code, str) and code in _MISMATCHES:
        return wrong(_MISMATCHES[code] + (f": {said}" if said else ""))
    return away(said or "it cannot answer now")


def _off(seconds: float) -> str:
    """How much their clock is ahead of ours, in words."""
    minutes = round(abs(seconds) / 60)
    size = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
    return f"{size}, {'ahead' if seconds > 0 else 'behind'}"


def _foreign(reply: Reply) -> ShopMismatch | ShopUnavailable:
    """An answer that is not of our protocol: whoever gave it, it was not the integration."""
    status = reply.status
    page = "html" in reply.content_type.lower() or reply.body.lstrip()[:1] == b"<"
    what = f"HTTP {status}, a page for people" if page and status != 200 else f"HTTP {status}"
    if 300 <= status < 400:
        return wrong(f"it sends us to another address ({what}); put the final one, https and www, in SHOP_DATABASE_URL")
    if status >= 500 or status in {408, 425}:
        return away(f"it fails ({what}); its error log says why")
    if status == 429:
        return away(f"it asks us to slow down ({what}); tell the host that /vistka may be asked")
    if status in {401, 403, 406}:
        return wrong(f"something in front of the shop turns us away ({what}): a firewall or a password; let us through")
    if status == 200 and not page:
        return away("an answer that cannot be read")
    if status == 200:
        return wrong(
            f"a page for people where Vistka should answer ({what}): maintenance, a bot check? else {_INSTALLED}"
        )
    return wrong(f"there is no Vistka at this address ({what}); {_INSTALLED}")


def _object(body: bytes) -> JsonObject | None:
    try:
        answer = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
