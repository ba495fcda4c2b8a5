"""The day on which the carrier expects to deliver, and that it slips."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from vistka.domain.kyiv import kyiv_date
from vistka.domain.notices import Kind, Notice
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.stages import Role, Stage

#: Where somebody waits for that day still.
_UNDER_WAY: Final = frozenset({Stage.IN_TRANSIT, Stage.ARRIVED_CITY, Stage.REDIRECTED})
#: Whose messages say which day is expected.
NAMING_THE_DAY: Final = frozenset({Kind.ON_ITS_WAY, Kind.REDIRECTED, Kind.POSTPONED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Slip:
    before: date
    day: date


def expected_day(facts: Facts) -> date | None:
    """In Kyiv."""
    return kyiv_date(facts.expected_at) if facts.expected_at is not None else None


def slip_of(known: ParcelState, facts: Facts, stage: Stage | None) -> Slip | None:
    """The day of this answer, if it lies behind the one told last, or else known before. An earlier one is no news."""
    if known.facts is None or stage not in _UNDER_WAY or known.role is Role.RETURN:
        return None
    before = _told_day(known) or expected_day(known.facts)
    day = expected_day(facts)
    return Slip(before=before, day=day) if before is not None and day is not None and day > before else None


def has_passed(notice: Notice, state: ParcelState | None) -> bool:
    """Whether a day that was expected when the notice was made is so no more."""
    if state is None or state.facts is None or state.stage not in _UNDER_WAY:
        return True
    day = expected_day(state.facts)
    return day is None or day.isoformat() != notice.occurrence


def with_named(told: str, day: date) -> str:
    """What `told` remembers when another message has named the day: the days that were notices of their own, and
    behind a bar the one that was named since."""
    return f"{told.partition('|')[0]}|{day.isoformat()}"


def with_told(told: str, day: date) -> str:
    """What `told` remembers when the day was a notice of its own; the day told last is the last one."""
    return ",".join([one for one in _days(told) if one != day.isoformat()] + [day.isoformat()])


def is_told(told: str, day: date) -> bool:
    """Whether the day was a notice of its own."""
    return day.isoformat() in _days(told)


def _days(told: str) -> list[str]:
    return [day for day in told.partition("|")[0].split(",") if day]


def _told_day(state: ParcelState) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(state.told.get(Kind.EXPECTED_MOVED, "").replace("|", ",").rpartition(",")[2])
    return None
