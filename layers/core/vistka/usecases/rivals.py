"""Whether another program writes the shop's status column: the old cron, by what it leaves there (F45)."""

from collections.abc import Callable
from typing import Final

from vistka.domain.errors import VistkaError
from vistka.domain.orders import Finding, Order
from vistka.domain.projection import fingerprint, is_foreign
from vistka.domain.waybills import parse_numbers
from vistka.ports import ParcelStore, Shop

NAME: Final = "other writers"

_PAGE: Final = 500
_PAGES: Final = 20
_SHOWN: Final = 50
_SWITCH_OFF: Final = (
    "switch the old cron off (update_tracking_statuses in the hosting's Cron Jobs, or in `crontab -l` there)"
)


def look_for_rivals(shop: Shop, parcels: ParcelStore, *, is_live: Callable[[str], bool]) -> list[Finding]:
    """Compare what open orders show with what we wrote or, in shadow, would have written.

    Of a live order only what was replaced and came back is a fault: a text left from before is replaced by itself.
    Nothing at all is said when shop or store cannot be asked: other lines say that.
    """
    left: list[Order] = []
    fought: list[Order] = []
    total, after = 0, None
    try:
        for _ in range(_PAGES):
            page = shop.open_orders(after=after, limit=_PAGE)
            ttns = {order.key: parse_numbers(order.tracking).ttns for order in page.orders}
            states = parcels.states({ttn: None for numbers in ttns.values() for ttn in numbers})
            total += len(page.orders)
            foreign: list[Order] = []
            for order in page.orders:
                if not order.shown or not order.shown.strip():
                    continue
                if not is_live(order.number):
                    marks = {mark for ttn in ttns[order.key] if ttn in states for mark in states[ttn].written}
                    left += [order] if fingerprint(order.shown) not in marks else []
                elif is_foreign(order, ttns[order.key], states):
                    foreign.append(order)
            known = parcels.foreign_texts([order.key for order in foreign]) if foreign else {}
            fought += [order for order in foreign if order.key in known and known[order.key].stopped]
            after = page.after
            if after is None:
                break
    except VistkaError:
        return []
    if fought:
        text = f"{_of(fought, total)} another program's text again and again; they are left to it"
        return [Finding(name=NAME, ok=False, text=text, hint=f"{_SWITCH_OFF}, then `vistka update --overwrite`")]
    if left:
        text = f"{_of(left, total)} a text that Vistka did not write"
        return [Finding(name=NAME, ok=True, text=text, hint=f"before `vistka live` {_SWITCH_OFF}")]
    return [Finding(name=NAME, ok=True, text="none: nobody else writes shipment_status")]


def _of(orders: list[Order], total: int) -> str:
    first = orders[0]
    shown = " ".join((first.shown or "").split())
    said = f"{shown[:_SHOWN].rstrip()}…" if len(shown) > _SHOWN else shown
    verb = "shows" if len(orders) == 1 else "show"
    return f"{len(orders)} of {total} open orders (order {first.number}: «{said}») {verb}"
