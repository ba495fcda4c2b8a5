"""How often a live parcel is asked about: often where news is likely, rarely where it is not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Self

from vistka.domain.hours import Hours
from vistka.domain.kyiv import kyiv, kyiv_date
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """An interval by day and one at night, from so many days after the parcel's last movement on."""

    day: timedelta
    night: timedelta
    after: timedelta = timedelta(0)


def _rhythm(day: int, night: int, *, after: float = 0) -> Rhythm:
    return Rhythm(day=timedelta(minutes=day), night=timedelta(minutes=night), after=timedelta(days=after))


#: By stage, in minutes; with every silent day news gets less likely. A stage not named here: `USUAL`.
RHYTHMS: Final[Mapping[Stage, tuple[Rhythm, ...]]] = MappingProxyType(
    {
        # Handed over by day, if at all.
        Stage.CREATED: (_rhythm(30, 180), _rhythm(180, 360, after=3)),
        Stage.IN_TRANSIT: (_rhythm(30, 60), _rhythm(60, 180, after=3), _rhythm(180, 360, after=10)),
        Stage.ARRIVED_CITY: (_rhythm(10, 60), _rhythm(60, 180, after=2)),
        Stage.OUT_FOR_DELIVERY: (_rhythm(10, 120), _rhythm(60, 180, after=2)),
        # Fetched by day, mostly within three.
        Stage.AT_BRANCH: (_rhythm(30, 180), _rhythm(60, 360, after=3)),
        Stage.AT_LOCKER: (_rhythm(30, 180), _rhythm(60, 360, after=3)),
        Stage.DELIVERED: (_rhythm(120, 360),),  # only while money is to come back
        # The number of the return appears within hours.
        Stage.REFUSED: (_rhythm(60, 180), _rhythm(180, 360, after=2)),
        Stage.STORAGE_ENDED: (_rhythm(180, 360),),
        # Only the shop waits for it.
        Stage.RETURNING: (_rhythm(60, 180), _rhythm(180, 360, after=3)),
        Stage.RETURN_WAITING: (_rhythm(60, 180), _rhythm(180, 360, after=2)),
    }
)
USUAL: Final = (_rhythm(30, 120), _rhythm(60, 180, after=3), _rhythm(180, 360, after=10))

#: On the expected day and two days on, a parcel that is still under way is asked about in every run.
_UNDER_WAY: Final = frozenset({Stage.IN_TRANSIT, Stage.REDIRECTED, Stage.POSTPONED, Stage.FAILED_ATTEMPT})
_EXPECTED: Final = _rhythm(10, 60)
_EXPECTED_FOR: Final = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class PollingPlan:
    """When parcels are asked about. Hours are Kyiv's, summer time included.

    `fixed` replaces everything else by one interval. `stages` replaces the interval by day of single stages; at night
    theirs is never shorter than by day.
    """

    fixed: timedelta | None = None
    night_from: int = 21
    night_to: int = 7
    stages: Mapping[Stage, timedelta] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`adaptive`; a number of minutes, for one fixed interval; or `adaptive` with exceptions, such as
        `adaptive, at_branch=60, night=22-8`. Raises ValueError, which says what is wrong and what can be said."""
        first, *rest = [part.strip() for part in text.split(",")]
        if first.isdecimal() and not rest:
            return cls(fixed=_minutes(first))
        if first != "adaptive":
            raise ValueError(f"{first!r} is neither 'adaptive' nor a number of minutes")
        stages: dict[Stage, timedelta] = {}
        night = (cls().night_from, cls().night_to)
        for part in rest:
            name, equals, value = (piece.strip() for piece in part.partition("="))
            if not equals:
                raise ValueError(f"{part!r} is no exception; write one such as at_branch=60 or night=22-8")
            if name == "night":
                hours = Hours.parse(value)
                night = (hours.start, hours.end)
            elif name in Stage and Stage(name) in _NAMED:
                stages[Stage(name)] = _minutes(value)
            else:
                raise ValueError(f"{name!r} is no stage; stages are {', '.join(_NAMED)}")
        return cls(night_from=night[0], night_to=night[1], stages=stages)

    def shortest(self) -> timedelta:
        """The shortest interval that was asked for by a person; a day when none was."""
        given = [*self.stages.values(), *([self.fixed] if self.fixed else [])]
        return min(given, default=_DAY)

    def interval(self, state: ParcelState, at: datetime) -> timedelta:
        """How often this parcel is asked about at that moment."""
        if self.fixed is not None:
            return self.fixed
        rhythm = self._rhythm(state, at)
        own = self.stages.get(state.stage) if state.stage is not None else None
        if self._is_night(at):
            return max(rhythm.night, own or rhythm.night)
        return own or rhythm.day

    def a_day(self, state: ParcelState, at: datetime) -> float:
        """How many questions a day this parcel gets while it stands as it does at that moment."""
        if self.fixed is not None:
            return _DAY / self.fixed
        rhythm = self._rhythm(state, at)
        own = self.stages.get(state.stage) if state.stage is not None else None
        day, night = own or rhythm.day, max(rhythm.night, own or rhythm.night)
        nightly = (self.night_to - self.night_from) % 24 * timedelta(hours=1)
        return (_DAY - nightly) / day + nightly / night

    def longest(self, state: ParcelState) -> timedelta:
        """The longest time between two moments at which this parcel falls due: where one interval gives way to another,
        what was left of the first and all of the second."""
        if self.fixed is not None:
            return self.fixed
        own = self.stages.get(state.stage) if state.stage is not None else None
        rhythms = _rhythms(state)
        by_day = [own] if own is not None else [rhythm.day for rhythm in rhythms]
        at_night = [max(rhythm.night, own or rhythm.night) for rhythm in rhythms]
        second, first = sorted({timedelta(0), *by_day, *at_night})[-2:]
        return first + second

    def boundary(self, state: ParcelState, at: datetime) -> datetime:
        """The next moment at which the interval may be another."""
        if self.fixed is not None:
            return at + 365 * _DAY
        return min(moment for moment in self._boundaries(state, at) if moment > at)

    def _rhythm(self, state: ParcelState, at: datetime) -> Rhythm:
        expected = _expected(state)
        if expected is not None and expected <= at < expected + _EXPECTED_FOR:
            return _EXPECTED
        quiet = at - _last_moved(state)
        return next(rhythm for rhythm in reversed(_rhythms(state)) if quiet >= rhythm.after or not rhythm.after)

    def _is_night(self, at: datetime) -> bool:
        return Hours(start=self.night_from, end=self.night_to).cover(at)

    def _boundaries(self, state: ParcelState, at: datetime) -> Iterator[datetime]:
        today = kyiv_date(at)
        for day in (today, today + _DAY):
            for hour in (self.night_from, self.night_to):
                yield _moment(day, hour)
        # Two wall clock hours a day may coincide; this one never does.
        yield at + 2 * _DAY
        last = _last_moved(state)
        for rhythm in _rhythms(state):
            yield last + rhythm.after
        if (expected := _expected(state)) is not None:
            yield expected
            yield expected + _EXPECTED_FOR


_NEVER_ASKED: Final = frozenset({Stage.NOT_FOUND, Stage.DELETED, Stage.DESTROYED, Stage.RETURNED})
_NAMED: Final = tuple(stage for stage in Stage if stage not in _NEVER_ASKED)


def _rhythms(state: ParcelState) -> tuple[Rhythm, ...]:
    return RHYTHMS.get(state.stage, USUAL) if state.stage is not None else USUAL


def _expected(state: ParcelState) -> datetime | None:
    """Midnight of the expected day in Kyiv, for a parcel that is still under way."""
    if state.facts is None or state.facts.expected_at is None or state.stage not in _UNDER_WAY:
        return None
    return _moment(kyiv_date(state.facts.expected_at), 0)


@lru_cache(maxsize=256)  # a run asks for those of a few days, and of every parcel
def _moment(day: date, hour: int) -> datetime:
    """When this hour begins in Kyiv."""
    return datetime.combine(day, time(hour), kyiv()).astimezone(UTC)


def _last_moved(state: ParcelState) -> datetime:
    moved = state.facts.moved_at if state.facts is not None else None
    return max(moment for moment in (moved, state.changed_at, state.first_seen_at) if moment is not None)


def _minutes(text: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= 1440:
        raise ValueError(f"{text!r} is no number of minutes between 1 and 1440")
    return timedelta(minutes=int(text))
