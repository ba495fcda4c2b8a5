"""What `vistka check` says of the shop's database: each line with what to do about it."""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from vistka.adapters.shop_check_orders import look_at_orders
from vistka.adapters.shop_check_rules import look_at_rules
from vistka.adapters.shop_columns import Tables, describe, problems
from vistka.adapters.shop_database import ShopDatabase
from vistka.adapters.shop_errors import Failure, Fate
from vistka.adapters.shop_moves import MovingStatements
from vistka.adapters.shop_statements import Statements
from vistka.domain.orders import Finding, OrderPage
from vistka.shop.schema import ShopSchema

#: Our label and a carrier's sentence of usual length.
_ENOUGH: Final = 100
_UNICODE_CHARSETS: Final = frozenset({"", "utf8", "utf8mb3", "utf8mb4", "utf16", "utf32", "ucs2", "cp1251", "koi8u"})
_OURS: Final = frozenset({"orders.shipment_status", "orders.shipment_status_updated"})


def check_shop(database: ShopDatabase, schema: ShopSchema, open_orders: Callable[..., OrderPage]) -> list[Finding]:
    """Ask the database without changing it. Never raises: what fails is a finding."""

    def look(connection: sa.Connection) -> tuple[Tables, str]:
        return describe(connection, schema), _version(connection)

    seen = database.attempt(look)
    if isinstance(seen, Failure):
        return [Finding(name="shop database", ok=False, text=str(seen.error()), hint=_hint(seen))]
    tables, version = seen
    findings = [Finding(name="shop database", ok=True, text=f"{version} answers")]
    wrong = list(problems(tables, schema, database=database.kind))
    if wrong:
        text = "; ".join(f"{field}: {text}" for field, text in wrong)
        findings.append(Finding(name="shop tables", ok=False, text=text, hint=_remedy(wrong, tables, schema)))
        return findings
    findings.append(
        Finding(name="shop tables", ok=True, text=f"all that the schema file ({schema.name}) names is there")
    )
    findings.append(_column(schema, tables))
    statements = MovingStatements(schema, tables, database=database.kind)
    findings.append(_writable(database, schema, statements))
    findings.extend(look_at_rules(database, schema, tables, statements, grants=grants(schema)))
    findings.extend(look_at_orders(open_orders))
    return findings


def _remedy(wrong: list[tuple[str, str]], tables: Tables, schema: ShopSchema) -> str:
    if {field for field, _ in wrong} <= _OURS and all("has no column" in text for _, text in wrong):
        return "run `vistka migrate`"
    if schema.prefix and not any(tables.values()):
        return (
            f"are the tables' names prefixed otherwise than {schema.prefix}? then SHOP_SCHEMA={schema.name}?prefix=…; "
            f"or correct the schema file ({schema.name}), or the privileges"
        )
    return f"correct the schema file ({schema.name}), or the privileges"


def grants(schema: ShopSchema) -> str:
    """The privileges that are enough, as SQL for a person to complete with the user's name."""
    orders = schema.orders
    reads = [f"GRANT SELECT ON {table} TO <user>;" for table in dict.fromkeys(schema.tables().values())]
    if (entries := schema.written_entries) is not None:
        # MariaDB asks for every column of the row that is inserted or else replaced.
        moves = ", ".join(schema.rules.written(orders))
        own = [f"GRANT UPDATE ({moves}) ON {orders.table} TO <user>;"] if moves else []
        return " ".join([*reads, f"GRANT INSERT, UPDATE ON {entries[0].rows.table} TO <user>;", *own])
    columns = ", ".join((f"{orders.shipment_status}, {orders.shipment_status_updated}", *schema.rules.written(orders)))
    return " ".join([*reads, f"GRANT UPDATE ({columns}) ON {orders.table} TO <user>;"])


def _version(connection: sa.Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {connection.scalar(sa.text('SELECT sqlite_version()'))}"
    version = str(connection.scalar(sa.text("SELECT VERSION()")))
    if connection.dialect.name == "mysql":
        number = version.split("-", maxsplit=1)[0]
        return f"MariaDB {number}" if "mariadb" in version.lower() else f"MySQL {number}"
    return " ".join(version.split()[:2])


def _hint(failure: Failure) -> str:
    if failure.fate is Fate.MISMATCH:
        return "correct SHOP_DATABASE_URL, or let this user and address in"
    return "is the server up, and reachable from where the functions run (VPC, security group, allowed addresses)?"


def _column(schema: ShopSchema, tables: Tables) -> Finding:
    table, name = next((table, name) for field, table, name in schema.columns() if field == "orders.shipment_status")
    column = tables[table][name.lower()]
    wanted = schema.orders.shipment_status_length
    has, octets = column.room.characters, column.room.octets
    said = f"holds {has} characters" if has else f"holds {octets} bytes" if octets else "has no limit"
    wider = f"ALTER TABLE {table} … {name} VARCHAR({max(wanted or 0, 255)}); texts are cut until then"
    if column.charset not in _UNICODE_CHARSETS:
        return Finding(
            name="shop column",
            ok=False,
            text=f"orders.shipment_status: {name} is kept in {column.charset}, which has no Ukrainian letters",
            hint=f"ALTER TABLE {table} MODIFY {name} VARCHAR({has or 255}) CHARACTER SET utf8mb4 NULL",
        )
    if wanted and has and wanted > has:
        text = f"orders.shipment_status_length: the schema file says {wanted} characters, {name} {said}"
        return Finding(name="shop column", ok=False, text=text, hint=wider)
    if 0 < has < _ENOUGH or octets:
        text = f"orders.shipment_status: {name} {said}; the carrier's sentences need about {_ENOUGH}"
        return Finding(name="shop column", ok=False, text=text, hint=wider)
    return Finding(name="shop column", ok=True, text=f"{name} {said}")


def _writable(database: ShopDatabase, schema: ShopSchema, statements: Statements) -> Finding:
    def ask(connection: sa.Connection) -> int:
        return connection.execute(statements.write_of_nothing()).rowcount

    outcome = database.attempt(ask)
    if isinstance(outcome, Failure):
        hint = "make the file and its folder writable" if database.kind == "sqlite" else grants(schema)
        return Finding(name="shop writable", ok=False, text=str(outcome.error()), hint=hint)
    what = "columns" if schema.written_entries is None else "entries"
    return Finding(name="shop writable", ok=True, text=f"the two tracking {what} may be written")
