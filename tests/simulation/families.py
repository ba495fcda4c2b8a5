"""Which waybill was made on the basis of which, by the lives alone: the truth that the store is held against."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.simulation.lives import Life
from tests.simulation.watch import StateWrite, numbers_in
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage

#: What is followed; money that is transferred is not (F32).
FOLLOWED: Final = ("CargoReturn", "Redirecting")
_STAYS: Final = frozenset({Stage.REFUSED, Stage.REDIRECTED, Stage.STORAGE_ENDED, Stage.DELIVERED})


@dataclass(frozen=True, slots=True)
class Families:
    lives: Mapping[str, Life]

    def forebears(self, ttn: str) -> tuple[str, ...]:
        """That of the order's field first; none for a number of its own, and for a money transfer."""
        life = self.lives.get(ttn)
        if life is None or life.made_as not in FOLLOWED:
            return ()
        return (*self.forebears(life.parent), life.parent)

    def stands_in(self, ttn: str, numbers: Container[str]) -> bool:
        """Whether an order has it in whose field these stand."""
        return any(one in numbers for one in (ttn, *self.forebears(ttn)))

    def behind(self, ttns: Iterable[str]) -> Iterator[str]:
        """The numbers, and all that is to take their places one day."""
        for ttn in ttns:
            yield ttn
            yield from self.behind(child.ttn for child in self._children(ttn))

    def known_behind(self, ttns: Iterable[str], states: Mapping[str, ParcelState], now: int) -> Iterator[str]:
        """The numbers, and all that has taken their places, by what the carrier says now or said before."""
        for ttn in ttns:
            yield ttn
            step, state = self.lives[ttn].says(now) if ttn in self.lives else None, states.get(ttn)
            told = {step.facts.child_ttn} if step is not None and step.facts is not None else set()
            told |= set(state.children) if state is not None else set()
            there = [child.ttn for child in self._children(ttn) if child.ttn in told]
            yield from self.known_behind(there, states, now)

    def _children(self, ttn: str) -> list[Life]:
        life = self.lives.get(ttn)
        return [child for child in life.children if child.made_as in FOLLOWED] if life is not None else []

    def in_field(self, tracking: str | None) -> set[str]:
        return set(self.behind(numbers_in(tracking or "")))

    def is_followed(self, state: ParcelState) -> bool:
        """Whether it is asked about though its order is done or cancelled: it was seen to come back, to go elsewhere,
        or to wait for money."""
        return state.live and (state.role is not None or state.stage in _STAYS)

    def followed_since(self, writes: Iterable[StateWrite]) -> int:
        """When it came to that."""
        since = 0
        for write in writes:
            if self.is_followed(write.after) and not (write.before and self.is_followed(write.before)):
                since = write.at
        return since

    def speaking(self, ttn: str, states: Mapping[str, ParcelState]) -> Iterator[ParcelState]:
        """The newest of the number's chain that the carrier knows; where it knows none, any of them may speak. And the
        newest that the store was told of as one of that chain, where that is another."""
        known = [state for one in self.behind([ttn]) if (state := states.get(one)) is not None]
        spoken = [state for state in known if state.stage is not None and (state.ttn == ttn or state.chain)]
        heard = [state for state in spoken if state.stage is not Stage.NOT_FOUND]
        yield from heard[-1:] or spoken
        told = [state for state in heard if ttn in (state.ttn, *state.chain)]
        yield from [state for state in told[-1:] if state is not heard[-1]]
