"""The shop contract on real databases, and what only a real database can show."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.contracts.shop import CHANGED_AT, TEXT, TTN, told
from tests.contracts.shop_moves import MovesContract, ruled_schema
from tests.contracts.shop_sql import SqlShopContract
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopMismatch, ShopUnavailable
from vistka.shop.schema import ShopSchema, load_schema


@pytest.fixture(scope="module")
def mariadb(mariadb_url: str) -> Iterator[str]:
    with throw_away_database(mariadb_url) as url:
        create(url)
        yield url


@pytest.fixture(scope="module")
def mariadb_myisam(mariadb_url: str) -> Iterator[str]:
    with throw_away_database(mariadb_url) as url:
        create(url, suffix=" ENGINE=MyISAM CHARACTER SET utf8mb3")
        yield url


@pytest.fixture(scope="module")
def postgresql(postgresql_url: str) -> Iterator[str]:
    with throw_away_database(postgresql_url) as url:
        create(url)
        yield url


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = new_sqlite(tmp_path_factory.mktemp("shop"))
    create(url)
    return url


@pytest.fixture
def schema() -> ShopSchema:
    return load_schema("twocomms")


class OnTables(SqlShopContract, MovesContract):
    """The contract, and what goes beyond it, on tables that a subclass names by `url`."""

    @pytest.fixture
    def moving(self, url: str, rows: ShopTables) -> Iterator[SqlShop]:
        with closing(SqlShop(url, ruled_schema())) as shop:
            yield shop

    @pytest.fixture
    def rows(self, url: str) -> Iterator[ShopTables]:
        tables = ShopTables.at(url)
        yield tables
        tables.clear()
        tables.engine.dispose()

    def test_a_page_costs_two_statements_and_a_batch_one(self, rows: ShopTables, shop: SqlShop) -> None:
        rows.add_profile(user=1, chat=700_000_001)
        for each in range(50):
            rows.add_order(number=f"A{each}", tracking=TTN, user=1)
        orders = shop.open_orders(after=None, limit=50).orders
        seen: list[str] = []
        sa.event.listen(shop._database._engine, "before_cursor_execute", lambda *args: seen.append(args[2].split()[0]))
        shop.open_orders(after=None, limit=50)
        shop.write([told(order) for order in orders])
        assert seen == ["SELECT", "SELECT", "UPDATE"]

    def test_no_transaction_is_left_open_between_calls(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28, F29: what another session commits is seen at once, and nothing of ours is held against it."""
        key = rows.add_order(number="A1", tracking=TTN)
        shop.open_orders(after=None, limit=1)
        rows.edit(key, shown="Змінено")
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert order.shown == "Змінено"
        shop.write([told(order)])
        rows.run("ALTER TABLE orders_order ADD COLUMN probe integer NULL")  # needs the table for itself
        rows.run("ALTER TABLE orders_order DROP COLUMN probe")

    def test_check_counts_orders_and_chats(self, rows: ShopTables, shop: SqlShop) -> None:
        rows.add_profile(user=1, chat=700_000_001)
        rows.add_order(number="A1", tracking=TTN, user=1)
        rows.add_order(number="A2", tracking=TTN)
        findings = {finding.name: finding for finding in shop.check()}
        assert list(findings) == [
            "shop database", "shop tables", "shop column", "shop writable", "shop orders", "shop chats",
        ]  # fmt: skip
        assert findings["shop column"].text == "shipment_status holds 100 characters"
        assert findings["shop orders"].text.startswith("2 open orders")
        assert findings["shop chats"].text == "1 of 2 have a buyer's chat (others: no_user 1)"

    def test_more_rows_than_one_statement_takes_are_all_written(self, rows: ShopTables, shop: SqlShop) -> None:
        with rows.engine.begin() as connection:
            connection.execute(
                sa.text("INSERT INTO orders_order (order_number, status, tracking_number) VALUES (:n, 'ship', '1')"),
                [{"n": f"A{each}"} for each in range(600)],
            )
        orders = shop.open_orders(after=None, limit=1000).orders
        result = shop.write([told(order) for order in orders])
        assert (result.written, result.statements) == (600, 3)


class TestSqlite(OnTables):
    @pytest.fixture
    def url(self, sqlite: str) -> str:
        return sqlite

    def test_a_phone_that_two_hundred_orders_have_is_nobodys(self, rows: ShopTables, shop: SqlShop) -> None:
        key = int(rows.add_order(number="A1", phone="+380 44 000 00 00"))
        names = ", ".join(sorted({*rows.others(str(key))} - {"id", "order_number"}))
        copied = f"""WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
            INSERT INTO orders_order (id, order_number, {names})
            SELECT :key + i, 'A' || i, {names} FROM n, orders_order WHERE id = :key"""
        rows.run(copied, key=key)
        assert len(shop.of_phone("380440000000")) == 200
        rows.add_order(number="B1", phone="0440000000")
        with pytest.raises(ShopMismatch, match="more than 200 orders have this phone"):
            shop.of_phone("380440000000")

    def test_broken_utf8_spoils_its_own_row_only(self, rows: ShopTables, shop: SqlShop) -> None:
        """F25, F40."""
        key = rows.add_order(number="A1", tracking=TTN)
        rows.add_order(number="A2", tracking=TTN)
        rows.run("UPDATE orders_order SET shipment_status = CAST(x'D0' AS TEXT) WHERE id = :key", key=int(key))
        page = shop.open_orders(after=None, limit=5)
        assert [order.number for order in page.orders] == ["A2"]
        assert "orders.shipment_status" in page.problems[0]

    def test_time_is_text_to_the_second_in_the_zone_of_the_schema(
        self, rows: ShopTables, url: str, schema: ShopSchema, kyiv: ShopSchema
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        with closing(SqlShop(url, kyiv)) as shop:
            shop.write([told(order) for order in shop.open_orders(after=None, limit=1).orders])
        assert rows.value("SELECT shipment_status_updated FROM orders_order WHERE id = :key", key=int(key)) == (
            "2025-09-10 15:30:45"
        )

    def test_a_file_locked_by_others_is_an_outage(self, rows: ShopTables, shop: SqlShop, tmp_path: Path) -> None:
        """R7."""
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        sa.event.listen(
            shop._database._engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 50").close()
        )
        shop.dispose()
        with rows.engine.connect() as other:
            other.exec_driver_sql("BEGIN EXCLUSIVE")
            with pytest.raises(ShopUnavailable, match="locked"):
                shop.write([told(order)])
            other.exec_driver_sql("ROLLBACK")
        assert shop.write([told(order)]).written == 1


class TestMariaDb(OnTables):
    @pytest.fixture
    def url(self, mariadb: str) -> str:
        return mariadb

    def test_a_connection_killed_between_two_calls_is_replaced(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28: "MySQL server has gone away"."""
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        kill_mysql(rows)
        assert shop.write([told(order)]).written == 1

    def test_a_connection_killed_right_after_its_test_is_replaced(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28."""
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        once = iter([True])

        def kill(*_: object) -> None:
            if next(once, False):
                kill_mysql(rows)

        sa.event.listen(shop._database._engine, "before_cursor_execute", kill)
        assert shop.write([told(order)]).written == 1

    def test_an_idle_connection_dropped_by_the_server_is_replaced(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28: wait_timeout."""
        rows.add_order(number="A1", tracking=TTN)
        with shop._database._engine.connect() as connection:
            connection.exec_driver_sql("SET SESSION wait_timeout = 1")
        threading.Event().wait(1.6)
        assert len(shop.open_orders(after=None, limit=1).orders) == 1

    def test_only_one_connection_is_ever_open(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28: hosts allow 20 to 40."""
        shop.open_orders(after=None, limit=1)
        shop.check()
        mysql_connections(rows, count=1)
        shop.close()  # twocomms gives it back
        mysql_connections(rows, count=0)

    def test_a_kept_connection_outlives_the_invocation(self, rows: ShopTables, url: str, schema: ShopSchema) -> None:
        shop = SqlShop(url, replace(schema, keep_connection=True))
        shop.open_orders(after=None, limit=1)
        shop.close()
        mysql_connections(rows, count=1)
        shop.dispose()
        mysql_connections(rows, count=0)

    def test_a_text_too_long_in_strict_mode_is_refused_alone(
        self, rows: ShopTables, url: str, schema: ShopSchema
    ) -> None:
        """F11: the column has shrunk behind our back."""
        for each in range(4):
            rows.add_order(number=f"A{each}", tracking=TTN)
        with closing(SqlShop(url, schema)) as shop:
            orders = shop.open_orders(after=None, limit=4).orders
            rows.run("ALTER TABLE orders_order MODIFY shipment_status varchar(30) NULL")
            try:
                result = shop.write([told(order, TEXT if order.number == "A2" else "В дорозі") for order in orders])
            finally:
                rows.run("ALTER TABLE orders_order MODIFY shipment_status varchar(100) NULL")
        assert set(result.refused) == {"A2"}
        assert "too long" in result.refused["A2"]
        assert result.written == 3

    def test_a_column_without_ukrainian_letters_is_found_and_its_rows_are_refused(
        self, rows: ShopTables, shop: SqlShop
    ) -> None:
        """F25."""
        rows.add_order(number="A1", tracking=TTN)
        rows.run("ALTER TABLE orders_order MODIFY shipment_status varchar(100) CHARACTER SET latin1 NULL")
        try:
            result = shop.write([told(order) for order in shop.open_orders(after=None, limit=1).orders])
            (bad,) = [finding for finding in shop.check() if not finding.ok]
        finally:
            rows.run("ALTER TABLE orders_order MODIFY shipment_status varchar(100) CHARACTER SET utf8mb4 NULL")
        assert set(result.refused) == {"A1"}
        assert "latin1" in bad.text
        assert "utf8mb4" in bad.hint

    def test_a_timestamp_column_gets_the_instant_whatever_the_zone_of_the_server(
        self, rows: ShopTables, url: str, kyiv: ShopSchema
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        rows.run("ALTER TABLE orders_order MODIFY shipment_status_updated timestamp NULL")
        try:
            with closing(SqlShop(url, kyiv)) as shop:
                shop.write([told(order) for order in shop.open_orders(after=None, limit=1).orders])
            seconds = rows.value(
                "SELECT UNIX_TIMESTAMP(shipment_status_updated) FROM orders_order WHERE id = :k", k=key
            )
        finally:
            rows.run("ALTER TABLE orders_order MODIFY shipment_status_updated datetime NULL")
        assert int(str(seconds)) == int(CHANGED_AT.timestamp())

    def test_a_datetime_column_is_naive_in_the_zone_of_the_schema(
        self, rows: ShopTables, url: str, kyiv: ShopSchema
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        with closing(SqlShop(url, kyiv)) as shop:
            shop.write([told(order) for order in shop.open_orders(after=None, limit=1).orders])
        found = rows.value("SELECT shipment_status_updated FROM orders_order WHERE id = :key", key=int(key))
        assert found == datetime(2025, 9, 10, 15, 30, 45)  # noqa: DTZ001


class TestMariaDbMyIsam(OnTables):
    """F29: no locks, no transactions, and an older character set."""

    @pytest.fixture
    def url(self, mariadb_myisam: str) -> str:
        return mariadb_myisam

    def test_the_tables_are_what_they_should_be(self, rows: ShopTables) -> None:
        engines = rows.value("SELECT MIN(engine) FROM information_schema.tables WHERE table_schema = DATABASE()")
        assert engines == "MyISAM"


class TestPostgreSql(OnTables):
    @pytest.fixture
    def url(self, postgresql: str) -> str:
        return postgresql

    def test_a_connection_terminated_between_two_calls_is_replaced(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28."""
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        terminate_postgresql(rows)
        assert shop.write([told(order)]).written == 1

    def test_a_connection_terminated_right_after_its_test_is_replaced(self, rows: ShopTables, shop: SqlShop) -> None:
        """F28."""
        rows.add_order(number="A1", tracking=TTN)
        (order,) = shop.open_orders(after=None, limit=1).orders
        once = iter([True])

        def kill(*_: object) -> None:
            if next(once, False):
                terminate_postgresql(rows)

        sa.event.listen(shop._database._engine, "before_cursor_execute", kill)
        assert shop.write([told(order)]).written == 1

    def test_a_null_byte_is_refused_alone(self, rows: ShopTables, shop: SqlShop) -> None:
        """F40."""
        for each in range(3):
            rows.add_order(number=f"A{each}", tracking=TTN)
        one, two, three = shop.open_orders(after=None, limit=3).orders
        result = shop.write([told(one), told(two, "Нуль \x00"), told(three)])
        assert (set(result.refused), result.written) == ({"A1"}, 2)

    def test_a_naive_column_gets_the_wall_clock_of_the_schema(
        self, rows: ShopTables, url: str, kyiv: ShopSchema
    ) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        rows.run("ALTER TABLE orders_order ALTER shipment_status_updated TYPE timestamp without time zone")
        try:
            with closing(SqlShop(url, kyiv)) as shop:
                shop.write([told(order) for order in shop.open_orders(after=None, limit=1).orders])
            found = rows.value("SELECT shipment_status_updated FROM orders_order WHERE id = :key", key=int(key))
        finally:
            rows.run("ALTER TABLE orders_order ALTER shipment_status_updated TYPE timestamp with time zone")
        assert found == datetime(2025, 9, 10, 15, 30, 45)  # noqa: DTZ001

    def test_a_row_locked_for_long_is_an_outage_and_no_success(
        self, rows: ShopTables, url: str, schema: ShopSchema
    ) -> None:
        """R7."""
        key = rows.add_order(number="A1", tracking=TTN)
        with closing(SqlShop(url, schema)) as shop:
            (order,) = shop.open_orders(after=None, limit=1).orders
            with shop._database._engine.connect() as connection:
                connection.exec_driver_sql("SET lock_timeout = '50ms'")
            with rows.engine.execution_options(isolation_level="READ COMMITTED").begin() as other:
                other.execute(sa.text("UPDATE orders_order SET phone = '1' WHERE id = :key"), {"key": int(key)})
                with pytest.raises(ShopUnavailable, match="locked"):
                    shop.write([told(order)])
            assert shop.write([told(order)]).written == 1


def create(url: str, *, suffix: str = "") -> None:
    tables = ShopTables.at(url)
    tables.create(suffix=suffix)
    tables.engine.dispose()


@pytest.fixture
def kyiv() -> ShopSchema:
    return replace(load_schema("twocomms"), zone=ZoneInfo("Europe/Kyiv"))


def mysql_connections(rows: ShopTables, *, count: int) -> list[int]:
    """Sessions on this database but the one that asks: so many they must be, once the server has cleared up."""
    query = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    found: list[int] = []
    for _ in range(100):
        with rows.engine.connect() as connection:
            found = [int(each) for (each,) in connection.exec_driver_sql(query)]
        if len(found) == count:
            return found
        threading.Event().wait(0.03)
    raise AssertionError(f"{len(found)} sessions instead of {count}")


def kill_mysql(rows: ShopTables) -> None:
    for each in mysql_connections(rows, count=1):
        rows.run(f"KILL CONNECTION {each}")


def terminate_postgresql(rows: ShopTables) -> None:
    ended = rows.value(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert int(str(ended)) >= 1


def test_utc_is_what_the_original_keeps(schema: ShopSchema) -> None:
    assert str(schema.zone) == "UTC"
    assert datetime.now(UTC).tzinfo is UTC
