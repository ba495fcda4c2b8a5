"""Orders that have lost a number, or are closed, or whose buyer has another chat by now: what still waits to be told of
them, or reminded of, ends, waits on, or goes there."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from vistka.domain.deadlines import may_open
from vistka.domain.errors import ShopMismatch, ShopUnavailable, StoreConflict
from vistka.domain.messages import PollOrder
from vistka.domain.notices import LONGEST_HOLD, OF_PARCELS, REMINDERS, Audience, Notice, NoticeState
from vistka.domain.parcels import ParcelState, to_iso
from vistka.domain.recipients import as_in_profile
from vistka.domain.reminders import LOOK_AGAIN, OF_OPEN_ORDERS, REMINDER_WITHIN
from vistka.domain.waybills import parse_numbers
from vistka.ports import Chats, Clock, Ledger, ParcelStore, Shop
from vistka.usecases.linking import end_link, still_stands, superseded, waits
from vistka.usecases.sweeping import MOST_READ

#: Orders that the shop is asked about one by one in a run.
MOST_ASKED: Final = 100


@dataclass(kw_only=True)
class Waiting:
    """Orders with notices that have waited for a while, by key: the order's number and the parcels they tell of. What
    a run finds listed is taken out. `buyers`: what of it waits for its hour, or for a chat, to be told to the buyer;
    `moved`: those for whom the shop names another chat by now, as they would go there."""

    orders: dict[str, tuple[str, set[str]]]
    buyers: dict[str, list[Notice]] = field(default_factory=dict)
    moved: list[Notice] = field(default_factory=list)

    def listed(self, entries: Iterable[PollOrder], _states: Mapping[str, ParcelState]) -> None:
        for entry in entries:
            of_order = self.buyers.pop(entry.order.key, ())
            self.moved.extend(moved for one in of_order if (moved := as_in_profile(one, entry.order)) is not None)
            if (found := self.orders.get(entry.order.key)) is not None:
                found[1].difference_update(entry.ttns)
                if not found[1]:
                    del self.orders[entry.order.key]


@dataclass(frozen=True, kw_only=True)
class Releaser:
    """A notice younger than `after` is on its way: the number stood in the order when it was made."""

    ledger: Ledger
    chats: Chats
    parcels: ParcelStore
    shop: Shop
    clock: Clock
    after: timedelta
    say: Callable[..., None]

    def waiting(self) -> Waiting:
        """Raises StoreUnavailable."""
        now = self.clock.now()
        waiting = Waiting(orders={})
        for notice in self.ledger.due(before=now + LONGEST_HOLD, limit=MOST_READ):
            if waits(notice, now) and now - notice.created_at > self.after and _is_looked_at(notice, now):
                waiting.orders.setdefault(notice.order_key, (notice.order_number, set()))[1].add(notice.ttn)
                if notice.state is NoticeState.WAITING and notice.audience is Audience.BUYER and notice.seat == 1:
                    waiting.buyers.setdefault(notice.order_key, []).append(notice)
        return waiting

    def readdress(self, waiting: Waiting) -> int:
        """What waits goes to the chat that the shop has in the buyer's profile by now; how many. Chats that the buyer
        linked go before it, and whoever was forgotten is told in neither. Raises StoreUnavailable."""
        linked = self.chats.of_orders(sorted({notice.order_key for notice in waiting.moved})) if waiting.moved else {}
        done = 0
        for notice in waiting.moved:
            chats = linked.get(notice.order_key)
            if chats is not None and (chats.ids or chats.erased_at is not None):
                continue
            with suppress(StoreConflict):  # somebody works on it right now; the next run looks again
                self.ledger.update(notice)
                done += 1
        if done:
            self.say("buyers have another chat in the shop's profile; what waits goes there", count=done)
        return done

    def release(self, waiting: Waiting) -> int:
        """End the links and the notices of what neither the run found listed nor the shop has any more; how many. An
        order that is done or cancelled keeps its number, and what waits is told, but for reminders: whether they still
        hold is not known of a parcel that nobody asks about. They wait on, as the order may have been closed by
        mistake, and end when it is too late for them. Raises StoreUnavailable."""
        released = closed = 0
        for key in self._turn(waiting.orders):
            number, ttns = waiting.orders[key]
            try:
                order = self.shop.order(number)
            except (ShopUnavailable, ShopMismatch):
                continue
            has = parse_numbers(order.tracking).ttns if order is not None and order.key == key else ()
            lost = self._lost(key, ttns.difference(has), has)
            for ttn in lost:
                released += self._release(key, ttn, has)
            if order is not None and not order.open:
                closed += sum(self._end_reminders(key, ttn) for ttn in sorted(ttns.difference(lost)))
        if released:
            self.say("orders have lost a number; what waited to be told of it is not told", count=released)
        if closed:
            self.say("orders are done or cancelled; nobody is reminded of their parcels", count=closed)
        return released

    def _turn(self, keys: Collection[str]) -> Iterable[str]:
        """As many as a run asks about: of more, others each time. An order that is done keeps what waits, and would be
        before those behind it for ever."""
        if len(keys) <= MOST_ASKED:
            return tuple(keys)
        now = to_iso(self.clock.now())
        return sorted(keys, key=lambda key: crc32(f"{now} {key}".encode()))[:MOST_ASKED]

    def _lost(self, order_key: str, ttns: Iterable[str], has: Container[str]) -> list[str]:
        """Those of the numbers that are the order's no longer: a child is, as long as the number it comes from is."""
        gone = sorted(ttns)
        links = self.parcels.links([(order_key, ttn) for ttn in gone]) if gone else {}
        linked = {ttn: link for (_, ttn), link in links.items()}
        return [ttn for ttn in gone if ttn not in linked or not still_stands(self.parcels, linked[ttn], has)]

    def _release(self, order_key: str, ttn: str, has: Container[str]) -> bool:
        try:
            ended = end_link(self.parcels, order_key, ttn, self.clock.now(), numbers=has)
            return ended or self._end_notices(order_key, ttn)
        except StoreConflict:
            return False  # somebody works on it right now; the next run looks again

    def _end_notices(self, order_key: str, ttn: str) -> bool:
        """Of a link that has ended already: what was being sent in that moment, and was not taken."""
        now = self.clock.now()
        left = [
            one
            for one in self.ledger.of_parcel(order_key, ttn)
            if one.kind in OF_PARCELS and waits(one, now) and not one.is_effect
        ]
        for notice in left:
            self.ledger.update(superseded(notice, now))
        return bool(left)

    def _end_reminders(self, order_key: str, ttn: str) -> bool:
        """Or have them wait on, where the order may be open again in time; whether one has ended."""
        now = self.clock.now()
        left = [one for one in self.ledger.of_parcel(order_key, ttn) if one.kind in OF_OPEN_ORDERS and waits(one, now)]
        state = self.parcels.states([ttn]).get(ttn) if left else None
        ended = False
        try:
            for notice in left:
                if not may_open(notice, state, now):
                    why = "the order is done or cancelled"
                    self.ledger.update(notice.ended(NoticeState.SUPERSEDED, now, reason=why))
                    ended = True
                elif _is_looked_at(notice, now):  # what comes later is looked at in its turn
                    self.ledger.update(notice.held(now + LOOK_AGAIN))
        except StoreConflict:
            return False
        return ended


def _is_looked_at(notice: Notice, now: datetime) -> bool:
    if notice.kind not in REMINDERS:
        return notice.kind in OF_PARCELS
    return notice.due_at is not None and notice.due_at <= now + REMINDER_WITHIN
