"""How fresh what is known of a parcel is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from vistka.domain.parcels import ParcelState
from vistka.ports import Run

#: Runs looked through for the last one that asked about a parcel.
RUNS: Final = 50


def checked_at(state: ParcelState | None, runs: Iterable[Run]) -> datetime | None:
    """When the carrier's word on this parcel was last known to be current.

    The start of the newest complete run (`runs`: newest first) that did not fail for it, or its own last answer if
    that is later; for a parcel that has ended, which no run asks about, its own last answer.
    """
    if state is None:
        return None
    if not state.live:
        return state.observed_at
    good = (run.started_at for run in runs if run.complete and state.ttn not in run.failed)
    return max(state.observed_at, next(good, state.observed_at))
