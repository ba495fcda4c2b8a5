"""The tracker: one batch of parcels is asked about, stored, shown in the shop, and told."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from vistka.domain.decisions import Decision
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
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.projection import joined
from vistka.domain.remarks import reasons_of
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
from vistka.usecases.batch import Batch, Tracked, link_to, rows_of
from vistka.usecases.linking import end_link, order_of, release_former_numbers
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.showing import ShopWriter

#: So often a parcel is judged anew after somebody else wrote its STATE first.
ROUNDS = 4

#: After so many parcels in a row that the store did not take, it is the store that is away: the batch comes again.
STORE_GONE = 3

Say = Callable[..., None]


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
        batch = Batch(message, self.policy(self.clock.now()), Addresses(self.chats))
        done = Tracked()
        answers = self._ask(batch, done)
        if answers is not None:
            self._store(batch, answers, done, dry_run=dry_run)
            if not dry_run:
                self._name_flaws(batch, answers)
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
        done.rows = rows_of(batch, done, texts.texts, answers)
        if dry_run:
            return done
        self.notices.send(batch.notices)
        # A run that met an outage is never complete: no success is reported of it (R7).
        if done.error is None and not (texts.outage or batch.shop_away) and message.run:
            self._mark_done(message, done)
        return done

    def _ask(self, batch: Batch, done: Tracked) -> Answers | None:
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

    def _store(self, batch: Batch, answers: Answers, done: Tracked, *, dry_run: bool) -> None:
        others = self._orders_besides(batch, answers, dry_run=dry_run)
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

    def _name_flaws(self, batch: Batch, answers: Answers) -> None:
        """In the log, by name and reason alone (R9), with a parcel's change or an order's first sight: what stays as it
        is was named before."""
        for entry in batch.orders:
            if any(batch.is_news(ttn, entry.order.key) for ttn in entry.ttns):
                for reason in reasons_of(entry):
                    self.say("an order needs correcting", order_number=entry.order.number, reason=reason)
        for ttn, decision in batch.decisions.items():
            if not decision.changed:
                continue
            if unread := answers.unread.get(ttn):
                self.say("the carrier's answer cannot be read in full", ttn=ttn, fields=[one.name for one in unread])
            if ttn in answers.phoneless:
                self.say("the carrier does not take a phone; asked without it", ttn=ttn)

    def _orders_besides(self, batch: Batch, answers: Answers, *, dry_run: bool) -> dict[str, tuple[Order, ...]]:
        # Orders that the store links to a parcel but that are not in this batch: only looked up for what may change.
        pairs = [
            (key, parcel.ttn)
            for parcel in batch.asked
            for key in batch.besides(parcel.ttn, parcel.known, answers.facts.get(parcel.ttn))
        ]
        return self._linked(batch, pairs, dry_run=dry_run)

    def _linked(self, batch: Batch, pairs: Sequence[tuple[str, str]], *, dry_run: bool) -> dict[str, tuple[Order, ...]]:
        out: dict[str, tuple[Order, ...]] = {}
        for (key, ttn), link in (self.parcels.links(pairs) if pairs else {}).items():
            if not link.current:
                continue
            if (order := self._still_has(batch, link)) is not None:
                out[ttn] = (*out.get(ttn, ()), order)
            elif not dry_run:
                with suppress(StoreConflict):  # the next change finds it again
                    end_link(self.parcels, key, ttn, self.clock.now())
        return out

    def _still_has(self, batch: Batch, link: Link) -> Order | None:
        """The order as the shop has it now, None when its field lists the number no longer: then it is somebody else's
        parcel, and its buyer must not hear of it. A shop that does not answer is believed what it said before, and
        counted: the batch is then not done."""
        try:
            order = self.shop.shop.order(link.order_number)
        except (ShopUnavailable, ShopMismatch) as error:
            if not batch.shop_away:
                self.metrics.count(Metric.SHOP_OUTAGES)
                self.say("the shop was not asked about an order", error=type(error).__name__, reason=str(error))
            batch.shop_away = True
            return order_of(link)
        if order is None or order.key != link.order_key or link.ttn not in parse_numbers(order.tracking).ttns:
            return None
        return order

    def _store_one(
        self,
        batch: Batch,
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
                pairs = [(key, ttn) for key in batch.besides(ttn, known, answer)]
                others = self._linked(batch, pairs, dry_run=dry_run).get(ttn, ())
        facts = answer
        if facts is not None and facts.stage is None and batch.decisions[ttn].changed:
            self.metrics.count(Metric.UNKNOWN_CODES)
            self.say("unknown status code, the stage is kept", ttn=ttn, code=facts.code)

    def _commit(self, batch: Batch, ttn: str, known: ParcelState | None, decision: Decision) -> None:
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
                links=tuple(link_to(order, ttn, batch.policy.now) for order in decision.new_orders),
                notices=notices,
            )
        )
        batch.judged(ttn, decision, state, notices)

    def _mark_done(self, message: PollMessage, done: Tracked) -> None:
        run = self.runs.batch_done(message.run, message.batch, failed=done.failed.keys())
        if run is not None and run.complete:
            self.metrics.count(Metric.GOOD_RUNS)
