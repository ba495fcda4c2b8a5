"""The sweep: takes up the notices that are overdue, and counts into one summary those that reach no buyer."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.errors import StoreConflict
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import readdressed
from vistka.metrics import Metric
from vistka.ports import Chats, Circuits, Clock, Ledger, Metrics
from vistka.usecases.queueing import NoticeSender

#: Notices in one sweep.
MOST: Final = 1000
#: Ledger entries in one transaction beside the summary.
_TOGETHER: Final = 90
#: The summary belongs to no order.
SHOP_KEY: Final = "-shop"


@dataclass(frozen=True, kw_only=True)
class Swept:
    sent: int = 0
    overdue: int = 0
    untold: int = 0
    circuit_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Sweeper:
    """`margin` is how long a swept notice has until the next sweep takes it up again. One that is unsettled for
    `overdue_after` since it was made is overdue for the alarm."""

    ledger: Ledger
    chats: Chats
    circuits: Circuits
    notices: NoticeSender
    clock: Clock
    metrics: Metrics
    margin: timedelta
    summary_every: timedelta
    overdue_after: timedelta
    language: str
    say: Callable[..., None]

    def sweep(self) -> Swept:
        """One pass, oldest first. While the circuit is open nothing is sent, but one notice when a probe is due, or
        an emptied queue would leave it open for ever. Raises StoreUnavailable."""
        now = self.clock.now()
        found = self.ledger.due(before=now + self.margin, limit=MOST)
        overdue = sum(self._is_overdue(notice, now) for notice in found)
        self.metrics.count(Metric.NOTICES_OVERDUE, overdue)
        due = self._addressed([notice for notice in found if notice.due_at is not None and notice.due_at <= now])
        untold = self._summarise([notice for notice in due if is_untold(notice)], now)
        circuit = self.circuits.read()
        allowed = len(due)
        if circuit.open:
            allowed = 1 if circuit.probe_at is None or circuit.probe_at <= now else 0
        telling = [notice for notice in due if not is_untold(notice)][:allowed]
        moved = [taken for notice in telling if (taken := self._take(notice, now)) is not None]
        sent = self.notices.send(moved)
        if sent:
            self.say("swept notices are sent again", count=sent)
        return Swept(sent=sent, overdue=overdue, untold=untold, circuit_open=circuit.open)

    def _addressed(self, due: Sequence[Notice]) -> list[Notice]:
        """What waited goes to the chat that the buyer linked meanwhile: one read for all of it."""
        waited = {n.order_key for n in due if n.state is NoticeState.WAITING and n.audience is Audience.BUYER}
        linked = self.chats.of_orders(sorted(waited)) if waited else {}
        return [
            notice if notice.state is not NoticeState.WAITING else readdressed(notice, linked) or notice
            for notice in due
        ]

    def _take(self, notice: Notice, now: datetime) -> Notice | None:
        taken = notice.next(due_at=now + self.margin, sweeps=notice.sweeps + 1)
        if notice.state is NoticeState.WAITING:
            taken = replace(taken, state=NoticeState.NEW)
        try:
            self.ledger.update(taken)
        except StoreConflict:
            return None  # somebody works on it right now
        return taken

    def _is_overdue(self, notice: Notice, now: datetime) -> bool:
        return notice.state is not NoticeState.WAITING and now - notice.created_at > self.overdue_after

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


def is_untold(notice: Notice) -> bool:
    """A buyer's notice that waits to be counted into the shop's summary, for the reason it names."""
    return notice.state is NoticeState.WAITING and notice.audience is Audience.BUYER and bool(notice.reason)
