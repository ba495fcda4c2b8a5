"""A run, from its start until its batches are all in and its notices have gone out, as the store tells of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from vistka.cli.deployment import State
from vistka.domain.notices import NoticeState
from vistka.ports import Run

#: Between two looks.
LOOK: Final = timedelta(seconds=1)
#: With no batch and no notice moving for so long, waiting has no sense.
PATIENCE: Final = timedelta(minutes=5)

#: Runs among which this one is looked for: others may start while it is followed.
_RUNS: Final = 20
#: Notices on their way that are counted.
_MOST: Final = 1000
#: Above any due date.
_FAR: Final = timedelta(days=400)


class Watcher(Protocol):
    def seen(self, *, done: int, unsent: int) -> None:
        """So many batches are in, and so many notices are on their way."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """What became of the run's `batches`; `failed` parcels are asked about again by the next run. `notices` counts
    what was made or settled since it began, by state. `stopped` says why it is not through; empty when it is."""

    batches: int
    done: int
    failed: tuple[str, ...] = ()
    notices: Mapping[str, int] = field(default_factory=dict)
    stopped: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Follower:
    state: State
    watcher: Watcher
    sleep: Callable[[timedelta], None]

    def follow(self, run_id: str) -> Followed:
        """Wait for this run, as long as something moves. Raises StoreUnavailable."""
        before: tuple[int, int] | None = None
        still = timedelta()
        while True:
            run = next((one for one in self.state.runs.latest(_RUNS) if one.id == run_id), None)
            if run is None:
                return Followed(batches=0, done=0, stopped="the store does not know this run")
            unsent = self._unsent(run.started_at)
            self.watcher.seen(done=run.done, unsent=unsent)
            if run.all_in and not unsent:
                return self._end(run)
            if run.all_in and self.state.circuits.read().open:
                return self._end(run, stopped=f"Telegram is left alone for now: {unsent} to be told wait")
            if (run.done, unsent) != before:
                before, still = (run.done, unsent), timedelta()
            if still >= PATIENCE:
                return self._end(run, stopped="nothing moves any more; the next run takes up what is left")
            self.sleep(LOOK)
            still += LOOK

    def _unsent(self, now: datetime) -> int:
        # What waits does so on purpose: it has a time of its own.
        due = self.state.ledger.due(before=now + _FAR, limit=_MOST)
        return sum(notice.state is not NoticeState.WAITING for notice in due)

    def _end(self, run: Run, *, stopped: str = "") -> Followed:
        since = run.started_at
        states = Counter(
            str(notice.state)
            for notice in self.state.ledger.list()
            if max(notice.created_at, notice.settled_at or notice.created_at) >= since
        )
        return Followed(
            batches=run.batches or 0,
            done=run.done,
            failed=tuple(sorted(run.failed)),
            notices=dict(sorted(states.items())),
            stopped=stopped,
        )
