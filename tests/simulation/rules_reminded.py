"""R2 and R4 of what waits for its hour: each reminder once, never of a parcel that is gone; and nothing at night."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product
from typing import TYPE_CHECKING, Final

from tests.simulation.deadlines import DAY, began, day_of, deadline, first_hour, is_quiet, last_hour, still_holds
from tests.simulation.kinds import kinds_of
from tests.simulation.scheduler import SECOND
from tests.simulation.watch import LOST_NUMBER, WORKER_SECONDS, StateWrite
from vistka.domain.notices import OF_CHANGES, REMINDERS, Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage

if TYPE_CHECKING:
    from tests.simulation.world import World

#: Why a reminder of a closed order, and what waited for the morning, are not told.
CLOSED: Final = "done or cancelled"
OVER: Final = "it was over before its hour came"
#: Why an alert is not told: another day of its wait was.
ALERTED: Final = "its wait has had its alert"
_MANY: Final = 20
#: So many orders' news and reminders, six of each order, fit into one transaction of a hundred.
_AT_ONCE: Final = 16
#: Whoever has just been told until which day a parcel waits is not reminded at once.
_APART: Final = timedelta(hours=18)
#: So long after it was made it may be true again.
_RETURNS_WITHIN: Final = timedelta(days=2)
#: From the moment of a decision to that of its write.
_SLACK: Final = timedelta(minutes=2)

type Found = Iterator[tuple[str, str]]
#: order, parcel, kind, day, audience
type Key = tuple[str, str, Kind, str, Audience]


def waits(world: "World", notice: Notice) -> bool:
    """Whether its hour is still to come; or it was over by the morning, and may be true again for two days."""
    now = world.scheduler.moment()
    if notice.state is not NoticeState.WAITING or notice.not_before is None or notice.not_before <= now:
        return False
    if notice.kind in REMINDERS:
        return True
    over = notice.kind in OF_CHANGES and notice.kind not in kinds_of(world.memory.states[notice.ttn])
    return over and not is_late(world, notice) and not is_quiet(now, world.reminders)


def is_late(world: "World", notice: Notice) -> bool:
    """Whether what was over by the morning is looked at no more, at the latest."""
    ended = notice.settled_at or world.scheduler.moment()
    return ended - notice.created_at >= _RETURNS_WITHIN


def judge(world: "World") -> Found:
    made = {
        (notice.order_key, notice.ttn, notice.kind, notice.occurrence, notice.audience): notice
        for notice in world.memory.notices.values()
        if notice.kind in REMINDERS and notice.seat == 1
    }
    yield from _begun_anew(world)
    yield from _alerted_twice(world)
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


def _begun_anew(world: "World") -> Found:
    """A wait begins with the change that leads to it, and with no other."""
    for ttn, writes in world.watch.states.items():
        for before, after in ((write.before, write.after) for write in writes if write.before is not None):
            changed = before.version != after.version
            same = any(
                deadline(kind, before, world.reminders) and deadline(kind, after, world.reminders)
                for kind in REMINDERS - {Kind.LAST_DAY}
            )
            waits = any(deadline(kind, after, world.reminders) for kind in REMINDERS)
            if waits and began(after) != (began(before) if same or not changed else after.changed_at):
                yield "R2", f"{ttn}: its wait begins at {began(after)}, in version {after.version}"


def _alerted_twice(world: "World") -> Found:
    """Of one wait nobody hears twice that it takes too long, whatever date the carrier names later."""
    groups: dict[tuple[str, str, Kind, Audience], list[Notice]] = defaultdict(list)
    for notice in world.memory.notices.values():
        if notice.kind in REMINDERS - {Kind.LAST_DAY} and notice.state is NoticeState.SENT and notice.seat == 1:
            groups[notice.order_key, notice.ttn, notice.kind, notice.audience].append(notice)
    for (order, ttn, kind, _), group in groups.items():
        told = [(world.scheduler.time_of(one.settled_at), one) for one in group if one.settled_at is not None]
        told.sort(key=lambda pair: pair[0])
        for (at, one), (again, other) in pairwise(told):
            states = world.watch.states_between(ttn, at, again)
            if all(deadline(kind, state, world.reminders) is not None for state in states):
                yield "R2", f"{ttn}: {order} heard twice of one wait, by {one.id} and {other.id}"


def _at_night(world: "World", identity: tuple[str, str], at: int, *, silent: bool) -> Found:
    notice = world.memory.notices.get(identity)
    if not is_quiet(world.scheduler.moment_of(at), world.reminders):
        return
    if not silent:
        yield "R4", f"{identity} rang in quiet hours"
    if notice is None or notice.audience is not Audience.BUYER:
        return
    began = is_quiet(world.scheduler.moment_of(at - WORKER_SECONDS * SECOND), world.reminders)
    if began and not _is_repeat(world, identity, at):
        yield "R4", f"{identity} was told in quiet hours"


def _is_repeat(world: "World", identity: tuple[str, str], at: int) -> bool:
    """Whether nobody knew if it had arrived already (R2), by the ledger as it stood when it was taken up: a worker that
    died between its claim and its send counts as one whose answer was lost. Such a repeat makes no sound, and is not
    held until the morning."""
    before = [state for claimed, state in world.watch.claims[identity] if claimed <= at]
    return before[-1:] in ([NoticeState.SENDING], [NoticeState.UNKNOWN])


def _expected(world: "World") -> tuple[set[Key], set[Key]]:
    """What must be, and what may be."""
    wanted: set[Key] = set()
    allowed: set[Key] = set()
    for ttn, writes in world.watch.states.items():
        known: set[tuple[Kind, date]] = set()
        for n, write in enumerate(writes):
            allowed |= set(_of_days_before(world, write, known))
            for kind in sorted(REMINDERS):
                day = deadline(kind, write.after, world.reminders)
                hearers = [one for one in (Audience.BUYER, Audience.SHOP) if kind in world.audiences.of(one)]
                if day is None or not hearers:
                    continue
                again = (kind, day) in known
                known.add((kind, day))
                keys = {(order, ttn, kind, day.isoformat(), one) for order in write.after.orders for one in hearers}
                allowed |= keys
                if max(write.listed, len(write.after.orders)) <= _MANY and (
                    not (_only_ends(write) or len(write.after.orders) > _AT_ONCE)
                    or _is_repeated(world, write, kind, day, writes[n + 1 :])
                ):
                    wanted |= {key for key in keys if _must(world, write, kind, day, key[0], again=again)}
    return wanted, allowed


def _of_days_before(world: "World", write: StateWrite, known: set[tuple[Kind, date]]) -> Iterator[Key]:
    """A last free day that is true no more may be so again, for whoever gets the parcel meanwhile too."""
    joined = write.after.orders - (write.before.orders if write.before else frozenset())
    for order, (kind, day), audience in product(joined, known, Audience):
        if kind is Kind.LAST_DAY and kind in world.audiences.of(audience):
            yield order, write.after.ttn, kind, day.isoformat(), audience


def _must(world: "World", write: StateWrite, kind: Kind, day: date, order: str, *, again: bool) -> bool:
    """`again`: the parcel has had this deadline before; who had the parcel then heard of it, or it had passed already
    when they were first seen with it."""
    now = world.scheduler.moment_of(write.at)
    # A waybill that another order has in its field is known when it takes a parcel's place: as with its news, all that
    # is told of it from then on is what comes.
    by_hand = not world.asked_by_hand.isdisjoint((write.after.ttn, *write.after.chain))
    if order in write.lacking or by_hand or write.is_taken_up:
        return False
    if kind is Kind.LAST_DAY:
        return last_hour(day, world.reminders) >= now + _APART + _SLACK
    if write.before is None or order not in write.before.orders:
        return first_hour(kind, day, world.reminders) > now + _SLACK
    return not again and deadline(kind, write.before, world.reminders) != day


def _only_ends(write: StateWrite) -> bool:
    """Whether an order has lost the number, and nothing was said of the parcel."""
    before, after = write.before, write.after
    if before is None or (before.facts, before.stage) != (after.facts, after.stage):
        return False
    return after.orders < before.orders


def _is_repeated(world: "World", write: StateWrite, kind: Kind, day: date, later: Sequence[StateWrite]) -> bool:
    """Whether the carrier, asked after that write, said the same again while the parcel had this deadline: who is left
    of a crowd is reminded with the next answer, which may be another one, and so is whoever had no room beside the
    news of so many orders. An answer whose worker died, or was not told what the store took, is lost with it: the
    message comes again, and may then bring another."""
    code = write.after.facts.code if write.after.facts else None
    until = next((one.at for one in later if deadline(kind, one.after, world.reminders) != day), None)
    return any(
        one.facts.code == code and deadline(kind, replace(write.after, facts=one.facts), world.reminders) == day
        for one in world.carrier.asked.get(write.after.ttn, ())
        if one.facts is not None and one.sent_at > write.at and (until is None or one.answered_at < until)
        if one.by is not None and not one.by.killed and "store" not in one.by.met
    )


def superseded(world: "World", notice: Notice, name: str) -> Found:
    """Whether it was true no more when it ended."""
    assert notice.settled_at is not None
    if CLOSED in notice.reason:
        yield from _for_closed(world, notice, name)
        return
    if LOST_NUMBER in notice.reason:
        if not world.shop.has_lost(notice.order_key, notice.ttn):
            yield "R4", f"{name} is superseded for a lost number, and the order never lost it"
        return
    # Whoever ends it looks at the clock, reads STATE, which may take long, and then writes.
    looked, written = world.scheduler.time_of(notice.settled_at), world.watch.ended_at[notice.order_key, notice.id]
    states = world.watch.states_between(notice.ttn, looked, written)
    if notice.reason == OVER:
        yield from _over(world, notice, name, states, written)
        return
    if notice.reason == ALERTED:
        if not any(_is_done(world, notice, one) for one in states):
            yield "R2", f"{name} ended as its wait had its alert, and nobody was told of it"
        return
    if all(still_holds(notice.kind, notice.occurrence, one, world.reminders, notice.settled_at) for one in states):
        yield "R4", f"{name} is superseded ({notice.reason}), and it still held"
        return
    passed = notice.kind is Kind.LAST_DAY and day_of(notice.settled_at).isoformat() > notice.occurrence
    if not passed and not any(_is_done(world, notice, one) for one in states):
        yield "R2", f"{name} is superseded ({notice.reason}), and its day, which may come back, had not passed"


def _over(world: "World", notice: Notice, name: str, states: Sequence[ParcelState], written: int) -> Found:
    """What waited for the morning ends as over only if STATE says something else then, and only if that is for good,
    or something newer was to be told."""
    if all(state.version <= notice.version or notice.kind in kinds_of(state) for state in states):
        yield "R4", f"{name} was over, and it still held"
    for_good = any(
        state.ended or state.stage is Stage.DELIVERED or notice.order_key not in state.orders for state in states
    )
    newer = any(
        other.kind in OF_CHANGES
        and other.version > notice.version
        and (other.order_key, other.ttn, other.audience, other.seat)
        == (notice.order_key, notice.ttn, notice.audience, notice.seat)
        and world.watch.stored_at[other.order_key, other.id] <= written
        for other in world.memory.notices.values()
    )
    if not for_good and not newer and not is_late(world, notice):
        yield "R2", f"{name} was over, and may be true again"


def _for_closed(world: "World", notice: Notice, name: str) -> Found:
    """Whether the order was closed, as far as the run knew that ended it, and it was too late for it to be open again:
    the last free day has passed, or, of an alert, the day after its own; or the parcel waits no more."""
    assert notice.settled_at is not None
    looked, written = world.scheduler.time_of(notice.settled_at), world.watch.ended_at[notice.order_key, notice.id]
    asked = looked - int(world.times.timeouts["dispatcher"]) * SECOND
    if not world.shop.was_closed(notice.order_key, asked, written):
        yield "R4", f"{name} ended for a closed order, and it was open"
    last = date.fromisoformat(notice.occurrence) + (timedelta() if notice.kind is Kind.LAST_DAY else DAY)
    if day_of(notice.settled_at) > last:
        return
    for state in world.watch.states_between(notice.ttn, looked, written):
        gone = notice.order_key not in state.orders or deadline(notice.kind, state, world.reminders) is None
        if gone if notice.kind is not Kind.LAST_DAY else _is_done(world, notice, state):
            return
    yield "R2", f"{name} ended for a closed order, which might have been open again in time"


def _is_done(world: "World", notice: Notice, state: ParcelState) -> bool:
    """Whether no answer can make the last free day true again; an alert's wait is over, or somebody was told of it,
    whatever day it had then."""
    if notice.kind is Kind.LAST_DAY:
        return bool(state.ended) or state.stage is Stage.DELIVERED
    if deadline(notice.kind, state, world.reminders) is None:
        return True
    return any(
        (other.order_key, other.ttn, other.kind, other.audience, other.seat)
        == (notice.order_key, notice.ttn, notice.kind, notice.audience, notice.seat)
        and other.state in (NoticeState.SENT, NoticeState.UNCONFIRMED)
        and other.settled_at is not None
        and notice.settled_at is not None
        and began(state) <= other.settled_at <= notice.settled_at
        for other in world.memory.notices.values()
    )
