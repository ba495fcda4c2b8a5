"""An order's former numbers: their links end, and what was still to be told of them is superseded."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from vistka.domain import polling
from vistka.domain.notices import OF_PARCELS, REMINDERS, Notice, NoticeState, Unreachable, holds
from vistka.domain.orders import Order, is_buyers_chat
from vistka.domain.parcels import ParcelState
from vistka.ports import Commit, Link, ParcelStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Former:
    """`ledger`: what these orders have in it, by order key and notice id. `overtaken`: keys of orders that were linked
    to yet another number after the message was made, which is then not theirs any more. `written`: fingerprints of the
    texts that these orders may show from their former numbers."""

    ledger: Mapping[tuple[str, str], Notice]
    overtaken: frozenset[str]
    written: tuple[str, ...]

    def still_to_make(self, notice: Notice) -> Notice | None:
        """The notice as it is to be put into the ledger; None for one that is not made again."""
        there = self.ledger.get((notice.order_key, notice.id))
        if there is None:
            return notice
        if there.state is not NoticeState.SUPERSEDED:
            return None
        if there.lost and notice.kind in REMINDERS:
            return None  # it may have been told, and a reminder is not worth a repeat
        # Superseded with its number, and the number is back: what nobody was told is told now.
        again = replace(notice, revision=there.revision + 1, sweeps=there.sweeps + 1)
        if there.lost and again.state is NoticeState.NEW:
            # The buyer may have been told: then it is the one silent repeat, which the sweep makes, if none was made.
            return replace(again, state=NoticeState.UNKNOWN, attempt=there.attempt, repeated=there.repeated)
        return again


def order_of(link: Link) -> Order:
    """The order as it was when its link was last written, for where the shop is not asked."""
    reachable = is_buyers_chat(link.chat_id)
    why = Unreachable.BAD_CHAT if link.chat_id is not None else Unreachable(link.unreachable or Unreachable.NO_CHAT)
    return Order(
        key=link.order_key,
        number=link.order_number,
        tracking=link.listed,
        shown=None,
        chat_id=link.chat_id if reachable else None,
        unreachable=None if reachable else why,
        language=link.language,
    )


def release_former_numbers(
    new_orders: Iterable[Order],
    numbers: Mapping[str, tuple[str, ...]],
    parcels: ParcelStore,
    now: datetime,
    *,
    run_at: datetime,
) -> Former:
    """End the links of orders, seen with a parcel for the first time, to numbers they no longer have.

    Done before the new link is written, so that a crash in between repeats it. `run_at` is when the shop was read. A
    link that is dated ahead of now overtakes nobody: believed, it would until its moment comes.
    Raises StoreConflict, StoreUnavailable.
    """
    ledger: dict[tuple[str, str], Notice] = {}
    overtaken: set[str] = set()
    written: list[str] = []
    for order in new_orders:
        record = parcels.order(order.key)
        if record is None:
            continue
        ledger.update({(order.key, notice.id): notice for notice in record.notices})
        has = numbers.get(order.key, ())
        absent = [link for link in record.links if not link.stands_in(has)]
        states = parcels.states([link.ttn for link in absent]) if absent else {}
        former = [link for link in absent if not _is_behind(link, states.get(link.ttn), has)]
        if any(link.current and run_at < link.since and not polling.is_ahead(link.since, now) for link in former):
            overtaken.add(order.key)
            continue
        for link in former:
            if (state := states.get(link.ttn)) is None:
                continue
            written.extend(state.written)
            if order.key in state.orders:
                parcels.commit(_release(link, state, record.notices, now))
    return Former(ledger=ledger, overtaken=frozenset(overtaken), written=tuple(written))


def waits(notice: Notice, now: datetime) -> bool:
    """Whether it can still be superseded: nobody is sending it this moment."""
    being_sent = notice.state is NoticeState.SENDING and (notice.lease_until is None or holds(notice.lease_until, now))
    return not notice.settled and not being_sent


def end_link(parcels: ParcelStore, order_key: str, ttn: str, now: datetime, *, numbers: Container[str] = ()) -> bool:
    """End the link of an order to a number that its field has lost, and to all that took this number's place, but for
    what stands there itself (`numbers`); False if there was nothing to end.

    Raises StoreConflict, StoreUnavailable.
    """
    record = parcels.order(order_key)
    lost = next((link for link in record.links if link.ttn == ttn), None) if record is not None else None
    if record is None or lost is None:
        return False
    chain = [link for link in record.links if link.listed == lost.listed and not link.stands_in(numbers)]
    states = parcels.states([link.ttn for link in chain])
    ended = False
    for link in chain:
        state = states.get(link.ttn)
        if state is not None and order_key in state.orders and not _is_behind(link, state, numbers):
            parcels.commit(_release(link, state, record.notices, now))
            ended = True
    return ended


def still_stands(parcels: ParcelStore, link: Link, numbers: Container[str]) -> bool:
    """Whether the parcel is still the order's, when these stand in the order's field. Raises StoreUnavailable."""
    if link.stands_in(numbers):
        return True
    return bool(link.root) and _is_behind(link, parcels.states([link.ttn]).get(link.ttn), numbers)


def _is_behind(link: Link, state: ParcelState | None, numbers: Container[str]) -> bool:
    """Whether it took the place of one of these. The link names the number that the field had when the first child was
    made: the shop may have put that child's own number there since."""
    return bool(link.root) and state is not None and any(forebear in numbers for forebear in state.chain)


def _release(link: Link, state: ParcelState, notices: Iterable[Notice], now: datetime) -> Commit:
    return Commit(
        state=state.next(orders=state.orders - {link.order_key}),
        expected=state.revision,
        links=(replace(link, current=False),),
        superseded=tuple(
            superseded(notice, now)
            for notice in notices
            if notice.ttn == link.ttn and notice.kind in OF_PARCELS and waits(notice, now) and not notice.is_effect
        ),
    )


def superseded(notice: Notice, now: datetime) -> Notice:
    """The end of what waited to be told of a number that its order has no longer."""
    return notice.ended(NoticeState.SUPERSEDED, now, reason="the order no longer has this number")
