"""What a parcel's STATE gives a deadline to, when that is told, and whether a reminder of it still holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zlib import crc32

from vistka.domain.hours import NO_HOURS, Hours, at_hour
from vistka.domain.kyiv import kyiv_date
from vistka.domain.notices import REMINDERS, Kind, Notice, NoticeState
from vistka.domain.parcels import Facts, ParcelState, to_iso
from vistka.domain.stages import MONEY_PENDING_CODE, WAITING_STAGES, Stage

_DAY: Final = timedelta(days=1)
#: What takes too long: its day is that of a wait, and moves when the carrier names the wait's date, or corrects it.
ALERTS: Final = REMINDERS - {Kind.LAST_DAY}
#: Whoever has just been told that a parcel waits, and until which day, is not reminded sooner than this.
_APART: Final = timedelta(hours=18)
#: A change that was over when the night ended is told after all if it is true again so soon after it was made.
RETURNS_WITHIN: Final = timedelta(days=2)
#: Reminders of one hour leave one after another, each parcel's at a minute of its own.
_MINUTES: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderRules:
    """`hour` is Kyiv's, at which reminders are due; the others are days until it takes too long."""

    hour: int = 10
    quiet: Hours = NO_HOURS
    not_handed_over_days: int = 3
    waiting_days: int = 5
    money_days: int = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """`day` is the last free day for LAST_DAY, else the day on which it takes too long; `since` is when the wait began.
    Both are Kyiv's."""

    kind: Kind
    day: date
    since: date

    @property
    def occurrence(self) -> str:
        return self.day.isoformat()


def deadlines_of(state: ParcelState, rules: ReminderRules) -> Iterator[Deadline]:
    """The deadlines that a live parcel is waiting for.

    The last free day is read from the carrier's paid storage date and never computed (F34); where there is none, as
    with a date of return alone, nothing has to be paid and nobody is reminded (F42).
    """
    facts = state.facts
    if facts is None or state.ended:
        return
    last, wait = _began(state), wait_of(state)
    if wait is Kind.WAITING_LONG:
        since = kyiv_date(facts.arrived_at or last)
        if facts.paid_storage_at is not None:
            yield Deadline(kind=Kind.LAST_DAY, day=kyiv_date(facts.paid_storage_at) - _DAY, since=since)
        yield _days_after(Kind.WAITING_LONG, since, rules.waiting_days)
    elif wait is Kind.NOT_HANDED_OVER:
        yield _days_after(Kind.NOT_HANDED_OVER, kyiv_date(facts.created_at or last), rules.not_handed_over_days)
    elif wait is Kind.MONEY_OVERDUE:
        yield _days_after(Kind.MONEY_OVERDUE, kyiv_date(facts.received_at or last), rules.money_days)


def wait_of(state: ParcelState) -> Kind | None:
    """The alert that its wait leads to, if it goes on for too long. One wait may have several codes."""
    if state.stage in WAITING_STAGES:
        return Kind.WAITING_LONG
    if state.stage is Stage.CREATED:
        return Kind.NOT_HANDED_OVER
    return Kind.MONEY_OVERDUE if state.facts is not None and owes_money(state.facts) else None


def waits_since(before: ParcelState, after: ParcelState) -> datetime | None:
    """When the wait began that a change only goes on with; None for a change that begins one or leads to none.

    Where the carrier names no date the days are counted from here, so that an alert is told once (F44), however often
    the code changes while it waits.
    """
    wait = wait_of(after)
    return _began(before) if wait is not None and wait is wait_of(before) else None


def _began(state: ParcelState) -> datetime:
    return state.waits_since or state.changed_at or state.first_seen_at


def owes_money(facts: Facts) -> bool:
    """Whether the parcel was received, and the shop's money is still to come."""
    return facts.code == MONEY_PENDING_CODE or (facts.code == "9" and bool(facts.redelivery))


def _days_after(kind: Kind, since: date, days: int) -> Deadline:
    return Deadline(kind=kind, day=since + days * _DAY, since=since)


def due_at(
    deadline: Deadline, ttn: str, rules: ReminderRules, *, now: datetime, informed: bool, first_sight: bool
) -> datetime | None:
    """When the deadline is told, `now` at the earliest; None for one that is not worth telling.

    The last free day is told on the day before at the usual hour; what was missed is told still on the day itself
    (F33). `informed`: the hearer is told of it in this moment. What took too long already when the order was seen with
    the parcel for the first time is recorded silently, as an old parcel's news are (F16).
    """
    if deadline.kind is not Kind.LAST_DAY:
        moment = _moment(deadline.day, ttn, rules)
        if moment < now and first_sight:
            return None
        return max(moment, now)
    if kyiv_date(now) > deadline.day:
        return None
    eve, last = _moment(deadline.day - _DAY, ttn, rules), _moment(deadline.day, ttn, rules)
    if informed:
        return next((moment for moment in (eve, last) if moment >= now + _APART), None)
    return max(eve, now)


def _moment(day: date, ttn: str, rules: ReminderRules) -> datetime:
    """At the usual hour; where that is quiet, in the last hour before."""
    return rules.quiet.last_before(at_hour(day, rules.hour)) + timedelta(minutes=crc32(ttn.encode()) % _MINUTES)


def outdated(notice: Notice, state: ParcelState | None, rules: ReminderRules, now: datetime) -> str:
    """Why a reminder is not told any more; "" for one that still holds."""
    if state is None:
        return "nothing is known of the parcel any more"
    if notice.order_key not in state.orders:
        return "the order no longer has this number"
    deadline = deadline_of(notice.kind, state, rules)
    if deadline is None:
        return "the parcel has moved on"
    if deadline.occurrence != notice.occurrence:
        return "it is another day now"
    if notice.kind is Kind.LAST_DAY and kyiv_date(now) > deadline.day:
        return "the last day has passed"
    return ""


def may_return(notice: Notice, state: ParcelState | None, now: datetime) -> bool:
    """Whether what a notice tells of, and is true no more, may become so again: a last free day until it has passed, a
    change for some days, what takes too long while its wait goes on."""
    if state is None or notice.order_key not in state.orders:
        return False
    if notice.kind is Kind.LAST_DAY:
        return may_be_last(date.fromisoformat(notice.occurrence), state, now)
    if notice.kind in ALERTS:
        return not state.ended and wait_of(state) is notice.kind
    return _goes_on(state) and now - notice.created_at < RETURNS_WITHIN


def had_alert(notice: Notice, state: ParcelState, others: Iterable[Notice], now: datetime) -> bool:
    """Whether the wait that the parcel is in had its alert, of another day: it has one, whatever date is named or
    corrected (F44). That it was made is not enough: nobody may have been told, and its day is another now. `others` are
    all of its order and parcel."""
    if notice.kind not in ALERTS:
        return False
    return any(
        (other.kind, other.audience, other.seat) == (notice.kind, notice.audience, notice.seat)
        and other.occurrence != notice.occurrence
        and other.state in (NoticeState.SENT, NoticeState.UNCONFIRMED)
        and other.settled_at is not None
        and _began(state) <= other.settled_at <= now
        for other in others
    )


def may_be_last(day: date, state: ParcelState, now: datetime) -> bool:
    """Whether a day that was the last free one, and is not now, may be so again.

    Carriers move a day and take the move back, or name none for some hours.
    """
    return _goes_on(state) and kyiv_date(now) <= day


def _goes_on(state: ParcelState) -> bool:
    """What was received or has ended does not come back."""
    return not state.ended and state.stage is not Stage.DELIVERED


def may_open(notice: Notice, state: ParcelState | None, now: datetime) -> bool:
    """Whether a reminder of an order that is done or cancelled is still to be told if the order is open again.

    One that was closed by mistake is nearly always open again within a day: the shop's alerts wait for so long. STATE
    may be old, as nobody asks about the parcel meanwhile; of what was received then, nobody is reminded.
    """
    if notice.kind is Kind.LAST_DAY:
        return may_return(notice, state, now)
    if state is None or state.ended or notice.order_key not in state.orders:
        return False
    return wait_of(state) is notice.kind and kyiv_date(now) <= date.fromisoformat(notice.occurrence) + _DAY


def renewed(notice: Notice, state: ParcelState | None, rules: ReminderRules, now: datetime) -> Notice:
    """A reminder with what is known now; any other notice as it is."""
    deadline = deadline_of(notice.kind, state, rules) if state is not None else None
    if state is None or deadline is None:
        return notice
    return replace(notice, payload=payload_of(deadline, state, now))


def deadline_of(kind: Kind, state: ParcelState, rules: ReminderRules) -> Deadline | None:
    return next((deadline for deadline in deadlines_of(state, rules) if deadline.kind is kind), None)


def payload_of(deadline: Deadline, state: ParcelState, at: datetime) -> dict[str, Any]:
    """What the text of a reminder that is told at that moment is made of; `days` is how long it has taken."""
    payload: dict[str, Any] = {"stage": str(state.stage or ""), "days": (kyiv_date(at) - deadline.since).days}
    if state.facts is not None:
        payload["facts"] = state.facts.to_dict()
    if state.changed_at is not None:
        payload["changed_at"] = to_iso(state.changed_at)
    return payload
