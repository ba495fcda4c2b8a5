"""A text of another program's in an order's column: replaced once, then left alone, then tried again (F45)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: Found again so soon after it was replaced, it is a program that is running: crons run every half hour, or every two.
RUNNING: Final = timedelta(hours=3)
#: A text that has stood unchanged for so long is replaced again: its writer may have been switched off. Each time it
#: comes back the next try is twice as far.
FIRST_PATIENCE: Final = timedelta(hours=3)
LONGEST_PATIENCE: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignText:
    """What is known of it. `mark` is the fingerprint of what was found last, `since` when that was found first; `at` is
    when it was dealt with: a run that read the shop before then counts for nothing. While `stopped` nothing is
    written. `tries` were made since the first stop, and came back."""

    mark: str
    since: datetime
    at: datetime
    stopped: bool = False
    tries: int = 0
    revision: int = 0

    @property
    def patience(self) -> timedelta:
        return min(LONGEST_PATIENCE, FIRST_PATIENCE * (1 << min(self.tries, 8)))


def find(known: ForeignText | None, mark: str, run_at: datetime, *, overwrite: bool = False) -> ForeignText:
    """What is to be known after this find, in the run that read the shop at `run_at`; not `stopped`: the text is to be
    replaced. `overwrite`: a person says that the other program is switched off."""
    revision = known.revision + 1 if known is not None else 0
    fresh = ForeignText(mark=mark, since=run_at, at=run_at, revision=revision)
    if known is None or overwrite:
        return fresh
    if run_at <= known.at:
        return known  # this run again, or one that was overtaken
    if known.stopped:
        if mark != known.mark:
            return ForeignText(mark=mark, since=run_at, at=run_at, stopped=True, tries=known.tries, revision=revision)
        if run_at - known.since < known.patience:
            return known
        return ForeignText(mark=mark, since=run_at, at=run_at, tries=known.tries + 1, revision=revision)
    if run_at - known.at > RUNNING:
        return fresh
    return ForeignText(mark=mark, since=run_at, at=run_at, stopped=True, tries=known.tries, revision=revision)
