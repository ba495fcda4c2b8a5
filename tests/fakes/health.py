"""How the carrier is, in memory; it passes tests.contracts.store_health."""

from datetime import datetime

from tests.fakes.store import Memory
from vistka.usecases.carrier_health import Spell, Trouble


class FakeHealth:
    """`vistka.usecases.carrier_health.HealthBook`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def read(self) -> dict[Trouble, Spell]:
        self._memory.read()
        return dict(self._memory.health)

    def note(self, trouble: Trouble, at: datetime) -> None:
        self._memory.wrote()
        before = self._memory.health.get(trouble)
        self._memory.health[trouble] = Spell(since=before.since if before else at, noted_at=at)

    def clear(self, trouble: Trouble) -> None:
        self._memory.wrote()
        self._memory.health.pop(trouble, None)
