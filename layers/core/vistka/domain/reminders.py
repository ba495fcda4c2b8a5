"""Reminders: notices that are made with the change, or the date, that makes their deadline known, and wait for it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from vistka.domain.deadlines import Deadline, ReminderRules, deadlines_of, due_at, may_be_last, outdated, payload_of
from vistka.domain.expecting import has_passed
from vistka.domain.making import unreachable_of
from vistka.domain.notices import REMINDERS, Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.policy import Policy
from vistka.domain.telling import CROWD, KIND_OF_STAGE, MONEY_KINDS, Told, kinds_of

#: Nobody asks about these parcels any more once their orders are closed; money on its way is followed all the same.
OF_OPEN_ORDERS: Final = REMINDERS - {Kind.MONEY_OVERDUE}
#: A reminder waits for days; whether its order is still open is looked at shortly before its hour, above the longest
#: interval between two runs.
REMINDER_WITHIN: Final = timedelta(hours=2)
#: What does not hold in its hour, or when the night ends, and may hold again is looked at anew after so long: by then a
#: run has looked at its order.
LOOK_AGAIN: Final = timedelta(hours=3)

_SEEN_IN_STATE: Final = frozenset({*KIND_OF_STAGE.values(), *MONEY_KINDS.values()})


def remind(
    told: Told,
    draft: ParcelState,
    *,
    new: tuple[Order, ...],
    told_before: tuple[Order, ...],
    listed: int,
    policy: Policy,
    room: int | None = None,
) -> Told:
    """What is told, and the reminders that the parcel's STATE leads to.

    Each is made once: `told` on STATE remembers every deadline that one was made for (F44). They wait in shadow too:
    whether anybody is told, and in which chat, is decided when their moment has come. A deadline whose reminders have
    no `room` beside the rest, where that is bounded, is not remembered: it has them with the next answer.
    """
    if listed > CROWD:
        return told
    deadlines = [one for one in deadlines_of(draft, policy.reminders) if new or not _is_known(one, told.told)]
    if new:
        deadlines.extend(_left_behind(draft, told.told, deadlines, policy.now))
    if not deadlines:
        return told
    memory = dict(told.told)
    notices = list(told.notices)
    informed = {(notice.order_key, notice.audience) for notice in notices if notice.kind is Kind.WAITING}
    for deadline in deadlines:
        hearers = [audience for audience in Audience if deadline.kind in policy.audiences.of(audience)]
        if not hearers:
            continue
        is_known = _is_known(deadline, memory)
        made: list[Notice] = []
        for order in new if is_known else (*told_before, *new):
            for audience in hearers:
                if audience is Audience.BUYER and order.unreachable is Unreachable.ERASED:
                    continue  # whoever is forgotten leaves nothing behind
                moment = due_at(
                    deadline,
                    draft.ttn,
                    policy.reminders,
                    now=policy.now,
                    informed=(order.key, audience) in informed,
                    first_sight=order in new,
                )
                if moment is not None:
                    moment = _looked_at_before(moment, deadline.kind, order, policy.now)
                    made.append(_reminder(deadline, draft, order, policy, audience=audience, moment=moment))
        if not is_known:
            if room is not None and len(notices) + len(made) > room:
                continue
            memory[deadline.kind] = ",".join(filter(None, (memory.get(deadline.kind), deadline.occurrence)))
        notices.extend(made)
    return Told(told=memory, notices=tuple(notices))


def may_remind(draft: ParcelState, policy: Policy) -> bool:
    """Whether what an answer made of a parcel (`decisions.draft_of`) leads to a deadline that no reminder was made for
    yet."""
    if len(draft.orders) > CROWD:
        return False
    heard = policy.audiences.buyer | policy.audiences.shop
    return any(
        deadline.kind in heard and not _is_known(deadline, draft.told)
        for deadline in deadlines_of(draft, policy.reminders)
    )


def overtaken(notice: Notice, state: ParcelState | None, rules: ReminderRules, now: datetime) -> str:
    """Why a notice that waited for its hour is not told any more; "" for one that is still true."""
    if notice.kind in REMINDERS:
        return outdated(notice, state, rules, now)
    if notice.kind is Kind.EXPECTED_MOVED:
        return "another day is expected, or none any more" if has_passed(notice, state) else ""
    return "it was over before its hour came" if _is_past(notice, state) else ""


def _is_past(notice: Notice, state: ParcelState | None) -> bool:
    # What is newer supersedes it (R4), but there may be nothing newer that this audience hears of.
    if state is None or notice.kind not in _SEEN_IN_STATE or state.version <= notice.version:
        return False
    return notice.kind not in kinds_of(state)


def _looked_at_before(moment: datetime, kind: Kind, order: Order, now: datetime) -> datetime:
    """The moment; where the order is done or cancelled, a later one before which a run looks whether it still is."""
    if order.open or kind not in OF_OPEN_ORDERS or moment - now > REMINDER_WITHIN:
        return moment
    return now + LOOK_AGAIN


def _left_behind(
    draft: ParcelState, told: Mapping[str, str], current: list[Deadline], now: datetime
) -> Iterator[Deadline]:
    """The last free days that the parcel had, and may have again: whoever has had it for longer has a reminder of each
    that waits for that, and so has whoever gets it meanwhile."""
    for occurrence in filter(None, told.get(Kind.LAST_DAY, "").split(",")):
        day = date.fromisoformat(occurrence)
        if may_be_last(day, draft, now) and all((one.kind, one.day) != (Kind.LAST_DAY, day) for one in current):
            yield Deadline(kind=Kind.LAST_DAY, day=day, since=day)  # its text is made when it is true again


def _is_known(deadline: Deadline, told: Mapping[str, str]) -> bool:
    return deadline.occurrence in told.get(deadline.kind, "").split(",")


def _reminder(
    deadline: Deadline, state: ParcelState, order: Order, policy: Policy, *, audience: Audience, moment: datetime
) -> Notice:
    buyer = audience is Audience.BUYER
    return Notice(
        order_key=order.key,
        order_number=order.number,
        ttn=state.ttn,
        kind=deadline.kind,
        occurrence=deadline.occurrence,
        audience=audience,
        version=state.version,
        state=NoticeState.WAITING,
        created_at=policy.now,
        due_at=moment,
        not_before=moment,
        chat_id=order.chat_id if buyer else None,
        language=(order.language if buyer else "") or policy.default_language,
        payload=payload_of(deadline, state, moment),
        # Looked up again when it is due: by then the buyer may have linked a chat.
        reason=unreachable_of(order) if buyer and order.chat_id is None else "",
    )
