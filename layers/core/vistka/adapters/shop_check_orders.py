"""What `vistka check` says of the shop's open orders, however they are reached."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from vistka.domain.errors import VistkaError
from vistka.domain.notices import Unreachable
from vistka.domain.orders import Finding, Order, OrderPage
from vistka.domain.waybills import parse_numbers

_PAGE: Final = 500
_PAGES: Final = 20
#: So many orders are named; their numbers are nobody's data.
_NAMED: Final = 5


@dataclass(kw_only=True)
class _Seen:
    """Why buyers have no chat, and the orders in which there is something to correct."""

    reasons: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    bad_numbers: list[str] = field(default_factory=list)
    bad_chats: list[str] = field(default_factory=list)

    def take(self, order: Order) -> None:
        self.reasons[str(order.unreachable) if order.unreachable else "chat"] += 1
        if parse_numbers(order.tracking).problems:
            self.bad_numbers.append(order.number)
        if order.unreachable is Unreachable.BAD_CHAT:
            self.bad_chats.append(order.number)


def look_at_orders(open_orders: Callable[..., OrderPage]) -> Iterator[Finding]:
    """Reads up to 10 000 orders. Never raises: what fails is a finding."""
    seen = _Seen()
    after: str | None = None
    try:
        for _ in range(_PAGES):
            page = open_orders(after=after, limit=_PAGE)
            for order in page.orders:
                seen.take(order)
            seen.unreadable += page.problems
            after = page.after
            if after is None:
                break
    except VistkaError as error:
        yield Finding(name="shop orders", ok=False, text=str(error))
        return
    more = " or more" if after is not None else ""
    total = seen.reasons.total() + len(seen.unreadable)
    yield _orders(seen, total, more)
    yield _chats(seen, total, more)


def _orders(seen: _Seen, total: int, more: str) -> Finding:
    text = f"{total}{more} open orders have something in their tracking field"
    if seen.bad_numbers:
        text += f"; in {len(seen.bad_numbers)} not all of it is a waybill number: {_named(seen.bad_numbers)}"
    if seen.unreadable:
        return Finding(
            name="shop orders",
            ok=False,
            text=f"{text}; {len(seen.unreadable)} cannot be read: {'; '.join(seen.unreadable[:3])}",
            hint="correct these rows in the shop; the others are tracked",
        )
    hint = "correct them in the shop; the others are tracked" if seen.bad_numbers else ""
    if not total:
        hint = "if there should be some: compare orders.open_statuses with the shop's statuses"
    return Finding(name="shop orders", ok=True, text=text, hint=hint)


def _chats(seen: _Seen, total: int, more: str) -> Finding:
    chats = seen.reasons.pop("chat", 0)
    others = ", ".join(f"{reason} {count}" for reason, count in sorted(seen.reasons.items()))
    text = f"{chats} of {total}{more} have a buyer's chat" + (f" (others: {others})" if others else "")
    hint = "" if chats or not total else "until buyers have chats, their notices go to the shop's own"
    if seen.bad_chats:
        text += f"; what the profile holds is no chat of a person: {_named(seen.bad_chats)}"
        hint = "correct these profiles, or empty them; nothing is sent there"
    return Finding(name="shop chats", ok=True, text=text, hint=hint)


def _named(orders: Sequence[str]) -> str:
    left = len(orders) - _NAMED
    return ", ".join(orders[:_NAMED]) + (f" and {left} more" if left > 0 else "")
