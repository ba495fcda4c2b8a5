"""Orders that somebody wants asked about soon, each at most once in a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from vistka.domain.errors import QueueUnavailable
from vistka.ports import Clock, OrderEvents, Refreshes


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """`recent`: orders that were asked about a moment ago, and when their next turn is."""

    asked: tuple[str, ...]
    recent: Mapping[str, datetime]


@dataclass(frozen=True, kw_only=True)
class Refresher:
    refreshes: Refreshes
    events: OrderEvents
    clock: Clock
    interval: timedelta

    def ask(self, order_numbers: Iterable[str]) -> Refreshed:
        """Raises StoreUnavailable, QueueUnavailable; the turns of what was not asked are then given back."""
        now = self.clock.now()
        asked: list[str] = []
        recent: dict[str, datetime] = {}
        for number in dict.fromkeys(order_numbers):
            free_at = self.refreshes.take(number, now=now, interval=self.interval)
            if free_at is None:
                asked.append(number)
            else:
                recent[number] = free_at
        if asked:
            try:
                self.events.refresh(asked)
            except QueueUnavailable:
                self.refreshes.give_back(asked)
                raise
        return Refreshed(asked=tuple(asked), recent=recent)
