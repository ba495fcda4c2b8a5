"""One message with what is known and decided of its parcels, and the rows that tell of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from vistka.domain.decisions import Decision, decide, draft_of
from vistka.domain.errors import VistkaError
from vistka.domain.expecting import slip_of
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.remarks import of_answer, of_order
from vistka.domain.reminders import may_remind
from vistka.domain.telling import CROWD
from vistka.domain.waybills import parse_numbers
from vistka.ports import Answers, Link
from vistka.usecases.addressing import Addresses
from vistka.usecases.rows import outcome_of, row


@dataclass(kw_only=True)
class Tracked:
    """What became of one batch.

    `failed` (ttn -> why) is due again in the next run, `refused` (ttn -> why) is the carrier's word on a number, or the
    store's on its record, `unwritten` (order number -> why) heals with the next run; `error` is an outage of the
    carrier. `tell` makes the rows, for whoever wants to see them.
    """

    tell: Callable[[], list[dict[str, Any]]] = list
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unwritten: Mapping[str, str] = field(default_factory=dict)
    error: VistkaError | None = None
    stale: bool = False

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        return self.tell()


class Batch:
    """One message with what is known and decided so far."""

    def __init__(self, message: PollMessage, policy: Policy, addresses: Addresses) -> None:
        self.policy = policy
        self.addresses = addresses
        self.run_at = message.run_at
        self.orders = message.orders
        self.asked = [parcel for parcel in message.parcels if parcel.ask]
        self.known: dict[str, ParcelState] = {p.ttn: p.known for p in message.parcels if p.known is not None}
        self.states = dict(self.known)
        self.decisions: dict[str, Decision] = {}
        self.notices: list[Notice] = []
        self.effects: list[Notice] = []
        #: effects as they stand after the tracker's own attempt, by order key and id
        self.applied: Mapping[tuple[str, str], Notice] = {}
        #: the shop did not say what it has of an order that the message did not bring
        self.shop_away = False
        self.numbers: Mapping[str, tuple[str, ...]] = {e.order.key: e.ttns for e in message.orders}
        self._orders: dict[str, list[Order]] = {}
        for entry in message.orders:
            for ttn in entry.ttns:
                self._orders.setdefault(ttn, []).append(entry.order)

    def orders_of(self, ttn: str) -> Sequence[Order]:
        return self._orders.get(ttn, ())

    def sent_at(self, ttn: str, answers: Answers) -> datetime:
        """When its question was sent; the carrier may not have been asked at all."""
        return answers.sent_at.get(ttn, self.policy.now)

    def decide(
        self,
        ttn: str,
        known: ParcelState | None,
        answer: Facts | None,
        sent_at: datetime,
        others: Sequence[Order],
        *,
        at_once: int = CROWD,
        room: int | None = None,
    ) -> Decision:
        return decide(
            ttn=ttn,
            known=known,
            answer=answer,
            sent_at=sent_at,
            orders=self.addresses.of(self.orders_of(ttn)),
            others=self.addresses.of(others),
            policy=self.policy,
            at_once=at_once,
            room=room,
        )

    def first_decisions(self, answers: Answers, others: Mapping[str, Sequence[Order]]) -> dict[str, Decision]:
        """Of every parcel that was asked; the chats that they tell are looked up for the whole batch at once."""

        def decisions() -> dict[str, Decision]:
            return {
                parcel.ttn: self.decide(
                    parcel.ttn,
                    self.states.get(parcel.ttn),
                    answers.facts.get(parcel.ttn),
                    self.sent_at(parcel.ttn, answers),
                    others.get(parcel.ttn, ()),
                )
                for parcel in self.asked
            }

        decided = decisions()
        return decisions() if self.addresses.look_up(decided.values()) else decided

    def besides(self, ttn: str, known: ParcelState | None, answer: Facts | None, sent_at: datetime) -> Sequence[str]:
        """Keys of the orders that must hear of this answer, if it is a change or gives a deadline, or that nobody asks
        any more, and that the message did not bring."""
        if known is None:
            return ()
        others = known.orders - {order.key for order in self.orders_of(ttn)}
        if not others:
            return ()
        # By what the decision is made of itself: what it remembers as told is told to all.
        draft = draft_of(known, answer, sent_at, self.policy.now)
        changed = draft.version != known.version or draft.ended != known.ended
        if not (changed or _slips(known, draft) or may_remind(draft, self.policy)):
            return ()
        return sorted(others)

    def is_news(self, ttn: str, order_key: str) -> bool:
        """Whether this parcel has changed, or was seen with this order for the first time."""
        decision = self.decisions.get(ttn)
        return decision is not None and (
            decision.changed or any(order.key == order_key for order in decision.new_orders)
        )

    def rule_of(self, order_key: str, ttn: str) -> str:
        """What an order rule does with this change, in words; "" where none does."""
        decision = self.decisions.get(ttn)
        found = (one for one in decision.notices if one.is_effect) if decision is not None else ()
        made = next((one for one in found if one.order_key == order_key), None)
        if made is None:
            return ""
        after = self.applied.get((order_key, made.id), made)
        said = f"order rule {made.kind}: {made.payload['rule']}"
        if after.state is NoticeState.NEW:
            return said
        state = str(after.state).replace("_", " ")
        return f"{said}, {state}" + (f" ({after.reason})" if after.reason else "")

    def leave_out(self, keys: Set[str]) -> None:
        """Orders that have got another number since this message was made."""
        for ttn, orders in self._orders.items():
            self._orders[ttn] = [order for order in orders if order.key not in keys]

    def judged(self, ttn: str, decision: Decision, state: ParcelState | None, notices: Iterable[Notice]) -> None:
        self.decisions[ttn] = decision
        if state is not None:
            self.states[ttn] = state
        fresh = [notice for notice in notices if notice.state is NoticeState.NEW]
        self.notices.extend(notice for notice in fresh if not notice.is_effect)
        self.effects.extend(notice for notice in fresh if notice.is_effect)


def _slips(known: ParcelState, draft: ParcelState) -> bool:
    return draft.facts is not None and slip_of(known, draft.facts, draft.stage) is not None


def link_to(order: Order, state: ParcelState, now: datetime) -> Link:
    listed = parse_numbers(order.tracking).ttns
    root = "" if state.ttn in listed else next((ttn for ttn in state.chain if ttn in listed), "")
    return Link(
        order_key=order.key,
        order_number=order.number,
        ttn=state.ttn,
        current=True,
        since=now,
        chat_id=order.chat_id,
        language=order.language,
        unreachable=str(order.unreachable or ""),
        root=root,
        parent=state.chain[-1] if root else "",
        via=state.role if root else None,
    )


def rows_of(batch: Batch, done: Tracked, texts: Mapping[str, str], answers: Answers | None) -> list[dict[str, Any]]:
    asked = {parcel.ttn for parcel in batch.asked}
    rows = []
    for entry in batch.orders:
        of_its_order = iter((of_order(entry),) if answers is not None else ())  # told with its first parcel
        for ttn in entry.ttns:
            error = done.refused.get(ttn) or done.failed.get(ttn) or done.unwritten.get(entry.order.number)
            if done.error is not None and ttn in asked:
                error = str(done.error)
            state = batch.states.get(ttn)
            outcome = "failed" if error else outcome_of(state, batch.decisions.get(ttn), asked=ttn in asked)
            item = row(
                entry.order,
                ttn,
                state=state,
                now=texts.get(entry.order.key),
                outcome=outcome,
                error=error,
                remarks=(*next(of_its_order, ()), *_remarks(ttn, answers)) if ttn in asked else (),
            )
            if told := batch.rule_of(entry.order.key, ttn):
                item["note"] = told
            item["changed"] = ttn in batch.decisions and batch.decisions[ttn].changed
            rows.append(item)
    return rows


def _remarks(ttn: str, answers: Answers | None) -> tuple[str, ...]:
    if answers is None:
        return ()
    return of_answer(answers.facts.get(ttn), answers.unread.get(ttn, ()), phoneless=ttn in answers.phoneless)
