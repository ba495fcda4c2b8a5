"""The tables of one shop: a field stands in a column of its table, or in rows of another one."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsTable:
    """Rows that belong to an order: `owner` is the column with the order's key, `id` the row's own.

    With `name` and `value` each row is one named value; without both, a row has columns of its own.
    """

    section: str
    table: str
    id: str
    owner: str
    name: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A field in rows of another table: of those with one of these names, the row with the lowest id counts.

    `names` is empty where the rows have none.
    """

    rows: RowsTable
    names: tuple[str, ...]
    column: str


#: A column's name, "" for a field that the shop does not have.
type Place = str | Entry
#: Rows of the table in which these columns hold these values.
type Only = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrdersTable:
    """The shop's orders. Only `shipment_status` and `shipment_status_updated` are ever written: two columns of this
    table, or two entries of one table of named rows.

    `shipment_status_length` counts characters, 0 is without limit, None means what the database says. `phone`, `user`,
    `chat` and `language` are "" where the shop has no such field. `only` tells orders from what else is in the table.
    """

    table: str
    key: str
    number: Place
    tracking: Place
    status: str
    open_statuses: tuple[str | int, ...]
    shipment_status: Place
    shipment_status_updated: Place
    shipment_status_length: int | None = None
    phone: Place = ""
    user: Place = ""
    chat: Place = ""
    language: Place = ""
    only: Only = ()

    def fields(self) -> Iterator[tuple[str, Place]]:
        for name in _ORDER_FIELDS:
            yield name, getattr(self, name)


_ORDER_FIELDS = (
    "key",
    "number",
    "tracking",
    "status",
    "shipment_status",
    "shipment_status_updated",
    "phone",
    "user",
    "chat",
    "language",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfilesTable:
    """Where a user's chat stands: at most one row a user is meant to be there."""

    table: str
    user: str
    chat: str
    language: str = ""
    only: Only = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class UsersTable:
    """Named only where a user may be gone while orders and profile still point to them: then nobody is told."""

    table: str
    key: str
