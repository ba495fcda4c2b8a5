"""The store in memory, under the same conditions and limits as the one in DynamoDB; both pass tests.contracts.store."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from vistka.domain.audit import Audit
from vistka.domain.chains import is_followed
from vistka.domain.errors import RecordUnreadable, SlotTaken, StoreConflict
from vistka.domain.foreign import ForeignText
from vistka.domain.lags import Lags
from vistka.domain.load import Load
from vistka.domain.notices import Audience, Notice, NoticeState
from vistka.domain.parcels import Change, ParcelState
from vistka.domain.policy import is_back_in_shadow
from vistka.domain.recipients import OrderChats, Recipient
from vistka.domain.runs import with_rounds
from vistka.ports import Circuit, Clock, Commit, Link, OrderRecord, Run, TokenUse
from vistka.usecases.carrier_health import Spell, Trouble

LARGEST_TRANSACTION = 100


@dataclass
class Memory:
    """What the twins share. `requests` counts what would be requests; `writes` the items that each write wrote."""

    states: dict[str, ParcelState] = field(default_factory=dict)
    #: parcels whose STATE somebody damaged
    unreadable: set[str] = field(default_factory=set)
    changes: dict[tuple[str, int], Change] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    notices: dict[tuple[str, str], Notice] = field(default_factory=dict)
    recipients: dict[int, Recipient] = field(default_factory=dict)
    order_chats: dict[str, OrderChats] = field(default_factory=dict)
    uses: dict[str, TokenUse] = field(default_factory=dict)
    foreign: dict[str, ForeignText] = field(default_factory=dict)
    audits: list[Audit] = field(default_factory=list)
    health: dict[Trouble, Spell] = field(default_factory=dict)
    runs: dict[str, tuple[Run, frozenset[int]]] = field(default_factory=dict)
    slots: dict[str, datetime] = field(default_factory=dict)
    refreshes: dict[str, datetime] = field(default_factory=dict)
    live_since: datetime | None = None
    lags: dict[date, Lags] = field(default_factory=dict)
    circuit: Circuit = field(default_factory=Circuit)
    requests: int = 0
    writes: list[int] = field(default_factory=list)

    def read(self, items: int = 1) -> None:
        """One request for each started hundred."""
        self.requests += -(-items // 100)

    def wrote(self, items: int = 1) -> None:
        self.requests += 1
        self.writes.append(items)


class FakeParcels:
    """`vistka.ports.ParcelStore`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def states(self, ttns: Iterable[str]) -> dict[str, ParcelState]:
        wanted = set(ttns)
        self._memory.read(len(wanted))
        return {
            ttn: self._memory.states[ttn]
            for ttn in wanted
            if ttn in self._memory.states and ttn not in self._memory.unreadable
        }

    def commit(self, commit: Commit) -> None:
        numbers = {link.order_number: link.order_key for link in commit.links if link.current and not link.root}
        states = [(commit.state, commit.expected)]
        if commit.child is not None:
            states.append((commit.child, commit.child_expected))
        keys: list[Hashable] = [
            *(state.ttn for state, _ in states),
            *numbers,
            *(("link", link.order_key, link.ttn) for link in commit.links),
        ]
        keys += [("change", commit.change.ttn, commit.change.version)] if commit.change else []
        keys += [(notice.order_key, notice.id) for notice in (*commit.notices, *commit.superseded)]
        check_keys(keys)
        for notice in (*commit.notices, *commit.superseded):
            check_due(notice)
        self._memory.wrote(len(keys))
        for state, expected in states:
            if state.ttn in self._memory.unreadable:
                raise RecordUnreadable(f"the store's item PARCEL#{state.ttn} STATE cannot be read")
            found = self._memory.states.get(state.ttn)
            if (found.revision if found else None) != expected:
                raise StoreConflict("a STATE was written by somebody else")
        _check_revisions(self._memory, commit.superseded)
        self._memory.states.update({state.ttn: state for state, _ in states})
        if commit.change is not None:
            self._memory.changes[commit.change.ttn, commit.change.version] = commit.change
        self._memory.links.update({(link.order_key, link.ttn): link for link in commit.links})
        self._memory.numbers.update(numbers)
        for notice in (*commit.notices, *commit.superseded):
            keep(self._memory, notice)

    def links(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Link]:
        wanted = set(pairs)
        self._memory.read(len(wanted))
        return {pair: self._memory.links[pair] for pair in wanted if pair in self._memory.links}

    def order(self, order_key: str) -> OrderRecord | None:
        self._memory.read()
        links = sorted((link for link in self._memory.links.values() if link.order_key == order_key), key=_link_ttn)
        notices = _of_order(self._memory, order_key)
        numbers = [link.order_number for link in links] or [notice.order_number for notice in notices]
        if not numbers:
            return None
        return OrderRecord(order_key=order_key, order_number=numbers[0], links=tuple(links), notices=tuple(notices))

    def order_key(self, order_number: str) -> str | None:
        self._memory.read()
        return self._memory.numbers.get(order_number)

    def history(self, ttn: str) -> list[Change]:
        self._memory.read()
        return [self._memory.changes[key] for key in sorted(self._memory.changes) if key[0] == ttn]

    def followed(self) -> Iterator[str]:
        self._memory.read()
        return iter([ttn for ttn in sorted(self._memory.states) if is_followed(self._memory.states[ttn])])

    def foreign_texts(self, order_keys: Iterable[str]) -> dict[str, ForeignText]:
        wanted = set(order_keys)
        self._memory.read(len(wanted))
        return {key: self._memory.foreign[key] for key in wanted if key in self._memory.foreign}

    def put_foreign_text(self, order_key: str, found: ForeignText) -> None:
        self._memory.wrote()
        before = self._memory.foreign.get(order_key)
        if found.revision != (before.revision + 1 if before is not None else 0):
            raise StoreConflict("somebody else dealt with the order's text")
        self._memory.foreign[order_key] = found


class FakeLinkedOrders:
    """`vistka.ports.LinkedOrders`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def of_key(self, order_key: str) -> OrderRecord | None:
        self._memory.read()
        found = sorted((link for link in self._memory.links.values() if link.order_key == order_key), key=_link_ttn)
        if not found:
            return None
        # Whose chat hears of it is nobody's business here.
        links = tuple(replace(link, chat_id=None, language="", unreachable="") for link in found)
        return OrderRecord(order_key=order_key, order_number=links[0].order_number, links=links, notices=())

    def of_numbers(self, order_numbers: Iterable[str]) -> dict[str, OrderRecord]:
        wanted = set(order_numbers)
        self._memory.read(len(wanted))
        keys = {number: self._memory.numbers[number] for number in wanted if number in self._memory.numbers}
        orders = {number: self.of_key(key) for number, key in keys.items()}
        return {number: order for number, order in orders.items() if order is not None}


class FakeRefreshes:
    """`vistka.ports.Refreshes`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def take(self, order_number: str, *, now: datetime, interval: timedelta) -> datetime | None:
        self._memory.wrote()
        taken = self._memory.refreshes.get(order_number)
        # One that was taken by a clock that ran ahead holds nobody back.
        if taken is not None and now - interval < taken <= now:
            return taken + interval
        self._memory.refreshes[order_number] = now
        return None

    def give_back(self, order_numbers: Iterable[str]) -> None:
        for number in order_numbers:
            self._memory.wrote()
            self._memory.refreshes.pop(number, None)


class FakeLedger:
    """`vistka.ports.Ledger`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, order_key: str, notice_id: str) -> Notice | None:
        self._memory.read()
        return self._memory.notices.get((order_key, notice_id))

    def put_new(self, notice: Notice) -> bool:
        check_due(notice)
        self._memory.wrote()
        if (notice.order_key, notice.id) in self._memory.notices:
            return False
        keep(self._memory, notice)
        return True

    def update(self, notice: Notice) -> None:
        self._replace([notice], None)

    def update_all(self, notices: Sequence[Notice], summary: Notice | None = None) -> None:
        self._replace(notices, summary)

    def _replace(self, notices: Sequence[Notice], summary: Notice | None) -> None:
        both = [*notices, *([summary] if summary else [])]
        check_keys([(notice.order_key, notice.id) for notice in both])
        for notice in both:
            check_due(notice)
        if not both:
            return
        self._memory.wrote(len(both))
        if summary is not None and not summary.revision:
            if (summary.order_key, summary.id) in self._memory.notices:
                raise StoreConflict("the summary exists")
            _check_revisions(self._memory, notices)
        else:
            _check_revisions(self._memory, both)
        for notice in both:
            keep(self._memory, notice)

    def of_parcel(self, order_key: str, ttn: str) -> list[Notice]:
        self._memory.read()
        return [notice for notice in _of_order(self._memory, order_key) if notice.ttn == ttn]

    def due(self, *, before: datetime, limit: int) -> list[Notice]:
        return self._due(before, limit, {Audience.BUYER, Audience.SHOP})

    def effects_due(self, *, before: datetime, limit: int) -> list[Notice]:
        return self._due(before, limit, {Audience.ORDER})

    def calls_due(self, *, before: datetime, limit: int) -> list[Notice]:
        return self._due(before, limit, {Audience.WEBHOOK})

    def put_off(self, *, beyond: datetime, limit: int) -> list[Notice]:
        kinds = ({Audience.BUYER, Audience.SHOP}, {Audience.ORDER}, {Audience.WEBHOOK})
        waiting = [self._due(datetime.max.replace(tzinfo=UTC), len(self._memory.notices), kind) for kind in kinds]
        return [
            notice
            for some in waiting
            for notice in [one for one in reversed(some) if one.due_at and one.due_at > beyond][:limit]
        ]

    def _due(self, before: datetime, limit: int, audiences: set[Audience]) -> list[Notice]:
        self._memory.read()
        due = [
            (n.due_at, n.order_key, n.id, n)
            for n in self._memory.notices.values()
            if n.due_at and n.due_at <= before and n.audience in audiences
        ]
        return [notice for *_, notice in sorted(due, key=lambda row: row[:3])][:limit]

    def list(self, *, state: NoticeState | None = None, order_key: str | None = None) -> Iterable[Notice]:
        self._memory.read()
        if order_key is not None:
            found = _of_order(self._memory, order_key)
        else:
            found = [notice for _, notice in sorted(self._memory.notices.items(), key=lambda row: row[0])]
        return (notice for notice in found if state is None or notice.state is state)


class FakeAudits:
    """`vistka.ports.Audits`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def put(self, audit: Audit) -> None:
        self._memory.wrote()
        self._memory.audits.append(audit)

    def of(self, order_key: str) -> list[Audit]:
        self._memory.read()
        return sorted((one for one in self._memory.audits if one.order_key == order_key), key=lambda one: one.at)


class FakeRuns:
    """`vistka.ports.Runs`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def start(self, run: Run) -> None:
        self._memory.wrote()
        self._memory.runs[run.id] = (run, frozenset())

    def sent(
        self,
        run_id: str,
        *,
        batches: int,
        covers: datetime,
        left: Iterable[str] = (),
        load: Load | None = None,
        after: str | None = None,
    ) -> Run:
        self._memory.wrote()
        if run_id not in self._memory.runs:
            raise StoreConflict("no such run")
        run, done = self._memory.runs[run_id]
        run = replace(
            run,
            batches=batches,
            covers=covers,
            failed=run.failed | frozenset(left),
            load=load or run.load,
            after=after,
        )
        self._memory.runs[run_id] = (run, done)
        return run

    def batch_done(self, run_id: str, batch: int, *, failed: Iterable[str]) -> Run | None:
        self._memory.wrote()
        if run_id not in self._memory.runs:
            return None
        run, done = self._memory.runs[run_id]
        done |= {batch}
        run = replace(run, done=len(done), failed=run.failed | frozenset(failed))
        self._memory.runs[run_id] = (run, done)
        return run

    def latest(self, limit: int) -> list[Run]:
        self._memory.read()
        newest = sorted(self._memory.runs, reverse=True)[:limit]
        return with_rounds(self._memory.runs[run_id][0] for run_id in newest)

    def live_since(self, now: datetime, *, live: bool) -> datetime | None:
        self._memory.read()
        since = self._memory.live_since
        if live and since is None:
            self._memory.wrote()
            self._memory.live_since = now
        elif not live and since is not None and is_back_in_shadow(since, now):
            self._memory.wrote()
            self._memory.live_since = None
        return self._memory.live_since if live else None


class FakeLags:
    """`vistka.ports.LagBook`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def since(self, day: date) -> list[Lags]:
        self._memory.read()
        return [lags for at, lags in sorted(self._memory.lags.items(), reverse=True) if at >= day]


class FakeCircuits:
    """`vistka.ports.Circuits`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def read(self) -> Circuit:
        self._memory.read()
        return self._memory.circuit

    def write(self, circuit: Circuit) -> None:
        self._memory.wrote()
        if circuit.revision != self._memory.circuit.revision + 1:
            raise StoreConflict("the circuit was written by somebody else")
        self._memory.circuit = circuit


class FakePace:
    """`vistka.ports.Pace`."""

    def __init__(self, memory: Memory, *, clock: Clock, group: str, interval: timedelta) -> None:
        self._memory = memory
        self._clock = clock
        self._key = f"PACE#{group}"
        self._interval = interval

    def take(self, *, longest: timedelta) -> timedelta:
        return _take(self._memory, self._clock, self._key, self._interval, longest)


class FakeChatPaces:
    """`vistka.ports.ChatPaces`."""

    def __init__(self, memory: Memory, *, clock: Clock, interval: timedelta = timedelta(seconds=1)) -> None:
        self._memory = memory
        self._clock = clock
        self._interval = interval

    def take(self, group: str, *, longest: timedelta) -> timedelta:
        return _take(self._memory, self._clock, f"CHAT#{group}", self._interval, longest)


def _take(memory: Memory, clock: Clock, key: str, interval: timedelta, longest: timedelta) -> timedelta:
    if interval <= timedelta():
        return timedelta()
    memory.read()
    now = clock.now()
    slot = max(now, memory.slots.get(key, now))
    if slot > now + timedelta(hours=1):
        slot = now  # from a clock that ran ahead
    if slot - now > longest:
        raise SlotTaken("the pace has no slot soon enough", wait=slot - now)
    memory.wrote()
    memory.slots[key] = slot + interval
    return slot - now


def _of_order(memory: Memory, order_key: str) -> list[Notice]:
    return [memory.notices[key] for key in sorted(key for key in memory.notices if key[0] == order_key)]


def keep(memory: Memory, notice: Notice) -> None:
    memory.notices[notice.order_key, notice.id] = replace(notice, due_at=None) if notice.settled else notice


def check_keys(keys: Sequence[Hashable]) -> None:
    if len(keys) > LARGEST_TRANSACTION:
        raise ValueError(f"{len(keys)} items in one transaction; DynamoDB takes {LARGEST_TRANSACTION}")
    if len(set(keys)) < len(keys):
        raise ValueError("two items of one transaction have the same key")


def check_due(notice: Notice) -> None:
    if not notice.settled and notice.due_at is None:
        raise ValueError(f"a notice in state {notice.state} has no due_at")


def _check_revisions(memory: Memory, notices: Iterable[Notice]) -> None:
    for notice in notices:
        found = memory.notices.get((notice.order_key, notice.id))
        if found is None or found.revision != notice.revision - 1:
            raise StoreConflict("a notice was written by somebody else")


def _link_ttn(link: Link) -> str:
    return link.ttn
