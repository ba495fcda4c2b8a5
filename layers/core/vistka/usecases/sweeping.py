"""The sweep: takes up the notices that are overdue, and counts into one summary those that reach no buyer."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.errors import StoreConflict
from vistka.domain.notices import LONGEST_HOLD, REMINDERS, SHOP_KEY, Audience, Kind, Notice, NoticeState, holds
from vistka.domain.recipients import Closed, OrderChats, further_seats, readdressed
from vistka.metrics import Metric
from vistka.ports import Chats, Circuit, Circuits, Clock, Ledger, Metrics
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.reminding import Relevance, waits_on

#: Notices that one sweep sends again, and those that it looks at. What waited for its hour was never sent, and may
#: leave together: a morning has many, and most reminders have been overtaken.
MOST: Final = 1000
MOST_READ: Final = 5 * MOST
#: A sweep takes notices up for so long; a quarter of the dispatcher's time.
LONGEST: Final = timedelta(seconds=60)
_HOUR: Final = timedelta(hours=1)
#: Ledger entries in one transaction beside the summary.
_TOGETHER: Final = 90


@dataclass(frozen=True, kw_only=True)
class Swept:
    sent: int = 0
    overdue: int = 0
    untold: int = 0
    circuit_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Sweeper:
    """`interval` lies between two sweeps. `margin` is how long a swept notice has until one takes it up again. One that
    is unsettled for `overdue_after` since it was made, or since its hour came, is overdue for the alarm; one that waits
    is not. `shop_hears` are the kinds that reach the shop by themselves: what no buyer hears of them is not counted
    again."""

    ledger: Ledger
    chats: Chats
    relevance: Relevance
    circuits: Circuits
    notices: NoticeSender
    clock: Clock
    metrics: Metrics
    interval: timedelta
    margin: timedelta
    summary_every: timedelta
    overdue_after: timedelta
    language: str
    shop_hears: frozenset[Kind]
    say: Callable[..., None]

    def sweep(self) -> Swept:
        """One pass, oldest first. While the circuit is open nothing is sent, but one notice when a probe is due, or
        an emptied queue would leave it open for ever. Raises StoreUnavailable."""
        now = self.clock.now()
        if timedelta(seconds=now.timestamp() % _HOUR.total_seconds()) < self.interval:  # the first of its hour
            self._put_right(now)
        found = self.ledger.due(before=now + self.margin, limit=MOST_READ)
        overdue = sum(self._is_overdue(notice, now) for notice in found)
        self.metrics.count(Metric.NOTICES_OVERDUE, overdue)
        due = self._worth_telling(
            [notice for notice in found if notice.due_at is not None and notice.due_at <= now], now
        )
        linked = self._linked(due)
        opened = self._opened(due)
        due = self._heard_by_nobody([_addressed(notice, linked, opened) for notice in due], now)
        untold = self._summarise([notice for notice in due if is_untold(notice)], now)
        circuit = self.circuits.read()
        telling = _allowed([notice for notice in due if not is_untold(notice)], circuit, now)
        moved: list[Notice] = []
        for notice in telling:
            if self.clock.now() - now > LONGEST:
                break  # the parcels have to be asked about as well; the next sweep goes on
            moved.extend(self._take(notice, linked, now))
        sent = self.notices.send(moved)
        if again := sum(notice.state is not NoticeState.WAITING for notice in telling):
            self.say("swept notices are sent again", count=again)
        return Swept(sent=sent, overdue=overdue, untold=untold, circuit_open=circuit.open)

    def _put_right(self, now: datetime) -> None:
        """What a clock that was ahead has put off is due now: no sweep would find it before its moment, and no alarm.
        A reminder may wait for longer than anything else; what could only be told in a later summary may as well."""
        beyond = now + LONGEST_HOLD + self.summary_every
        right = 0
        for notice in self.ledger.put_off(beyond=beyond, limit=MOST):
            if notice.state is NoticeState.WAITING and notice.kind in REMINDERS:
                continue
            not_before = min(notice.not_before, now) if notice.not_before is not None else None
            with suppress(StoreConflict):  # somebody works on it right now
                self.ledger.update(
                    notice.next(due_at=now, created_at=min(notice.created_at, now), not_before=not_before)
                )
                right += 1
        if right:
            self.say("what is put off further than anything can be is due now: a clock was ahead", count=right)

    def _worth_telling(self, due: Sequence[Notice], now: datetime) -> list[Notice]:
        """Without those that waited for their hour and were overtaken by it: they end here, or wait on."""
        telling: list[Notice] = []
        for notice in self.relevance.judge(due, now):
            if notice.settled or waits_on(notice, now):
                with suppress(StoreConflict):  # somebody works on it right now
                    self.ledger.update(notice)
            else:
                telling.append(notice)
        return telling

    def _heard_by_nobody(self, due: Sequence[Notice], now: datetime) -> list[Notice]:
        """Without the reminders of buyers who have no chat and of which the shop hears itself: they end here."""
        left: list[Notice] = []
        for notice in due:
            if is_untold(notice) and notice.kind in self.shop_hears:
                with suppress(StoreConflict):
                    self.ledger.update(notice.ended(NoticeState.UNDELIVERABLE, now))
            else:
                left.append(notice)
        return left

    def _linked(self, due: Sequence[Notice]) -> Mapping[str, OrderChats]:
        """The chats that were linked to the orders of what waited: one read for all of it."""
        waited = {n.order_key for n in due if n.state is NoticeState.WAITING and n.audience is Audience.BUYER}
        return self.chats.of_orders(sorted(waited)) if waited else {}

    def _opened(self, due: Sequence[Notice]) -> Set[int]:
        """Chats that were closed to a notice and are open now: one read for all of them. Whoever opens a chat again is
        told there, and not counted for the shop."""
        closed = {n.chat_id for n in due if is_untold(n) and n.chat_id is not None and n.reason in set(Closed)}
        found = self.chats.recipients(sorted(closed)) if closed else {}
        return {chat_id for chat_id, known in found.items() if known.closed is None}

    def _take(self, notice: Notice, linked: Mapping[str, OrderChats], now: datetime) -> Iterator[Notice]:
        """The notice as it leaves, and with a reminder those for further chats; written in this order, so that a crash
        in between loses none."""
        taken = notice.next(due_at=now + self.margin, sweeps=notice.sweeps + 1)
        seats: tuple[Notice, ...] = ()
        if notice.state is NoticeState.WAITING:
            taken = replace(taken, state=taken.awakened)
            if notice.kind in REMINDERS and notice.seat == 1:
                seats = further_seats(replace(taken, state=NoticeState.NEW, lost=False, revision=0), linked)
        made = [seat for seat in seats if self.ledger.put_new(seat)]
        with suppress(StoreConflict):  # somebody works on it right now
            self.ledger.update(taken)
            yield taken
        yield from made

    def _is_overdue(self, notice: Notice, now: datetime) -> bool:
        since = max(notice.created_at, notice.not_before or notice.created_at)
        return notice.state is not NoticeState.WAITING and now - since > self.overdue_after

    def _summarise(self, untold: Sequence[Notice], now: datetime) -> int:
        """Buyers who cannot be told: one summary to the shop, at most one in `summary_every`, counted by reason."""
        if not untold:
            return 0
        bucket = int(now.timestamp() // self.summary_every.total_seconds())
        occurrence = str(bucket)
        summary = self._summary(occurrence, now)
        known = self.ledger.get(SHOP_KEY, summary.id)
        if known is not None and known.state is not NoticeState.WAITING:
            self._postpone(
                untold, datetime.fromtimestamp((bucket + 1) * self.summary_every.total_seconds(), now.tzinfo)
            )
            return 0
        for start in range(0, len(untold), _TOGETHER):
            few = untold[start : start + _TOGETHER]
            known = self._count_in(known, summary, few, now)
            if known is None:
                return start  # somebody sweeps beside us: the next sweep goes on
        if known is not None:
            ready = known.next(state=NoticeState.NEW, due_at=now + self.margin)
            if self.notices.shop_chat_id is None:
                ready = known.ended(NoticeState.UNDELIVERABLE, now, reason="no_shop_chat")
            try:
                self.ledger.update(ready)
            except StoreConflict:
                return len(untold)
            if ready.state is NoticeState.NEW:
                self.notices.send([ready])
        return len(untold)

    def _count_in(self, known: Notice | None, summary: Notice, few: Sequence[Notice], now: datetime) -> Notice | None:
        counts = Counter(known.payload.get("counts") if known else {})
        counts.update(notice.reason for notice in few)
        base = known.next() if known else summary
        written = replace(base, payload={"counts": dict(sorted(counts.items()))})
        ended = [notice.ended(NoticeState.UNDELIVERABLE, now) for notice in few]
        try:
            self.ledger.update_all(ended, summary=written)
        except StoreConflict:
            return None
        return written

    def _summary(self, occurrence: str, now: datetime) -> Notice:
        return Notice(
            order_key=SHOP_KEY,
            order_number="",
            ttn="-",
            kind=Kind.UNTOLD,
            occurrence=occurrence,
            audience=Audience.SHOP,
            version=0,
            state=NoticeState.WAITING,
            created_at=now,
            due_at=now,
            language=self.language,
        )

    def _postpone(self, untold: Sequence[Notice], until: datetime) -> None:
        for notice in untold:
            try:
                self.ledger.update(notice.next(due_at=until))
            except StoreConflict:
                continue


def _allowed(due: Sequence[Notice], circuit: Circuit, now: datetime) -> list[Notice]:
    if circuit.open:
        return [] if holds(circuit.probe_at, now) else list(due[:1])
    again = 0
    allowed: list[Notice] = []
    for notice in due:
        again += notice.state is not NoticeState.WAITING
        if again <= MOST or notice.state is NoticeState.WAITING:
            allowed.append(notice)
    return allowed


def _addressed(notice: Notice, linked: Mapping[str, OrderChats], opened: Set[int]) -> Notice:
    """What waited goes to the chat that the buyer linked, or opened, meanwhile."""
    if notice.state is not NoticeState.WAITING:
        return notice
    return readdressed(notice, linked, opened) or notice


def is_untold(notice: Notice) -> bool:
    """A buyer's notice that waits to be counted into the shop's summary, for the reason it names."""
    return notice.state is NoticeState.WAITING and notice.audience is Audience.BUYER and bool(notice.reason)
