"""The shop's orders in its own SQL database: SQLite, MariaDB/MySQL or PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from vistka.adapters.shop_check import check_shop
from vistka.adapters.shop_columns import describe, problems
from vistka.adapters.shop_database import ShopDatabase
from vistka.adapters.shop_errors import Failure, Fate
from vistka.adapters.shop_moves import MovingStatements
from vistka.adapters.shop_rows import read_order, text_of, too_many
from vistka.adapters.shop_statements import ROWS_A_STATEMENT, Statements
from vistka.adapters.shop_url import ANSWER_SECONDS
from vistka.carrier.phones import digits_of, phone_of
from vistka.domain.errors import ShopMismatch, VistkaError
from vistka.domain.orders import MOST_OF_ONE_PHONE, Finding, Order, OrderPage, Projection, WriteResult
from vistka.domain.parcels import is_sound
from vistka.domain.rules import Event, Move, Moved, Outcome
from vistka.shop.fitting import Room, fit_text
from vistka.shop.schema import ShopSchema

#: For a text to be fitted while the database cannot say what its column takes.
_SAFE_ROOM: Final = Room(characters=100)
#: Found before the driver does, which may stop in the middle of a message to the server.
_UNSOUND: Final = "the text holds half a character, which cannot be written"


class SqlShop:
    """ports.Shop on one connection, taken for each call and given back with nothing left open on it."""

    def __init__(self, url: str, schema: ShopSchema, *, answer_seconds: int = ANSWER_SECONDS) -> None:
        """Connects to nothing yet. Raises ConfigurationError for a URL that cannot be used."""
        self._schema = schema
        self._database = ShopDatabase(url, schema, answer_seconds=answer_seconds)
        self._statements: MovingStatements | None = None
        self._room: Room | None = None

    def open_orders(self, *, after: str | None, limit: int) -> OrderPage:
        """A page of open orders. Raises ShopUnavailable, ShopMismatch."""

        def page(connection: sa.Connection) -> OrderPage:
            statements = self._known(connection)
            query = statements.open_orders(after, limit + 1)
            if query is None:
                raise ShopMismatch("orders.key: the page asked for begins behind a key that is none of this shop's")
            rows = connection.execute(query).mappings().all()
            read = self._read(connection, statements, rows[:limit])
            return OrderPage(
                orders=tuple(each for each in read if isinstance(each, Order)),
                after=text_of(rows[limit - 1]["order_key"]) if len(rows) > limit else None,
                problems=tuple(each for each in read if isinstance(each, str)),
            )

        return self._run(page)

    def order(self, number: str) -> Order | None:
        """The order with exactly this number, the newest if there are several. Raises ShopUnavailable, ShopMismatch,
        the latter also for a row that cannot be read."""

        def one(connection: sa.Connection) -> Order | str | None:
            statements = self._known(connection)
            query = statements.order(number)
            if query is None:
                return None
            rows = [row for row in connection.execute(query).mappings() if text_of(row["order_number"]) == number]
            return self._read(connection, statements, rows[:1])[0] if rows else None

        found = self._run(one)
        if isinstance(found, str):
            raise ShopMismatch(found)
        return found

    def of_phone(self, phone: str) -> Sequence[Order]:
        """Reads the table of orders through. Raises ShopUnavailable, ShopMismatch."""

        def found(connection: sa.Connection) -> Sequence[Order | str]:
            statements = self._known(connection)
            query = statements.of_phone(digits_of(phone), MOST_OF_ONE_PHONE + 1)
            if query is None:
                raise ShopMismatch("orders.phone: the schema file names none, so nobody is found by phone")
            rows = connection.execute(query).mappings().all()
            if len(rows) > MOST_OF_ONE_PHONE:
                raise ShopMismatch(f"orders.phone: {too_many(MOST_OF_ONE_PHONE)}")
            return self._read(connection, statements, rows)

        return [one for one in self._run(found) if isinstance(one, Order) and phone_of(one.phone) == phone]

    def write(self, projections: Sequence[Projection]) -> WriteResult:
        """Set the two fields in one statement; of two projections for one order the later counts.

        Entries in rows of another table take one INSERT that also replaces, and a SELECT that counts.

        Raises ShopUnavailable, ShopMismatch; rows written before that stay written, and their guards then miss.
        """
        if not projections:
            return WriteResult(written=0, statements=0, refused={})
        statements = self._statements or self._run(self._known)
        latest = {projection.order_key: projection for projection in projections}
        rows = [row for row in latest.values() if statements.key(row) is not None and is_sound(row.text)]
        written, executed, halved = 0, 0, False
        refused = {row.order_number: _UNSOUND for row in latest.values() if not is_sound(row.text)}
        waiting = [rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT)]
        while waiting:
            batch = waiting.pop(0)
            executed += 1
            outcome = self._attempt_update(statements, batch, again=halved)
            if isinstance(outcome, int):
                written += outcome
            elif outcome.fate is not Fate.REFUSED:
                self._forget(outcome)
                raise outcome.error()
            elif len(batch) == 1:
                refused[batch[0].order_number] = outcome.text
            else:
                halved = True
                middle = len(batch) // 2
                waiting[:0] = [batch[:middle], batch[middle:]]
        return WriteResult(written=written, statements=executed, refused=refused)

    def rules(self) -> Mapping[Event, str]:
        """Those that the schema file switches on, in words."""
        return {event: rule.words for event, rule in self._schema.rules.by_event.items()}

    def move(self, moves: Sequence[Move]) -> Sequence[Moved]:
        """One statement each, and a look at the row where it missed. Raises ShopUnavailable, ShopMismatch; what was
        moved before that stays moved, and is then found there."""
        if not moves:
            return []
        statements = self._statements or self._run(self._known)
        return [self._move(statements, move) for move in moves]

    def fit(self, text: str) -> str:
        """The text as it fits the column. Never raises: while the database cannot be asked, and the schema file does
        not say, 100 characters are taken for safe."""
        if self._room is None and self._schema.orders.shipment_status_length is None:
            self._room = _SAFE_ROOM  # asked once: an outage is not waited for with every text
            with suppress(VistkaError):
                self._run(self._known)
        return fit_text(text, self._room or Room(characters=self._schema.orders.shipment_status_length or 0))

    def check(self) -> Sequence[Finding]:
        return check_shop(self._database, self._schema, self.open_orders)

    def close(self) -> None:
        """Give the connection back where the schema file says `keep_connection = false`; the next call opens one."""
        if not self._schema.keep_connection:
            self.dispose()

    def dispose(self) -> None:
        """Close the connection, whatever the schema file says."""
        self._database.close()

    def _attempt_update(self, statements: Statements, rows: Sequence[Projection], *, again: bool) -> int | Failure:
        fitted = [replace(row, text=fit_text(row.text, statements.room)) for row in rows]
        repeated = again

        def update(connection: sa.Connection) -> int:
            nonlocal repeated
            # A statement that failed may have written rows all the same: MyISAM undoes none, and an answer can be lost.
            statement = statements.write(fitted, again=repeated)
            repeated = True
            count = connection.execute(statement).rowcount
            written = statements.written(fitted)
            return count if written is None else int(connection.scalar(written) or 0)

        return self._database.attempt(update)

    def _move(self, statements: MovingStatements, move: Move) -> Moved:
        if (rule := statements.rule(move)) is None:
            return Moved(outcome=Outcome.OFF)
        if statements.key_of(move.order_key) is None:
            return Moved(outcome=Outcome.CHANGED)
        repeated = False

        def update(connection: sa.Connection) -> Outcome:
            nonlocal repeated
            again, repeated = repeated, True
            if connection.execute(statements.move(move, rule)).rowcount:
                return Outcome.MOVED
            row = connection.execute(statements.row_of(move)).mappings().first()
            outcome = statements.outcome(move, rule, row)
            # The connection broke after the row was written: it was us.
            return Outcome.MOVED if again and outcome is Outcome.THERE else outcome

        done = self._database.attempt(update)
        if not isinstance(done, Failure):
            return Moved(outcome=done)
        if done.fate is Fate.REFUSED:
            return Moved(outcome=Outcome.REFUSED, text=done.text)
        self._forget(done)
        raise done.error()

    def _read(
        self, connection: sa.Connection, statements: Statements, rows: Sequence[sa.RowMapping]
    ) -> list[Order | str]:
        users = {text_of(row["order_user"]) for row in rows} - {"", "0"}
        people: dict[str, list[tuple[Any, Any]]] = {}
        query = statements.people(sorted(users))
        if query is not None:
            # Asked for apart from the orders: a second profile of one user cannot double an order.
            for user, profile, chat, language in connection.execute(query):
                found = people.setdefault(text_of(user), [])
                if profile is not None:
                    found.append((chat, language))
        users_known = self._schema.users is not None
        return [read_order(row, people, users_known=users_known) for row in rows]

    def _known(self, connection: sa.Connection) -> MovingStatements:
        """The statements for the tables as the database describes them, asked once. Raises ShopMismatch."""
        if self._statements is None:
            tables = describe(connection, self._schema)
            wrong = list(problems(tables, self._schema, database=self._database.kind))
            if wrong:
                raise ShopMismatch("; ".join(f"{field}: {text}" for field, text in wrong))
            self._statements = MovingStatements(self._schema, tables, database=self._database.kind)
            self._room = self._statements.room
        return self._statements

    def _run[T](self, work: Callable[[sa.Connection], T]) -> T:
        outcome = self._database.attempt(work)
        if isinstance(outcome, Failure):
            self._forget(outcome)
            raise outcome.error()
        return outcome

    def _forget(self, failure: Failure) -> None:
        # The tables are not what they were: a warm environment must see it when they have been put right.
        if failure.fate is Fate.MISMATCH:
            self._statements = None
