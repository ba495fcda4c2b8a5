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
from vistka.domain.waybills import parse_numbers
from vistka.metrics import Metric
from vistka.ports import Clock, Metrics, ParcelStore, PollEntry, PollQueue, Run, Runs, Shop
from vistka.usecases.asking import Asking
from vistka.usecases.budget import Budget
from vistka.usecases.chaining import with_children
from vistka.usecases.following import Followed
from vistka.usecases.packing import Group, group, pack
from vistka.usecases.paging import order_pages
from vistka.usecases.rows import row

#: Numbers of one order: more than these, with all that is known of them, may not fit into a message.
MOST_NUMBERS: Final = 20
#: Orders in one page of the shop.
PAGE: Final = 1000
#: The longest delay that the queue takes.
LONGEST_DELAY: Final = timedelta(seconds=900)
#: Batches of a run where no pace is set.
UNPACED: Final = 10_000
#: Messages handed to the queue at a time.
SENT_TOGETHER: Final = 50
#: The last complete run is looked for among so many: nearly always it is one of the newest, and after a long outage
#: one of the two weeks that runs are kept.
RUNS_READ: Final = (10, 2100)


#: Told of the open orders of a page, and of the STATEs of their parcels by number.
type Listed = Callable[[Iterable[PollOrder], Mapping[str, ParcelState]], None]


@dataclass(kw_only=True)
class Dispatched:
    """One run in figures. `left` batches were over the budget, `untaken` ones the queue refused: the next run has
    both. `followed`: parcels that were due without an open order."""

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

    def run(self, *, listed: Iterable[Listed] = ()) -> Dispatched:
        """Send out what fell due since the last run whose batches are all in, and what the shop shows wrongly; each of
        `listed` is told of every open order with a number, page by page, and of what is known of its parcels.

        At most interval / pace batches leave, the most overdue first. Raises ShopUnavailable, ShopMismatch,
        StoreUnavailable: then the run is not complete, and the next one asks for the same parcels.
        """
        now = self.clock.now()
        policy = self.policy(now)
        last, first_started = self._last_complete(now)
        asking = Asking(
            now=now,
            plan=self.schedule,
            since=last.covers if last and last.covers else polling.EPOCH,
            again=last.failed if last else frozenset(),
        )
        run = Run(id=f"{to_iso(now)}#{self.new_id()}", started_at=now)
        done = Dispatched(run=run.id)
        if (checked := last.covers if last else first_started) is not None:
            done.oldest_unchecked = now - checked
            self.metrics.count(Metric.OLDEST_UNCHECKED_SECONDS, done.oldest_unchecked.total_seconds())
        self.runs.start(run)
        kept = self._collect(run, asking, policy, done, listed)
        # Numbered without a gap, whatever was left out: how many there are says which.
        sent = self._send(one.body(number) for number, one in enumerate(kept.batches))
        done.batches = len(kept.batches)
        done.untaken = done.batches - sent
        if done.untaken:
            self.say("the queue did not take every batch; the next run asks again", count=done.untaken)
            return done
        # What was left out because nobody has seen it yet, or because it failed, bounds nothing: it is asked whenever
        # it is found.
        covers = max(kept.covers, checked or now)
        if self.runs.sent(run.id, batches=done.batches, covers=covers, left=kept.left, load=done.load).complete:
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
        found = _read([order])
        entries, states = with_children(found.entries, self.parcels)
        taken, left = (entries, []) if order.open else _split(entries, states)
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
        entries, states = with_children(_read(orders).entries, self.parcels)
        linked, _ = _split([entry for entry in entries if not entry.order.open], states)
        taken = [*(entry for entry in entries if entry.order.open), *linked]
        asking = Asking(now=now, plan=self.schedule, everything=True)
        groups, _ = self._groups(taken, states, asking, self.policy(now))
        return self._messages(groups, now)

    def send(self, messages: Sequence[PollMessage]) -> int:
        """Returns how many the queue took."""
        return self._send(message.to_json() for message in messages)

    def _messages(self, groups: Iterable[Group], now: datetime) -> list[PollMessage]:
        return [one.message for one in pack(groups, run="", run_at=now, expires_at=now + self.expiry)]

    def _last_complete(self, now: datetime) -> tuple[Run | None, datetime | None]:
        """That run; without one, when the oldest known run started, since when nothing was checked. One of a clock that
        was ahead counts for nothing: until its moment nothing would fall due."""
        runs: list[Run] = []
        for limit in RUNS_READ:
            found = self.runs.latest(limit)
            runs = [
                run for run in found if not polling.is_ahead(max(run.started_at, run.covers or run.started_at), now)
            ]
            if (last := next((run for run in runs if run.complete), None)) is not None:
                return last, None
            if len(found) < limit:
                break
        return None, runs[-1].started_at if runs else None

    def _collect(
        self,
        run: Run,
        asking: Asking,
        policy: Policy,
        done: Dispatched,
        listed: Iterable[Listed],
    ) -> Budget:
        kept = Budget(most=self._most(), again=asking.again, covers=asking.now)
        followed = Followed(self.parcels)
        expires_at = asking.now + self.expiry
        parcels, wanted = 0, 0.0

        def send(groups: Iterable[Group]) -> None:
            for one in kept.add(pack(groups, run=run.id, run_at=asking.now, expires_at=expires_at)):
                # Never taken by the queue, it would keep every run from being complete.
                done.problems.extend(
                    f"order {entry.order.number}: what is known of its parcels is more than a queue message takes; "
                    "give each order the number of a parcel of its own"
                    for entry in one.message.orders
                )

        for page in self._pages(None, asking, policy):
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
        return kept

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
        found = _read(orders)
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


@dataclass(kw_only=True)
class _Read:
    """Orders with their numbers; `rows` and `problems` name what stands in a field in place of a number."""

    entries: list[PollOrder] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    flaws: list[Mapping[str, str]] = field(default_factory=list)

    def left_out(self, order: Order, ttn: str, problem: str, *, reason: str) -> None:
        self.problems.append(f"order {order.number}: {problem}")
        self.flaws.append({"order_number": order.number, "reason": reason})
        self.rows.append(row(order, ttn, outcome="failed", error=problem))


def _read(orders: Iterable[Order]) -> _Read:
    read = _Read()
    keys: set[str] = set()
    for order in orders:
        if order.key in keys:
            text = f"orders.key: {order.key!r} is the key of another order too; keys must be unique"
            read.left_out(order, "", text, reason="key_twice")
            continue
        keys.add(order.key)
        numbers = parse_numbers(order.tracking)
        for problem in numbers.problems:
            read.left_out(order, _typed(problem), problem, reason="bad_number")
        for ttn in numbers.ttns[MOST_NUMBERS:]:
            text = f"{ttn}: of one order {MOST_NUMBERS} numbers are tracked; leave out those that have ended"
            read.left_out(order, ttn, text, reason="too_many_numbers")
        if numbers.ttns:
            bad = bool(order.phone.strip()) and not phone_of(order.phone)
            read.entries.append(PollOrder(order=order, ttns=numbers.ttns[:MOST_NUMBERS], bad_phone=bad))
    return read


def _split(entries: Iterable[PollOrder], states: Mapping[str, ParcelState]) -> tuple[list[PollOrder], list[PollOrder]]:
    """The entries with the parcels that are linked to their order, and those with the others."""
    linked, others = list[PollOrder](), list[PollOrder]()
    for entry in entries:
        known = [ttn for ttn in entry.ttns if (state := states.get(ttn)) and entry.order.key in state.orders]
        for ttns, part in ((known, linked), ([ttn for ttn in entry.ttns if ttn not in known], others)):
            if ttns:
                part.append(replace(entry, ttns=tuple(ttns)))
    return linked, others


def _ttns(entries: Iterable[PollOrder]) -> Iterable[str]:
    return dict.fromkeys(ttn for entry in entries for ttn in entry.ttns)


def _living(ttns: Iterable[str], states: Mapping[str, ParcelState]) -> set[str]:
    return {ttn for ttn in ttns if (state := states.get(ttn)) is None or state.live}


def _typed(problem: str) -> str:
    """What stands in the field in place of a number, if it may be shown."""
    typed = problem.partition(":")[0]
    return typed.strip("'") if typed.startswith("'") else ""


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
