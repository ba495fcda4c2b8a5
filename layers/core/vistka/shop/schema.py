"""The schema file: where in a shop's database orders, chats and the two tracking columns stand."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from vistka.domain.errors import ConfigurationError
from vistka.shop.reading import SchemaReader


@dataclass(frozen=True, kw_only=True, slots=True)
class OrdersTable:
    """The shop's orders. Only `shipment_status` and `shipment_status_updated` are ever written.

    `shipment_status_length` counts characters, 0 is without limit, None means what the database says. `phone`, `user`
    and `language` are "" where the shop has no such column.
    """

    table: str
    key: str
    number: str
    tracking: str
    status: str
    open_statuses: tuple[str | int, ...]
    shipment_status: str
    shipment_status_updated: str
    shipment_status_length: int | None = None
    phone: str = ""
    user: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfilesTable:
    """Where a user's chat stands: at most one row a user is meant to be there."""

    table: str
    user: str
    chat: str
    language: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsersTable:
    """Named only where a user may be gone while orders and profile still point to them: then nobody is told."""

    table: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopSchema:
    """One schema file, valid. `zone` is the wall clock of datetime columns that have no zone of their own."""

    name: str
    orders: OrdersTable
    profiles: ProfilesTable | None
    users: UsersTable | None
    zone: ZoneInfo
    keep_connection: bool

    def columns(self) -> Iterator[tuple[str, str, str]]:
        """Every mapped column as (field, table, column), e.g. ("orders.key", "orders_order", "id")."""
        orders = self.orders
        for name in ("key", "number", "tracking", "status", "shipment_status", "shipment_status_updated", "phone"):
            yield f"orders.{name}", orders.table, getattr(orders, name)
        yield "orders.user", orders.table, orders.user
        yield "orders.language", orders.table, orders.language
        if self.profiles is not None:
            yield "profiles.user", self.profiles.table, self.profiles.user
            yield "profiles.chat", self.profiles.table, self.profiles.chat
            yield "profiles.language", self.profiles.table, self.profiles.language
        if self.users is not None:
            yield "users.key", self.users.table, self.users.key

    def tables(self) -> dict[str, str]:
        """Field -> table, e.g. "orders.table" -> "orders_order"."""
        found = {"orders.table": self.orders.table}
        if self.profiles is not None:
            found["profiles.table"] = self.profiles.table
        if self.users is not None:
            found["users.table"] = self.users.table
        return found


def load_schema(name_or_path: str) -> ShopSchema:
    """Read a built-in schema by its name (`twocomms`), or a file by its path.

    Raises ConfigurationError with a line for every problem at once, each naming the file and the field.
    """
    given = name_or_path.strip()
    if not given:
        raise ConfigurationError(f"SHOP_SCHEMA: empty; name a built-in schema ({_built_in()}) or a file")
    return parse_schema(_text_of(given), given)


def parse_schema(text: str, source: str) -> ShopSchema:
    """Validate the text of a schema file; `source` names it in errors. Raises ConfigurationError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source}: not TOML: {error}") from None
    reader = SchemaReader(data)
    zone = reader.zone("datetime_zone", default="UTC")
    keep_connection = reader.boolean("keep_connection", default=True)

    section = reader.section("orders", required=True)
    orders = OrdersTable(
        table=section.table("table"),
        key=section.column("key"),
        number=section.column("number"),
        tracking=section.column("tracking"),
        status=section.column("status"),
        open_statuses=section.statuses("open_statuses"),
        shipment_status=section.column("shipment_status"),
        shipment_status_updated=section.column("shipment_status_updated"),
        shipment_status_length=section.length("shipment_status_length"),
        phone=section.column("phone", required=False),
        user=section.column("user", required=False),
        language=section.column("language", required=False),
    )
    profiles = users = None
    if "profiles" in data:
        section = reader.section("profiles", required=True)
        profiles = ProfilesTable(
            table=section.table("table"),
            user=section.column("user"),
            chat=section.column("chat"),
            language=section.column("language", required=False),
        )
    if "users" in data:
        section = reader.section("users", required=True)
        users = UsersTable(table=section.table("table"), key=section.column("key"))

    schema = ShopSchema(
        name=Path(source).stem,
        orders=orders,
        profiles=profiles,
        users=users,
        zone=zone,
        keep_connection=keep_connection,
    )
    problems = [*reader.problems(), *_contradictions(schema)]
    if problems:
        raise ConfigurationError("\n".join(f"{source}: {problem}" for problem in problems))
    return schema


def _contradictions(schema: ShopSchema) -> Iterator[str]:
    if schema.profiles is not None and not schema.orders.user:
        yield "orders.user: missing; without it no order leads to a row of [profiles]"
    if schema.profiles is None and (schema.orders.user or schema.users is not None):
        yield "profiles: missing; orders.user and [users] lead to a buyer's chat only through [profiles]"
    written = {"orders.shipment_status", "orders.shipment_status_updated"}
    seen: dict[tuple[str, str], str] = {}
    for field, table, column in schema.columns():
        if not table or not column:
            continue
        # SQL names are told apart without case by MySQL and SQLite: the stricter reading is safe for all.
        place = (table.lower(), column.lower())
        first = seen.setdefault(place, field)
        if first == field:
            continue
        # Two sections may share a table (chats in the users' own); a column that is written is nothing else.
        if first.split(".")[0] == field.split(".")[0] or first in written:
            yield f"{field}: column '{column}' is mapped twice, here and as {first}"


def _text_of(given: str) -> str:
    if given.isidentifier():
        built_in = resources.files("vistka").joinpath("schemas", f"{given}.toml")
        if built_in.is_file():
            return built_in.read_text(encoding="utf-8")
    path = Path(given)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(f"{given}: no such schema file, nor a built-in schema ({_built_in()})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{given}: not UTF-8; save the schema file as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise ConfigurationError(f"{given}: the schema file cannot be read: {reason}") from None


def _built_in() -> str:
    folder = resources.files("vistka").joinpath("schemas")
    return ", ".join(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if ".toml" in entry.name))
