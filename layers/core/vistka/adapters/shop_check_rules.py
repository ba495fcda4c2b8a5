"""What `vistka check` says of the order rules that the schema file switches on."""

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from vistka.adapters.shop_columns import Tables
from vistka.adapters.shop_database import ShopDatabase
from vistka.adapters.shop_errors import Failure
from vistka.adapters.shop_moves import MovingStatements
from vistka.adapters.shop_rows import text_of
from vistka.domain.orders import Finding
from vistka.shop.rules import Status
from vistka.shop.schema import ShopSchema

#: A column with more values than these is no status.
_MOST: Final = 100
_NAME: Final = "order rules"


def look_at_rules(
    database: ShopDatabase, schema: ShopSchema, tables: Tables, statements: MovingStatements, *, grants: str
) -> Iterator[Finding]:
    """Nothing where no rule is switched on. Never raises; changes nothing. `grants` says what to do for privileges."""
    rules = schema.rules
    if not rules.by_event:
        return
    words = "; ".join(f"{event}: {rule.words}" for event, rule in rules.by_event.items())
    yield Finding(name=_NAME, ok=True, text=f"switched on: {words}")
    named = _named(schema)
    for field, values in named.items():
        yield from _too_long(field, values, schema, tables)
        yield from _unseen(field, values, database, statements)

    def ask(connection: sa.Connection) -> int:
        return connection.execute(statements.move_of_nothing()).rowcount

    outcome = database.attempt(ask)
    columns = ", ".join(rules.written(schema.orders))
    if isinstance(outcome, Failure):
        yield Finding(name=_NAME, ok=False, text=f"{columns}: {outcome.error()}", hint=grants)
    else:
        yield Finding(name=_NAME, ok=True, text=f"{columns} may be written")


def _named(schema: ShopSchema) -> dict[str, dict[Status, None]]:
    """By field, the values that the rules name, each once."""
    rules = schema.rules
    named: dict[str, dict[Status, None]] = {"orders.status": dict.fromkeys(rules.cancelled_statuses)}
    for rule in rules.by_event.values():
        named["orders.status"] |= dict.fromkeys([*rule.from_statuses, rule.status])
        if rule.payment:
            named.setdefault("rules.pay_type", {}).update(dict.fromkeys(rule.payment))
            paid = named.setdefault("rules.payment_status", {})
            paid |= dict.fromkeys([*rule.payment_from, *rule.payment.values()])
    return named


def _too_long(field: str, values: dict[Status, None], schema: ShopSchema, tables: Tables) -> Iterator[Finding]:
    table, column = next((table, column) for name, table, column in schema.columns() if name == field)
    room = tables[table][column.lower()].room.characters
    for value in values:
        if room and len(str(value)) > room:
            text = f"{field}: '{value}' is longer than {column} holds ({room} characters)"
            yield Finding(name=_NAME, ok=False, text=text, hint=f"correct the schema file ({schema.name})")


def _unseen(
    field: str, values: dict[Status, None], database: ShopDatabase, statements: MovingStatements
) -> Iterator[Finding]:
    """A value that no order has may be new, or misspelt: then its rule would never do a thing."""

    def look(connection: sa.Connection) -> list[str]:
        return [text_of(value) for value in connection.scalars(statements.values_in(field, _MOST))]

    seen = database.attempt(look)
    if isinstance(seen, Failure) or len(seen) == _MOST:
        return
    missing = [str(value) for value in values if str(value) not in seen]
    if missing:
        there = ", ".join(sorted(filter(None, seen))) or "no orders yet"
        text = f"{field}: no order has {', '.join(missing)}"
        yield Finding(name=_NAME, ok=True, text=text, hint=f"spelt as the shop writes it? it has: {there}")
