"""Fill a database with a scenario's shop; only one that is empty, or that was filled here before."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import batched
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, inspect, select
from sqlalchemy.engine import URL, make_url

from local.scenario import Order, Scenario, User
from local.shop.schema import tables
from vistka.adapters.shop_url import make_engine, read_url

_MARK: Final = "vistka_local_seed"
_DRIVERS: Final = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgres": "postgresql+pg8000",
    "postgresql": "postgresql+pg8000",
}


class NotOurs(Exception):
    """The database holds tables of these names that were not made here."""


def seed(url: str, scenario: Scenario, *, tracked: bool = True) -> int:
    """Make the tables anew and fill them; return the number of orders.

    `url` as the layer reads it, ?tls=off and the like included. `tracked` False leaves the two tracking columns out.
    Raises ConfigurationError for a URL that is none, and NotOurs, before anything is touched; SQLAlchemyError when the
    database does not answer.
    """
    engine = seeding_engine(url)
    try:
        with engine.begin() as connection:
            _clear(connection)
            metadata = tables(tracked=tracked)
            metadata.create_all(connection)
            _fill(connection, metadata.tables[_MARK], [{"seed": scenario.seed}])
            _fill(connection, metadata.tables["auth_user"], (_user(u, scenario) for u in scenario.users))
            profiles = (_profile(u) for u in scenario.users if u.profile)
            _fill(connection, metadata.tables["accounts_userprofile"], profiles)
            orders = (_order(o, scenario, tracked=tracked) for o in scenario.orders)
            _fill(connection, metadata.tables["orders_order"], orders)
    finally:
        engine.dispose()
    return len(scenario.orders)


def seeding_engine(url: str) -> Engine:
    """The layer's own engine, but one that seeds in a transaction and makes an SQLite file that is not there."""
    address = read_url(url)
    if address.url.get_backend_name() == "sqlite":
        return create_engine(address.url)
    return make_engine(address, answer_seconds=60).execution_options(isolation_level="REPEATABLE READ")


def is_free(connection: Connection) -> bool:
    """Whether nobody's tables are here: none at all, or those made here, and no order in them."""
    looked = inspect(connection)
    there = {*looked.get_table_names(), *looked.get_view_names()}
    if not there:
        return True
    known = tables().tables
    if _MARK not in there or not there <= set(known):
        return False
    orders = known["orders_order"]
    return orders.name not in there or connection.execute(select(orders.c.id).limit(1)).first() is None


def database_url(url: str) -> URL:
    """The URL with a driver that is installed. Raises ArgumentError for none at all."""
    parsed = make_url(url)
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    if parsed.get_backend_name() in {"mysql", "mariadb"}:
        parsed = parsed.update_query_dict({"charset": "utf8mb4"})
    return parsed


def _clear(connection: Connection) -> None:
    metadata = tables()
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if there and _MARK not in there:
        raise NotOurs(
            f"the database has {', '.join(sorted(there))} already, and they were not made here: "
            "name an empty database, nothing was touched"
        )
    metadata.drop_all(connection)


def _fill(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    # Databases cap the size of one statement; ids are given, so that a scenario names the same rows everywhere.
    for part in batched(_stored(rows, connection), 200, strict=False):
        connection.execute(table.insert(), list(part))
    if connection.dialect.name == "postgresql" and "id" in table.c:
        name = connection.dialect.identifier_preparer.quote(table.name)
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {name}))"  # noqa: S608
        )


def _stored(rows: Iterable[dict[str, Any]], connection: Connection) -> Iterator[dict[str, Any]]:
    aware = connection.dialect.name == "postgresql"
    for row in rows:
        yield {
            name: value.replace(tzinfo=None) if isinstance(value, datetime) and not aware else value
            for name, value in row.items()
        }


def _at(scenario: Scenario, seconds: int) -> datetime:
    return scenario.epoch.astimezone(UTC) + timedelta(seconds=seconds)


def _user(user: User, scenario: Scenario) -> dict[str, Any]:
    return {
        "id": user.id,
        "password": "!",  # Django: no password opens it
        "last_login": None,
        "is_superuser": False,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": f"{user.username}@example.invalid",
        "is_staff": False,
        "is_active": True,
        "date_joined": _at(scenario, user.joined),
    }


def _profile(user: User) -> dict[str, Any]:
    return {
        "user_id": user.id,
        "full_name": f"{user.first_name} {user.last_name}",
        "phone": user.phone,
        "email": None,
        "telegram": user.telegram,
        "telegram_id": user.telegram_id,
        "city": "",
        "np_office": "",
        "pay_type": "full",
    }


def _order(order: Order, scenario: Scenario, *, tracked: bool) -> dict[str, Any]:
    row = {
        "id": order.id,
        "order_number": order.number,
        "user_id": order.user_id,
        "full_name": order.full_name,
        "phone": order.phone,
        "city": order.city,
        "np_office": order.np_office,
        "pay_type": order.pay_type,
        "total_sum": Decimal(order.total_sum),
        "status": order.status,
        "payment_status": order.payment_status,
        "tracking_number": order.tracking,
        "notes": None,
        "created": _at(scenario, order.created),
        "updated": _at(scenario, order.shown_at or order.created),
    }
    if tracked:
        row["shipment_status"] = order.shown
        row["shipment_status_updated"] = None if order.shown_at is None else _at(scenario, order.shown_at)
    return row
