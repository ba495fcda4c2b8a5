"""What one run may send: the most overdue batches, and what becomes of the others."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vistka.usecases.packing import Packed


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One message as the queue takes it. `again`: those of its parcels that the last run failed to do."""

    body: str
    due: datetime
    asked: int
    again: frozenset[str]


@dataclass(kw_only=True)
class Budget:
    """Takes batches in and keeps `most` of them. `covers` is the moment up to which all that fell due by its hour is
    among them; `left` are those parcels of `again` that are not."""

    most: int
    again: frozenset[str]
    covers: datetime
    batches: list[Batch] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    dropped: int = 0

    def add(self, packed: Iterable[Packed]) -> None:
        for one in packed:
            asked = {parcel.ttn for parcel in one.message.parcels if parcel.ask}
            self.batches.append(
                Batch(body=one.message.to_json(), due=one.due, asked=len(asked), again=self.again & asked)
            )
        if len(self.batches) > 2 * self.most:
            self.close()  # a large shop: only what this run may send is kept in memory

    def close(self) -> None:
        """Drop what is over the budget."""
        self.batches.sort(key=lambda one: one.due)
        if dropped := self.batches[self.most :]:
            self.covers = min(self.covers, dropped[0].due - timedelta(microseconds=1))
            self.left.update(ttn for one in dropped for ttn in one.again)
            self.dropped += len(dropped)
            del self.batches[self.most :]
