"""The tracker: one batch of parcels is asked about, stored, shown in the shop, and told."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vistka.domain.decisions import Decision, decide
from vistka.domain.errors import (
    ShopMismatch,
    ShopUnavailable,
    StoreConflict,
    StoreRefused,
    StoreUnavailable,
    TransientError,
    VistkaError,
)
from vistka.domain.messages import PollMessage
from vistka.domain.notices import Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.projection import joined
from vistka.domain.waybills import parse_numbers
from vistka.metrics import Metric
from vistka.ports import (
    LARGEST_COMMIT,
    Answers,
    Carrier,
    Chats,
    Clock,
    Commit,
    Document,
    Link,
    Metrics,
    ParcelStore,
    Runs,
)
from vistka.usecases.addressing import Addresses
from vistka.usecases.linking import order_of, release_former_numbers
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.rows import outcome_of, row
from vistka.usecases.showing import ShopWriter

#: So often a parcel is judged anew after somebody else wrote its STATE first.
ROUNDS = 4

#: After so many parcels in a row that the store did not take, it is the store that is away: the batch comes again.
STORE_GONE = 3

Say = Callable[..., None]


@dataclass(kw_only=True)
class Tracked:
    """What became of one batch.

    `failed` (ttn -> why) is due again in the next run, `refused` (ttn -> why) is the carrier's word on a number, or the
    store's on its record, `unwritten` (order number -> why) heals with the next run; `error` is an outage of the
    carrier.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    unwritten: Mapping[str, str] = field(default_factory=dict)
    error: VistkaError | None = None
    stale: bool = False


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """Every collaborator is passed in; `policy` makes the rules of this moment."""

    carrier: Carrier
    parcels: ParcelStore
    chats: Chats
    runs: Runs
    shop: ShopWriter
    notices: NoticeSender
    clock: Clock
    metrics: Metrics
    policy: Callable[[datetime], Policy]
    say: Say

    def track(self, message: PollMessage, *, dry_run: bool = False, overwrite: bool = False) -> Tracked:
        """Do one batch; `overwrite` replaces another program's texts at once, as a person asked.

        The order is fixed: answers, then STATE with its change and notices (one transaction a parcel), then the
        shop's columns, then the notices' queue, then the batch is marked done. Raises StoreUnavailable and
        ConfigurationError for what stops the whole batch. An outage of the carrier is returned in `error` after the
        shop was shown what is known. After an outage of either the batch is not done, and the next run has it again.
        """
        if self.clock.now() > message.expires_at:
            self.say("stale poll dropped", run=message.run, batch=message.batch)
            return Tracked(stale=True)
        batch = _Batch(message, self.policy(self.clock.now()), Addresses(self.chats))
        done = Tracked()
        answers = self._ask(batch, done)
        if answers is not None:
            self._store(batch, answers, done, dry_run=dry_run)
        texts = self.shop.show(
            batch.orders,
            batch.states,
            batch.known,
            message.run_at,
            batch.policy,
            dry_run=dry_run,
            overwrite=overwrite,
        )
        done.unwritten = texts.unwritten
        done.rows = _rows(batch, done, texts.texts)
        if dry_run:
            return done
        self.notices.send(batch.notices)
        # A run that met an outage is never complete: no success is reported of it (R7).
        if done.error is None and not texts.outage and message.run:
            self._mark_done(message, done)
        return done

    def _ask(self, batch: "_Batch", done: Tracked) -> Answers | None:
        documents = [Document(ttn=parcel.ttn, phone=parcel.phone) for parcel in batch.asked]
        if not documents:
            return None
        try:
            answers = self.carrier.ask(documents)
        except VistkaError as error:
            done.error = error
            return None
        self.metrics.count(Metric.PARCELS_CHECKED, len(documents))
        if answers.keyless:
            self.metrics.count(Metric.CREDENTIALS_REFUSED)
            self.say("the carrier refused the key; asked without one: renew NOVA_POSHTA_API_KEY")
        return answers

    def _store(self, batch: "_Batch", answers: Answers, done: Tracked, *, dry_run: bool) -> None:
        others = self._orders_besides(batch, answers)
        batch.look_up_chats(answers, others)
        unavailable = 0
        for parcel in batch.asked:
            ttn = parcel.ttn
            if reason := answers.refused.get(ttn):
                done.refused[ttn] = f"the carrier refuses this number ({reason}): correct it in the order"
            sent_at = answers.sent_at.get(ttn, batch.policy.now)
            try:
                self._store_one(batch, ttn, answers.facts.get(ttn), sent_at, others.get(ttn, ()), dry_run=dry_run)
                unavailable = 0
            except StoreRefused as error:
                # To try again would end alike: it is asked again at its usual hour, and named each time.
                done.refused[ttn] = str(error)
                self.say("the store takes no such parcel", ttn=ttn, reason=str(error))
            except TransientError as error:
                unavailable = unavailable + 1 if isinstance(error, StoreUnavailable) else 0
                if unavailable == STORE_GONE:
                    raise
                done.failed[ttn] = str(error)
                self.say("parcel left to the next run", ttn=ttn, error=type(error).__name__)

    def _orders_besides(self, batch: "_Batch", answers: Answers) -> dict[str, tuple[Order, ...]]:
        # Orders that the store links to a parcel but that are not in this batch: only looked up for what may change.
        return self._linked(
            (key, parcel.ttn)
            for parcel in batch.asked
            for key in batch.besides(parcel.ttn, parcel.known, answers.facts.get(parcel.ttn))
        )

    def _linked(self, pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[Order, ...]]:
        wanted = tuple(pairs)
        out: dict[str, tuple[Order, ...]] = {}
        for (_, ttn), link in (self.parcels.links(wanted) if wanted else {}).items():
            if link.current and (order := self._still_has(link)) is not None:
                out[ttn] = (*out.get(ttn, ()), order)
        return out

    def _still_has(self, link: Link) -> Order | None:
        """The order as the shop has it now, None when its field lists the number no longer: then it is somebody else's
        parcel, and its buyer must not hear of it. A shop that does not answer is believed what it said before."""
        try:
            order = self.shop.shop.order(link.order_number)
        except (ShopUnavailable, ShopMismatch):
            return order_of(link)
        if order is None or order.key != link.order_key or link.ttn not in parse_numbers(order.tracking).ttns:
            return None
        return order

    def _store_one(
        self,
        batch: "_Batch",
        ttn: str,
        answer: Facts | None,
        sent_at: datetime,
        others: Sequence[Order],
        *,
        dry_run: bool,
    ) -> None:
        known = batch.states.get(ttn)
        for attempt in range(ROUNDS):
            decision = batch.decide(ttn, known, answer, sent_at, others)
            if batch.addresses.look_up([decision]):
                decision = batch.decide(ttn, known, answer, sent_at, others)
            if decision.state is None or dry_run:
                batch.judged(ttn, decision, decision.state or known, ())
                break
            try:
                self._commit(batch, ttn, known, decision)
                break
            except StoreConflict:
                # Somebody wrote first: judge again by what stands there now; an older answer is then dropped.
                if attempt == ROUNDS - 1:
                    raise
                known = self.parcels.states([ttn]).get(ttn)
                others = self._linked((key, ttn) for key in batch.besides(ttn, known, answer)).get(ttn, ())
        facts = answer
        if facts is not None and facts.stage is None and batch.decisions[ttn].changed:
            self.metrics.count(Metric.UNKNOWN_CODES)
            self.say("unknown status code, the stage is kept", ttn=ttn, code=facts.code)

    def _commit(self, batch: "_Batch", ttn: str, known: ParcelState | None, decision: Decision) -> None:
        """Raises StoreConflict when somebody wrote first, the orders' former numbers included."""
        if decision.state is None:
            return
        former = release_former_numbers(
            decision.new_orders, batch.numbers, self.parcels, batch.policy.now, run_at=batch.run_at
        )
        if former.overtaken:
            batch.leave_out(former.overtaken)
            raise StoreConflict("an order has got yet another number")
        # Beside them stand STATE, its change, and a link and a number for each new order.
        most = LARGEST_COMMIT - 2 - 2 * len(decision.new_orders)
        seated = batch.addresses.seated(decision.notices, most=most)
        notices = tuple(made for notice in seated if (made := former.still_to_make(notice)) is not None)
        state = replace(decision.state, written=joined(former.written, decision.state.written))
        self.parcels.commit(
            Commit(
                state=state,
                expected=known.revision if known else None,
                change=decision.change,
                links=tuple(_link(order, ttn, batch.policy.now) for order in decision.new_orders),
                notices=notices,
            )
        )
        batch.judged(ttn, decision, state, notices)

    def _mark_done(self, message: PollMessage, done: Tracked) -> None:
        run = self.runs.batch_done(message.run, message.batch, failed=done.failed.keys())
        if run is not None and run.complete:
            self.metrics.count(Metric.GOOD_RUNS)


class _Batch:
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
        self.numbers: Mapping[str, tuple[str, ...]] = {e.order.key: e.ttns for e in message.orders}
        self._orders: dict[str, list[Order]] = {}
        for entry in message.orders:
            for ttn in entry.ttns:
                self._orders.setdefault(ttn, []).append(entry.order)

    def orders_of(self, ttn: str) -> Sequence[Order]:
        return self._orders.get(ttn, ())

    def decide(
        self, ttn: str, known: ParcelState | None, answer: Facts | None, sent_at: datetime, others: Sequence[Order]
    ) -> Decision:
        return decide(
            ttn=ttn,
            known=known,
            answer=answer,
            sent_at=sent_at,
            orders=self.addresses.of(self.orders_of(ttn)),
            others=self.addresses.of(others),
            policy=self.policy,
        )

    def look_up_chats(self, answers: Answers, others: Mapping[str, Sequence[Order]]) -> None:
        """For the whole batch at once."""
        self.addresses.look_up(
            self.decide(
                parcel.ttn,
                self.states.get(parcel.ttn),
                answers.facts.get(parcel.ttn),
                answers.sent_at.get(parcel.ttn, self.policy.now),
                others.get(parcel.ttn, ()),
            )
            for parcel in self.asked
        )

    def besides(self, ttn: str, known: ParcelState | None, answer: Facts | None) -> Sequence[str]:
        """Keys of the orders that must hear of this answer, if it is a change, and that the message did not bring."""
        if known is None or not _may_change(known, answer):
            return ()
        return sorted(known.orders - {order.key for order in self.orders_of(ttn)})

    def leave_out(self, keys: Set[str]) -> None:
        """Orders that have got another number since this message was made."""
        for ttn, orders in self._orders.items():
            self._orders[ttn] = [order for order in orders if order.key not in keys]

    def judged(self, ttn: str, decision: Decision, state: ParcelState | None, notices: Iterable[Notice]) -> None:
        self.decisions[ttn] = decision
        if state is not None:
            self.states[ttn] = state
        self.notices.extend(notice for notice in notices if notice.state is NoticeState.NEW)


def _may_change(known: ParcelState, answer: Facts | None) -> bool:
    return answer is not None and (known.facts is None or answer.code != known.facts.code)


def _link(order: Order, ttn: str, now: datetime) -> Link:
    return Link(
        order_key=order.key,
        order_number=order.number,
        ttn=ttn,
        current=True,
        since=now,
        chat_id=order.chat_id,
        language=order.language,
        unreachable=str(order.unreachable or ""),
    )


def _rows(batch: _Batch, done: Tracked, texts: Mapping[str, str]) -> list[dict[str, Any]]:
    asked = {parcel.ttn for parcel in batch.asked}
    rows = []
    for entry in batch.orders:
        for ttn in entry.ttns:
            error = done.refused.get(ttn) or done.failed.get(ttn) or done.unwritten.get(entry.order.number)
            if done.error is not None and ttn in asked:
                error = str(done.error)
            state = batch.states.get(ttn)
            outcome = "failed" if error else outcome_of(state, batch.decisions.get(ttn), asked=ttn in asked)
            item = row(entry.order, ttn, state=state, now=texts.get(entry.order.key), outcome=outcome, error=error)
            item["changed"] = ttn in batch.decisions and batch.decisions[ttn].changed
            rows.append(item)
    return rows
