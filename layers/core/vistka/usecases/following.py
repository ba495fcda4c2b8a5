"""Parcels that are followed without an open order: those coming back, redirected, or waiting for their money."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Final

from vistka.domain.messages import PollOrder, PollParcel
from vistka.ports import ParcelStore
from vistka.usecases.asking import Asking
from vistka.usecases.packing import Group

#: STATEs held at a time.
PAGE: Final = 1000


class Followed:
    """The numbers that the store follows; what a run finds listed by an open order is taken out, and is asked about
    with that order. Holds numbers alone: of a large shop there may be many."""

    def __init__(self, parcels: ParcelStore) -> None:
        """Raises StoreUnavailable."""
        self._parcels = parcels
        self._ttns = dict.fromkeys(parcels.followed())

    def listed(self, entries: Iterable[PollOrder]) -> None:
        for entry in entries:
            for ttn in entry.ttns:
                self._ttns.pop(ttn, None)

    def due(self, asking: Asking) -> Iterator[list[Group]]:
        """The rest, as far as it is to be asked: each alone, without its orders, which hear of it by their links.

        Raises StoreUnavailable."""
        for ttns in batched(self._ttns, PAGE, strict=False):
            states = self._parcels.states(ttns)
            yield [
                Group(
                    orders=(),
                    parcels=(PollParcel(ttn=ttn, ask=True, known=states[ttn]),),
                    due=asking.fell_due(ttn, states[ttn]),
                )
                for ttn in ttns
                if ttn in states and asking.wants(ttn, states[ttn], ())
            ]
