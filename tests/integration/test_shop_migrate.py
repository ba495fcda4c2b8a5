"""`vistka migrate` on real databases."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.shop import TEXT, TTN, told
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from vistka.adapters.shop_migrate import migrate
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopMismatch, ShopUnavailable
from vistka.shop.schema import ShopSchema, load_schema

STATEMENTS = {
    "sqlite": [
        "ALTER TABLE orders_order ADD COLUMN shipment_status VARCHAR(100) NULL",
        "ALTER TABLE orders_order ADD COLUMN shipment_status_updated DATETIME NULL",
    ],
    "mariadb": [
        "ALTER TABLE orders_order ADD COLUMN shipment_status VARCHAR(100) CHARACTER SET utf8mb4 NULL",
        "ALTER TABLE orders_order ADD COLUMN shipment_status_updated DATETIME NULL",
    ],
    "postgresql": [
        "ALTER TABLE orders_order ADD COLUMN shipment_status VARCHAR(100) NULL",
        "ALTER TABLE orders_order ADD COLUMN shipment_status_updated TIMESTAMP WITH TIME ZONE NULL",
    ],
}


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[str]:
    if database == "sqlite":
        yield new_sqlite(tmp_path)
        return
    with throw_away_database(request.getfixturevalue(f"{database}_url")) as name:
        yield name


@pytest.fixture
def rows(url: str) -> Iterator[ShopTables]:
    tables = ShopTables.at(url)
    tables.create(tracking_columns=False)
    yield tables
    tables.engine.dispose()


@pytest.fixture
def schema() -> ShopSchema:
    return load_schema("twocomms")


def written(url: str, schema: ShopSchema) -> int:
    with closing(SqlShop(url, schema)) as shop:
        return shop.write([told(order) for order in shop.open_orders(after=None, limit=10).orders]).written


def test_the_two_columns_are_added_once_and_can_be_used(
    rows: ShopTables, url: str, schema: ShopSchema, database: str
) -> None:
    key = rows.add_bare_order(number="A1", tracking=TTN)
    assert migrate(url, schema, dry_run=False) == STATEMENTS[database]
    assert migrate(url, schema, dry_run=False) == []
    assert (rows.shown(key), rows.updated(key)) == (None, None)
    assert written(url, schema) == 1
    assert rows.shown(key) == TEXT


def test_a_dry_run_prints_the_same_and_changes_nothing(
    rows: ShopTables, url: str, schema: ShopSchema, database: str
) -> None:
    assert migrate(url, schema, dry_run=True) == STATEMENTS[database]
    assert migrate(url, schema, dry_run=True) == STATEMENTS[database]


def test_a_run_that_broke_off_in_the_middle_is_completed_by_the_next(
    rows: ShopTables, url: str, schema: ShopSchema, database: str
) -> None:
    rows.run(STATEMENTS[database][0])
    assert migrate(url, schema, dry_run=False) == STATEMENTS[database][1:]
    assert migrate(url, schema, dry_run=False) == []


def test_a_shop_that_was_not_migrated_says_what_to_do(rows: ShopTables, url: str, schema: ShopSchema) -> None:
    with closing(SqlShop(url, schema)) as shop:
        with pytest.raises(ShopMismatch, match=r"orders\.shipment_status: table 'orders_order' has no column"):
            shop.open_orders(after=None, limit=1)
        (bad,) = [finding for finding in shop.check() if not finding.ok]
        assert bad.hint == "run `vistka migrate`"
        # the same warm environment goes on once that was done
        migrate(url, schema, dry_run=False)
        assert shop.open_orders(after=None, limit=1).orders == ()
        assert all(finding.ok for finding in shop.check())


def test_a_length_without_limit_becomes_text_and_none_the_longest_sentence(
    rows: ShopTables, url: str, schema: ShopSchema
) -> None:
    def first(length: int | None) -> str:
        orders = replace(schema.orders, shipment_status_length=length)
        return migrate(url, replace(schema, orders=orders), dry_run=True)[0]

    assert "shipment_status TEXT" in first(0)
    assert "shipment_status VARCHAR(255)" in first(None)


def test_names_that_need_quotes_get_them(rows: ShopTables, url: str, schema: ShopSchema, database: str) -> None:
    orders = replace(schema.orders, shipment_status="Select", shipment_status_updated="order")
    named = replace(schema, orders=orders)
    assert len(migrate(url, named, dry_run=False)) == 2
    assert migrate(url, named, dry_run=False) == []
    rows.add_bare_order(number="A1", tracking=TTN)
    assert written(url, named) == 1


def test_a_table_that_is_not_there_is_named_and_nothing_is_done(rows: ShopTables, url: str, schema: ShopSchema) -> None:
    orders = replace(schema.orders, table="orders_ordr")
    with pytest.raises(ShopMismatch, match=r"orders\.table: the database shows no table 'orders_ordr'"):
        migrate(url, replace(schema, orders=orders), dry_run=False)


def test_a_column_that_is_wrong_besides_stops_the_migration_before_it_begins(
    rows: ShopTables, url: str, schema: ShopSchema
) -> None:
    orders = replace(schema.orders, tracking="ttn")
    with pytest.raises(ShopMismatch, match=r"orders\.tracking: table 'orders_order' has no column 'ttn'"):
        migrate(url, replace(schema, orders=orders), dry_run=False)
    assert len(migrate(url, schema, dry_run=True)) == 2


def test_a_database_that_is_not_reachable_is_an_outage(schema: ShopSchema, tmp_path: Path) -> None:
    """R7."""
    with pytest.raises(ShopUnavailable):
        migrate(f"sqlite:///{tmp_path}/none.sqlite3", schema, dry_run=True)
    assert list(tmp_path.iterdir()) == []


def test_what_was_added_meanwhile_by_another_is_no_error(
    rows: ShopTables, url: str, schema: ShopSchema, database: str
) -> None:
    """R10: two may run it at once."""
    results, errors = list[list[str]](), list[Exception]()

    def work() -> None:
        try:
            results.append(migrate(url, schema, dry_run=False))
        except ShopUnavailable as error:  # SQLite tells one of two writers to wait longer than it wants to
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(results) == 3
    assert migrate(url, schema, dry_run=False) == []


def test_the_shops_own_writes_need_nothing_of_ours_f26(rows: ShopTables, url: str, schema: ShopSchema) -> None:
    """The columns ask for no value, and a connection of ours that stays open holds nothing against the shop."""
    key = rows.add_bare_order(number="A1", tracking=TTN)
    migrate(url, schema, dry_run=False)
    with closing(SqlShop(url, schema)) as shop:
        shop.write([told(order) for order in shop.open_orders(after=None, limit=10).orders])
        rows.add_bare_order(number="A2", tracking=TTN)
        rows.edit(key, status="done", shown=None)
        assert rows.others(key)["status"] == "done"
        rows.run("ALTER TABLE orders_order DROP COLUMN shipment_status_updated")
        rows.run("ALTER TABLE orders_order DROP COLUMN shipment_status")
        rows.add_bare_order(number="A3", tracking=TTN)
