"""What the store knows of an order is kept while the shop lists it as open; then it is forgotten in time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from vistka.domain.errors import StoreUnavailable
from vistka.domain.messages import PollOrder
from vistka.domain.parcels import ParcelState

#: Orders renewed in a run: more, and a first run over a large shop would do nothing else.
MOST: Final = 200
#: The part of the retention that may pass before something is renewed.
_STEP: Final = 10


class Keeping(Protocol):
    def renew(self, orders: Iterable[PollOrder]) -> None:
        """Put off when all that belongs to these orders is forgotten: their numbers, links and chats, and last the
        STATE of their parcels, by which it is seen that the rest was done. Raises StoreUnavailable."""
        ...


@dataclass(kw_only=True)
class Keeper:
    """For one run. Renewed is what was neither written nor renewed for a tenth of the `retention`: then an open order
    costs a few writes in that time, and none in most runs."""

    keeping: Keeping
    now: datetime
    retention: timedelta
    say: Callable[..., None]
    renewed: int = 0
    failed: bool = False
    _seen: set[str] = field(default_factory=set)

    def listed(self, entries: Iterable[PollOrder], states: Mapping[str, ParcelState]) -> None:
        """Raises nothing: what fails is renewed by a later run, of which there are many before it would be too late."""
        if self.failed:
            return
        soon = self.now + self.retention - self.retention / _STEP
        due = [
            entry
            for entry in entries
            if any(_ends(states.get(ttn), before=soon) for ttn in entry.ttns) and entry.order.key not in self._seen
        ][: MOST - self.renewed]
        if not due:
            return
        self._seen.update(entry.order.key for entry in due)
        try:
            self.keeping.renew(due)
        except StoreUnavailable as error:
            self.failed = True
            self.say("what is kept of open orders was not renewed; a later run does it", reason=str(error))
            return
        self.renewed += len(due)


def _ends(state: ParcelState | None, *, before: datetime) -> bool:
    return state is not None and (state.kept_until is None or state.kept_until < before)
