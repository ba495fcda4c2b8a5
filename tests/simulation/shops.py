"""The shop behind the gate, and what its own people and programs do to it meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.shop import InMemoryShop
from tests.simulation.chaos import Gate
from tests.simulation.scheduler import Invocation
from tests.simulation.watch import numbers_in
from vistka.domain.errors import ShopUnavailable
from vistka.domain.orders import Finding, Order, OrderPage, Projection, WriteResult
from vistka.domain.rules import Event, Move, Moved


def _unavailable() -> ShopUnavailable:
    return ShopUnavailable("the shop's database: no connection")


@dataclass(slots=True)
class Written:
    """One row as our statement left it; `tracking` is what the row held at that moment, `by` who wrote it. `answered`:
    the writer knows that all its rows were written."""

    at: int
    key: str
    tracking: str
    text: str
    changed_at: datetime | None
    projection: Projection
    by: Invocation | None
    answered: bool = False


@dataclass(slots=True)
class MovedRow:
    """One row before and after a rule moved it."""

    at: int
    key: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class ShopModel:
    """`vistka.ports.Shop`. The database knows no transactions: a statement that fails may have written some rows."""

    gate: Gate
    inner: InMemoryShop = field(default_factory=InMemoryShop)
    written: list[Written] = field(default_factory=list)
    #: told of each row before it is written
    writing: Callable[[Written], None] = lambda _written: None
    #: when the shop's own people last touched a row: what is due is reckoned from there
    touched: dict[str, int] = field(default_factory=dict)
    #: when an order came
    added: dict[str, int] = field(default_factory=dict)
    #: every text that the shop's people or another program put into a row: key -> (when, text)
    foreign: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)
    #: rows as a backup had them: their time is older than their text may be
    restored: set[str] = field(default_factory=set)
    #: numbers that an order had once, and lost: (key, parcel)
    lost: set[tuple[str, str]] = field(default_factory=set)
    #: waybills that a number comes from
    forebears: Callable[[str], tuple[str, ...]] = lambda _ttn: ()
    #: when the shop's people put something else into a tracking field
    renumbered: dict[str, list[int]] = field(default_factory=dict)
    #: orders that are done or cancelled: since when
    closed: dict[str, int] = field(default_factory=dict)
    #: when orders were done or cancelled that are open again: since when, until when
    reopened: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    #: every chat that stood in the profile of an order's buyer: since when, and None where there was none
    profiles: dict[str, list[tuple[int, int | None]]] = field(default_factory=dict)
    #: what order rules did
    moved: list[MovedRow] = field(default_factory=list)
    #: the columns that are not ours, as the shop's people left them, or a rule
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: orders that it lists at a time, however many are asked for
    longest_page: int = 1000
    #: invocations that have read the open orders from the first to the last, and behind which order the others are
    listed_whole: set[int] = field(default_factory=set)
    _listing: dict[int, str | None] = field(default_factory=dict)

    # --- vistka.ports.Shop ------------------------------------------------------------------------------------------

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        def effect() -> OrderPage:
            return self.inner.open_orders(after=after, limit=min(limit, self.longest_page))

        page = self.gate.call("shop", "list open orders", effect, _unavailable, reads=True)
        if (active := self.gate.scheduler.active) is not None and after == self._listing.get(active.number):
            self._listing[active.number] = page.after
            if page.after is None:
                self.listed_whole.add(active.number)
        return page

    def order(self, number: str) -> Order | None:
        return self.gate.call("shop", "read order", lambda: self.inner.order(number), _unavailable, reads=True)

    def of_phone(self, phone: str) -> Sequence[Order]:
        return self.gate.call("shop", "find by phone", lambda: self.inner.of_phone(phone), _unavailable, reads=True)

    def write(self, projections: Sequence[Projection]) -> WriteResult:
        def effect() -> WriteResult:
            if len(projections) > 1 and self.gate.chance(self.gate.weather.fail):
                self._write(projections[: self.gate.rng.randrange(len(projections))])
                raise _unavailable()
            return self._write(projections)

        keys = " ".join(projection.order_key for projection in projections)
        before = len(self.written)
        result = self.gate.call("shop", f"write rows {keys}", effect, _unavailable)
        if result.written + len(result.refused) >= len(projections):
            for written in self.written[before:]:
                written.answered = written.by is self.gate.scheduler.active
        return result

    def rules(self) -> Mapping[Event, str]:
        return self.inner.rules()

    def move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        def effect() -> Sequence[Moved]:
            return self._move(moves)

        keys = " ".join(f"{move.order_key}:{move.event}" for move in moves)
        return self.gate.call("shop", f"move rows {keys}", effect, _unavailable)

    def _move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        before = {key: dict(row) for key, row in self.inner.rows.items()}
        done = self.inner.move(moves)
        for key, row in self.inner.rows.items():
            if row != before[key]:
                self.moved.append(MovedRow(self.gate.scheduler.now, str(key), before[key], dict(row)))
                self._keep(str(key))
                if row["status"] not in self.inner.open_statuses:
                    self.closed.setdefault(str(key), self.gate.scheduler.now)
        return done

    def fit(self, text: str) -> str:
        return self.inner.fit(text)

    def check(self) -> Sequence[Finding]:
        return self.inner.check()

    def close(self) -> None:
        self.inner.close()

    def _write(self, projections: Sequence[Projection]) -> WriteResult:
        before = {key: dict(row) for key, row in self.inner.rows.items()}
        result = self.inner.write(projections)
        named = {projection.order_key: projection for projection in projections}
        for number, row in self.inner.rows.items():
            if row != before[number]:
                written = Written(
                    self.gate.scheduler.now,
                    str(number),
                    row["tracking"] or "",
                    row["shown"],
                    row["updated"],
                    named[str(number)],
                    self.gate.scheduler.active,
                )
                self.writing(written)
                self.written.append(written)
        return result

    # --- the shop's people ------------------------------------------------------------------------------------------

    def row(self, key: str) -> dict[str, Any]:
        return self.inner.rows[int(key)]

    def add(
        self, *, number: str, tracking: str, chat: int | None, shown: str | None, phone: str, status: str = "ship"
    ) -> str:
        user = len(self.inner.rows) + 1000 if chat is not None else None
        if user is not None:
            self.inner.add_profile(user=user, chat=chat)
        key = self.inner.add_order(number=number, tracking=tracking, user=user, shown=shown, phone=phone, status=status)
        self.foreign[key] = [(-1, shown)]
        self.added[key] = self.gate.scheduler.now
        self.profiles[key] = [(-1, chat)]
        self._know(key)
        self.gate.tell(f"shop: order {key} with {tracking!r}, shows {shown!r}")
        return key

    def edit(self, key: str, **values: str | None) -> None:
        if "tracking" in values:
            self.renumbered.setdefault(key, []).append(self.gate.scheduler.now)
            after = numbers_in(values["tracking"] or "")
            self.lost |= {(key, ttn) for ttn in numbers_in(self.row(key)["tracking"] or "") if ttn not in after}
        self.inner.edit(key, **values)
        self._know(key)
        self.gate.tell(f"shop: order {key} is edited: {values}")

    def write_foreign(self, key: str, text: str | None) -> None:
        """Somebody else writes our column."""
        self.inner.edit(key, shown=text)
        self.foreign[key].append((self.gate.scheduler.now, text))
        self.gate.tell(f"shop: order {key} is made to show {text!r}")

    def set_chat(self, key: str, chat: int | None) -> None:
        user = self.row(key)["user"]
        if user is None:
            user = 5000 + int(key)
            self.row(key)["user"] = user
        self.inner.profiles[:] = [profile for profile in self.inner.profiles if profile[0] != user]
        self.inner.profiles.append((user, chat))
        self.profiles[key].append((self.gate.scheduler.now, chat))
        self._know(key)
        self.gate.tell(f"shop: the chat of order {key} is {'there' if chat else 'gone'}")

    def lacks(self, key: str, ttn: str) -> int | None:
        """Since when the order's field has not had the number, nor one that it comes from; None when it has."""
        numbers = numbers_in(self.row(key)["tracking"] or "")
        return None if any(one in numbers for one in (ttn, *self.forebears(ttn))) else self.renumbered[key][-1]

    def has_lost(self, key: str, ttn: str) -> bool:
        """Whether the order had the number once, or one that it comes from."""
        return any((key, one) in self.lost for one in (ttn, *self.forebears(ttn)))

    def _know(self, key: str) -> None:
        self.touched[key] = self.gate.scheduler.now
        self._keep(key)

    def _keep(self, key: str) -> None:
        self.own[key] = self.inner.others(key)
        if self.row(key)["status"] not in self.inner.open_statuses:
            self.closed.setdefault(key, self.gate.scheduler.now)
        elif (since := self.closed.pop(key, None)) is not None:
            self.reopened.setdefault(key, []).append((since, self.gate.scheduler.now))

    def was_closed(self, key: str, since: int, until: int) -> bool:
        """Whether the order was done or cancelled at some moment in that time."""
        times = [*self.reopened.get(key, ()), (self.closed.get(key, until + 1), until + 1)]
        return any(begin <= until and end >= since for begin, end in times)

    def in_profile(self, key: str, since: int, until: int) -> set[int | None]:
        """The chats that stood in the buyer's profile in that time."""
        chats = self.profiles[key]
        ends = [*(at for at, _ in chats[1:]), until + 1]
        return {chat for (begin, chat), end in zip(chats, ends, strict=True) if begin <= until and end >= since}

    def backup(self) -> dict[int, tuple[str | None, Any]]:
        return {key: (row["shown"], row["updated"]) for key, row in self.inner.rows.items()}

    def restore(self, backup: dict[int, tuple[str | None, Any]]) -> None:
        self.gate.tell("shop: a backup is restored")
        for key, (shown, updated) in backup.items():
            row = self.inner.rows[key]
            if shown != row["shown"]:
                self.foreign[str(key)].append((self.gate.scheduler.now, shown))
            row["shown"], row["updated"] = shown, updated
            self.restored.add(str(key))
