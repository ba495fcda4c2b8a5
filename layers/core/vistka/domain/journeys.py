"""The steps of a parcel's way, as a page draws them: which there are, how far it has come, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.places import place_of
from vistka.domain.stages import ROLE_OF_TYPE, Role, Stage


class Course(StrEnum):
    BRANCH = "branch"
    LOCKER = "locker"
    COURIER = "courier"
    RETURN = "return"


class Step(StrEnum):
    CREATED = "created"
    ON_ITS_WAY = "on_its_way"
    IN_CITY = "in_city"
    AT_BRANCH = "at_branch"
    AT_LOCKER = "at_locker"
    WITH_COURIER = "with_courier"
    RECEIVED = "received"
    NOT_RECEIVED = "not_received"
    COMING_BACK = "coming_back"
    BACK = "back"


class Progress(StrEnum):
    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """`at` is when the step was first reached, None where the history does not say."""

    step: Step
    progress: Progress
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Journey:
    """`marks` is empty for a parcel that has no way to show: unknown to the carrier, deleted, destroyed."""

    course: Course
    marks: tuple[Mark, ...] = ()


#: Until the parcel is handed over; a return has its own.
_STEPS: Final[Mapping[Course, tuple[Step, ...]]] = MappingProxyType(
    {
        Course.BRANCH: (Step.CREATED, Step.ON_ITS_WAY, Step.IN_CITY, Step.AT_BRANCH, Step.RECEIVED),
        Course.LOCKER: (Step.CREATED, Step.ON_ITS_WAY, Step.IN_CITY, Step.AT_LOCKER, Step.RECEIVED),
        Course.COURIER: (Step.CREATED, Step.ON_ITS_WAY, Step.IN_CITY, Step.WITH_COURIER, Step.RECEIVED),
        Course.RETURN: (Step.CREATED, Step.ON_ITS_WAY, Step.NOT_RECEIVED, Step.COMING_BACK, Step.BACK),
    }
)

#: How far along its course a stage is. A carrier may go back (another attempt, another address): so may the mark.
_PLACE: Final[Mapping[Stage, int]] = MappingProxyType(
    {
        Stage.CREATED: 0,
        Stage.IN_TRANSIT: 1,
        Stage.REDIRECTED: 1,
        Stage.ARRIVED_CITY: 2,
        Stage.POSTPONED: 2,
        Stage.AT_BRANCH: 3,
        Stage.AT_LOCKER: 3,
        Stage.OUT_FOR_DELIVERY: 3,
        Stage.FAILED_ATTEMPT: 3,
        Stage.DELIVERED: 4,
    }
)

#: Stages after which the parcel goes back to who sent it.
RETURN_STAGES: Final = frozenset({Stage.REFUSED, Stage.STORAGE_ENDED})

#: How far along its course a waybill is that goes back.
_PLACE_BACK: Final[Mapping[Stage, int]] = MappingProxyType(
    {Stage.RETURNING: 3, Stage.RETURN_WAITING: 3, Stage.RETURNED: 4}
)

#: Stages that say by themselves how the parcel is handed over.
_COURSE: Final[Mapping[Stage, Course]] = MappingProxyType(
    {
        Stage.AT_BRANCH: Course.BRANCH,
        Stage.AT_LOCKER: Course.LOCKER,
        Stage.OUT_FOR_DELIVERY: Course.COURIER,
        Stage.FAILED_ATTEMPT: Course.COURIER,
    }
)

#: A return has been ordered (carrier-api.md, "Status codes").
_RETURN_ORDERED: Final = "102"


def journey(state: ParcelState | None, history: Sequence[Change]) -> Journey:
    """`history` is oldest first, and may lack what was forgotten."""
    if state is None or state.stage is None:
        return Journey(course=Course.BRANCH)
    stage, facts = state.stage, state.facts
    if (place := _PLACE_BACK.get(stage)) is not None:
        return Journey(course=Course.RETURN, marks=_marks(Course.RETURN, place, history))
    if stage in RETURN_STAGES:
        return Journey(course=Course.RETURN, marks=_marks(Course.RETURN, 3 if comes_back(facts) else 2, history))
    course = _course(stage, facts, history)
    place = _PLACE.get(stage)
    return Journey(course=course, marks=() if place is None else _marks(course, place, history))


def comes_back(facts: Facts | None) -> bool:
    """Whether a return has been ordered, or is on its way already under a number of its own."""
    if facts is None:
        return False
    return facts.code == _RETURN_ORDERED or ROLE_OF_TYPE.get(facts.child_type) is Role.RETURN


def _course(stage: Stage, facts: Facts | None, history: Sequence[Change]) -> Course:
    stages = [stage, *(change.stage for change in reversed(history) if change.stage is not None)]
    # A parcel that a courier could not hand over may wait at a branch: the newest word counts.
    told = next((_COURSE[one] for one in stages if one in _COURSE), None)
    if told is not None:
        return told
    if facts is None:
        return Course.BRANCH
    if facts.courier:
        return Course.COURIER
    return Course.LOCKER if place_of(facts.place, facts.place_number).word == "locker" else Course.BRANCH


def _marks(course: Course, current: int, history: Sequence[Change]) -> tuple[Mark, ...]:
    steps = _STEPS[course]
    reached = _reached(course, history)
    last = len(steps) - 1
    return tuple(
        Mark(
            step=step,
            progress=_progress(place, current, last),
            at=reached.get(place) if place <= current else None,
        )
        for place, step in enumerate(steps)
    )


def _progress(place: int, current: int, last: int) -> Progress:
    if place < current or place == current == last:  # nothing comes after the last one: it is done
        return Progress.DONE
    return Progress.CURRENT if place == current else Progress.AHEAD


def _reached(course: Course, history: Sequence[Change]) -> dict[int, datetime]:
    """When each place was first reached. A return counts its way out as one step."""
    found: dict[int, datetime] = {}
    for change in history:
        place = None if change.stage is None else _PLACE.get(change.stage)
        if course is Course.RETURN:
            if change.stage in RETURN_STAGES:
                place = 2
            elif change.stage is not None and change.stage in _PLACE_BACK:
                place = _PLACE_BACK[change.stage]
            elif place is not None and place > 1:
                continue
        if place is not None:
            found.setdefault(place, change.at)
    return found
