"""The sections of a schema file, one by one."""

from collections.abc import Mapping

from vistka.shop.reading import SchemaReader
from vistka.shop.tables import OrdersTable, ProfilesTable, RowsTable, UsersTable


def read_rows(reader: SchemaReader, prefix: str) -> dict[str, RowsTable]:
    """Every [rows.<name>], by its name."""
    found: dict[str, RowsTable] = {}
    for name in reader.names():
        section = reader.section(name, required=True)
        # Rows with names have both columns, others have columns of their own.
        named = bool({"name", "value"} & set(section.names()))
        found[name] = RowsTable(
            section=f"rows.{name}",
            table=section.table("table", prefix),
            id=section.column("id"),
            owner=section.column("owner"),
            name=section.column("name", required=named),
            value=section.column("value", required=named),
        )
    return found


def read_orders(section: SchemaReader, rows: Mapping[str, RowsTable], prefix: str) -> OrdersTable:
    return OrdersTable(
        table=section.table("table", prefix),
        only=section.only("only"),
        key=section.column("key"),
        number=section.place("number", rows),
        tracking=section.place("tracking", rows),
        status=section.column("status"),
        open_statuses=section.statuses("open_statuses"),
        shipment_status=section.place("shipment_status", rows, written=True),
        shipment_status_updated=section.place("shipment_status_updated", rows, written=True),
        shipment_status_length=section.length("shipment_status_length"),
        phone=section.place("phone", rows, required=False),
        user=section.place("user", rows, required=False),
        chat=section.place("chat", rows, required=False),
        language=section.place("language", rows, required=False),
    )


def read_profiles(section: SchemaReader, prefix: str) -> ProfilesTable:
    return ProfilesTable(
        table=section.table("table", prefix),
        only=section.only("only"),
        user=section.column("user"),
        chat=section.column("chat"),
        language=section.column("language", required=False),
    )


def read_users(section: SchemaReader, prefix: str) -> UsersTable:
    return UsersTable(table=section.table("table", prefix), key=section.column("key"))
