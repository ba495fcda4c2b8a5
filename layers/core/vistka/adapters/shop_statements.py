"""The statements for one shop's tables, in SQLAlchemy Core: reading orders and people, and the one that writes."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from vistka.adapters.shop_columns import Kind, Tables
from vistka.adapters.shop_entries import of_first_row, owners_with, save, two_entries
from vistka.adapters.shop_values import Values
from vistka.domain.orders import Projection
from vistka.shop.fitting import Room
from vistka.shop.schema import ShopSchema
from vistka.shop.tables import Entry, Only, Place

#: Far above what a batch of parcels comes to, and below what drivers and SQLite's parser take in one statement.
ROWS_A_STATEMENT = 250

_ORDER_FIELDS = ("key", "number", "tracking", "shipment_status", "phone", "user", "chat", "language")


#: The row's key as a value of its column.
type _Keyed = tuple[sa.ColumnElement[Any] | None, Projection]


class Statements:
    """Built once the tables are known: how a value is compared or written follows its column's type."""

    def __init__(self, schema: ShopSchema, tables: Tables, *, database: str) -> None:
        self._schema = schema
        self._database = database
        columns = {field: tables[table][column.lower()] for field, table, column in schema.columns()}
        self._values = Values(columns=columns, database=database, zone=schema.zone)
        self._orders = self._table(schema.orders.table).alias("o")
        self._target = self._table(schema.orders.table)

    @property
    def room(self) -> Room:
        """What the column for the status text takes, by the database and by the schema file."""
        of_database = self._values.columns["orders.shipment_status"].room
        return of_database.within(Room(characters=self._schema.orders.shipment_status_length or 0))

    def open_orders(self, after: str | None, limit: int) -> sa.Select[Any] | None:
        """None when `after` is no key of this shop's."""
        orders, key = self._schema.orders, self._orders.c[self._schema.orders.key]
        tracking = self._field("tracking", self._orders)
        query = (
            self._order_columns()
            .where(self._status().in_(orders.open_statuses))
            .where(tracking.is_not(None), sa.func.trim(self._values.text(tracking)) != "")
            .order_by(key)
            .limit(limit)
        )
        if after is None:
            return query
        start = self._values.of("orders.key", after)
        return None if start is None else query.where(key > start)

    def order(self, number: str) -> sa.Select[Any] | None:
        """Rows with this number, newest first; a collation may bring others along. None if no row can have it."""
        wanted = self._values.of("orders.number", number)
        if wanted is None:
            return None
        place, key = self._schema.orders.number, self._orders.c[self._schema.orders.key]
        if isinstance(place, Entry):
            query = self._order_columns().where(key.in_(owners_with(self._table(place.rows.table), place, wanted)))
        else:
            query = self._order_columns().where(self._orders.c[place] == wanted)
        return query.order_by(key.desc()).limit(20)

    def of_phone(self, digits: str, limit: int) -> sa.Select[Any] | None:
        """Orders whose phone holds these digits in this order, and perhaps others; None where orders have no phone."""
        orders = self._schema.orders
        if not orders.phone:
            return None
        phone = self._values.text(self._field("phone", self._orders))
        pattern = sa.literal(f"%{'%'.join(digits)}%", sa.String)
        return self._order_columns().where(phone.like(pattern)).order_by(self._orders.c[orders.key]).limit(limit)

    def people(self, users: Sequence[str]) -> sa.Select[Any] | None:
        """Rows of (user, profile's user, chat, language): every user there is, and what profiles they have."""
        profiles, known = self._schema.profiles, self._schema.users
        if profiles is None:
            return None
        p = self._table(profiles.table).alias("p")
        language = p.c[profiles.language] if profiles.language else sa.literal("", sa.String)
        only = only_these(p, profiles.only)
        if known is None:
            field, user = "profiles.user", p.c[profiles.user]
            source = sa.select(user).select_from(p).where(*only)
        else:
            u = self._table(known.table).alias("u")
            field, user = "users.key", u.c[known.key]
            source = sa.select(user).select_from(u.outerjoin(p, sa.and_(p.c[profiles.user] == user, *only)))
        values = [value for value in (self._values.of(field, each) for each in users) if value is not None]
        if not values:
            return None
        return source.add_columns(p.c[profiles.user], p.c[profiles.chat], language).where(user.in_(values))

    def write(self, rows: Sequence[Projection], *, again: bool = False) -> sa.UpdateBase:
        """One statement that sets each row's own values where its guard holds, and touches the two fields only.

        `again`: the statement may have been carried out in part, so a row that shows its new text already matches too.
        """
        keyed = [(self.key(row), row) for row in rows]
        if (entries := self._schema.written_entries) is not None:
            return self._write_entries(*entries, keyed, again=again)
        target = self._target
        key, text = target.c[self._schema.orders.key], self._field("shipment_status", target)
        time = self._field("shipment_status_updated", target)
        guards = self._guards(keyed, key, self._field("tracking", target), text, again=again)
        texts, times = self._news(keyed, key)
        # A row that no WHEN meets keeps what it has; a CASE without ELSE would empty it.
        values = {text: sa.case(*texts, else_=text), time: sa.case(*times, else_=time)}
        return sa.update(target).where(key.in_([own for own, _ in keyed]), sa.or_(*guards)).values(values)

    def written(self, rows: Sequence[Projection]) -> sa.Select[Any] | None:
        """Counts the orders that show their new text, where the number of rows written tells something else."""
        if self._schema.written_entries is None:
            return None
        keyed, key = [(self.key(row), row) for row in rows], self._orders.c[self._schema.orders.key]
        shown = self._field("shipment_status", self._orders)
        g = sa.select(key.label("key"), shown.label("shown")).where(key.in_([own for own, _ in keyed])).subquery("g")
        show = [sa.and_(g.c.key == own, self._values.exactly(g.c.shown, row.text)) for own, row in keyed]
        return sa.select(sa.func.count()).select_from(g).where(sa.or_(*show))

    def write_of_nothing(self) -> sa.UpdateBase:
        """Asks for the privilege to write, and writes no row."""
        if (entries := self._schema.written_entries) is not None:
            rows = entries[0].rows
            table = self._table(rows.table)
            nothing = table.alias()
            query = sa.select(*(nothing.c[name] for name in (rows.id, rows.owner, rows.name, rows.value)))
            return save(table, rows, query.where(sa.false()), database=self._database)
        target = self._target
        text, time = self._field("shipment_status", target), self._field("shipment_status_updated", target)
        key = target.c[self._schema.orders.key]
        return sa.update(target).where(key.is_(None), sa.false()).values({text: text, time: time})

    def key(self, row: Projection) -> sa.ColumnElement[Any] | None:
        return self.key_of(row.order_key)

    def key_of(self, order_key: str) -> sa.ColumnElement[Any] | None:
        """The key as a value of its column; None if it can be none."""
        return self._values.of("orders.key", order_key)

    def _write_entries(self, text: Entry, time: Entry, keyed: Sequence[_Keyed], *, again: bool) -> sa.Insert:
        o = self._orders
        key, table = o.c[self._schema.orders.key], self._table(text.rows.table)
        # Looked up once an order, however many guards there are: a derived table of subqueries is not merged.
        g = (
            sa.select(
                key.label("key"),
                self._field("tracking", o).label("tracking"),
                self._field("shipment_status", o).label("shown"),
                of_first_row(table, text, text.rows.id, key).label("text_id"),
                of_first_row(table, time, time.rows.id, key).label("time_id"),
            )
            .where(key.in_([own for own, _ in keyed]))
            .subquery("g")
        )
        guards = self._guards(keyed, g.c.key, g.c.tracking, g.c.shown, again=again)
        texts, times = self._news(keyed, g.c.key)
        query = two_entries(g, text=text, time=time, texts=texts, times=times).where(sa.or_(*guards))
        return save(table, text.rows, query, database=self._database)

    def _news(self, keyed: Sequence[_Keyed], key: sa.ColumnElement[Any]) -> tuple[list[Any], list[Any]]:
        """What each row shall show, text and time, as branches of CASE."""
        texts = [(key == own, sa.literal(row.text, sa.String)) for own, row in keyed]
        field = "orders.shipment_status_updated"
        return texts, [(key == own, self._values.moment(field, row.changed_at)) for own, row in keyed]

    def _guards(
        self,
        keyed: Sequence[_Keyed],
        key: sa.ColumnElement[Any],
        tracking: sa.ColumnElement[Any],
        text: sa.ColumnElement[Any],
        *,
        again: bool,
    ) -> list[sa.ColumnElement[bool]]:
        exactly = self._values.exactly
        return [
            sa.and_(
                key == own,
                exactly(tracking, row.tracking),
                sa.or_(exactly(text, row.shown), exactly(text, row.text)) if again else exactly(text, row.shown),
            )
            for own, row in keyed
        ]

    def _order_columns(self) -> sa.Select[Any]:
        orders, o = self._schema.orders, self._orders
        chosen: list[sa.ColumnElement[Any]] = []
        for name in _ORDER_FIELDS:
            value = self._field(name, o) if getattr(orders, name) else sa.literal("", sa.String)
            if name in {"tracking", "shipment_status"}:
                value = self._values.text(value)  # as the guard will compare it
            chosen.append(value.label(f"order_{name}"))
        is_open = self._status().in_(orders.open_statuses)
        chosen.append(sa.case((is_open, 1), else_=0).label("order_open"))
        return sa.select(*chosen).select_from(o).where(*only_these(o, orders.only))

    def _field(self, name: str, orders: sa.FromClause) -> sa.ColumnElement[Any]:
        place: Place = getattr(self._schema.orders, name)
        if isinstance(place, Entry):
            key = orders.c[self._schema.orders.key]
            return of_first_row(self._table(place.rows.table), place, place.column, key)
        return orders.c[place]

    def _status(self) -> sa.ColumnElement[Any]:
        column = self._orders.c[self._schema.orders.status]
        # PostgreSQL compares neither an enum with text nor a number with it.
        as_number = isinstance(self._schema.orders.open_statuses[0], int)
        fits = Kind.INTEGER if as_number else Kind.TEXT
        if self._values.columns["orders.status"].kind is fits or self._database != "postgresql" or as_number:
            return column
        return sa.cast(column, sa.Text)

    def _table(self, name: str) -> sa.TableClause:
        place, _, plain = name.rpartition(".")
        columns = dict.fromkeys(column for _, table, column in self._schema.columns() if table == name)
        return sa.table(plain, *(sa.column(column) for column in columns), schema=place or None)


def only_these(table: sa.FromClause, only: Only) -> list[sa.ColumnElement[bool]]:
    return [table.c[column] == sa.literal(value) for column, value in only]
