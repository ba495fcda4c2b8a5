"""What an answer of the carrier makes of a parcel: its next STATE, a change, and what is to be told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from vistka.domain import polling
from vistka.domain.chains import ending
from vistka.domain.deadlines import waits_since
from vistka.domain.effects import affect
from vistka.domain.notices import Notice
from vistka.domain.orders import Order
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.projection import remember
from vistka.domain.records import record
from vistka.domain.reminders import remind
from vistka.domain.stages import MONEY_PENDING_CODE, Role, Stage, in_role
from vistka.domain.telling import CROWD, Told, tell


@record
class Decision:
    """`state` is None when nothing is to be written. `new_orders` are those seen with this parcel for the first time.
    `changed`: the code or the stage is another than the store's. `clock_was_ahead`: the STATE before is dated later
    than can be, and is now put right."""

    state: ParcelState | None
    changed: bool
    change: Change | None = None
    notices: tuple[Notice, ...] = ()
    new_orders: tuple[Order, ...] = ()
    clock_was_ahead: bool = False


def decide(
    *,
    ttn: str,
    known: ParcelState | None,
    answer: Facts | None,
    sent_at: datetime,
    orders: Iterable[Order],
    others: Iterable[Order],
    policy: Policy,
    at_once: int = CROWD,
    room: int | None = None,
) -> Decision:
    """Judge one answer.

    `answer` is None for a stub, a refused number, or no answer at all: it changes no stage (R6). `orders` are the
    orders of the batch that have this number now, `others` those that the store links to it besides. `sent_at` is
    when the request was sent: an answer older than what is known is dropped. Of new orders at most `at_once` are taken
    up; the next run has the others. `room`: notices that can be written with it, where they are bounded;
    news that are more than that are told as those of a crowd.
    """
    orders = tuple(orders)
    linked = known.orders if known else frozenset()
    new = tuple(order for order in orders if order.key not in linked)[:at_once]
    base = known or ParcelState(ttn=ttn, revision=0, version=0, observed_at=sent_at, first_seen_at=sent_at)
    if clock_was_ahead := polling.is_ahead(base.observed_at, sent_at):
        base = replace(base, observed_at=sent_at)
    elif known is not None and _is_late(known, sent_at):
        answer = None
        if not new:
            return Decision(state=None, changed=False)
    draft = _drafted(base, answer, sent_at, policy.now)
    changed = draft.version != base.version
    if new:
        draft = replace(draft, orders=linked | {order.key for order in new})
    told_before = (*_already(orders, linked), *others)
    listed = len(linked | {order.key for order in orders})

    def told_of(*, crowd: bool) -> Told:
        told = tell(
            base, draft, changed=changed, new=new, told_before=told_before, listed=listed, crowd=crowd, policy=policy
        )
        return affect(told, base, draft, new=new, told_before=told_before, listed=listed, policy=policy)

    told = told_of(crowd=listed > CROWD)
    if room is not None and len(told.notices) > room:
        told = told_of(crowd=True)  # what no transaction takes would be cut off, and nobody would know (R1)
    told = remind(told, draft, new=new, told_before=told_before, listed=listed, policy=policy, room=room)
    written = remember(draft, policy.fit)
    if (draft.told, draft.written) != (told.told, written):
        draft = replace(draft, told=told.told, written=written)
    if known is not None and draft == known:
        return Decision(state=None, changed=False)
    state = replace(draft, revision=base.revision + 1)
    change = None
    if changed and state.facts is not None and state.changed_at is not None:
        change = Change(
            ttn=ttn,
            version=state.version,
            at=state.changed_at,
            observed_at=sent_at,
            facts=state.facts,
            stage=state.stage,
        )
    return Decision(
        state=state,
        changed=changed,
        change=change,
        notices=told.notices,
        new_orders=new,
        clock_was_ahead=clock_was_ahead,
    )


def draft_of(known: ParcelState, answer: Facts | None, sent_at: datetime, now: datetime) -> ParcelState:
    """What `decide` makes of a parcel with this answer before it looks at orders: for whoever has to know beforehand
    whether there will be something to tell, and of what."""
    if polling.is_ahead(known.observed_at, sent_at):
        known = replace(known, observed_at=sent_at)
    elif _is_late(known, sent_at):
        answer = None
    return _drafted(known, answer, sent_at, now)


_NOT_FOUND_OVER: Final = frozenset({None, Stage.CREATED, Stage.NOT_FOUND})
#: Received, and the money not paid out: from one of these codes to the other it is the same money.
_MONEY_COMES: Final = frozenset({"9", MONEY_PENDING_CODE})


def _already(orders: Iterable[Order], linked: frozenset[str]) -> tuple[Order, ...]:
    return tuple(order for order in orders if order.key in linked)


def _is_late(known: ParcelState, sent_at: datetime) -> bool:
    """Somebody asked after us and wrote (R1)."""
    return sent_at <= known.observed_at


def _drafted(base: ParcelState, answer: Facts | None, sent_at: datetime, now: datetime) -> ParcelState:
    if answer is not None and answer.stage is Stage.NOT_FOUND and base.stage not in _NOT_FOUND_OVER:
        answer = None  # a number that was known does not become unknown: an empty answer
    draft = _without_answer(base, sent_at) if answer is None else _with_answer(base, answer, sent_at)
    if not draft.ended and polling.aged_out(draft, now):
        draft = replace(draft, ended="aged_out")
    return draft


def _without_answer(base: ParcelState, sent_at: datetime) -> ParcelState:
    if base.facts is not None and base.stage is not Stage.NOT_FOUND:
        return base  # keeps its last state and is asked again at its usual hour
    return _missed(base, sent_at)


def _missed(base: ParcelState, sent_at: datetime) -> ParcelState:
    """One more answer that knew nothing; asked before its time, by an impatient person, it counts no further (F24)."""
    if base.not_found and sent_at < base.observed_at + polling.backoff(base.not_found):
        return base
    return replace(base, not_found=base.not_found + 1, observed_at=max(sent_at, base.observed_at))


def _with_answer(base: ParcelState, answer: Facts, sent_at: datetime) -> ParcelState:
    # A return that stands in the order's field itself says so in its own words (F31).
    role = base.role or (Role.RETURN if answer.return_of else None)
    stage = in_role(answer.stage, role) or base.stage  # an unknown code keeps the stage (F37)
    if base.facts is not None:
        answer = _completed(answer, base.facts)
    not_found = _missed(base, sent_at).not_found if stage is Stage.NOT_FOUND else 0
    changed = base.facts is None or answer.code != base.facts.code or stage != base.stage
    if not changed and answer == base.facts and not_found == base.not_found:
        return base
    draft = replace(
        base,
        facts=answer,
        stage=stage,
        observed_at=sent_at,
        not_found=not_found,
        role=role,
    )
    draft = replace(draft, ended=ending(draft))
    if not changed:
        return draft
    changed_at = _change_time(base, answer, sent_at)
    return replace(draft, version=base.version + 1, changed_at=changed_at, waits_since=waits_since(base, draft))


def _completed(answer: Facts, before: Facts) -> Facts:
    """An empty text overwrites none (F15); and a child, or money that is to come back, was not called off because an
    answer came without the key, or the phone, to which the carrier tells it."""
    if not answer.text and answer.code == before.code:
        answer = replace(answer, text=before.text)
    if not answer.child_ttn and before.child_ttn:
        answer = replace(answer, child_ttn=before.child_ttn, child_type=before.child_type)
    if not answer.redelivery and {answer.code, before.code} <= _MONEY_COMES:
        answer = replace(answer, redelivery=before.redelivery)
    return answer


def _change_time(base: ParcelState, answer: Facts, sent_at: datetime) -> datetime:
    # The carrier's own time where it is believable: not ahead of us, and not before the change we had already.
    moved = answer.moved_at
    if moved is None or moved > sent_at or (base.changed_at is not None and moved < base.changed_at):
        return sent_at
    return moved
