"""The dispatcher: finds what is due among the shop's open orders and sends it out in batches."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from vistka.domain import polling
from vistka.domain.messages import PollMessage, PollOrder, PollParcel
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState, to_iso
from vistka.domain.policy import Policy
from vistka.domain.projection import project
from vistka.domain.waybills import parse_numbers
from vistka.metrics import Metric
from vistka.ports import Clock, Metrics, ParcelStore, PollEntry, PollQueue, Run, Runs, Shop
from vistka.usecases.packing import Group, Packed, group, pack
from vistka.usecases.rows import row

#: Orders in one page of the shop.
PAGE: Final = 1000
#: The longest delay that the queue takes.
LONGEST_DELAY: Final = timedelta(seconds=900)
#: The last complete run is looked for among so many: nearly always it is one of the newest, and after a long outage
#: one of the two weeks that runs are kept.
RUNS_READ: Final = (10, 2100)


@dataclass(kw_only=True)
class Dispatched:
    """One run in figures. `left` batches were over the budget, `untaken` ones the queue refused: the next run has
    both."""

    run: str
    orders: int = 0
    asked: int = 0
    batches: int = 0
    left: int = 0
    untaken: int = 0
    problems: list[str] = field(default_factory=list)
    oldest_unchecked: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Open orders as groups; `rows` are those of them that nobody can ask about (bad numbers, finals)."""

    groups: tuple[Group, ...]
    rows: tuple[dict[str, Any], ...]
    problems: tuple[str, ...]
    orders: int
    after: str | None


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
    expiry: timedelta
    new_id: Callable[[], str]
    say: Callable[..., None]

    def run(self) -> Dispatched:
        """Send out what fell due since the last run whose batches are all in, and what the shop shows wrongly.

        At most interval / pace batches leave, the most overdue first. Raises ShopUnavailable, ShopMismatch,
        StoreUnavailable: then the run is not complete, and the next one asks for the same parcels.
        """
        now = self.clock.now()
        policy = self.policy(now)
        last, first_started = self._last_complete()
        since = last.covers if last and last.covers else polling.EPOCH
        again = last.failed if last else frozenset()
        run = Run(id=f"{to_iso(now)}#{self.new_id()}", started_at=now)
        done = Dispatched(run=run.id)
        if (checked := last.covers if last else first_started) is not None:
            done.oldest_unchecked = now - checked
            self.metrics.count(Metric.OLDEST_UNCHECKED_SECONDS, done.oldest_unchecked.total_seconds())
        self.runs.start(run)
        ready, covers = self._collect(run, since, again, policy, done)
        sent = self._send([one.body for one in ready])
        done.batches = len(ready)
        done.untaken = len(ready) - sent
        if done.untaken:
            self.say("the queue did not take every batch; the next run asks again", count=done.untaken)
        elif self.runs.sent(run.id, batches=len(ready), covers=covers).complete:
            self.metrics.count(Metric.GOOD_RUNS)
        return done

    def plan(self, *, after: str | None) -> tuple[list[PollMessage], Page]:
        """One page of all open orders, due or not, finals excepted, as messages for direct invocations."""
        now = self.clock.now()
        page = self._page(after, self.policy(now), due=lambda state: state is None or state.live)
        return self._messages(page.groups, now), page

    def one(self, order: Order) -> tuple[list[PollMessage], tuple[dict[str, Any], ...]]:
        """The parcels of one order, due or not, finals excepted."""
        now = self.clock.now()
        page = self._judge([order], self.policy(now), due=lambda state: state is None or state.live)
        return self._messages(page.groups, now), page.rows

    def send(self, messages: Sequence[PollMessage]) -> int:
        """Returns how many the queue took."""
        return self._send([message.to_json() for message in messages])

    def _messages(self, groups: Iterable[Group], now: datetime) -> list[PollMessage]:
        return [one.message for one in pack(groups, run="", run_at=now, expires_at=now + self.expiry)]

    def _last_complete(self) -> tuple[Run | None, datetime | None]:
        """That run; without one, when the oldest known run started, since when nothing was checked."""
        runs: list[Run] = []
        for limit in RUNS_READ:
            runs = self.runs.latest(limit)
            if (last := next((run for run in runs if run.complete), None)) is not None:
                return last, None
            if len(runs) < limit:
                break
        return None, runs[-1].started_at if runs else None

    def _collect(
        self, run: Run, since: datetime, again: frozenset[str], policy: Policy, done: Dispatched
    ) -> tuple[list["_Ready"], datetime]:
        """The batches of this run as queue bodies, and the moment up to which all that was due is among them."""
        now, budget = policy.now, self._budget()
        ready: list[_Ready] = []
        covers = now
        numbered = 0

        def due(state: ParcelState | None) -> bool:
            moment = polling.due_at(state, since=since)
            return moment is not None and moment <= now

        after: str | None = None
        while True:
            page = self._page(after, policy, due=due, again=again, since=since)
            done.orders += page.orders
            done.problems.extend(page.problems)
            expires_at = now + self.expiry
            packed = pack(page.groups, run=run.id, run_at=now, expires_at=expires_at, first_batch=numbered)
            numbered += len(packed)
            ready.extend(_ready(one) for one in packed)
            if len(ready) > 2 * budget or page.after is None:
                # A large shop: only what this run may send is kept in memory.
                ready.sort(key=lambda one: one.due)
                if dropped := ready[budget:]:
                    covers = min(covers, dropped[0].due - timedelta(microseconds=1))
                    done.left += len(dropped)
                    del ready[budget:]
            if page.after is None:
                break
            after = page.after
        done.asked = sum(one.asked for one in ready)
        return ready, covers

    def _budget(self) -> int:
        if not self.pace:
            return 10_000
        return max(1, int(self.interval / self.pace))

    def _page(
        self,
        after: str | None,
        policy: Policy,
        *,
        due: Callable[[ParcelState | None], bool],
        again: frozenset[str] = frozenset(),
        since: datetime = polling.EPOCH,
    ) -> Page:
        found = self.shop.open_orders(after=after, limit=PAGE)
        for problem in found.problems:
            self.say("an order cannot be read", problem=problem)
        page = self._judge(found.orders, policy, due=due, again=again, since=since)
        return Page(
            groups=page.groups,
            rows=page.rows,
            problems=(*found.problems, *page.problems),
            orders=len(found.orders),
            after=found.after,
        )

    def _judge(
        self,
        orders: Sequence[Order],
        policy: Policy,
        *,
        due: Callable[[ParcelState | None], bool],
        again: frozenset[str] = frozenset(),
        since: datetime = polling.EPOCH,
    ) -> Page:
        entries: list[PollOrder] = []
        rows: list[dict[str, Any]] = []
        problems: list[str] = []
        for order in orders:
            numbers = parse_numbers(order.tracking)
            for problem in numbers.problems:
                problems.append(f"order {order.number}: {problem}")
                rows.append(row(order, _typed(problem), outcome="failed", error=problem))
            if numbers.ttns:
                entries.append(PollOrder(order=order, ttns=numbers.ttns))
        states = self.parcels.states({ttn: None for entry in entries for ttn in entry.ttns})
        groups = []
        for together, ttns in group(entries):
            asked = {ttn for ttn in ttns if self._asks(ttn, together, states.get(ttn), due, again)}
            if not asked and not any(self._shows_wrongly(entry, states, policy) for entry in together):
                rows.extend(self._idle(together, states))
                continue
            groups.append(_group(together, ttns, asked, states, since))
        return Page(groups=tuple(groups), rows=tuple(rows), problems=tuple(problems), orders=len(orders), after=None)

    @staticmethod
    def _asks(
        ttn: str,
        together: Iterable[PollOrder],
        state: ParcelState | None,
        due: Callable[[ParcelState | None], bool],
        again: frozenset[str],
    ) -> bool:
        if state is None:
            return True
        # An order that lists a parcel for the first time needs its link: the parcel is asked once, ended or not.
        unlinked = any(ttn in entry.ttns and entry.order.key not in state.orders for entry in together)
        return unlinked or due(state) or (state.live and ttn in again)

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

    def _send(self, bodies: Sequence[str]) -> int:
        entries = [
            PollEntry(body=body, delay=min(LONGEST_DELAY, self.pace * number)) for number, body in enumerate(bodies)
        ]
        return len(entries) - len(self.polls.send(entries))


def _typed(problem: str) -> str:
    """What stands in the field in place of a number, if it may be shown."""
    typed = problem.partition(":")[0]
    return typed.strip("'") if typed.startswith("'") else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    body: str
    due: datetime
    asked: int


def _ready(packed: Packed) -> _Ready:
    asked = sum(parcel.ask for parcel in packed.message.parcels)
    return _Ready(body=packed.message.to_json(), due=packed.due, asked=asked)


def _group(
    together: tuple[PollOrder, ...],
    ttns: tuple[str, ...],
    asked: set[str],
    states: Mapping[str, ParcelState],
    since: datetime,
) -> Group:
    phones = {ttn: entry.order.phone for entry in together for ttn in entry.ttns if entry.order.phone}
    moments = [polling.due_at(states.get(ttn), since=since) for ttn in asked]
    return Group(
        orders=together,
        parcels=tuple(
            PollParcel(ttn=ttn, ask=ttn in asked, known=states.get(ttn), phone=phones.get(ttn, "")) for ttn in ttns
        ),
        due=min((moment for moment in moments if moment is not None), default=since),
    )
