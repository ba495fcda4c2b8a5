"""What is kept of open orders, in memory; it passes tests.contracts.store_keeping."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from tests.fakes.store import Memory
from vistka.domain.messages import PollOrder
from vistka.ports import Clock


class FakeKeeping:
    """`vistka.usecases.keeping.Keeping`; what is not a STATE is never forgotten in memory."""

    def __init__(self, memory: Memory, *, clock: Clock, retention: timedelta = timedelta(days=90)) -> None:
        self._memory = memory
        self._clock = clock
        self._retention = retention

    def renew(self, orders: Iterable[PollOrder]) -> None:
        for entry in orders:
            for ttn in entry.ttns:
                if (state := self._memory.states.get(ttn)) is not None:
                    self._memory.wrote()
                    until = (self._clock.now() + self._retention).replace(microsecond=0)
                    self._memory.states[ttn] = replace(state, kept_until=until)
