"""Effects on the shop's orders: a rule moves an order's own status, once for each change, and only as it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.chains import with_descendants
from vistka.domain.errors import ShopMismatch, StoreConflict
from vistka.domain.notices import Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.projection import project
from vistka.domain.rules import Event, Move, Moved, Outcome, all_came_to, all_may_come_to
from vistka.domain.waybills import Numbers, parse_numbers
from vistka.metrics import Metric
from vistka.ports import Clock, Ledger, Metrics, ParcelStore, Shop

#: Effects in one sweep; each takes the shop two statements.
MOST: Final = 100
#: Effects that the tracker applies right after its batch; more are left to the sweep.
MOST_AT_ONCE: Final = 20
#: So long an effect waits for the order to show what became of its parcel; it may be that another program writes there.
SHOWN_FIRST: Final = timedelta(hours=1)
#: A row that the database does not take is tried again after this, as only its people can change that.
REFUSED_AGAIN: Final = timedelta(hours=1)
#: An effect that could not be had for so long is none any more: by then the shop's people have decided.
GIVEN_UP_AFTER: Final = timedelta(days=14)

#: So often an effect looks whether the order's other parcels have come to it too. The last of them moves the order at
#: once, by an effect of its own: this is for those that are deleted, or taken out of the order.
OTHERS_AGAIN: Final = timedelta(hours=3)

_NO_RULE: Final = "no rule is switched on for it"


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of some effects; `waiting` ones are left to the next sweep."""

    applied: int = 0
    not_applicable: int = 0
    waiting: int = 0


@dataclass(frozen=True, kw_only=True)
class Applier:
    """`is_live` judges by order number. An attempt is over after `attempt`, whatever became of it; an effect that is
    unsettled for `overdue_after`, and does not wait for the order's other parcels, is overdue for the alarm."""

    ledger: Ledger
    parcels: ParcelStore
    shop: Shop
    clock: Clock
    metrics: Metrics
    is_live: Callable[[str], bool]
    attempt: timedelta
    overdue_after: timedelta
    say: Callable[..., None]

    def apply(self, effects: Sequence[Notice]) -> Mapping[tuple[str, str], Notice]:
        """Apply what a batch has just stored, as far as it fits: by order key and id, each as it stands afterwards.

        Raises ShopUnavailable, ShopMismatch, StoreUnavailable: what was not done then is the sweep's.
        """
        done: dict[tuple[str, str], Notice] = {}
        for effect in effects[:MOST_AT_ONCE]:
            if (after := self._take(effect)) is not None:
                done[effect.order_key, effect.id] = after
        return done

    def sweep(self) -> Applied:
        """What is due, oldest first. Raises StoreUnavailable; and ShopUnavailable or ShopMismatch, of which there is
        none where nothing was due."""
        now = self.clock.now()
        due = self.ledger.effects_due(before=now, limit=MOST)
        if overdue := sum(now - _wanted_since(one) > self.overdue_after for one in due):
            self.metrics.count(Metric.NOTICES_OVERDUE, overdue)
        states: list[NoticeState] = []
        for effect in due:
            after = self._take(effect)
            states.append(after.state if after is not None else NoticeState.WAITING)
        applied = Applied(
            applied=states.count(NoticeState.APPLIED),
            not_applicable=states.count(NoticeState.NOT_APPLICABLE),
            waiting=sum(state in {NoticeState.WAITING, NoticeState.NEW} for state in states),
        )
        if due:
            self.say("effects on orders were swept", applied=applied.applied, left=applied.waiting)
        return applied

    def _take(self, effect: Notice) -> Notice | None:
        """The effect after this attempt; None where somebody else works on it."""
        try:
            return self._attempt(effect)
        except StoreConflict:
            return None

    def _attempt(self, effect: Notice) -> Notice:
        # Whether it was done at the attempt before, nobody knows: then a status that is there already is ours.
        effect = replace(effect, lost=effect.lost or effect.state is NoticeState.APPLYING)
        event = Event(str(effect.kind))
        if not self.is_live(effect.order_number):
            return self._end(effect, NoticeState.SHADOW, "the shop is in shadow")
        if event not in self.shop.rules():
            return self._end(effect, NoticeState.NOT_APPLICABLE, _NO_RULE)
        try:
            order = self.shop.order(effect.order_number)
        except ShopMismatch as error:
            return self._wait(effect, str(error), REFUSED_AGAIN)  # of one row, as a rule: the others go on (F40)
        if order is None or order.key != effect.order_key:
            return self._end(effect, NoticeState.NOT_APPLICABLE, "the shop has no such order any more")
        numbers = parse_numbers(order.tracking)
        states = self._states(numbers.ttns)
        if why := _unfit(effect, event, numbers, states):
            return self._end(effect, NoticeState.NOT_APPLICABLE, why)
        if not all_came_to(event, numbers.ttns, states):
            why = f"not all parcels of the order are {event}"
            if not all_may_come_to(event, numbers.ttns, states):
                return self._end(effect, NoticeState.NOT_APPLICABLE, why)
            effect = replace(effect, not_before=self.clock.now() + OTHERS_AGAIN)
            return self._wait(effect, why, OTHERS_AGAIN)
        if effect.not_before is not None and (others := self._of_the_others(effect)):
            if any(other.settled for other in others):
                return self._end(effect, NoticeState.NOT_APPLICABLE, "another of its parcels has spoken for the order")
            if not effect.attempt and any(other.state is NoticeState.APPLYING for other in others):
                return self._wait(effect, "another of its parcels is speaking for the order", self.attempt)
        shown_late = self.clock.now() - _wanted_since(effect) >= SHOWN_FIRST
        if not shown_late and not self._shows(order, numbers, states):
            return self._wait(effect, "the order is to show its parcel's state first", self.attempt)
        due_at = self.clock.now() + self.attempt
        claimed = effect.next(state=NoticeState.APPLYING, attempt=effect.attempt + 1, due_at=due_at)
        self.ledger.update(claimed)
        move = Move(order_key=order.key, order_number=order.number, tracking=order.tracking, event=event)
        (moved,) = self.shop.move([move])
        return self._judge(claimed, moved)

    def _of_the_others(self, effect: Notice) -> list[Notice]:
        """What the same event of other parcels has asked of the order since this effect was made: one that has waited
        does not repeat it, or it would overrule whoever set the status back in between (R5)."""
        return [
            one
            for one in self.ledger.list(order_key=effect.order_key)
            if one.is_effect
            and one.kind is effect.kind
            and one.id != effect.id
            and one.attempt
            and (one.settled_at is None or one.settled_at >= effect.created_at)
        ]

    def _states(self, ttns: Sequence[str]) -> dict[str, ParcelState]:
        """Those of the numbers, and of all that has taken their places."""
        states: dict[str, ParcelState] = {}
        asked = set[str]()
        while wanted := [ttn for ttn in with_descendants(ttns, states) if ttn not in asked]:
            states |= self.parcels.states(wanted)
            asked.update(wanted)
        return states

    def _shows(self, order: Order, numbers: Numbers, states: Mapping[str, ParcelState]) -> bool:
        """Whether the row says where the parcel is, or nobody would write it any more. An order that a rule closes is
        not looked at again: its last text would be missing for ever."""
        projection = project(order, with_descendants(numbers.ttns, states), states, self.shop.fit)
        return not order.open or projection is None or projection.text == order.shown

    def _judge(self, claimed: Notice, moved: Moved) -> Notice:
        match moved.outcome:
            case Outcome.MOVED:
                return self._end(claimed, NoticeState.APPLIED, "")
            case Outcome.THERE if claimed.lost:
                return self._end(claimed, NoticeState.APPLIED, "found done after an attempt without an answer")
            case Outcome.THERE:
                return self._end(claimed, NoticeState.NOT_APPLICABLE, "the order has that status already")
            case Outcome.ELSEWHERE:
                return self._end(claimed, NoticeState.NOT_APPLICABLE, "the order's status is none the rule changes")
            case Outcome.OFF:
                self.say("the shop's own side has no such rule", rule=str(claimed.kind))
                return self._end(claimed, NoticeState.NOT_APPLICABLE, _NO_RULE)
            case Outcome.REFUSED:
                self.say("the shop's database refused a rule", order_number=claimed.order_number, reason=moved.text)
                return self._wait(claimed, moved.text, REFUSED_AGAIN)
            case Outcome.CHANGED:
                return self._wait(claimed, "the order was changed at that moment", self.attempt)

    def _wait(self, claimed: Notice, reason: str, pause: timedelta) -> Notice:
        """Certainly not done now: tried again later, but not for ever."""
        now = self.clock.now()
        if now - claimed.created_at > GIVEN_UP_AFTER:
            return self._end(claimed, NoticeState.NOT_APPLICABLE, f"given up: {reason}")
        waiting = claimed.next(state=NoticeState.WAITING, due_at=now + pause, reason=reason)
        self.ledger.update(waiting)
        return waiting

    def _end(self, effect: Notice, state: NoticeState, reason: str) -> Notice:
        if effect.lost and state is NoticeState.NOT_APPLICABLE:
            reason = f"{reason}; an attempt without an answer may have done it"
        ended = replace(effect.ended(state, self.clock.now()), reason=reason)
        self.ledger.update(ended)
        return ended


def _unfit(effect: Notice, event: Event, numbers: Numbers, states: Mapping[str, ParcelState]) -> str:
    """Why the effect is none for the order as it is now, "" if it is one."""
    if effect.ttn not in with_descendants(numbers.ttns, states):
        return "the order no longer has this number"
    if not all_came_to(event, [effect.ttn], states):
        return "the parcel has moved on"
    if numbers.problems:
        return "something in the order's tracking field is no waybill number"
    return ""


def _wanted_since(effect: Notice) -> datetime:
    """When it was made, or last had to wait for the order's other parcels."""
    return effect.not_before or effect.created_at
