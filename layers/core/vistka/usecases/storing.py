"""The answers of one batch in the store: each parcel judged, and written with its change and its notices."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from vistka.domain.chains import awaited_child
from vistka.domain.decisions import Decision
from vistka.domain.errors import (
    ShopMismatch,
    ShopUnavailable,
    StoreConflict,
    StoreRefused,
    StoreUnavailable,
    TransientError,
)
from vistka.domain.notices import Notice
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState, to_iso
from vistka.domain.projection import joined
from vistka.domain.records import record
from vistka.domain.telling import CROWD
from vistka.domain.waybills import parse_numbers
from vistka.metrics import Metric
from vistka.ports import LARGEST_COMMIT, Answers, Clock, Commit, Link, Metrics, ParcelStore, Shop, Together
from vistka.usecases.batch import Batch, Tracked, link_to
from vistka.usecases.chaining import take_up_child
from vistka.usecases.linking import end_link, order_of, release_former_numbers, still_stands

#: So often a parcel is judged anew after somebody else wrote its STATE first.
ROUNDS: Final = 4

#: After so many parcels in a row that the store did not take, it is the store that is away: the batch comes again.
STORE_GONE: Final = 3

Say = Callable[..., None]


@record
class _Asked:
    """One parcel that was asked about, and what is known of it; `others` are orders that the message did not bring."""

    ttn: str
    known: ParcelState | None
    answer: Facts | None
    sent_at: datetime
    others: Sequence[Order]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    state: ParcelState
    notices: tuple[Notice, ...]


class _Overtaken(StoreConflict):
    def __init__(self, keys: frozenset[str]) -> None:
        super().__init__("an order has got yet another number")
        self.keys = keys


@dataclass(kw_only=True)
class _Failures:
    """What the store did not take, counted in the order of the message."""

    done: Tracked
    say: Say
    unavailable: int = 0

    def add(self, ttn: str, error: Exception) -> None:
        """Raises the error when it is no parcel's own: then the whole batch comes again."""
        if isinstance(error, StoreRefused):
            # To try again would end alike: it is asked again at its usual hour, and named each time.
            self.done.refused[ttn] = str(error)
            self.say("the store takes no such parcel", ttn=ttn, reason=str(error))
            return
        self.unavailable = self.unavailable + 1 if isinstance(error, StoreUnavailable) else 0
        if not isinstance(error, TransientError) or self.unavailable == STORE_GONE:
            raise error
        self.done.failed[ttn] = str(error)
        self.say("parcel left to the next run", ttn=ttn, error=type(error).__name__)


@dataclass(frozen=True, kw_only=True)
class ParcelWriter:
    """Every collaborator is passed in; `together` says how many parcels are written at once."""

    parcels: ParcelStore
    shop: Shop
    together: Together
    clock: Clock
    metrics: Metrics
    say: Say

    def store(self, batch: Batch, answers: Answers, done: Tracked, *, dry_run: bool) -> None:
        """One transaction a parcel, several parcels at once. One that fails is named in `done` and hinders no other.

        Raises StoreUnavailable and ConfigurationError for what stops the whole batch.
        """
        others = self._orders_besides(batch, answers, dry_run=dry_run)
        decided = batch.first_decisions(answers, others)
        for ttn, reason in answers.refused.items():
            done.refused[ttn] = f"the carrier refuses this number ({reason}): correct it in the order"
        asked = [
            _Asked(
                ttn=parcel.ttn,
                known=batch.states.get(parcel.ttn),
                answer=answers.facts.get(parcel.ttn),
                sent_at=batch.sent_at(parcel.ttn, answers),
                others=others.get(parcel.ttn, ()),
            )
            for parcel in batch.asked
        ]
        failures = _Failures(done=done, say=self.say)
        for rounds_left in reversed(range(ROUNDS)):
            beaten = self._round(batch, asked, decided, failures, dry_run=dry_run)
            if not beaten:
                break
            decided = {}
            if rounds_left:
                asked = self._read_again(batch, [one for one, _ in beaten], failures, dry_run=dry_run)
        for one, error in beaten:
            failures.add(one.ttn, error)
        if not dry_run:
            self._take_up_children(batch, failures)

    def _take_up_children(self, batch: Batch, failures: _Failures) -> None:
        """What the carrier made on the basis of a parcel is followed in its place from now on (F31)."""
        for ttn in batch.decisions:
            state = batch.states.get(ttn)
            if state is None or not awaited_child(state):
                continue
            try:
                batch.states[ttn] = take_up_child(self.parcels, state, batch.policy.now)
                self.say("a waybill is followed in another's place", ttn=ttn, child=awaited_child(state))
            except (TransientError, StoreRefused) as error:
                failures.add(ttn, error)

    def _round(
        self,
        batch: Batch,
        asked: Sequence[_Asked],
        decided: Mapping[str, Decision],
        failures: _Failures,
        *,
        dry_run: bool,
    ) -> list[tuple[_Asked, StoreConflict]]:
        """Judge what is not decided yet, and write; returns those that somebody else wrote first."""
        beaten: list[tuple[_Asked, StoreConflict]] = []
        group: list[tuple[_Asked, Decision]] = []
        taken: set[str] = set()
        for one in asked:
            try:
                decision = _judge(batch, one, decided.get(one.ttn))
            except TransientError as error:
                failures.add(one.ttn, error)
                continue
            if decision.state is None or dry_run:
                self._judged(batch, one, decision, decision.state or one.known, ())
                continue
            # Two parcels that an order is new to write one item both: never at once.
            new = {order.key for order in decision.new_orders}
            if len(group) == self.together.width or new & taken:
                beaten += self._write(batch, group, failures)
                group, taken = [], set()
            group.append((one, decision))
            taken |= new
        return beaten + self._write(batch, group, failures)

    def _write(
        self, batch: Batch, group: Sequence[tuple[_Asked, Decision]], failures: _Failures
    ) -> list[tuple[_Asked, StoreConflict]]:
        beaten: list[tuple[_Asked, StoreConflict]] = []
        outcomes = self.together.do([partial(self._commit, batch, one, decision) for one, decision in group])
        for (one, decision), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, _Written):
                failures.unavailable = 0
                self._judged(batch, one, decision, outcome.state, outcome.notices)
            elif isinstance(outcome, StoreConflict):
                failures.unavailable = 0
                if isinstance(outcome, _Overtaken):
                    batch.leave_out(outcome.keys)
                beaten.append((one, outcome))
            else:
                failures.add(one.ttn, outcome)
        return beaten

    def _commit(self, batch: Batch, one: _Asked, decision: Decision) -> _Written:
        """One parcel's writes, beside those of others: reads the batch and changes nothing in it. Raises StoreConflict
        when somebody wrote first, the orders' former numbers included."""
        assert decision.state is not None
        former = release_former_numbers(
            decision.new_orders, batch.numbers, self.parcels, batch.policy.now, run_at=batch.run_at
        )
        if former.overtaken:
            raise _Overtaken(former.overtaken)
        seated = batch.addresses.seated(decision.notices, most=_room(decision))
        notices = tuple(made for notice in seated if (made := former.still_to_make(notice)) is not None)
        state = replace(decision.state, written=joined(former.written, decision.state.written))
        self.parcels.commit(
            Commit(
                state=state,
                expected=one.known.revision if one.known else None,
                change=decision.change,
                links=tuple(link_to(order, state, batch.policy.now) for order in decision.new_orders),
                notices=notices,
            )
        )
        return _Written(state=state, notices=notices)

    def _judged(
        self,
        batch: Batch,
        one: _Asked,
        decision: Decision,
        state: ParcelState | None,
        notices: tuple[Notice, ...],
    ) -> None:
        batch.judged(one.ttn, decision, state, notices)
        if decision.clock_was_ahead and one.known is not None:
            observed_at = to_iso(one.known.observed_at)
            self.say("what was stored is dated ahead of now, and is put right", ttn=one.ttn, observed_at=observed_at)
        if one.answer is not None and one.answer.stage is None and decision.changed:
            self.metrics.count(Metric.UNKNOWN_CODES)
            self.say("unknown status code, the stage is kept", ttn=one.ttn, code=one.answer.code)

    def _read_again(
        self, batch: Batch, beaten: Sequence[_Asked], failures: _Failures, *, dry_run: bool
    ) -> list[_Asked]:
        """Somebody wrote first: they are judged again by what stands there now; an older answer is then dropped."""
        try:
            states = self.parcels.states([one.ttn for one in beaten])
            pairs = [
                (key, one.ttn)
                for one in beaten
                for key in batch.besides(one.ttn, states.get(one.ttn), one.answer, one.sent_at)
            ]
            others = self._linked(batch, pairs, dry_run=dry_run)
        except TransientError as error:
            for one in beaten:
                failures.add(one.ttn, error)
            return []
        return [replace(one, known=states.get(one.ttn), others=others.get(one.ttn, ())) for one in beaten]

    def _orders_besides(self, batch: Batch, answers: Answers, *, dry_run: bool) -> dict[str, tuple[Order, ...]]:
        # Orders that the store links to a parcel but that are not in this batch: only looked up for what may change.
        pairs = [
            (key, parcel.ttn)
            for parcel in batch.asked
            for key in batch.besides(
                parcel.ttn, parcel.known, answers.facts.get(parcel.ttn), batch.sent_at(parcel.ttn, answers)
            )
        ]
        return self._linked(batch, pairs, dry_run=dry_run)

    def _linked(self, batch: Batch, pairs: Sequence[tuple[str, str]], *, dry_run: bool) -> dict[str, tuple[Order, ...]]:
        out: dict[str, tuple[Order, ...]] = {}
        for (_, ttn), link in (self.parcels.links(pairs) if pairs else {}).items():
            if not link.current:
                continue
            if (order := self._still_has(batch, link, dry_run=dry_run)) is not None:
                out[ttn] = (*out.get(ttn, ()), order)
        return out

    def _still_has(self, batch: Batch, link: Link, *, dry_run: bool) -> Order | None:
        """The order as the shop has it now, None when its field lists the number no longer (that of a child: the one it
        comes from): then it is somebody else's parcel, and its buyer must not hear of it. A shop that does not answer
        is believed what it said before, and counted: the batch is then not done."""
        try:
            order = self.shop.order(link.order_number)
        except (ShopUnavailable, ShopMismatch) as error:
            if not batch.shop_away:
                self.metrics.count(Metric.SHOP_OUTAGES)
                self.say("the shop was not asked about an order", error=type(error).__name__, reason=str(error))
            batch.shop_away = True
            return order_of(link)
        same = order is not None and order.key == link.order_key
        numbers = parse_numbers(order.tracking).ttns if order is not None and same else ()
        if same and still_stands(self.parcels, link, numbers):
            return order
        if not dry_run:
            with suppress(StoreConflict):  # the next change finds it again
                end_link(self.parcels, link.order_key, link.ttn, self.clock.now(), numbers=numbers)
        return None


def _judge(batch: Batch, one: _Asked, decided: Decision | None) -> Decision:
    def decide(at_once: int, room: int | None = None) -> Decision:
        return batch.decide(one.ttn, one.known, one.answer, one.sent_at, one.others, at_once=at_once, room=room)

    decision = decided or decide(CROWD)
    if decided is None and batch.addresses.look_up([decision]):
        decision = decide(CROWD)
    # What does not fit one transaction would be lost for orders that are linked by it: fewer are taken up then.
    # None of them where those who have the parcel fill it: the next run has the others.
    while len(decision.notices) > _room(decision) and (new := len(decision.new_orders)):
        decision = decide(new * 3 // 4)
    if len(decision.notices) > _room(decision):
        decision = decide(0, _room(decision))
    return decision


def _room(decision: Decision) -> int:
    """Notices in one commit: beside them stand STATE, its change, and a link and a number for each new order."""
    return LARGEST_COMMIT - 2 - 2 * len(decision.new_orders)
