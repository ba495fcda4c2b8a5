"""What a run takes over from those before it, and when all open orders have had their turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vistka.domain import polling
from vistka.domain.runs import Run
from vistka.ports import Runs

#: The last complete run is looked for among so many: nearly always it is one of the newest, and after a long outage
#: one of the two weeks that runs are kept. So are the parts of a round, of which a very large shop has many.
_READ: Final = (10, 2100)


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """`last` is the newest complete run; without one, nothing was checked since `first_started`, when the oldest known
    run started. `cut` is the run before this one, if its time was up before it had read all open orders. `ahead` are
    complete runs of a clock that was wrong."""

    last: Run | None
    first_started: datetime | None
    cut: Run | None
    ahead: tuple[Run, ...] = ()

    @property
    def checked(self) -> datetime | None:
        return self.last.covers if self.last else self.first_started


def past_of(runs: Runs, now: datetime) -> Past:
    """A run of a clock that was ahead, by however little, counts for nothing: what falls due until its moment would not
    be asked.

    Only the newest run is gone on with: one that failed on the way may fail there again, and all begins anew. Raises
    StoreUnavailable.
    """
    found: list[Run] = []
    ahead: tuple[Run, ...] = ()
    for limit in _READ:
        read = runs.latest(limit)
        found = [run for run in read if _until(run) <= now]
        ahead = tuple(run for run in read if run.complete and polling.is_ahead(_until(run), now))
        if (last := next((run for run in found if run.complete), None)) is not None:
            return Past(last=last, first_started=None, cut=_cut(found), ahead=ahead)
        if len(read) < limit:
            break
    return Past(last=None, first_started=found[-1].started_at if found else None, cut=_cut(found), ahead=ahead)


def _until(run: Run) -> datetime:
    return max(run.started_at, run.covers or run.started_at)


def _cut(runs: list[Run]) -> Run | None:
    newest = runs[0] if runs else None
    return newest if newest is not None and newest.batches is not None and newest.after is not None else None


def completes(runs: Runs, run: Run) -> bool:
    """Whether all open orders have had their turn now that the batches of this run are in: with it alone, or, if it is
    a part, with the others of its round. Raises StoreUnavailable."""
    if not run.is_part:
        return run.complete
    if not run.all_in:
        return False
    for limit in _READ:
        read = runs.latest(limit)
        if any(one.complete and run.id in one.parts for one in read):
            return True
        if not _goes_back_beyond(read, run):
            break
    return False


def _goes_back_beyond(read: list[Run], run: Run) -> bool:
    """Whether the run, or the beginning of a round that has come to its end since, is older than these runs."""
    known = {one.id: one for one in read}
    return run.id not in known or any(
        one.all_in and one.after is None and one.id >= run.id and not _begins_among(known, one) for one in read
    )


def _begins_among(known: Mapping[str, Run], last: Run) -> bool:
    part = last
    while (before := part.continues) is not None:
        if before >= part.id:
            return True  # a damaged record: no older run makes it whole
        if before not in known:
            return False
        part = known[before]
    return True
