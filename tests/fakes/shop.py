"""A shop in memory that passes the same contract as the SQL adapter, for the simulation and the use cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from vistka.adapters.shop_rows import read_chat
from vistka.carrier.phones import phone_of
from vistka.domain.errors import ShopMismatch, VistkaError
from vistka.domain.notices import Unreachable
from vistka.domain.orders import MOST_OF_ONE_PHONE, Finding, Order, OrderPage, Projection, WriteResult
from vistka.domain.rules import Event, Move, Moved, Outcome
from vistka.shop.fitting import Room, fit_text
from vistka.shop.rules import Rule

#: As tests.contracts.shop_moves has them.
RULES: Final = {
    Event.RECEIVED: Rule(
        event=Event.RECEIVED,
        from_statuses=("prep", "ship"),
        status="done",
        payment_from=("unpaid", "partial"),
        payment={"partial": "paid"},
    ),
    Event.REFUSED: Rule(event=Event.REFUSED, from_statuses=("prep", "ship"), status="cancelled"),
}


@dataclass
class InMemoryShop:
    """Rows and shop in one: also the ShopRows of tests.contracts.shop. Keys are numbers, as text."""

    open_statuses: frozenset[str] = frozenset({"new", "prep", "ship"})
    length: int = 100
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    profiles: list[tuple[int, int | None]] = field(default_factory=list)
    #: order rules that are switched on
    ruled: Mapping[Event, Rule] = field(default_factory=dict)
    #: raised by every call while it is set
    outage: VistkaError | None = None
    #: order numbers whose rows the database will not take
    refusing: set[str] = field(default_factory=set)
    statements: int = 0
    closed: int = 0

    # --- ShopRows -----------------------------------------------------------------------------------------------

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        key = len(self.rows) + 1
        self.rows[key] = {
            "number": number,
            "tracking": tracking,
            "status": status,
            "user": user,
            "phone": phone,
            "shown": shown,
            "updated": None,
            "pay_type": "full",
            "payment_status": "unpaid",
        }
        return str(key)

    def add_profile(self, *, user: int, chat: int | None) -> None:
        self.profiles.append((user, chat))

    def edit(self, key: str, **values: str | None) -> None:
        self.rows[int(key)].update(values)

    def shown(self, key: str) -> str | None:
        return self.rows[int(key)]["shown"]  # type: ignore[no-any-return]

    def updated(self, key: str) -> datetime | None:
        return self.rows[int(key)]["updated"]  # type: ignore[no-any-return]

    def others(self, key: str) -> dict[str, object]:
        return {name: value for name, value in self.rows[int(key)].items() if name not in {"shown", "updated"}}

    def refuse(self, number: str) -> None:
        self.refusing.add(number)

    # --- Shop ---------------------------------------------------------------------------------------------------

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        self._work()
        keys = [
            key
            for key, row in sorted(self.rows.items())
            if row["status"] in self.open_statuses
            and (row["tracking"] or "").strip(" ")
            and (after is None or key > int(after))
        ]
        page = keys[:limit]
        return OrderPage(
            orders=tuple(self._order(key) for key in page if self.rows[key]["number"]),
            after=str(page[-1]) if len(keys) > limit else None,
            problems=tuple(
                f"order with key {key}: orders.number is empty or not text; the row is left out"
                for key in page
                if not self.rows[key]["number"]
            ),
        )

    def order(self, number: str) -> Order | None:
        self._work()
        return next((self._order(key) for key in sorted(self.rows, reverse=True) if self._is(key, number)), None)

    def of_phone(self, phone: str) -> Sequence[Order]:
        self._work()
        found = [self._order(key) for key, row in sorted(self.rows.items()) if phone_of(row["phone"] or "") == phone]
        if len(found) > MOST_OF_ONE_PHONE:
            raise ShopMismatch(f"more than {MOST_OF_ONE_PHONE} orders have this phone")
        return found

    def write(self, projections: Sequence[Projection]) -> WriteResult:
        self._work()
        if not projections:
            return WriteResult(written=0, statements=0, refused={})
        written, refused = 0, dict[str, str]()
        for projection in {each.order_key: each for each in projections}.values():
            row = self.rows.get(int(projection.order_key)) if projection.order_key.isdecimal() else None
            if row is None or (row["tracking"], row["shown"]) != (projection.tracking, projection.shown):
                continue
            if row["number"] in self.refusing:
                refused[projection.order_number] = "refused by a trigger of the shop"
                continue
            row["shown"] = self.fit(projection.text)
            row["updated"] = projection.changed_at.astimezone(UTC).replace(microsecond=0)
            written += 1
        self.statements += 1
        return WriteResult(written=written, statements=1, refused=refused)

    def rules(self) -> Mapping[Event, str]:
        return {event: rule.words for event, rule in self.ruled.items()}

    def move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        self._work()
        return [self._move(move) for move in moves]

    def _move(self, move: Move) -> Moved:
        rule = self.ruled.get(move.event)
        row = self.rows.get(int(move.order_key)) if move.order_key.isdecimal() else None
        if rule is None:
            return Moved(outcome=Outcome.OFF)
        self.statements += 1
        if row is None or (row["number"], row["tracking"]) != (move.order_number, move.tracking):
            return Moved(outcome=Outcome.CHANGED)
        if row["status"] not in rule.from_statuses:
            return Moved(outcome=Outcome.THERE if row["status"] == rule.status else Outcome.ELSEWHERE)
        if row["number"] in self.refusing:
            return Moved(outcome=Outcome.REFUSED, text="refused by a trigger of the shop")
        row["status"] = rule.status
        if row["payment_status"] in rule.payment_from:
            row["payment_status"] = rule.payment.get(row["pay_type"], row["payment_status"])
        return Moved(outcome=Outcome.MOVED)

    def fit(self, text: str) -> str:
        return fit_text(text, Room(characters=self.length))

    def check(self) -> Sequence[Finding]:
        up = self.outage is None
        return [Finding(name="shop database", ok=up, text="in memory" if up else "the shop's database: no connection")]

    def close(self) -> None:
        self.closed += 1

    def _work(self) -> None:
        if self.outage is not None:
            raise self.outage

    def _is(self, key: int, number: str) -> bool:
        return bool(self.rows[key]["number"] == number)

    def _order(self, key: int) -> Order:
        row = self.rows[key]
        chats = [chat for user, chat in self.profiles if user == row["user"]]
        chat_id: int | None = None
        unreachable: Unreachable | None = Unreachable.NO_PROFILE if row["user"] else Unreachable.NO_USER
        if row["user"] and chats:
            chat_id, unreachable = read_chat(chats)
        return Order(
            key=str(key),
            number=row["number"],
            tracking=row["tracking"] or "",
            shown=row["shown"],
            phone=row["phone"],
            chat_id=chat_id,
            unreachable=unreachable,
            open=row["status"] in self.open_statuses,
        )
