"""When a parcel is due: a pure function of its STATE, the hour and a phase taken from its number."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zlib import crc32

from vistka.domain.parcels import ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import MONEY_PENDING_CODE, Stage

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

FIRST_BACKOFF: Final = timedelta(minutes=30)
LONGEST_BACKOFF: Final = timedelta(hours=24)

#: Answers in a row without the number after which it is quarantined and the shop is told: about 31 h.
QUARANTINE_AFTER: Final = 6

NOT_FOUND_DAYS: Final = 14
CREATED_DAYS: Final = 30
SILENT_DAYS: Final = 60
MONEY_DAYS: Final = 14


#: A moment further ahead than this comes from a clock that was wrong: no answer is under way for longer.
CLOCK_AHEAD: Final = timedelta(minutes=15)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a moment that was stored as a past one cannot have been yet: believed, it would hold back all that is
    true until it comes."""
    return moment - now > CLOCK_AHEAD


def backoff(not_found: int) -> timedelta:
    """The pause after so many answers in a row that knew nothing: doubling, a day at most."""
    doublings = min(max(0, not_found - 1), 10)
    return min(LONGEST_BACKOFF, FIRST_BACKOFF * (1 << doublings))


def due_at(state: ParcelState | None, *, since: datetime, plan: PollingPlan) -> datetime | None:
    """The moment at which the parcel falls due next after `since`, up to which all that was due has been asked.

    None for a parcel that has ended; the epoch for one never seen. Compare with now: due when not later. Every
    number has a phase of its own, so that parcels of one stage do not fall due all at once.
    """
    if state is None:
        return EPOCH
    if not state.live:
        return None
    if state.chain and state.facts is None and not state.not_found:
        return state.observed_at  # named a moment ago in place of another, and not asked about yet
    if _unknown(state):
        return state.observed_at + backoff(state.not_found)
    phase = crc32(state.ttn.encode())
    after = max(since, state.observed_at)
    while True:
        due = _next_tick(after, plan.interval(state, after), phase)
        boundary = plan.boundary(state, after)
        if due <= boundary:
            return due
        after = boundary  # another hour, another interval


def questions_a_day(state: ParcelState | None, now: datetime, plan: PollingPlan) -> float:
    """How often a parcel falls due in a day, while it stands as it does now; nothing for one that has ended."""
    if state is not None and not state.live:
        return 0
    if state is None or _unknown(state):
        return timedelta(days=1) / backoff(state.not_found if state is not None else 0)
    return plan.a_day(state, now)


def longest_pause(state: ParcelState, plan: PollingPlan) -> timedelta:
    """Within which a live parcel is due again, whatever the hour."""
    if _unknown(state):
        return backoff(state.not_found)
    return plan.longest(state)


def _unknown(state: ParcelState) -> bool:
    """Whether the carrier knows nothing of it, or has not said anything yet; a code that nobody knows is an answer."""
    return bool(state.not_found) or (state.stage is None and state.facts is None)


def _next_tick(after: datetime, interval: timedelta, phase: int) -> datetime:
    seconds = int(interval.total_seconds())
    shift = phase % seconds
    return datetime.fromtimestamp((int(after.timestamp()) + shift) // seconds * seconds + seconds - shift, UTC)


def aged_out(state: ParcelState, now: datetime) -> bool:
    """Whether a live parcel is given up: nothing was heard of it for too long."""
    facts = state.facts
    if facts is None or state.stage in (None, Stage.NOT_FOUND):
        return now - state.first_seen_at > timedelta(days=NOT_FOUND_DAYS)
    last = max([moment for moment in (facts.moved_at, state.changed_at, state.first_seen_at) if moment is not None])
    if state.stage is Stage.CREATED:
        return now - last > timedelta(days=CREATED_DAYS)
    if facts.code == MONEY_PENDING_CODE or state.stage is Stage.DELIVERED:
        return now - (facts.received_at or last) > timedelta(days=MONEY_DAYS)
    return now - last > timedelta(days=SILENT_DAYS)
