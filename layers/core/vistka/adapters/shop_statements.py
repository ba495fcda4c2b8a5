"""The statements for one shop's tables, in SQLAlchemy Core: reading orders and people, and the one UPDATE."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from vistka.adapters.shop_columns import Column, Kind, Tables
from vistka.domain.orders import Projection
from vistka.shop.fitting import Room
from vistka.shop.schema import ShopSchema

#: Far above what a batch of parcels comes to, and below what drivers and SQLite's parser take in one statement.
ROWS_A_STATEMENT = 250

_ORDER_FIELDS = ("key", "number", "tracking", "shipment_status", "phone", "user", "language")


class Statements:
    """Built once the tables are known: how a value is compared or written follows its column's type."""

    def __init__(self, schema: ShopSchema, tables: Tables, *, database: str) -> None:
        self._schema = schema
        self._database = database
        self._columns: dict[str, Column] = {
            field: tables[table][column.lower()] for field, table, column in schema.columns() if column
        }
        names = schema.tables()
        self._orders = _table(schema, names["orders.table"]).alias("o")
        self._target = _table(schema, names["orders.table"])

    @property
    def room(self) -> Room:
        """What the column for the status text takes, by the database and by the schema file."""
        of_database = self._columns["orders.shipment_status"].room
        return of_database.within(Room(characters=self._schema.orders.shipment_status_length or 0))

    def open_orders(self, after: str | None, limit: int) -> sa.Select[Any] | None:
        """None when `after` is no key of this shop's."""
        orders = self._schema.orders
        tracking = self._text(self._orders.c[orders.tracking])
        key = self._orders.c[orders.key]
        query = (
            self._order_columns()
            .where(self._status().in_(orders.open_statuses))
            .where(self._orders.c[orders.tracking].is_not(None), sa.func.trim(tracking) != "")
            .order_by(key)
            .limit(limit)
        )
        if after is None:
            return query
        start = self._value("orders.key", after)
        return None if start is None else query.where(key > start)

    def order(self, number: str) -> sa.Select[Any] | None:
        """Rows with this number, newest first; a collation may bring others along. None if no row can have it."""
        wanted = self._value("orders.number", number)
        if wanted is None:
            return None
        column = self._orders.c[self._schema.orders.number]
        return (
            self._order_columns()
            .where(column == wanted)
            .order_by(self._orders.c[self._schema.orders.key].desc())
            .limit(20)
        )

    def people(self, users: Sequence[str]) -> sa.Select[Any] | None:
        """Rows of (user, profile's user, chat, language): every user there is, and what profiles they have."""
        profiles, known = self._schema.profiles, self._schema.users
        if profiles is None:
            return None
        p = _table(self._schema, profiles.table).alias("p")
        language = p.c[profiles.language] if profiles.language else sa.literal("", sa.String)
        if known is None:
            field, source, user = "profiles.user", sa.select(p.c[profiles.user]).select_from(p), p.c[profiles.user]
        else:
            u = _table(self._schema, known.table).alias("u")
            field, user = "users.key", u.c[known.key]
            source = sa.select(user).select_from(u.outerjoin(p, p.c[profiles.user] == user))
        values = [value for value in (self._value(field, each) for each in users) if value is not None]
        if not values:
            return None
        return source.add_columns(p.c[profiles.user], p.c[profiles.chat], language).where(user.in_(values))

    def update(self, rows: Sequence[Projection], *, again: bool = False) -> sa.Update:
        """One UPDATE that sets each row's own values where its guard holds, and touches two columns only.

        `again`: the statement may have been carried out in part, so a row that shows its new text already matches too.
        """
        orders, target = self._schema.orders, self._target
        key, text, time = (
            target.c[orders.key],
            target.c[orders.shipment_status],
            target.c[orders.shipment_status_updated],
        )
        keys = [self.key(row) for row in rows]
        guards = [
            sa.and_(
                key == own,
                self._exactly(target.c[orders.tracking], row.tracking),
                sa.or_(self._exactly(text, row.shown), self._exactly(text, row.text))
                if again
                else self._exactly(text, row.shown),
            )
            for own, row in zip(keys, rows, strict=True)
        ]
        # A row that no WHEN meets keeps what it has; a CASE without ELSE would empty it.
        texts = [(key == own, sa.literal(row.text, sa.String)) for own, row in zip(keys, rows, strict=True)]
        times = [(key == own, self._moment(row.changed_at)) for own, row in zip(keys, rows, strict=True)]
        return (
            sa.update(target)
            .where(key.in_(keys), sa.or_(*guards))
            .values({text: sa.case(*texts, else_=text), time: sa.case(*times, else_=time)})
        )

    def update_of_nothing(self) -> sa.Update:
        """Asks for the privilege to write, and writes no row."""
        orders, target = self._schema.orders, self._target
        text, time = target.c[orders.shipment_status], target.c[orders.shipment_status_updated]
        return sa.update(target).where(target.c[orders.key].is_(None), sa.false()).values({text: text, time: time})

    def key(self, row: Projection) -> sa.ColumnElement[Any] | None:
        return self._value("orders.key", row.order_key)

    def _order_columns(self) -> sa.Select[Any]:
        orders, o = self._schema.orders, self._orders
        chosen: list[sa.ColumnElement[Any]] = []
        for name in _ORDER_FIELDS:
            column = getattr(orders, name)
            value: sa.ColumnElement[Any] = o.c[column] if column else sa.literal("", sa.String)
            if name in {"tracking", "shipment_status"}:
                value = self._text(value)  # as the guard will compare it
            chosen.append(value.label(f"order_{name}"))
        is_open = self._status().in_(orders.open_statuses)
        chosen.append(sa.case((is_open, 1), else_=0).label("order_open"))
        return sa.select(*chosen).select_from(o)

    def _status(self) -> sa.ColumnElement[Any]:
        column = self._orders.c[self._schema.orders.status]
        # PostgreSQL compares neither an enum with text nor a number with it.
        as_number = isinstance(self._schema.orders.open_statuses[0], int)
        fits = Kind.INTEGER if as_number else Kind.TEXT
        if self._columns["orders.status"].kind is fits or self._database != "postgresql" or as_number:
            return column
        return sa.cast(column, sa.Text)

    def _text(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if self._database == "mysql":
            return sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4")))
        return sa.cast(column, sa.Text)

    def _exactly(self, column: sa.ColumnElement[Any], value: str | None) -> sa.ColumnElement[bool]:
        """Equal byte by byte, null to null: collations take case, accents or trailing spaces for the same."""
        if value is None:
            return column.is_(None)
        match self._database:
            case "mysql":
                wanted = sa.cast(sa.literal(value, sa.String), sa.LargeBinary)
                return sa.cast(self._text(column), sa.LargeBinary) == wanted
            case "sqlite":
                return self._text(column).collate("BINARY") == sa.literal(value, sa.Text)
            case _:
                return self._text(column).collate("C") == sa.literal(value, sa.Text)

    def _value(self, field: str, text: str) -> sa.ColumnElement[Any] | None:
        """The text as a value of the field's column, compared as the database compares those; None if it is none."""
        kind = self._columns[field].kind
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

    def _moment(self, moment: datetime) -> sa.ColumnElement[Any]:
        whole = moment.astimezone(UTC).replace(microsecond=0)
        local = whole.astimezone(self._schema.zone).replace(tzinfo=None)
        kind = self._columns["orders.shipment_status_updated"].kind
        match self._database, kind:
            case "sqlite", _:
                return sa.literal(local.isoformat(" "), sa.String)
            case "mysql", Kind.ZONED_TIME:
                return sa.literal(whole.replace(tzinfo=None), sa.DateTime)  # our session's zone is UTC
            case _, Kind.ZONED_TIME:
                return sa.literal(whole, sa.DateTime(timezone=True))
            case _:
                return sa.literal(local, sa.DateTime)


def _table(schema: ShopSchema, name: str) -> sa.TableClause:
    place, _, plain = name.rpartition(".")
    columns = dict.fromkeys(column for _, table, column in schema.columns() if table == name and column)
    return sa.table(plain, *(sa.column(column) for column in columns), schema=place or None)
