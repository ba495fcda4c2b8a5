"""The schema file: where in a shop's database orders, chats and the two tracking fields stand."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from vistka.domain.errors import ConfigurationError
from vistka.shop.reading import SchemaReader, is_prefix
from vistka.shop.rules import OrderRules, read_rules
from vistka.shop.sections import read_orders, read_profiles, read_rows, read_users
from vistka.shop.tables import Entry, OrdersTable, Place, ProfilesTable, UsersTable

_WRITTEN = {"orders.shipment_status", "orders.shipment_status_updated"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopSchema:
    """One schema file, valid. `zone` is the wall clock of datetime columns that have no zone of their own; `prefix`
    stands in every table's name already."""

    name: str
    orders: OrdersTable
    profiles: ProfilesTable | None
    users: UsersTable | None
    zone: ZoneInfo
    keep_connection: bool
    prefix: str = ""
    rules: OrderRules = field(default_factory=OrderRules)

    @property
    def written_entries(self) -> tuple[Entry, Entry] | None:
        """The two tracking fields where they are entries of another table's rows; None where they are columns."""
        text, time = self.orders.shipment_status, self.orders.shipment_status_updated
        return (text, time) if isinstance(text, Entry) and isinstance(time, Entry) else None

    def columns(self) -> Iterator[tuple[str, str, str]]:
        """Every mapped column as (field, table, column), e.g. ("orders.key", "orders_order", "id")."""
        seen = set[str]()
        for name, table, place in self._places():
            if not isinstance(place, Entry):
                yield name, table, place
                continue
            rows = place.rows
            yield name, rows.table, place.column
            if rows.section not in seen:
                seen.add(rows.section)
                yield f"{rows.section}.id", rows.table, rows.id
                yield f"{rows.section}.owner", rows.table, rows.owner
                if rows.name:
                    yield f"{rows.section}.name", rows.table, rows.name

    def tables(self) -> dict[str, str]:
        """Field -> table, e.g. "orders.table" -> "orders_order"."""
        found = {"orders.table": self.orders.table}
        for _, place in self.orders.fields():
            if isinstance(place, Entry):
                found[f"{place.rows.section}.table"] = place.rows.table
        if self.profiles is not None:
            found["profiles.table"] = self.profiles.table
        if self.users is not None:
            found["users.table"] = self.users.table
        return found

    def contradictions(self) -> Iterator[str]:
        """What is wrong between fields that are right each by itself."""
        orders = self.orders
        if self.profiles is not None and not orders.user:
            yield "orders.user: missing; without it no order leads to a row of [profiles]"
        if self.profiles is None and (orders.user or self.users is not None):
            yield "profiles: missing; orders.user and [users] lead to a buyer's chat only through [profiles]"
        text, time = orders.shipment_status, orders.shipment_status_updated
        if text and time and (isinstance(text, Entry) or isinstance(time, Entry)):
            if not (isinstance(text, Entry) and isinstance(time, Entry) and text.rows == time.rows):
                yield (
                    "orders.shipment_status_updated: must stand where orders.shipment_status does: "
                    "both in columns of the order, or both in the same [rows]"
                )
            elif not text.names:
                yield f"orders.shipment_status: [{text.rows.section}] has no names; it can be read, not written"
        yield from self.rules.contradictions(orders)
        seen: dict[tuple[str, ...], str] = {}
        for name, table, place in self._places():
            for where, what in _spots(table, place):
                first = seen.setdefault(where, name)
                if first == name or {first, name} == {"orders.key", "orders.number"}:
                    continue  # many shops call an order by its key
                # Two sections may share a table (chats in the users' own); what is written is nothing else.
                if _table_of(first) == _table_of(name) or first in _WRITTEN:
                    yield f"{name}: {what} is mapped twice, here and as {first}"

    def _places(self) -> Iterator[tuple[str, str, Place]]:
        for name, place in self.orders.fields():
            if place:
                yield f"orders.{name}", self.orders.table, place
        for column, _ in self.orders.only:
            yield f"orders.only.{column}", self.orders.table, column
        for name, column in self.rules.columns():
            yield name, self.orders.table, column
        if self.profiles is not None:
            for name in ("user", "chat", "language"):
                if column := getattr(self.profiles, name):
                    yield f"profiles.{name}", self.profiles.table, column
            for column, _ in self.profiles.only:
                yield f"profiles.only.{column}", self.profiles.table, column
        if self.users is not None:
            yield "users.key", self.users.table, self.users.key


def load_schema(name_or_path: str) -> ShopSchema:
    """Read a built-in schema by its name (`twocomms`), or a file by its path; `woocommerce?prefix=shop_` reads it with
    another prefix of tables.

    Raises ConfigurationError with a line for every problem at once, each naming the file and the field.
    """
    given, mark, setting = name_or_path.strip().partition("?")
    if not given:
        raise ConfigurationError(f"SHOP_SCHEMA: empty; name a built-in schema ({built_in_schemas()}) or a file")
    before, _, prefix = setting.partition("prefix=")
    if mark and (before or not setting or not is_prefix(prefix)):
        raise ConfigurationError(
            f"SHOP_SCHEMA: after the '?' stands the prefix of the tables, as in {given}?prefix=shop_ "
            "(letters, digits and _ only, at most 40)"
        )
    return parse_schema(_text_of(given), given, prefix=prefix if mark else None)


def parse_schema(text: str, source: str, *, prefix: str | None = None) -> ShopSchema:
    """Validate the text of a schema file; `source` names it in errors, `prefix` stands for the file's own.

    Raises ConfigurationError.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source}: not TOML: {error}") from None
    reader = SchemaReader(data)
    own_prefix = reader.prefix("prefix")
    used = own_prefix if prefix is None else prefix
    zone = reader.zone("datetime_zone", default="UTC")
    keep_connection = reader.boolean("keep_connection", default=True)
    rows = read_rows(reader.section("rows", required=False), used)
    schema = ShopSchema(
        name=Path(source).stem,
        orders=read_orders(reader.section("orders", required=True), rows, used),
        profiles=read_profiles(reader.section("profiles", required=True), used) if "profiles" in data else None,
        users=read_users(reader.section("users", required=True), used) if "users" in data else None,
        zone=zone,
        keep_connection=keep_connection,
        prefix=used,
        rules=read_rules(reader.section("rules", required=True)) if "rules" in data else OrderRules(),
    )
    problems = [*reader.problems(), *schema.contradictions()]
    if prefix is not None and "prefix" not in data:
        problems.append("prefix: missing; a schema file without one names its tables whole, and takes no ?prefix=")
    if problems:
        raise ConfigurationError("\n".join(f"{source}: {problem}" for problem in problems))
    return schema


def _table_of(name: str) -> str:
    section = name.split(".", maxsplit=1)[0]
    return "orders" if section == "rules" else section  # whose columns are the orders'


def _spots(table: str, place: Place) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a field stands, comparable, and in words. SQL names are told apart without case by MySQL and SQLite: the
    stricter reading is safe for all."""
    if not isinstance(place, Entry):
        if table:
            yield (table.lower(), place.lower()), f"column '{place}'"
    elif place.names:
        for name in place.names:
            yield (place.rows.table.lower(), place.column.lower(), name.lower()), f"entry '{name}'"
    else:
        yield (place.rows.table.lower(), place.column.lower()), f"column '{place.column}'"


def _text_of(given: str) -> str:
    if given.isidentifier():
        built_in = resources.files("vistka").joinpath("schemas", f"{given}.toml")
        if built_in.is_file():
            return built_in.read_text(encoding="utf-8")
    path = Path(given)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{given}: no such schema file, nor a built-in schema ({built_in_schemas()})"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{given}: not UTF-8; save the schema file as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise ConfigurationError(f"{given}: the schema file cannot be read: {reason}") from None


def built_in_schemas() -> str:
    """Names, for people to choose from."""
    folder = resources.files("vistka").joinpath("schemas")
    return ", ".join(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if ".toml" in entry.name))
