"""What the shop's database says of the tables that the schema file names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from vistka.shop.fitting import Room
from vistka.shop.schema import ShopSchema


class Kind(StrEnum):
    INTEGER = "integer"
    DECIMAL = "decimal"
    UUID = "uuid"
    TEXT = "text"
    NAIVE_TIME = "naive_time"
    ZONED_TIME = "zoned_time"  # keeps an instant, whatever the session's zone
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    kind: Kind
    declared: str  # as the database names the type
    room: Room
    charset: str = ""  # MySQL and MariaDB only


#: Columns by lower-case name, of each table by the name in the schema file.
type Tables = Mapping[str, Mapping[str, Column]]

_KINDS: Final = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "integer", "bigint"), Kind.INTEGER),
    **dict.fromkeys(("decimal", "numeric"), Kind.DECIMAL),
    "uuid": Kind.UUID,
    **dict.fromkeys(("char", "varchar", "character", "character varying", "citext"), Kind.TEXT),
    **dict.fromkeys(("text", "tinytext", "mediumtext", "longtext"), Kind.TEXT),
    **dict.fromkeys(("datetime", "timestamp without time zone"), Kind.NAIVE_TIME),
    **dict.fromkeys(("timestamp", "timestamp with time zone"), Kind.ZONED_TIME),
}
_TIMES: Final = frozenset({Kind.NAIVE_TIME, Kind.ZONED_TIME})
_MYSQL: Final = sa.text(
    "SELECT column_name, data_type, character_maximum_length, character_octet_length, character_set_name"
    " FROM information_schema.columns WHERE table_name = :name AND table_schema = COALESCE(:place, DATABASE())"
)
_POSTGRESQL: Final = sa.text(
    "SELECT column_name, CASE WHEN data_type = 'USER-DEFINED' THEN udt_name ELSE data_type END,"
    " character_maximum_length, NULL, NULL FROM information_schema.columns c"
    " WHERE table_name = :name AND table_schema = COALESCE(CAST(:place AS text), ("
    "  SELECT t.table_schema FROM information_schema.tables t WHERE t.table_name = :name"
    "  AND t.table_schema = ANY(current_schemas(false))"
    "  ORDER BY array_position(current_schemas(false), CAST(t.table_schema AS name)) LIMIT 1))"
)
_SQLITE: Final = sa.text("SELECT name, type FROM pragma_table_info(:name, COALESCE(:place, 'main'))")


def describe(connection: sa.Connection, schema: ShopSchema) -> Tables:
    """One short query a table; a table that is not there, or not to be seen, has no columns."""
    found: dict[str, dict[str, Column]] = {}
    for table in dict.fromkeys(schema.tables().values()):
        place, _, name = table.rpartition(".")
        values = {"name": name, "place": place or None}
        match connection.dialect.name:
            case "sqlite":
                rows = [(str(row[0]), _sqlite_type(str(row[1]))) for row in connection.execute(_SQLITE, values)]
            case "mysql":
                rows = [(str(row[0]), _sized(row)) for row in connection.execute(_MYSQL, values)]
            case _:
                rows = [(str(row[0]), _sized(row)) for row in connection.execute(_POSTGRESQL, values)]
        found[table] = {column.lower(): described for column, described in rows}
    return found


def problems(tables: Tables, schema: ShopSchema, *, database: str) -> Iterator[tuple[str, str]]:
    """Why the schema cannot be used on these tables, as (field, text)."""
    for field, table in schema.tables().items():
        if not tables[table]:
            yield field, f"the database shows no table '{table}' (none there, or no privilege)"
    texts = {"orders.shipment_status"}
    if schema.written_entries is not None:
        texts.add("orders.shipment_status_updated")
        if database == "postgresql":
            yield "orders.shipment_status", "entries of rows are written on MariaDB, MySQL and SQLite; map two columns"
    for field, table, column in schema.columns():
        if not tables[table]:
            continue
        described = tables[table].get(column.lower())
        if described is None:
            yield field, f"table '{table}' has no column '{column}'"
        elif database == "sqlite":
            continue  # its columns take anything
        elif field in texts and described.kind is not Kind.TEXT:
            yield field, f"column '{column}' is {described.declared}; it must hold text"
        elif field == "orders.shipment_status_updated" and field not in texts and described.kind not in _TIMES:
            yield field, f"column '{column}' is {described.declared}; it must hold date and time"


def _sized(row: sa.Row[Any]) -> Column:
    _, declared, characters, octets, charset = tuple(row)
    kind = _KINDS.get(declared.lower(), Kind.OTHER)
    room = Room()
    if kind is Kind.TEXT and declared.lower() == "tinytext":
        room = Room(octets=int(octets or 255))  # the TEXT family counts bytes
    elif kind is Kind.TEXT and not declared.lower().endswith("text"):
        room = Room(characters=int(characters or 0))
    return Column(kind=kind, declared=declared, room=room, charset=charset or "")


def _sqlite_type(declared: str) -> Column:
    name, _, rest = declared.lower().partition("(")
    size = re.match(r"\s*(\d+)", rest)
    kind = _KINDS.get(name.strip(), Kind.TEXT if "char" in name else Kind.OTHER)
    if kind is Kind.ZONED_TIME:
        kind = Kind.NAIVE_TIME
    characters = int(size.group(1)) if size and kind is Kind.TEXT else 0
    return Column(kind=kind, declared=declared or "untyped", room=Room(characters=characters))
