"""What `vistka check` says of the shop's open orders, however they are reached."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from vistka.domain.errors import VistkaError
from vistka.domain.orders import Finding, OrderPage

_PAGE: Final = 500
_PAGES: Final = 20


def look_at_orders(open_orders: Callable[..., OrderPage]) -> Iterator[Finding]:
    """Reads up to 10 000 orders. Never raises: what fails is a finding."""
    reasons: Counter[str] = Counter()
    unreadable: list[str] = []
    after: str | None = None
    try:
        for _ in range(_PAGES):
            page = open_orders(after=after, limit=_PAGE)
            reasons.update(str(order.unreachable) if order.unreachable else "chat" for order in page.orders)
            unreadable += page.problems
            after = page.after
            if after is None:
                break
    except VistkaError as error:
        yield Finding(name="shop orders", ok=False, text=str(error), hint="see the lines above")
        return
    more = " or more" if after is not None else ""
    total = reasons.total() + len(unreadable)
    text = f"{total}{more} open orders have something in their tracking field"
    if unreadable:
        shown = "; ".join(unreadable[:3])
        yield Finding(
            name="shop orders",
            ok=False,
            text=f"{text}; {len(unreadable)} cannot be read: {shown}",
            hint="correct these rows in the shop; the others are tracked",
        )
    else:
        hint = "" if total else "if there should be some: compare orders.open_statuses with the shop's statuses"
        yield Finding(name="shop orders", ok=True, text=text, hint=hint)
    chats = reasons.pop("chat", 0)
    others = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    yield Finding(
        name="shop chats",
        ok=True,
        text=f"{chats} of {total}{more} have a buyer's chat" + (f" (others: {others})" if others else ""),
        hint="" if chats or not total else "until buyers have chats, their notices go to the shop's own",
    )
