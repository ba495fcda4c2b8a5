"""The PHP file under real PHP: the contract of a shop's server, and databases that are otherwise."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.shop import TTN, told
from tests.contracts.shop_server import ShopServerContract
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from tests.shop_servers import PHP_FILE, SECRET, ShopServer, php_config, php_shop, shop_of
from vistka.adapters.shop_http import HttpShop
from vistka.domain.errors import ShopMismatch, ShopUnavailable


@pytest.fixture(scope="module")
def on_mariadb(mariadb_url: str, php: str) -> Iterator[tuple[str, ShopServer]]:
    with throw_away_database(mariadb_url) as url:
        create(url)
        with php_shop(url, in_query=True) as server:
            yield url, server


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, php: str) -> Iterator[tuple[str, ShopServer]]:
    url = new_sqlite(Path(tmp_path_factory.mktemp("php")))
    create(url)
    with php_shop(url) as server:
        yield url, server


@pytest.fixture(scope="module")
def ruled_on_mariadb(on_mariadb: tuple[str, ShopServer]) -> Iterator[ShopServer]:
    with php_shop(on_mariadb[0], in_query=True, rules=True) as server:
        yield server


@pytest.fixture(scope="module")
def ruled_on_sqlite(on_sqlite: tuple[str, ShopServer]) -> Iterator[ShopServer]:
    with php_shop(on_sqlite[0], rules=True) as server:
        yield server


def create(url: str, *, suffix: str = "") -> None:
    tables = ShopTables.at(url)
    tables.create(suffix=suffix)
    tables.engine.dispose()


class TestPhpOnMariaDb(ShopServerContract):
    @pytest.fixture
    def served(self, on_mariadb: tuple[str, ShopServer]) -> tuple[str, ShopServer]:
        return on_mariadb

    @pytest.fixture
    def ruled(self, ruled_on_mariadb: ShopServer) -> ShopServer:
        return ruled_on_mariadb


class TestPhpOnSqlite(ShopServerContract):
    @pytest.fixture
    def served(self, on_sqlite: tuple[str, ShopServer]) -> tuple[str, ShopServer]:
        return on_sqlite

    @pytest.fixture
    def ruled(self, ruled_on_sqlite: ShopServer) -> ShopServer:
        return ruled_on_sqlite


@pytest.fixture
def mariadb_shop(mariadb_url: str, php: str, request: pytest.FixtureRequest) -> Iterator[tuple[ShopTables, HttpShop]]:
    """A database of its own, and a config with what the test's parameter changes of it."""
    change: dict[str, Any] = getattr(request, "param", {})
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create(suffix=change.pop("suffix", ""))
        with php_shop(url, config=php_config(url) | change) as server:
            shop = shop_of(server)
            yield tables, shop
            shop.close()
        tables.engine.dispose()


@pytest.mark.parametrize("mariadb_shop", [{"suffix": " ENGINE=MyISAM"}], indirect=True)
def test_a_refused_row_of_tables_without_transactions_keeps_no_other_back(
    mariadb_shop: tuple[ShopTables, HttpShop],
) -> None:
    """F29, F40: what was written before the refusal stays, and counts."""
    tables, shop = mariadb_shop
    for each in range(5):
        tables.add_order(number=f"A{each}", tracking=TTN)
    tables.refuse("A3")
    result = shop.write([told(order) for order in shop.open_orders(after=None, limit=5).orders])
    assert (result.written, set(result.refused)) == (4, {"A3"})


@pytest.mark.parametrize("mariadb_shop", [{"datetime_zone": "Europe/Kyiv"}], indirect=True)
def test_time_is_kept_as_the_column_keeps_it(mariadb_shop: tuple[ShopTables, HttpShop]) -> None:
    tables, shop = mariadb_shop
    first, second = (tables.add_order(number=f"A{each}", tracking=TTN) for each in range(2))
    one, two = shop.open_orders(after=None, limit=2).orders
    shop.write([told(one)])
    wall = tables.value("SELECT CAST(shipment_status_updated AS CHAR) FROM orders_order WHERE id = :k", k=first)
    assert wall == "2025-09-10 15:30:45"  # in the zone of the config
    tables.run("ALTER TABLE orders_order MODIFY shipment_status_updated timestamp NULL")
    shop.write([told(two)])
    seconds = tables.value("SELECT UNIX_TIMESTAMP(shipment_status_updated) FROM orders_order WHERE id = :k", k=second)
    assert int(str(seconds)) == 1_757_507_445  # 2025-09-10T12:30:45Z


def test_keys_may_be_texts(mariadb_url: str, php: str) -> None:
    """Which the database's collation takes for the same, and we do not."""
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create()
        config = php_config(url)
        config["orders"]["key"] = "order_number"
        for each in range(5):
            tables.add_order(number=f"tWc-{each}", tracking=TTN)
        with php_shop(url, config=config) as server:
            shop = shop_of(server)
            first = shop.open_orders(after=None, limit=3)
            rest = shop.open_orders(after=first.after, limit=3)
            orders = (*first.orders, *rest.orders)
            assert [order.key for order in orders] == [f"tWc-{each}" for each in range(5)]
            assert shop.write([told(replace(orders[0], key="TWC-0"))]).written == 0
            assert shop.write([told(order) for order in orders]).written == 5
            shop.close()
        tables.engine.dispose()


@pytest.mark.parametrize(
    ("statement", "told_of"),
    [
        ("DROP COLUMN shipment_status", r"ALTER TABLE `orders_order` ADD shipment_status VARCHAR\(255\) NULL"),
        ("DROP COLUMN shipment_status_updated", "ADD shipment_status_updated DATETIME NULL"),
        ("MODIFY shipment_status varchar(100) CHARACTER SET latin1", "latin1, which has no Ukrainian letters"),
        ("MODIFY shipment_status int NULL", "it must hold text"),
        ("MODIFY shipment_status_updated int NULL", "must hold date and time"),
        ("RENAME TO orders_elsewhere", "orders.table: the database shows no table 'orders_order'"),
    ],
)
def test_a_table_that_does_not_do_is_named_before_anything_is_written(
    mariadb_shop: tuple[ShopTables, HttpShop], statement: str, told_of: str
) -> None:
    tables, shop = mariadb_shop
    tables.add_order(number="A1", tracking=TTN)
    orders = shop.open_orders(after=None, limit=1).orders
    tables.run(f"ALTER TABLE orders_order {statement}")
    with pytest.raises(ShopMismatch, match=told_of):
        shop.write([told(order) for order in orders])
    (bad,) = [finding for finding in shop.check() if not finding.ok]
    assert re.search(told_of, bad.text)
    assert bad.hint


def test_a_database_that_is_away_or_refuses_is_told_apart(mariadb_url: str, php: str) -> None:
    """R7, R9."""
    good = php_config(mariadb_url)
    for change, kind, text in (
        ({"dsn": "mysql:host=127.0.0.1;port=9;dbname=shop"}, ShopUnavailable, "cannot answer now"),
        ({"user": "nobody", "password": "hunter2"}, ShopMismatch, "refuses this login"),
        ({"dsn": good["dsn"].replace("dbname=", "dbname=no_such_")}, ShopMismatch, "no such database"),
        ({"dsn": "oci:dbname=shop"}, ShopMismatch, "no driver"),
        ({"datetime_zone": "Mars/Phobos"}, ShopMismatch, "datetime_zone: no time zone"),
    ):
        with php_shop(mariadb_url, config=good | change) as server:
            shop = shop_of(server)
            with pytest.raises(kind, match=text) as caught:
                shop.open_orders(after=None, limit=1)
            shop.close()
        assert "hunter2" not in str(caught.value)


def test_a_login_without_the_right_to_make_a_table_is_told_the_statement(mariadb_url: str, php: str) -> None:
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create()
        name, database = f"v_{tables.engine.url.database}"[-32:], tables.engine.url.database
        tables.run(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'invented'")
        try:
            tables.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{name}'@'%'")
            with php_shop(url, config=php_config(url) | {"user": name, "password": "invented"}) as server:
                shop = shop_of(server)
                with pytest.raises(ShopMismatch, match="run by hand: CREATE TABLE"):
                    shop.open_orders(after=None, limit=1)
                shop.close()
        finally:
            tables.run(f"DROP USER '{name}'@'%'")
            tables.engine.dispose()


def test_what_a_config_prints_does_not_get_into_an_answer(php: str, tmp_path: Path) -> None:
    url = new_sqlite(tmp_path)
    create(url)
    with php_shop(url, before="\ufeff \n<?php echo $undefined, '<br>'; ?>\n") as server:
        shop = shop_of(server)
        assert shop.open_orders(after=None, limit=1).orders == ()
        shop.close()
    assert SECRET not in PHP_FILE.read_text(encoding="utf-8")
