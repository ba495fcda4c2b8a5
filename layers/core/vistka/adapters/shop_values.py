"""How values are compared and written: it follows the database, and the type of the field's column."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from vistka.adapters.shop_columns import Column, Kind


class _Named(sa.types.UserDefinedType[str]):
    """A type of the shop's own, by its name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return '"' + self.name.replace('"', '""') + '"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """`columns`: by field, such as "orders.key"; `zone`: the wall clock of columns that have no zone of their own."""

    columns: Mapping[str, Column]
    database: str
    zone: ZoneInfo

    def text(self, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if self.database == "mysql":
            return sa.func.convert(value.op("USING")(sa.literal_column("utf8mb4")))
        return sa.cast(value, sa.Text)

    def exactly(self, value: sa.ColumnElement[Any], wanted: str | None) -> sa.ColumnElement[bool]:
        """Equal byte by byte, null to null: collations take case, accents or trailing spaces for the same."""
        if wanted is None:
            return value.is_(None)
        match self.database:
            case "mysql":
                return sa.cast(self.text(value), sa.LargeBinary) == sa.cast(
                    sa.literal(wanted, sa.String), sa.LargeBinary
                )
            case "sqlite":
                return self.text(value).collate("BINARY") == sa.literal(wanted, sa.Text)
            case _:
                return self.text(value).collate("C") == sa.literal(wanted, sa.Text)

    def of(self, field: str, text: str) -> sa.ColumnElement[Any] | None:
        """The text as a value of the field's column, compared as the database compares those; None if it is none."""
        kind = self.columns[field].kind
        try:
            match kind:
                case Kind.INTEGER:
                    number = int(text)
                    return sa.literal(number, sa.BigInteger) if -(2**63) <= number < 2**63 else None
                case Kind.DECIMAL:
                    return sa.literal(Decimal(text), sa.Numeric)
                case Kind.UUID:
                    return sa.literal(str(UUID(text)), sa.Uuid(as_uuid=False))
                case _:
                    return sa.literal(text, sa.String)
        except (ValueError, InvalidOperation):
            return None

    def put(self, field: str, value: str | int) -> sa.ColumnElement[Any]:
        """The value as it is written to the field's column, and compared with it as the database compares those."""
        if isinstance(value, int):
            return sa.literal(value, sa.BigInteger)
        column = self.columns[field]
        if self.database == "postgresql" and column.kind is Kind.OTHER:
            return sa.cast(sa.literal(value, sa.Text), _Named(column.declared))  # an enum
        return sa.literal(value, sa.String)

    def moment(self, field: str, moment: datetime) -> sa.ColumnElement[Any]:
        """To the second; as text, `2025-09-10 12:30:45`."""
        whole = moment.astimezone(UTC).replace(microsecond=0)
        local = whole.astimezone(self.zone).replace(tzinfo=None)
        kind = self.columns[field].kind
        match self.database, kind:
            case ("sqlite", _) | (_, Kind.TEXT):
                return sa.literal(local.isoformat(" "), sa.String)
            case "mysql", Kind.ZONED_TIME:
                return sa.literal(whole.replace(tzinfo=None), sa.DateTime)  # our session's zone is UTC
            case _, Kind.ZONED_TIME:
                return sa.literal(whole, sa.DateTime(timezone=True))
            case _:
                return sa.literal(local, sa.DateTime)
