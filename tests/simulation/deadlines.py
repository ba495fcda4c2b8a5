"""When a parcel's deadlines are, and when nothing rings: as the README words it, and not taken from the domain."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from tests.simulation.choices import KYIV
from vistka.domain.deadlines import ReminderRules
from vistka.domain.notices import Kind
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage

DAY: Final = timedelta(days=1)
_WAITS: Final = frozenset({Stage.AT_BRANCH, Stage.AT_LOCKER})


def day_of(moment: datetime) -> date:
    return moment.astimezone(KYIV).date()


def deadline(kind: Kind, state: ParcelState, rules: ReminderRules) -> date | None:
    """The last free day; or the day on which it takes too long; None for a parcel that is not waiting for it."""
    facts = state.facts
    if facts is None or state.ended:
        return None
    last = began(state)
    money = facts.code == "10" or (facts.code == "9" and facts.redelivery)
    match kind:
        case Kind.LAST_DAY if state.stage in _WAITS and facts.paid_storage_at is not None:
            return day_of(facts.paid_storage_at) - DAY
        case Kind.WAITING_LONG if state.stage in _WAITS:
            return day_of(facts.arrived_at or last) + rules.waiting_days * DAY
        case Kind.NOT_HANDED_OVER if state.stage is Stage.CREATED:
            return day_of(facts.created_at or last) + rules.not_handed_over_days * DAY
        case Kind.MONEY_OVERDUE if money and state.stage is Stage.DELIVERED:
            return day_of(facts.received_at or last) + rules.money_days * DAY
        case _:
            return None


def began(state: ParcelState) -> datetime:
    """Of the wait it is in; that it is the first change of that wait: `rules_reminded`."""
    return state.waits_since or state.changed_at or state.first_seen_at


def still_holds(kind: Kind, occurrence: str, state: ParcelState, rules: ReminderRules, at: datetime) -> bool:
    day = deadline(kind, state, rules)
    in_time = kind is not Kind.LAST_DAY or day is None or day_of(at) <= day
    return day is not None and day.isoformat() == occurrence and in_time


def first_hour(kind: Kind, day: date, rules: ReminderRules) -> datetime:
    """Before which nobody is told: the reminder's hour, of the last free day on its eve; if that is quiet, the last
    hour before."""
    moment = _hour_of(day - DAY if kind is Kind.LAST_DAY else day, rules.hour)
    if not is_quiet(moment, rules):
        return moment
    night = moment.astimezone(KYIV).date()
    begins = _hour_of(night, rules.quiet.start)
    return (begins if begins <= moment else _hour_of(night - DAY, rules.quiet.start)) - timedelta(hours=1)


def last_hour(day: date, rules: ReminderRules) -> datetime:
    """The reminder's hour on the day itself."""
    return first_hour(Kind.WAITING_LONG, day, rules)


def is_quiet(moment: datetime, rules: ReminderRules) -> bool:
    hour, start, end = moment.astimezone(KYIV).hour, rules.quiet.start, rules.quiet.end
    quiet = [(start + n) % 24 for n in range((end - start) % 24)]
    return hour in quiet


def _hour_of(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), KYIV).astimezone(UTC)
