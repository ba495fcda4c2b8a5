"""The original shop's tables in each SQL database, and the ShopRows on them; every value is invented."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

_SERIAL: Final = {
    "sqlite": "integer PRIMARY KEY AUTOINCREMENT",
    "mysql": "bigint PRIMARY KEY AUTO_INCREMENT",
    "postgresql": "bigserial PRIMARY KEY",
}
_COLUMNS: Final = {
    "number": "order_number",
    "tracking": "tracking_number",
    "status": "status",
    "user": "user_id",
    "phone": "phone",
    "shown": "shipment_status",
    "pay_type": "pay_type",
    "payment_status": "payment_status",
}
_counter: Final = itertools.count()


def engine_of(url: str) -> sa.Engine:
    # Reading the system's certificates, as the drivers do unasked, takes longer than a test.
    plain = {"mysql": {"ssl_disabled": True}, "mariadb": {"ssl_disabled": True}, "postgresql": {"ssl_context": False}}
    arguments = plain.get(sa.make_url(url).get_backend_name(), {})
    return sa.create_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=sa.QueuePool, pool_size=1, connect_args=arguments
    )


@contextmanager
def throw_away_database(server_url: str) -> Iterator[str]:
    """The URL of a new database on this server, dropped at the end with whoever is still connected to it."""
    name = f"vistka_shop_{os.getpid()}_{next(_counter)}"
    server = engine_of(server_url)
    mysql = server.dialect.name in {"mysql", "mariadb"}
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4" if mysql else ""))
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}" + ("" if mysql else " WITH (FORCE)"))
        server.dispose()


def new_sqlite(folder: Path) -> str:
    """The URL of a new, empty file."""
    file = folder / f"shop{next(_counter)}.sqlite3"
    file.touch()
    return f"sqlite:///{file}"


@dataclass
class ShopTables:
    """ShopRows over the original's two tables. `engine` is the shop's own way in, apart from the adapter's."""

    engine: sa.Engine

    @classmethod
    def at(cls, url: str) -> "ShopTables":
        return cls(engine=engine_of(url))

    @property
    def kind(self) -> str:
        return "mysql" if self.engine.dialect.name == "mariadb" else self.engine.dialect.name

    def create(self, *, tracking_columns: bool = True, suffix: str = "") -> None:
        serial, time = _SERIAL[self.kind], "timestamp with time zone" if self.kind == "postgresql" else "datetime"
        ours = f", shipment_status varchar(100) NULL, shipment_status_updated {time} NULL" if tracking_columns else ""
        self.run(
            f"CREATE TABLE orders_order (id {serial}, order_number varchar(20) NOT NULL, user_id bigint NULL,"
            f" full_name varchar(200) NOT NULL DEFAULT 'Тест Тестенко', phone varchar(32) NOT NULL DEFAULT '',"
            f" total_sum decimal(10,2) NOT NULL DEFAULT 450, status varchar(20) NOT NULL,"
            f" pay_type varchar(10) NOT NULL DEFAULT 'full',"
            f" payment_status varchar(20) NOT NULL DEFAULT 'unpaid', tracking_number varchar(50) NULL{ours}){suffix}"
        )
        # No unique user here: the contract wants a second profile of one user to do no harm.
        self.run(
            f"CREATE TABLE accounts_userprofile (id {serial}, user_id bigint NOT NULL,"
            f" telegram varchar(100) NOT NULL DEFAULT '@somebody', telegram_id bigint NULL){suffix}"
        )

    def clear(self) -> None:
        for table in ("orders_order", "accounts_userprofile"):
            if self.kind == "sqlite":
                self.run(f"DELETE FROM {table}")
            else:
                self.run(f"TRUNCATE TABLE {table}")
        self.allow_all()

    def run(self, statement: str, **values: object) -> None:
        with self.engine.connect() as connection:
            connection.execute(sa.text(statement), values)

    def value(self, statement: str, **values: object) -> object:
        with self.engine.connect() as connection:
            return connection.scalar(sa.text(statement), values)

    def add_order(
        self,
        *,
        number: str,
        tracking: str | None = None,
        status: str = "ship",
        user: int | None = None,
        phone: str = "",
        shown: str | None = None,
    ) -> str:
        values = {
            "number": number,
            "tracking": tracking,
            "status": status,
            "user": user,
            "phone": phone,
            "shown": shown,
        }
        names = ", ".join(_COLUMNS[name] for name in values)
        binds = ", ".join(f":{name}" for name in values)
        self.run(f"INSERT INTO orders_order ({names}) VALUES ({binds})", **values)
        return str(self.value("SELECT MAX(id) FROM orders_order"))

    def add_orders(self, count: int) -> None:
        """So many open ones at once, A0 and on, that all have one waybill number."""
        rows = ", ".join(f"('A{each}', 'ship', '20450000000017')" for each in range(count))
        self.run(f"INSERT INTO orders_order (order_number, status, tracking_number) VALUES {rows}")

    def add_bare_order(self, *, number: str, tracking: str) -> str:
        """An order of a shop that has no tracking columns yet."""
        self.run(
            "INSERT INTO orders_order (order_number, status, tracking_number) VALUES (:number, 'ship', :tracking)",
            number=number,
            tracking=tracking,
        )
        return str(self.value("SELECT MAX(id) FROM orders_order"))

    def add_profile(self, *, user: int, chat: int | None) -> None:
        self.run("INSERT INTO accounts_userprofile (user_id, telegram_id) VALUES (:user, :chat)", user=user, chat=chat)

    def edit(self, key: str, **values: str | None) -> None:
        changes = ", ".join(f"{_COLUMNS[name]} = :{name}" for name in values)
        self.run(f"UPDATE orders_order SET {changes} WHERE id = :key", **values, key=int(key))

    def shown(self, key: str) -> str | None:
        found = self.value("SELECT shipment_status FROM orders_order WHERE id = :key", key=int(key))
        return None if found is None else str(found)

    def updated(self, key: str) -> datetime | None:
        found = self.value("SELECT shipment_status_updated FROM orders_order WHERE id = :key", key=int(key))
        if isinstance(found, str):
            found = datetime.fromisoformat(found)
        if not isinstance(found, datetime):
            return None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    def others(self, key: str) -> dict[str, object]:
        with self.engine.connect() as connection:
            row = (
                connection.execute(sa.text("SELECT * FROM orders_order WHERE id = :key"), {"key": int(key)})
                .mappings()
                .one()
            )
        return {name: value for name, value in row.items() if not name.startswith("shipment_status")}

    def refuse(self, number: str) -> None:
        match self.kind:
            case "sqlite":
                self.run(
                    f"CREATE TRIGGER refusing BEFORE UPDATE ON orders_order WHEN NEW.order_number = '{number}'"
                    " BEGIN SELECT RAISE(ABORT, 'not this one'); END"
                )
            case "mysql":
                self.run(
                    "CREATE TRIGGER refusing BEFORE UPDATE ON orders_order FOR EACH ROW"
                    f" IF NEW.order_number = '{number}' THEN SIGNAL SQLSTATE '45000'"
                    " SET MESSAGE_TEXT = 'not this one'; END IF"
                )
            case _:
                self.run(
                    "CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    f" IF NEW.order_number = '{number}' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$"
                )
                self.run(
                    "CREATE TRIGGER refusing BEFORE UPDATE ON orders_order FOR EACH ROW EXECUTE FUNCTION refusing()"
                )

    def allow_all(self) -> None:
        self.run("DROP TRIGGER IF EXISTS refusing" + (" ON orders_order" if self.kind == "postgresql" else ""))
        if self.kind == "postgresql":
            self.run("DROP FUNCTION IF EXISTS refusing()")
