"""The dispatcher: finds what is due among the shop's open orders and sends it out in batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Final

from vistka.carrier.phones import phone_of
from vistka.domain import polling
from vistka.domain.load import Load, batches_a_run
from vistka.domain.messages import PollMessage, PollOrder, PollParcel
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState, to_iso
from vistka.domain.plan import PollingPlan
from vistka.domain.policy import Policy
from vistka.domain.projection import project
from vistka.metrics import Metric
from vistka.ports import Clock, Metrics, ParcelStore, PollEntry, PollQueue, Run, Runs, Shop
from vistka.usecases.asking import Asking
from vistka.usecases.budget import Budget
from vistka.usecases.chaining import with_children
from vistka.usecases.entries import entries_of, split_linked
from vistka.usecases.following import Followed
from vistka.usecases.packing import Group, group, pack
from vistka.usecases.paging import order_pages
from vistka.usecases.rounds import completes, past_of
from vistka.usecases.rows import row

#: Orders in one page of the shop.
PAGE: Final = 1000
#: The longest delay that the queue takes.
LONGEST_DELAY: Final = timedelta(seconds=900)
#: Batches of a run where no pace is set.
UNPACED: Final = 10_000
#: Messages handed to the queue at a time.
SENT_TOGETHER: Final = 50
#: What one batch takes to be sent, at worst: a request of SQS has room for two or three.
_SENDING: Final = timedelta(milliseconds=50)

#: Told of the open orders of a page, and of the STATEs of their parcels by number.
type Listed = Callable[[Iterable[PollOrder], Mapping[str, ParcelState]], None]


@dataclass(kw_only=True)
class Dispatched:
    """One run in figures. `left` batches were over the budget, `untaken` ones the queue refused: the next run has
    both. `followed`: parcels that were due without an open order. `cut`: its time was up, the next run goes on where it
    stopped; `whole`: it has read all open orders, from the first one on."""

    run: str
    orders: int = 0
    asked: int = 0
    followed: int = 0
    batches: int = 0
    left: int = 0
    untaken: int = 0
    problems: list[str] = field(default_factory=list)
    oldest_unchecked: timedelta = timedelta(0)
    load: Load | None = None
    cut: bool = False
    whole: bool = True


@dataclass(frozen=True, kw_only=True)
class Page:
    """Open orders as groups; `rows` are those of them that nobody can ask about (bad numbers, finals). `flaws` are the
    `problems` as the log names them: by order and reason, without what was typed (R9). `entries` are all orders that
    have a number, `states` what is known of their parcels."""

    groups: tuple[Group, ...]
    rows: tuple[dict[str, Any], ...]
    problems: tuple[str, ...]
    flaws: tuple[Mapping[str, str], ...]
    orders: int
    after: str | None
    entries: tuple[PollOrder, ...] = ()
    states: Mapping[str, ParcelState] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OneOrder:
    """What to do for one order that a person named.

    `shown_only`: what is asked and not followed, of parcels that a done or cancelled order was never seen with. `rows`:
    parcels that nobody can ask about."""

    messages: tuple[PollMessage, ...]
    shown_only: tuple[PollMessage, ...]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Dispatcher:
    """Every collaborator is passed in; `new_id` makes the random part of a run's name."""

    shop: Shop
    parcels: ParcelStore
    runs: Runs
    polls: PollQueue
    clock: Clock
    metrics: Metrics
    policy: Callable[[datetime], Policy]
    interval: timedelta
    pace: timedelta
    schedule: PollingPlan
    expiry: timedelta
    new_id: Callable[[], str]
    say: Callable[..., None]

    def run(self, *, listed: Iterable[Listed] = (), until: datetime | None = None) -> Dispatched:
        """Send out what fell due since the last run whose batches are all in, and what the shop shows wrongly; each of
        `listed` is told of every open order with a number, page by page, and of what is known of its parcels.

        At most interval / pace batches leave, the most overdue first. What cannot be read and sent by `until` is left
        to the next run, which goes on behind the last order that this one read; such runs are complete together, once
        one of them has come to the end of the orders. Raises ShopUnavailable, ShopMismatch,
        StoreUnavailable: then the run is not complete, and the next one asks for the same parcels.
        """
        now = self.clock.now()
        policy = self.policy(now)
        past = past_of(self.runs, now)
        for run in past.ahead:
            # Once its moment has come it would pass for a run like any other: it is one whose batches are never all in.
            self.runs.sent(run.id, batches=run.done + 1, covers=run.covers or run.started_at)
            self.say("a run is dated ahead of now, and counts for nothing", run=run.id)
        asking = Asking(
            now=now,
            plan=self.schedule,
            since=past.last.covers if past.last and past.last.covers else polling.EPOCH,
            again=past.last.failed if past.last else frozenset(),
        )
        run = Run(id=f"{to_iso(now)}#{self.new_id()}", started_at=now, continues=past.cut.id if past.cut else None)
        done = Dispatched(run=run.id)
        if past.checked is not None:
            done.oldest_unchecked = now - past.checked
            self.metrics.count(Metric.OLDEST_UNCHECKED_SECONDS, done.oldest_unchecked.total_seconds())
        self.runs.start(run)
        behind = past.cut.after if past.cut else None
        kept, after = self._collect(run, asking, policy, done, listed, behind=behind, until=until)
        done.cut, done.whole = after is not None, after is None and behind is None
        # Numbered without a gap, whatever was left out: how many there are says which.
        sent = self._send(one.body(number) for number, one in enumerate(kept.batches))
        done.batches = len(kept.batches)
        done.untaken = done.batches - sent
        if done.untaken:
            self.say("the queue did not take every batch; the next run asks again", count=done.untaken)
            return done
        if done.cut:
            self.say("the time was up before all open orders were read; the next run goes on there", read=done.orders)
        # What was left out because nobody has seen it yet, or because it failed, bounds nothing: it is asked whenever
        # it is found.
        run = self.runs.sent(
            run.id,
            batches=done.batches,
            covers=max(kept.covers, past.checked or now),
            left=kept.left,
            load=done.load,
            after=after,
        )
        if completes(self.runs, run):
            self.metrics.count(Metric.GOOD_RUNS)
        return done

    def plan(self, *, after: str | None) -> tuple[list[PollMessage], Page]:
        """One page of all open orders, due or not, finals excepted, as messages for direct invocations."""
        now = self.clock.now()
        page = next(self._pages(after, Asking(now=now, plan=self.schedule, everything=True), self.policy(now)))
        return self._messages(page.groups, now), page

    def one(self, order: Order) -> OneOrder:
        """The parcels of one order, due or not, finals excepted."""
        now = self.clock.now()
        asking = Asking(now=now, plan=self.schedule, everything=True)
        found = entries_of([order])
        entries, states = with_children(found.entries, self.parcels)
        taken, left = (entries, []) if order.open else split_linked(entries, states)
        groups, idle = self._groups(taken, states, asking, self.policy(now))
        shown = [_group((entry,), entry.ttns, _living(entry.ttns, states), states, asking) for entry in left]
        return OneOrder(
            messages=tuple(self._messages(groups, now)),
            shown_only=tuple(self._messages(shown, now)),
            rows=(*found.rows, *idle),
        )

    def some(self, orders: Sequence[Order]) -> list[PollMessage]:
        """The parcels of these orders, due or not, finals excepted; of a done or cancelled one those that it was seen
        with."""
        now = self.clock.now()
        entries, states = with_children(entries_of(orders).entries, self.parcels)
        linked, _ = split_linked([entry for entry in entries if not entry.order.open], states)
        taken = [*(entry for entry in entries if entry.order.open), *linked]
        asking = Asking(now=now, plan=self.schedule, everything=True)
        groups, _ = self._groups(taken, states, asking, self.policy(now))
        return self._messages(groups, now)

    def send(self, messages: Sequence[PollMessage]) -> int:
        """Returns how many the queue took."""
        return self._send(message.to_json() for message in messages)

    def _messages(self, groups: Iterable[Group], now: datetime) -> list[PollMessage]:
        return [one.message for one in pack(groups, run="", run_at=now, expires_at=now + self.expiry)]

    def _collect(
        self,
        run: Run,
        asking: Asking,
        policy: Policy,
        done: Dispatched,
        listed: Iterable[Listed],
        *,
        behind: str | None,
        until: datetime | None,
    ) -> tuple[Budget, str | None]:
        """What is to be sent; and the order behind which the next run goes on, None where all were read."""
        kept = Budget(most=self._most(), again=asking.again, covers=asking.now)
        followed = Followed(self.parcels)
        expires_at = asking.now + self.expiry
        parcels, wanted = 0, 0.0
        after: str | None = None

        def send(groups: Iterable[Group]) -> None:
            for one in kept.add(pack(groups, run=run.id, run_at=asking.now, expires_at=expires_at)):
                # Never taken by the queue, it would keep every run from being complete.
                done.problems.extend(
                    f"order {entry.order.number}: what is known of its parcels is more than a queue message takes; "
                    "give each order the number of a parcel of its own"
                    for entry in one.message.orders
                )

        for page in self._pages(behind, asking, policy):
            for hear in listed:
                hear(page.entries, page.states)
            followed.listed(page.entries)
            done.orders += page.orders
            live = [state for state in map(page.states.get, _ttns(page.entries)) if state is None or state.live]
            parcels += len(live)
            wanted += sum(polling.questions_a_day(state, asking.now, asking.plan) for state in live)
            done.problems.extend(page.problems)
            for flaw in page.flaws:
                if asking.names("|".join(flaw.values())):
                    self.say("an order needs correcting", **flaw)
            send(page.groups)
            if page.after is not None and until is not None and self._is_time(kept, until):
                after = page.after
                break
        else:
            for groups in followed.due(asking):
                done.followed += len(groups)
                send(groups)
        kept.close()
        done.asked = sum(one.asked for one in kept.batches)
        done.left = kept.dropped
        seconds = (self.clock.now() - asking.now).total_seconds()
        done.load = Load(
            orders=done.orders, parcels=parcels, wanted=round(wanted), left=kept.dropped, seconds=max(0.0, seconds)
        )
        return kept, after

    def _is_time(self, kept: Budget, until: datetime) -> bool:
        return self.clock.now() + _SENDING * min(len(kept.batches), kept.most) >= until

    def _most(self) -> int:
        most = batches_a_run(self.interval, self.pace)
        return most if most is not None else UNPACED

    def _pages(self, after: str | None, asking: Asking, policy: Policy) -> Iterator[Page]:
        for found in order_pages(self.shop, after=after, limit=PAGE):
            page = self._judge(found.orders, asking, policy)
            unreadable = tuple({"problem": problem} for problem in found.problems)
            yield replace(
                page,
                problems=(*found.problems, *page.problems),
                flaws=(*unreadable, *page.flaws),
                after=found.after,
            )

    def _judge(self, orders: Sequence[Order], asking: Asking, policy: Policy) -> Page:
        found = entries_of(orders)
        entries, states = with_children(found.entries, self.parcels)
        groups, idle = self._groups(entries, states, asking, policy)
        return Page(
            groups=tuple(groups),
            rows=(*found.rows, *idle),
            problems=tuple(found.problems),
            flaws=tuple(found.flaws),
            orders=len(orders),
            after=None,
            entries=tuple(entries),
            states=states,
        )

    def _groups(
        self, entries: Sequence[PollOrder], states: Mapping[str, ParcelState], asking: Asking, policy: Policy
    ) -> tuple[list[Group], list[dict[str, Any]]]:
        """What is to be asked or shown, and a row for each parcel of the others."""
        groups: list[Group] = []
        rows: list[dict[str, Any]] = []
        for together, ttns in group(entries):
            asked = {ttn for ttn in ttns if asking.wants(ttn, states.get(ttn), together)}
            if not asked and not any(self._shows_wrongly(entry, states, policy) for entry in together):
                if asking.everything:  # somebody wants to see them
                    rows.extend(self._idle(together, states))
                continue
            groups.append(_group(together, ttns, asked, states, asking))
        return groups, rows

    @staticmethod
    def _shows_wrongly(entry: PollOrder, states: Mapping[str, ParcelState], policy: Policy) -> bool:
        if not policy.is_live(entry.order.number):
            return False
        projection = project(entry.order, entry.ttns, states, policy.fit)
        return projection is not None and projection.text != entry.order.shown

    @staticmethod
    def _idle(together: Iterable[PollOrder], states: Mapping[str, ParcelState]) -> Iterable[dict[str, Any]]:
        return [
            row(entry.order, ttn, state=states.get(ttn), outcome="skipped") for entry in together for ttn in entry.ttns
        ]

    def _send(self, bodies: Iterable[str]) -> int:
        """A few at a time: all of a large shop's messages at once would fill the memory."""
        taken = 0
        for few in batched(enumerate(bodies), SENT_TOGETHER, strict=False):
            entries = [PollEntry(body=body, delay=min(LONGEST_DELAY, self.pace * number)) for number, body in few]
            taken += len(entries) - len(self.polls.send(entries))
        return taken


def _ttns(entries: Iterable[PollOrder]) -> Iterable[str]:
    return dict.fromkeys(ttn for entry in entries for ttn in entry.ttns)


def _living(ttns: Iterable[str], states: Mapping[str, ParcelState]) -> set[str]:
    return {ttn for ttn in ttns if (state := states.get(ttn)) is None or state.live}


def _group(
    together: tuple[PollOrder, ...],
    ttns: tuple[str, ...],
    asked: set[str],
    states: Mapping[str, ParcelState],
    asking: Asking,
) -> Group:
    # A phone that the carrier would not take is worth nothing to it, and stays here (R9).
    phones = {ttn: phone for entry in together if (phone := phone_of(entry.order.phone)) for ttn in entry.ttns}
    return Group(
        orders=together,
        parcels=tuple(
            PollParcel(ttn=ttn, ask=ttn in asked, known=states.get(ttn), phone=phones.get(ttn, "")) for ttn in ttns
        ),
        due=min((asking.fell_due(ttn, states.get(ttn)) for ttn in asked), default=asking.since),
    )
