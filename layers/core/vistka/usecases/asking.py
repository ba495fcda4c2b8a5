"""Which parcels a run asks about, and which of them have waited longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from vistka.domain import polling
from vistka.domain.messages import PollOrder
from vistka.domain.parcels import ParcelState
from vistka.domain.plan import PollingPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What fell due after `since` and up to `now`, and what the last run failed to do (`again`); with `everything`
    all that has not ended."""

    now: datetime
    plan: PollingPlan
    since: datetime = polling.EPOCH
    again: frozenset[str] = frozenset()
    everything: bool = False

    def wants(self, ttn: str, state: ParcelState | None, together: Iterable[PollOrder]) -> bool:
        if state is None:
            return True
        # An order that lists a parcel for the first time needs its link: the parcel is asked once, ended or not.
        if any(ttn in entry.ttns and entry.order.key not in state.orders for entry in together):
            return True
        if self.everything or ttn in self.again:
            return state.live
        return self._by_the_clock(state) is not None

    def fell_due(self, ttn: str, state: ParcelState | None) -> datetime:
        """A parcel that is wanted for another reason than its hour (it failed, its order is new) has waited since the
        last run at least: were it sorted by its next hour, full runs would leave it out for ever (F27, F30)."""
        moment = self._by_the_clock(state)
        return self.since if moment is None or ttn in self.again else moment

    def names(self, what: str) -> bool:
        """Whether something that lasts is to be named in the log again: at the first run, then once a day, at a time
        of its own."""
        day, phase = 86_400, crc32(what.encode())
        return (self.now.timestamp() + phase) // day > (self.since.timestamp() + phase) // day

    def _by_the_clock(self, state: ParcelState | None) -> datetime | None:
        if state is not None and state.live and polling.is_ahead(state.observed_at, self.now):
            return self.since  # of a clock that was wrong: by it, nobody would ask until then
        moment = polling.due_at(state, since=self.since, plan=self.plan)
        return moment if moment is not None and moment <= self.now else None
