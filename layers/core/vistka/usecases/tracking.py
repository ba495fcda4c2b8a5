"""The tracker: one batch of parcels is asked about, stored, shown in the shop, and told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from vistka.domain.errors import ShopMismatch, ShopUnavailable, StoreUnavailable, VistkaError
from vistka.domain.messages import PollMessage
from vistka.domain.policy import Policy
from vistka.domain.remarks import reasons_of
from vistka.metrics import Metric
from vistka.ports import Answers, Carrier, Chats, Clock, Document, Metrics, Runs
from vistka.usecases.addressing import Addresses
from vistka.usecases.applying import Applier
from vistka.usecases.batch import Batch, Tracked, rows_of
from vistka.usecases.carrier_health import Pulse
from vistka.usecases.queueing import NoticeSender
from vistka.usecases.rounds import completes
from vistka.usecases.showing import ShopWriter
from vistka.usecases.storing import ParcelWriter

Say = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """Every collaborator is passed in; `policy` makes the rules of this moment."""

    carrier: Carrier
    chats: Chats
    runs: Runs
    store: ParcelWriter
    shop: ShopWriter
    applier: Applier
    notices: NoticeSender
    clock: Clock
    metrics: Metrics
    pulse: Pulse
    policy: Callable[[datetime], Policy]
    say: Say

    def track(self, message: PollMessage, *, dry_run: bool = False, overwrite: bool = False) -> Tracked:
        """Do one batch; `overwrite` replaces another program's texts at once, as a person asked.

        The order is fixed: answers, then STATE with its change and notices (one transaction a parcel), then the
        shop's columns, then the notices' queue, then the orders' own statuses where rules are switched on, then the
        batch is marked done. Raises StoreUnavailable and
        ConfigurationError for what stops the whole batch. An outage of the carrier is returned in `error` after the
        shop was shown what is known. After an outage of either the batch is not done, and the next run has it again.
        """
        if self.clock.now() > message.expires_at:
            self.say("stale poll dropped", run=message.run, batch=message.batch)
            return Tracked(stale=True)
        batch = Batch(message, self.policy(self.clock.now()), Addresses(self.chats))
        done = Tracked()
        answers = self._ask(batch, done, dry_run=dry_run)
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
        if not dry_run:
            self.notices.send(batch.notices)
            if not texts.outage:
                self._apply(batch)
        done.tell = partial(rows_of, batch, done, texts.texts, answers)
        if dry_run:
            return done
        # A run that met an outage is never complete: no success is reported of it (R7).
        if done.error is None and not (texts.outage or batch.shop_away) and message.run:
            self._mark_done(message, done)
        return done

    def _ask(self, batch: Batch, done: Tracked, *, dry_run: bool) -> Answers | None:
        documents = [Document(ttn=parcel.ttn, phone=parcel.phone) for parcel in batch.asked]
        if not documents:
            return None
        try:
            answers = self.carrier.ask(documents)
        except VistkaError as error:
            done.error = error
            if not dry_run:
                self.pulse.failed(error)
            return None
        if not dry_run:
            self.pulse.answered(answers)
        self.metrics.count(Metric.PARCELS_CHECKED, len(documents))
        if answers.keyless:
            self.metrics.count(Metric.CREDENTIALS_REFUSED)
            self.say("the carrier refused the key; asked without one: renew NOVA_POSHTA_API_KEY")
        elif answers.keys_refused:
            self.metrics.count(Metric.CREDENTIALS_REFUSED)
            self.say("the carrier refused one of the keys; asked with another: renew NOVA_POSHTA_API_KEY")
        return answers

    def _store(self, batch: Batch, answers: Answers, done: Tracked, *, dry_run: bool) -> None:
        self.store.store(batch, answers, done, dry_run=dry_run)

    def _apply(self, batch: Batch) -> None:
        """What rules do to the orders themselves: at once if it can be, else the sweep does it."""
        try:
            batch.applied = self.applier.apply(batch.effects) if batch.effects else {}
        except (ShopUnavailable, ShopMismatch) as error:
            batch.shop_away = True
            self.metrics.count(Metric.SHOP_OUTAGES)
            self.say("order rules are left to the sweep", error=type(error).__name__, reason=str(error))
        except StoreUnavailable as error:
            self.say("order rules are left to the sweep", error=type(error).__name__, reason=str(error))

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

    def _mark_done(self, message: PollMessage, done: Tracked) -> None:
        run = self.runs.batch_done(message.run, message.batch, failed=done.failed.keys())
        if run is not None and completes(self.runs, run):
            self.metrics.count(Metric.GOOD_RUNS)
