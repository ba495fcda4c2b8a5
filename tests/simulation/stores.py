"""The store's ports behind the gate: the fakes that keep the real store's contract, with faults at every request."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from tests.fakes.chats import FakeChats
from tests.fakes.store import (
    FakeAudits,
    FakeChatPaces,
    FakeCircuits,
    FakeLedger,
    FakePace,
    FakeParcels,
    FakeRuns,
    Memory,
)
from tests.simulation.chaos import Gate
from tests.simulation.scheduler import Invocation
from vistka.domain.audit import Audit
from vistka.domain.errors import StoreUnavailable
from vistka.domain.foreign import ForeignText
from vistka.domain.load import Load
from vistka.domain.notices import Notice, NoticeState
from vistka.domain.parcels import Change, ParcelState
from vistka.domain.recipients import Closed, OrderChats, Recipient
from vistka.ports import Binding, Circuit, Commit, Hearer, Link, OrderRecord, Run, Tapped


class Watched[K: Hashable, V](dict[K, V]):
    """A table that shows every write to `seen(key, before, after)`."""

    def __init__(self, seen: Callable[[K, V | None, V], None]) -> None:
        super().__init__()
        self._seen = seen

    def __setitem__(self, key: K, value: V) -> None:
        self._seen(key, self.get(key), value)
        super().__setitem__(key, value)

    def update(self, values: Mapping[K, V]) -> None:  # type: ignore[override]
        for key, value in values.items():
            self[key] = value


def _unavailable() -> StoreUnavailable:
    return StoreUnavailable("the store did not answer")


@dataclass
class Parcels:
    """`vistka.ports.ParcelStore`."""

    inner: FakeParcels
    gate: Gate
    #: invocations that could not note another program's text
    unnoted: list[Invocation | None] = field(default_factory=list)
    #: when a parcel's STATE was last written
    written: dict[str, int] = field(default_factory=dict)

    def states(self, ttns: Iterable[str]) -> dict[str, ParcelState]:
        wanted = list(ttns)
        found = self.gate.call("store", "read STATEs", lambda: self.inner.states(wanted), _unavailable, reads=True)
        # In an order that no hash decides, so that a seed replays.
        return {ttn: found[ttn] for ttn in wanted if ttn in found}

    def commit(self, commit: Commit) -> None:
        what = f"commit {commit.state.ttn[-3:]} v{commit.state.version} {commit.state.stage} {len(commit.notices)}n"

        def effect() -> None:
            self.inner.commit(commit)
            for state in filter(None, (commit.state, commit.child)):
                self.written[state.ttn] = self.gate.scheduler.now

        self.gate.call("store", what, effect, _unavailable, conflict=_alone(commit))

    def links(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Link]:
        wanted = list(pairs)
        found = self.gate.call("store", "read links", lambda: self.inner.links(wanted), _unavailable, reads=True)
        return {pair: found[pair] for pair in wanted if pair in found}

    def order(self, order_key: str) -> OrderRecord | None:
        return self.gate.call("store", "read order", lambda: self.inner.order(order_key), _unavailable, reads=True)

    def order_key(self, order_number: str) -> str | None:
        return self.inner.order_key(order_number)

    def history(self, ttn: str) -> list[Change]:
        return self.inner.history(ttn)

    def followed(self) -> Iterator[str]:
        def effect() -> list[str]:
            # The index lags: what was written a moment ago may be missing.
            now = self.gate.scheduler.now
            lagging = {ttn for ttn, at in self.written.items() if now - at < 2_000_000 and self.gate.chance(0.5)}
            return [ttn for ttn in self.inner.followed() if ttn not in lagging]

        return iter(self.gate.call("store", "read what is followed", effect, _unavailable, reads=True))

    def foreign_texts(self, order_keys: Iterable[str]) -> dict[str, ForeignText]:
        wanted = list(order_keys)
        return self.gate.call(
            "store", "read foreign texts", lambda: self.inner.foreign_texts(wanted), _unavailable, reads=True
        )

    def put_foreign_text(self, order_key: str, found: ForeignText) -> None:
        def effect() -> None:
            self.inner.put_foreign_text(order_key, found)

        what = f"foreign text in {order_key}{', stopped' if found.stopped else ''}, tries {found.tries}"
        try:
            self.gate.call("store", what, effect, _unavailable, conflict=True)
        except StoreUnavailable:
            self.unnoted.append(self.gate.scheduler.active)
            raise


def _alone(commit: Commit) -> bool:
    # One item is one conditional put; a transaction knows its own second attempt by its token.
    return not (commit.change or commit.links or commit.notices or commit.superseded or commit.child)


@dataclass
class Ledger:
    """`vistka.ports.Ledger`. The index lags: what was written a moment ago may be seen as it was before."""

    inner: FakeLedger
    gate: Gate
    #: key -> (when it was last written, what it was before)
    before: dict[tuple[str, str], tuple[int, Notice | None]]

    def get(self, order_key: str, notice_id: str) -> Notice | None:
        def effect() -> Notice | None:
            return self.inner.get(order_key, notice_id)

        return self.gate.call("store", f"read notice {notice_id}", effect, _unavailable, reads=True)

    def put_new(self, notice: Notice) -> bool:
        # Whoever asks again after a lost reply finds the entry that it wrote itself.
        return self.gate.call(
            "store",
            f"new notice {notice.id}",
            lambda: self.inner.put_new(notice),
            _unavailable,
            lost=lambda: False,
        )

    def update(self, notice: Notice) -> None:
        what = f"notice {notice.id} {notice.state}"
        self.gate.call("store", what, lambda: self.inner.update(notice), _unavailable, conflict=True)

    def update_all(self, notices: Sequence[Notice], summary: Notice | None = None) -> None:
        def effect() -> None:
            self.inner.update_all(notices, summary)

        self.gate.call("store", f"{len(notices)} notices and {summary and summary.id}", effect, _unavailable)

    def of_parcel(self, order_key: str, ttn: str) -> list[Notice]:
        def effect() -> list[Notice]:
            return self.inner.of_parcel(order_key, ttn)

        return self.gate.call("store", "read notices", effect, _unavailable, reads=True)

    def due(self, *, before: datetime, limit: int) -> list[Notice]:
        def effect() -> list[Notice]:
            return self._lagging(self.inner.due(before=before, limit=limit))

        return self.gate.call("store", "read what is due", effect, _unavailable, reads=True)

    def effects_due(self, *, before: datetime, limit: int) -> list[Notice]:
        def effect() -> list[Notice]:
            return self._lagging(self.inner.effects_due(before=before, limit=limit))

        return self.gate.call("store", "read what effects are due", effect, _unavailable, reads=True)

    def calls_due(self, *, before: datetime, limit: int) -> list[Notice]:
        def effect() -> list[Notice]:
            return self._lagging(self.inner.calls_due(before=before, limit=limit))

        return self.gate.call("store", "read what calls are due", effect, _unavailable, reads=True)

    def put_off(self, *, beyond: datetime, limit: int) -> list[Notice]:
        def effect() -> list[Notice]:
            return self._lagging(self.inner.put_off(beyond=beyond, limit=limit))

        return self.gate.call("store", "read what is put off", effect, _unavailable, reads=True)

    def _lagging(self, found: list[Notice]) -> list[Notice]:
        out: list[Notice] = []
        for notice in found:
            at, old = self.before.get((notice.order_key, notice.id), (-1, None))
            if at >= 0 and self.gate.scheduler.now - at < 2_000_000 and self.gate.chance(0.5):
                if old is not None and old.due_at is not None:
                    out.append(old)
            else:
                out.append(notice)
        return out

    def list(self, *, state: NoticeState | None = None, order_key: str | None = None) -> Iterable[Notice]:
        def effect() -> Iterable[Notice]:
            return self.inner.list(state=state, order_key=order_key)

        return self.gate.call("store", "read an order's notices", effect, _unavailable, reads=True)


@dataclass
class Chats:
    """`vistka.ports.Chats`."""

    inner: FakeChats
    gate: Gate
    #: what happens the moment after an order's chats are read, once
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)

    def of_orders(self, order_keys: Iterable[str]) -> dict[str, OrderChats]:
        wanted = list(order_keys)
        found = self.gate.call("store", "read chats", lambda: self.inner.of_orders(wanted), _unavailable, reads=True)
        if not self.gate.quiet and (key := next((key for key in wanted if key in self.meanwhile), None)) is not None:
            self.gate.scheduler.after(0, self.meanwhile.pop(key))
            self.gate.scheduler.pause(self.gate.rng.uniform(0.5, 3))
        return found

    def recipient(self, chat_id: int) -> Recipient | None:
        def effect() -> Recipient | None:
            return self.inner.recipient(chat_id)

        return self.gate.call("store", "read recipient", effect, _unavailable, reads=True)

    def recipients(self, chat_ids: Iterable[int]) -> dict[int, Recipient]:
        def effect() -> dict[int, Recipient]:
            return self.inner.recipients(chat_ids)

        return self.gate.call("store", "read recipients", effect, _unavailable, reads=True)

    def hearer(self, *, order_key: str, chat_id: int) -> Hearer:
        def effect() -> Hearer:
            return self.inner.hearer(order_key=order_key, chat_id=chat_id)

        return self.gate.call("store", "read recipient", effect, _unavailable, reads=True)

    def tapped(self, *, order_key: str, fingerprint: str, chat_id: int) -> Tapped:
        def effect() -> Tapped:
            return self.inner.tapped(order_key=order_key, fingerprint=fingerprint, chat_id=chat_id)

        return self.gate.call("store", "read a tap", effect, _unavailable, reads=True)

    def write(self, binding: Binding) -> None:
        alone = binding.chats is None and binding.use is None and not binding.notices
        self.gate.call("store", "write chat", lambda: self.inner.write(binding), _unavailable, conflict=alone)

    def close(self, chat_id: int, reason: Closed, *, asked_at: datetime) -> None:
        def effect() -> None:
            self.inner.close(chat_id, reason, asked_at=asked_at)

        self.gate.call("store", f"close chat: {reason}", effect, _unavailable)


class RunsWatch(Protocol):
    def batch_marked(self, run: str, batch: int) -> None: ...

    def run_started(self, complete_before: bool) -> None: ...  # noqa: FBT001 -- a callback

    def live_since(self, since: datetime | None) -> None: ...


@dataclass
class Audits:
    """`vistka.ports.Audits`."""

    inner: FakeAudits
    gate: Gate

    def put(self, audit: Audit) -> None:
        self.gate.call("store", f"audit {audit.act}", lambda: self.inner.put(audit), _unavailable)

    def of(self, order_key: str) -> list[Audit]:
        return self.inner.of(order_key)


@dataclass
class Runs:
    """`vistka.ports.Runs`. `watch` is told of every batch that is marked done, of every run begun and whether one was
    complete before it, and since when the shop is live."""

    inner: FakeRuns
    gate: Gate
    watch: "RunsWatch"
    #: when the first run was stored
    first_at: int = -1
    _complete: datetime | None = None  # when the first run that is complete began
    _readers: set[int] = field(default_factory=set)  # invocations that could see a complete run

    def start(self, run: Run) -> None:
        def effect() -> None:
            self.inner.start(run)
            self.first_at = self.first_at if self.first_at >= 0 else self.gate.scheduler.now

        self.watch.run_started(self._seen_complete)
        self.gate.call("store", "start run", effect, _unavailable)

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
        names = frozenset(left)

        def effect() -> Run:
            sent = self.inner.sent(run_id, batches=batches, covers=covers, left=names, load=load, after=after)
            return self._seen(sent)

        return self.gate.call("store", f"run sent, {batches} batches", effect, _unavailable)

    def batch_done(self, run_id: str, batch: int, *, failed: Iterable[str]) -> Run | None:
        names = frozenset(failed)

        def effect() -> Run | None:
            self.watch.batch_marked(run_id, batch)
            return self._seen(self.inner.batch_done(run_id, batch, failed=names))

        return self.gate.call("store", f"batch {batch} done", effect, _unavailable)

    def _seen[T: Run | None](self, run: T) -> T:
        if run is not None and run.complete:
            self._complete = min(run.started_at, self._complete or run.started_at)
        return run

    @property
    def _seen_complete(self) -> bool:
        active = self.gate.scheduler.active
        return active is not None and active.number in self._readers

    def latest(self, limit: int) -> list[Run]:
        active = self.gate.scheduler.active
        # One that began after the reader, and overtook it, is none that the reader counts from.
        complete, moment_of = self._complete, self.gate.scheduler.moment_of
        if active is not None and complete is not None and complete <= moment_of(active.started_at):
            self._readers.add(active.number)
        return self.gate.call("store", "read runs", lambda: self.inner.latest(limit), _unavailable, reads=True)

    def live_since(self, now: datetime, *, live: bool) -> datetime | None:
        def effect() -> datetime | None:
            return self.inner.live_since(now, live=live)

        since = self.gate.call("store", "read mode", effect, _unavailable, reads=True)
        self.watch.live_since(since)
        return since


@dataclass
class Circuits:
    """`vistka.ports.Circuits`."""

    inner: FakeCircuits
    gate: Gate

    def read(self) -> Circuit:
        return self.gate.call("store", "read circuit", self.inner.read, _unavailable, reads=True)

    def write(self, circuit: Circuit) -> None:
        what = f"circuit {'open' if circuit.open else 'closed'}"
        self.gate.call("store", what, lambda: self.inner.write(circuit), _unavailable, conflict=True)


@dataclass
class Pace:
    """`vistka.ports.Pace`."""

    inner: FakePace
    gate: Gate

    def take(self, *, longest: timedelta) -> timedelta:
        return self.gate.call("store", "take a slot", lambda: self.inner.take(longest=longest), _unavailable)


@dataclass
class ChatPaces:
    """`vistka.ports.ChatPaces`."""

    inner: FakeChatPaces
    gate: Gate

    def take(self, group: str, *, longest: timedelta) -> timedelta:
        def effect() -> timedelta:
            return self.inner.take(group, longest=longest)

        return self.gate.call("store", "take a chat's slot", effect, _unavailable)


def watched_memory(
    state_seen: Callable[[str, ParcelState | None, ParcelState], None],
    notice_seen: Callable[[tuple[str, str], Notice | None, Notice], None],
    link_seen: Callable[[tuple[str, str], Link | None, Link], None],
) -> Memory:
    """The store's memory, which shows every STATE, every ledger entry and every link that is written."""
    return Memory(states=Watched(state_seen), notices=Watched(notice_seen), links=Watched(link_seen))
