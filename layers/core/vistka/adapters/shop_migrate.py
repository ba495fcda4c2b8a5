"""Adds the two tracking columns to the shop's orders where they are missing."""

from typing import Final

import sqlalchemy as sa

from vistka.adapters.shop_columns import Tables, describe, problems
from vistka.adapters.shop_database import ShopDatabase
from vistka.adapters.shop_errors import Failure
from vistka.domain.errors import ShopMismatch
from vistka.shop.schema import ShopSchema

#: A large table may be copied to get a column.
_ALTER_SECONDS: Final = 600
#: Rather fail than make the shop's own statements queue behind ours.
_PATIENCE_SECONDS: Final = 10
#: The carrier's longest sentence behind our label.
_LENGTH: Final = 255


def migrate(url: str, schema: ShopSchema, *, dry_run: bool) -> list[str]:
    """Add what is missing, one statement a column, and return the SQL: executed, or only to be shown.

    Empty when there is nothing to do; what an interrupted run has left out the next one adds. Existing columns are
    never changed. Raises ConfigurationError, ShopUnavailable, ShopMismatch (also for a table that is not there).
    """
    database = ShopDatabase(url, schema, answer_seconds=_ALTER_SECONDS)
    try:
        missing = _missing(_tables(database, schema), schema, database)
        if not dry_run:
            for column, statement in missing.items():
                _execute(database, schema, column, statement)
    finally:
        database.close()
    return list(missing.values())


def _tables(database: ShopDatabase, schema: ShopSchema) -> Tables:
    return database.run(lambda connection: describe(connection, schema))


def _missing(tables: Tables, schema: ShopSchema, database: ShopDatabase) -> dict[str, str]:
    orders, there = schema.orders, tables[schema.orders.table]
    wrong = dict(problems(tables, schema, database=database.kind))
    quoter = database.dialect.identifier_preparer
    table = ".".join(map(quoter.quote, orders.table.split(".")))
    statements = {}
    for field, column, kind in (
        ("orders.shipment_status", orders.shipment_status, _text_type(schema, database.kind)),
        ("orders.shipment_status_updated", orders.shipment_status_updated, _time_type(database.kind)),
    ):
        # An entry's row is added when it is first written.
        if isinstance(column, str) and there and column.lower() not in there:
            del wrong[field]
            statements[column] = f"ALTER TABLE {table} ADD COLUMN {quoter.quote(column)} {kind} NULL"
    if wrong:
        raise ShopMismatch("; ".join(f"{field}: {text}" for field, text in wrong.items()))
    return statements


def _execute(database: ShopDatabase, schema: ShopSchema, column: str, statement: str) -> None:
    def alter(connection: sa.Connection) -> None:
        if database.kind == "mysql":
            connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_PATIENCE_SECONDS}")
        elif database.kind == "postgresql":
            connection.exec_driver_sql(f"SET lock_timeout = '{_PATIENCE_SECONDS}s'")
        connection.exec_driver_sql(statement)

    outcome = database.attempt(alter)
    # Two may migrate at once, or the first attempt's answer was lost: the column is there, and that was wanted.
    if isinstance(outcome, Failure) and column.lower() not in _tables(database, schema)[schema.orders.table]:
        raise outcome.error()


def _text_type(schema: ShopSchema, database: str) -> str:
    length = schema.orders.shipment_status_length
    kind = "TEXT" if length == 0 else f"VARCHAR({length or _LENGTH})"
    return f"{kind} CHARACTER SET utf8mb4" if database == "mysql" else kind


def _time_type(database: str) -> str:
    # PostgreSQL keeps an instant; the others a wall clock in the zone that the schema file names.
    return "TIMESTAMP WITH TIME ZONE" if database == "postgresql" else "DATETIME"
