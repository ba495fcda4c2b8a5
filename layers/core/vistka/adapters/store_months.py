"""A month's figures in DynamoDB: counted in memory, written once at the end of an invocation."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

from vistka.adapters.store_ledger import DynamoLedger
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_runs import DynamoRuns
from vistka.adapters.store_table import Table, expires
from vistka.domain.errors import StoreConflict, VistkaError
from vistka.domain.load import Load
from vistka.domain.months import Counted, Month, Outage, month_of
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import ParcelState, from_iso, to_iso
from vistka.metrics import Metric
from vistka.ports import Clock, Commit, Run

_MONTH: Final = "MONTH"
_DAYS: Final = 400
#: What stands before the names of attributes, so that none is a word of DynamoDB's own.
_COUNT, _HOURS = "n_", "hours_"
_OUTAGES: Final = {
    Metric.CARRIER_OUTAGES: Outage.CARRIER,
    Metric.TELEGRAM_OUTAGES: Outage.TELEGRAM,
    Metric.SHOP_OUTAGES: Outage.SHOP,
}
#: A buyer's notice that ended so reached nobody.
_UNTOLD: Final = frozenset({NoticeState.UNDELIVERABLE, NoticeState.FAILED})


class DynamoMonths:
    """What is counted here is for people to read: a write that fails is said, and stops nothing."""

    def __init__(self, table: Table, *, clock: Clock, unusual: timedelta, say: Callable[..., None]) -> None:
        """A time without checks above `unusual` is remembered."""
        self._table = table
        self._clock = clock
        self._unusual = unusual
        self._say = say
        self._counting = Lock()  # parcels are written in several threads
        self._counts: Counter[Counted]
        self._outages: set[Outage]
        self._gap: timedelta
        self.forget()

    def add(self, what: Counted, number: int = 1) -> None:
        with self._counting:
            self._counts[what] += number

    def heard(self, metric: Metric, value: float) -> None:
        """What the metrics count, as far as a month's report tells of it."""
        if metric is Metric.OLDEST_UNCHECKED_SECONDS:
            self._gap = max(self._gap, timedelta(seconds=value))
        elif outage := _OUTAGES.get(metric):
            self._outages.add(outage)

    def settled(self, notice: Notice) -> None:
        """Count a notice that ends here, if it does."""
        buyers = notice.audience is Audience.BUYER
        if notice.state is NoticeState.SENT:
            self.add(Counted.TO_BUYERS if buyers else Counted.TO_SHOP)
        elif buyers and notice.state in _UNTOLD:
            self.add(Counted.UNTOLD)
        elif buyers and notice.state is NoticeState.UNCONFIRMED:
            self.add(Counted.UNCONFIRMED)

    def forget(self) -> None:
        self._counts, self._outages, self._gap = Counter(), set(), timedelta()

    def flush(self) -> None:
        """One write, and none where nothing was counted. Never raises."""
        counts, outages, gap = +self._counts, self._outages, self._gap
        self.forget()
        now = self._clock.now()
        key = (_MONTH, month_of(now))
        try:
            if counts or outages:
                values: dict[str, Any] = {":now": to_iso(now), ":expires": expires(now, _DAYS)}
                adds = []
                for what, number in sorted(counts.items()):
                    adds.append(f"{_COUNT}{what} :{what}")
                    values[f":{what}"] = number
                for outage in sorted(outages):
                    adds.append(f"{_HOURS}{outage} :hour")
                    values[":hour"] = {f"{now:%dT%H}"}
                first = "SET first_at = if_not_exists(first_at, :now), expires_at = :expires ADD "
                self._table.update(key, first + ", ".join(adds), values)
            if gap > self._unusual:
                self._remember(key, gap)
        except VistkaError as error:
            self._say("a month's figures were not written", reason=str(error))

    def _remember(self, key: tuple[str, str], gap: timedelta) -> None:
        longer = "attribute_not_exists(longest_gap) OR longest_gap < :gap"
        try:
            self._table.update(key, "SET longest_gap = :gap", {":gap": int(gap.total_seconds())}, condition=longer)
        except StoreConflict:
            return  # a longer one is known

    def read(self, name: str) -> Month | None:
        """None for a month in which nothing was counted. Raises StoreUnavailable."""
        item = self._table.get((_MONTH, name))
        if item is None or not item.get("first_at"):
            return None
        return Month(
            name=name,
            first_at=from_iso(item["first_at"]),
            counts={what: int(item[f"{_COUNT}{what}"]) for what in Counted if f"{_COUNT}{what}" in item},
            outages={one: len(item[f"{_HOURS}{one}"]) for one in Outage if f"{_HOURS}{one}" in item},
            longest_gap=timedelta(seconds=int(item.get("longest_gap") or 0)),
        )


#: How a parcel's story ends for its buyer.
_RESULTS: Final = {Counted.RECEIVED: Kind.RECEIVED, Counted.REFUSED: Kind.REFUSED}


class CountedParcels(DynamoParcels):
    """Counts what it reads and writes into the month."""

    def __init__(self, table: Table, months: DynamoMonths) -> None:
        super().__init__(table)
        self._months = months

    def states(self, ttns: Iterable[str]) -> dict[str, ParcelState]:
        found = super().states(ttns)
        self._months.add(Counted.STATES, len(found))
        return found

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        self._months.add(Counted.PARCELS, int(commit.expected is None))
        self._months.add(Counted.CHANGES, int(commit.change is not None))
        if commit.change is not None and commit.expected is not None:  # what had ended at first sight is no news
            state = commit.state
            for counted, kind in _RESULTS.items():
                # STATE remembers with which change it became so, whoever hears of it.
                self._months.add(counted, int(state.told.get(kind) == str(state.version)))
        for notice in commit.notices:
            self._months.settled(notice)


class CountedLedger(DynamoLedger):
    """Counts the notices that end."""

    def __init__(self, table: Table, months: DynamoMonths) -> None:
        super().__init__(table)
        self._months = months

    def update(self, notice: Notice) -> None:
        super().update(notice)
        self._months.settled(notice)

    def update_all(self, notices: Sequence[Notice], summary: Notice | None = None) -> None:
        super().update_all(notices, summary)
        for notice in notices:
            self._months.settled(notice)


class CountedRuns(DynamoRuns):
    """Counts the runs and their batches."""

    def __init__(self, table: Table, months: DynamoMonths) -> None:
        super().__init__(table)
        self._months = months

    def start(self, run: Run) -> None:
        super().start(run)
        self._months.add(Counted.RUNS)

    def sent(
        self,
        run_id: str,
        *,
        batches: int,
        covers: datetime,
        left: Iterable[str] = (),
        load: Load | None = None,
        after: str | None = None,
    ) -> Run:
        run = super().sent(run_id, batches=batches, covers=covers, left=left, load=load, after=after)
        self._months.add(Counted.BATCHES, batches)
        return run
