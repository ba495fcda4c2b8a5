"""An order's former numbers: their links end, and what was still to be told of them is superseded."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from vistka.domain.notices import NoticeState
from vistka.domain.orders import Order
from vistka.ports import Commit, ParcelStore


def release_former_numbers(
    new_orders: Iterable[Order],
    numbers: Mapping[str, tuple[str, ...]],
    parcels: ParcelStore,
    now: datetime,
) -> frozenset[tuple[str, str]]:
    """End the links of orders, seen with a parcel for the first time, to numbers they no longer have.

    Done before the new link is written, so that a crash in between repeats it. Returns (order key, notice id) of
    every notice that these orders have in the ledger: one that is there already is not made again, when a number
    comes back to an order that had it before. Raises StoreConflict, StoreUnavailable.
    """
    ledger: set[tuple[str, str]] = set()
    for order in new_orders:
        record = parcels.order(order.key)
        if record is None:
            continue
        ledger.update((order.key, notice.id) for notice in record.notices)
        former = [link for link in record.links if link.current and link.ttn not in numbers.get(order.key, ())]
        states = parcels.states([link.ttn for link in former]) if former else {}
        for link in former:
            state = states.get(link.ttn)
            if state is None:
                continue
            parcels.commit(
                Commit(
                    state=state.next(orders=state.orders - {order.key}),
                    expected=state.revision,
                    links=(replace(link, current=False),),
                    superseded=tuple(
                        notice.ended(NoticeState.SUPERSEDED, now, reason="the order has another number now")
                        for notice in record.notices
                        if notice.ttn == link.ttn and not notice.settled and notice.state is not NoticeState.SENDING
                    ),
                )
            )
    return frozenset(ledger)
