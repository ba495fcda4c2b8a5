"""What one run may send: the most overdue batches, and what becomes of the others."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.messages import PollMessage
from vistka.usecases.packing import Packed

#: Bytes of one message of SQS.
LARGEST_MESSAGE: Final = 256 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One message as the queue takes it, kept small until then. `again`: those of its parcels that the last run failed
    to do."""

    packed: bytes
    due: datetime
    asked: int
    again: frozenset[str]

    def body(self, number: int) -> str:
        """As batch `number` of its run."""
        return PollMessage.numbered(zlib.decompress(self.packed).decode(), number)


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
    #: what falls due then or later has no room any more
    _full: datetime | None = None

    def add(self, packed: Iterable[Packed]) -> list[Packed]:
        """Returns those that no queue takes, which are left out."""
        too_large = []
        for one in packed:
            asked = {parcel.ttn for parcel in one.message.parcels if parcel.ask}
            again = self.again & asked
            if self._full is not None and one.due >= self._full:
                self._leave_out(one.due, again)
                continue
            body = one.message.to_json().encode()
            if len(body) > LARGEST_MESSAGE:
                too_large.append(one)
                continue
            packed_body = zlib.compress(body, level=1)
            self.batches.append(Batch(packed=packed_body, due=one.due, asked=len(asked), again=again))
        if len(self.batches) > 2 * self.most:
            self.close()  # a large shop: only what this run may send is kept in memory
        return too_large

    def close(self) -> None:
        """Drop what is over the budget."""
        self.batches.sort(key=lambda one: one.due)
        for one in self.batches[self.most :]:
            self._leave_out(one.due, one.again)
        del self.batches[self.most :]
        if len(self.batches) == self.most:
            self._full = self.batches[-1].due

    def _leave_out(self, due: datetime, again: frozenset[str]) -> None:
        self.covers = min(self.covers, due - timedelta(microseconds=1))
        self.left.update(again)
        self.dropped += 1
