"""How fresh what is known of a parcel is."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from vistka.domain.parcels import ParcelState
from vistka.ports import Run, Runs

#: Runs looked through for the last one that asked about a parcel.
RUNS: Final = 50
#: Nearly always one of these is it. A run's record grows with its batches, and whoever opens a page waits for it.
_NEWEST: Final = 3


def checked_at(state: ParcelState | None, runs: Iterable[Run]) -> datetime | None:
    """When the carrier's word on this parcel was last known to be current.

    The start of the newest complete run (`runs`: newest first) that did not fail for it, or its own last answer if
    that is later; for a parcel that has ended, which no run asks about, its own last answer.
    """
    if state is None:
        return None
    if not state.live:
        return state.observed_at
    good = (run.started_at for run in runs if _is_good(run, state.ttn))
    return max(state.observed_at, next(good, state.observed_at))


def runs_for(states: Collection[ParcelState], runs: Runs) -> list[Run]:
    """The newest runs, as many as it takes to say how fresh these parcels are. Raises StoreUnavailable."""
    live = [state for state in states if state.live]
    if not live:
        return []
    newest = runs.latest(_NEWEST)
    if len(newest) < _NEWEST or all(any(_is_good(run, state.ttn) for run in newest) for state in live):
        return newest
    return runs.latest(RUNS)


def _is_good(run: Run, ttn: str) -> bool:
    return run.complete and ttn not in run.failed
