"""What waited for its hour: whether it is still worth telling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.deadlines import ALERTS, ReminderRules, had_alert, may_return, renewed
from vistka.domain.notices import OF_CHANGES, REMINDERS, Kind, Notice, NoticeState, is_superseded
from vistka.domain.parcels import ParcelState
from vistka.domain.reminders import LOOK_AGAIN, overtaken
from vistka.ports import Ledger, ParcelStore, Run, Runs
from vistka.usecases.freshness import RUNS, checked_at

#: What was not checked for so long may be over: nobody is reminded of it before the next good run.
STALE: Final = timedelta(hours=3)


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """`is_live` judges by order number, as of now: a reminder may have been made long before the shop went live."""

    ledger: Ledger
    parcels: ParcelStore
    runs: Runs
    rules: ReminderRules
    is_live: Callable[[str], bool]

    def judge(self, due: Sequence[Notice], now: datetime) -> list[Notice]:
        """Those that waited for their hour may come back ended, or due later; reminders of what was not checked lately
        are left out, to wait on. Raises StoreUnavailable."""
        ttns = {notice.ttn for notice in due if _waited(notice)}
        states = self.parcels.states(sorted(ttns)) if ttns else {}
        runs = self.runs.latest(RUNS) if any(notice.kind in REMINDERS for notice in due) else []
        out: list[Notice] = []
        for notice in due:
            judged = self._judged(notice, states.get(notice.ttn), now) if _waited(notice) else notice
            if judged.settled or waits_on(judged, now) or not _is_stale(judged, states.get(notice.ttn), runs, now):
                out.append(judged)
        return out

    def _judged(self, notice: Notice, state: ParcelState | None, now: datetime) -> Notice:
        judged = self._as_known(notice, state, now)
        if judged.settled or waits_on(judged, now) or self.is_live(notice.order_number):
            return judged
        return judged.ended(NoticeState.SHADOW, now)

    def check(self, notice: Notice, now: datetime) -> Notice:
        """One that is about to be told: as it is known now, due later, or ended. Raises StoreUnavailable."""
        if notice.not_before is None:
            return notice
        state = self.parcels.states([notice.ttn]).get(notice.ttn)
        known = self._as_known(notice, state, now)
        if known.settled or waits_on(known, now) or not self._is_alerted(notice, state, now):
            return known
        return known.ended(NoticeState.SUPERSEDED, now, reason="its wait has had its alert")

    def is_superseded(self, notice: Notice) -> bool:
        """Whether a newer one was told, or is to be told still (R4). Raises StoreUnavailable."""
        if notice.kind not in OF_CHANGES | {Kind.EXPECTED_MOVED}:
            return False
        return is_superseded(notice, self.ledger.of_parcel(notice.order_key, notice.ttn))

    def _as_known(self, notice: Notice, state: ParcelState | None, now: datetime) -> Notice:
        if why := overtaken(notice, state, self.rules, now):
            if may_return(notice, state, now) and not (
                self.is_superseded(notice) or self._is_alerted(notice, state, now)
            ):
                return notice.held(now + LOOK_AGAIN)
            return notice.ended(NoticeState.SUPERSEDED, now, reason=why)
        return renewed(notice, state, self.rules, now)

    def _is_alerted(self, notice: Notice, state: ParcelState | None, now: datetime) -> bool:
        """Asked of the ledger, as it alone knows what was told, and only where an alert would leave, or wait on."""
        if state is None or notice.kind not in ALERTS:
            return False
        return had_alert(notice, state, self.ledger.of_parcel(notice.order_key, notice.ttn), now)


def waits_on(notice: Notice, now: datetime) -> bool:
    return notice.state is NoticeState.WAITING and notice.due_at is not None and notice.due_at > now


def _waited(notice: Notice) -> bool:
    """For a moment, and not for a chat or a summary alone."""
    return notice.state is NoticeState.WAITING and notice.not_before is not None


def _is_stale(notice: Notice, state: ParcelState | None, runs: Sequence[Run], now: datetime) -> bool:
    if notice.kind not in REMINDERS or not _waited(notice):
        return False
    checked = checked_at(state, runs)
    return checked is not None and now - checked > STALE
