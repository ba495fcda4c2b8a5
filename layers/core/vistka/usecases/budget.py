"""What one run may send: the most overdue batches, and what becomes of the others."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vistka.usecases.packing import Packed

#: Bytes of one message of SQS.
LARGEST_MESSAGE: Final = 256 * 1024


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

    def add(self, packed: Iterable[Packed]) -> list[Packed]:
        """Returns those that no queue takes, which are left out."""
        too_large = []
        for one in packed:
            body = one.message.to_json()
            if len(body.encode()) > LARGEST_MESSAGE:
                too_large.append(one)
                continue
            asked = {parcel.ttn for parcel in one.message.parcels if parcel.ask}
            self.batches.append(Batch(body=body, due=one.due, asked=len(asked), again=self.again & asked))
        if len(self.batches) > 2 * self.most:
            self.close()  # a large shop: only what this run may send is kept in memory
        return too_large

    def close(self) -> None:
        """Drop what is over the budget."""
        self.batches.sort(key=lambda one: one.due)
        if dropped := self.batches[self.most :]:
            self.covers = min(self.covers, dropped[0].due - timedelta(microseconds=1))
            self.left.update(ttn for one in dropped for ttn in one.again)
            self.dropped += len(dropped)
            del self.batches[self.most :]
