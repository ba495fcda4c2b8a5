"""A run of the dispatcher, and the round that several make of it where one cannot read all open orders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from vistka.domain.load import Load


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One dispatcher run. `covers`: every parcel that fell due up to then was asked in it, once it is complete.
    `batches` is None until all were sent. `failed` parcels are due again in the next run.

    A run whose time was up says behind which order it stopped (`after`); the one that went on there says which run it
    `continues`. `parts` are the ids of several such runs that were put together, the first one first.
    """

    id: str
    started_at: datetime
    covers: datetime | None = None
    batches: int | None = None
    done: int = 0
    failed: frozenset[str] = frozenset()
    load: Load | None = None
    after: str | None = None
    continues: str | None = None
    parts: tuple[str, ...] = ()

    @property
    def all_in(self) -> bool:
        """Whether all of its batches are done, however many of the open orders it has read."""
        return self.batches is not None and self.done >= self.batches

    @property
    def is_part(self) -> bool:
        return self.after is not None or self.continues is not None

    @property
    def complete(self) -> bool:
        """Whether all that fell due among all open orders was asked. A part alone never is."""
        return self.all_in and not self.is_part


def with_rounds(runs: Iterable[Run]) -> list[Run]:
    """The same runs in the same order, but each that came to the end of the orders stands for its whole round, if that
    is complete: it began when its first part did, and covers what the least of them covers."""
    found = list(runs)
    known = {run.id: run for run in found}
    return [_round_of(run, known) for run in found]


def _round_of(last: Run, known: Mapping[str, Run]) -> Run:
    if last.continues is None or last.after is not None:
        return last
    parts = [last]
    while (before := parts[-1].continues) is not None:
        # Parts go back in time; anything else is a damaged record.
        if before not in known or before >= parts[-1].id:
            return last
        parts.append(known[before])
    if not all(part.all_in for part in parts):
        return last
    return replace(
        last,
        started_at=parts[-1].started_at,
        covers=min((part.covers for part in parts if part.covers is not None), default=None),
        batches=sum(part.batches or 0 for part in parts),
        done=sum(part.done for part in parts),
        failed=frozenset().union(*(part.failed for part in parts)),
        load=Load.of(part.load for part in parts),
        continues=None,
        parts=tuple(part.id for part in reversed(parts)),
    )
