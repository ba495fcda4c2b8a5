"""R2 and R4 of what waits for its hour: each reminder once, never of a parcel that is gone; and nothing at night."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from tests.simulation.deadlines import deadline, first_hour, is_quiet, last_hour, still_holds
from tests.simulation.scheduler import SECOND
from tests.simulation.watch import LOST_NUMBER, WORKER_SECONDS, StateWrite
from vistka.domain.notices import REMINDERS, Audience, Kind, Notice, NoticeState

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Why a reminder of a closed order, and what waited for the morning, are not told.
CLOSED: Final = "done or cancelled"
OVER: Final = "it was over before its hour came"
_MANY: Final = 20
#: Whoever has just been told until which day a parcel waits is not reminded at once.
_APART: Final = timedelta(hours=18)
#: From the moment of a decision to that of its write.
_SLACK: Final = timedelta(minutes=2)

type Found = Iterator[tuple[str, str]]
#: order, parcel, kind, day, audience
type Key = tuple[str, str, Kind, str, Audience]


def waits(world: "World", notice: Notice) -> bool:
    """Whether its hour is still to come."""
    waiting = notice.state is NoticeState.WAITING and notice.kind in REMINDERS
    return waiting and notice.not_before is not None and notice.not_before > world.scheduler.moment()


def judge(world: "World") -> Found:
    made = {
        (notice.order_key, notice.ttn, notice.kind, notice.occurrence, notice.audience): notice
        for notice in world.memory.notices.values()
        if notice.kind in REMINDERS and notice.seat == 1
    }
    wanted, allowed = _expected(world)
    for key in sorted(wanted - made.keys()):
        yield "R2", f"{key}: there is no such reminder"
    for key in sorted(made.keys() - allowed):
        yield "R2", f"{key}: nobody is to be reminded of this"
    for attempt in world.telegram.attempts:
        notice = world.memory.notices.get(attempt.identity)
        if notice is not None and notice.kind in REMINDERS:
            hour = first_hour(notice.kind, date.fromisoformat(notice.occurrence), world.reminders)
            if world.scheduler.moment_of(attempt.at) < hour:
                yield "R4", f"{attempt.identity} was told before its hour"
        yield from _at_night(world, attempt.identity, attempt.at, silent=attempt.silent)


def _at_night(world: "World", identity: tuple[str, str], at: int, *, silent: bool) -> Found:
    notice = world.memory.notices.get(identity)
    if not is_quiet(world.scheduler.moment_of(at), world.reminders):
        return
    if not silent:
        yield "R4", f"{identity} rang in quiet hours"
    if notice is None or notice.audience is not Audience.BUYER:
        return
    began = is_quiet(world.scheduler.moment_of(at - WORKER_SECONDS * SECOND), world.reminders)
    again = any(one.identity == identity and one.at < at for one in world.telegram.attempts)
    if began and not again:
        yield "R4", f"{identity} was told in quiet hours"


def _expected(world: "World") -> tuple[set[Key], set[Key]]:
    """What must be, and what may be."""
    wanted: set[Key] = set()
    allowed: set[Key] = set()
    for ttn, writes in world.watch.states.items():
        for write in writes:
            for kind in sorted(REMINDERS):
                day = deadline(kind, write.after, world.reminders)
                hearers = [one for one in (Audience.BUYER, Audience.SHOP) if kind in world.audiences.of(one)]
                if day is None or not hearers:
                    continue
                keys = {(order, ttn, kind, day.isoformat(), one) for order in write.after.orders for one in hearers}
                allowed |= keys
                if max(write.listed, len(write.after.orders)) <= _MANY:
                    wanted |= {key for key in keys if _must(world, write, kind, day, key[0])}
    return wanted, allowed


def _must(world: "World", write: StateWrite, kind: Kind, day: date, order: str) -> bool:
    now = world.scheduler.moment_of(write.at)
    if order in write.lacking or world.asked_by_hand:
        return False
    if kind is Kind.LAST_DAY:
        return last_hour(day, world.reminders) >= now + _APART + _SLACK
    if write.before is None or order not in write.before.orders:
        return first_hour(kind, day, world.reminders) > now + _SLACK
    return deadline(kind, write.before, world.reminders) != day


def superseded(world: "World", notice: Notice, name: str) -> Found:
    """Whether it was true no more when it ended."""
    assert notice.settled_at is not None
    if CLOSED in notice.reason:
        if notice.order_key not in world.shop.ever_closed:
            yield "R4", f"{name} ended for a closed order, which never was"
        return
    if LOST_NUMBER in notice.reason:
        if (notice.order_key, notice.ttn) not in world.shop.lost:
            yield "R4", f"{name} is superseded for a lost number, and the order never lost it"
        return
    at = world.scheduler.time_of(notice.settled_at)
    if notice.reason == OVER:
        if world.watch.state_at(notice.ttn, at).version <= notice.version:
            yield "R4", f"{name} was over, and nothing had happened since"
        return
    before = world.watch.state_at(notice.ttn, at - WORKER_SECONDS * SECOND)
    held = (
        still_holds(notice.kind, notice.occurrence, state, world.reminders, notice.settled_at)
        for state in (before, world.watch.state_at(notice.ttn, at))
    )
    if all(held):
        yield "R4", f"{name} is superseded ({notice.reason}), and it still held"
