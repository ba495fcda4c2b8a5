"""`vistka migrate`, on a real SQLite file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.scene import Scene
from vistka.cli.migrate import _named


@pytest.fixture
def shop(scene: Scene, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    file = tmp_path / "shop.db"
    connection = sqlite3.connect(file)
    connection.execute(
        "CREATE TABLE orders_order (id INTEGER PRIMARY KEY, order_number VARCHAR(20), user_id INTEGER,"
        " phone VARCHAR(32), status VARCHAR(10), tracking_number VARCHAR(50))"
    )
    connection.execute("CREATE TABLE accounts_userprofile (user_id INTEGER, telegram_id BIGINT)")
    connection.commit()
    scene.environ["SHOP_DATABASE_URL"] = f"sqlite:///{file}"
    yield connection
    connection.close()


def columns(shop: sqlite3.Connection) -> set[str]:
    return {row[1] for row in shop.execute("PRAGMA table_info(orders_order)")}


def test_a_dry_run_prints_the_sql_and_changes_nothing(scene: Scene, shop: sqlite3.Connection) -> None:
    result = scene.run("migrate", "--dry-run")
    assert result.exit_code == 0, result.output
    statements = result.stdout.splitlines()
    assert len(statements) == 2
    assert all(line.startswith("ALTER TABLE") and line.endswith(";") for line in statements)
    assert not columns(shop) & {"shipment_status", "shipment_status_updated"}


def test_the_columns_are_added_and_the_second_time_there_is_nothing_to_do(
    scene: Scene, shop: sqlite3.Connection
) -> None:
    assert scene.run("migrate").exit_code == 0
    assert columns(shop) > {"shipment_status", "shipment_status_updated"}
    again = scene.run("migrate")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to do" in again.stderr


def test_without_a_database_it_says_what_to_do(scene: Scene) -> None:
    result = scene.run("migrate")
    assert result.exit_code == 2
    assert "SHOP_DATABASE_URL" in result.stderr


def test_r9_a_url_that_cannot_be_read_is_not_repeated(scene: Scene) -> None:
    scene.environ["SHOP_DATABASE_URL"] = "oracle://shop:hunter2@db/shop"
    result = scene.run("migrate")
    assert result.exit_code == 2
    assert "hunter2" not in result.output
    assert "SHOP_DATABASE_URL" in result.stderr


def test_a_schema_that_is_not_there_is_configuration(scene: Scene, shop: sqlite3.Connection) -> None:
    scene.environ["SHOP_SCHEMA"] = "no-such"
    result = scene.run("migrate")
    assert result.exit_code == 2
    assert "no-such" in result.stderr


def test_a_shop_that_keeps_them_in_rows_needs_none(scene: Scene, shop: sqlite3.Connection) -> None:
    shop.execute("CREATE TABLE x_posts (ID INTEGER PRIMARY KEY, post_type TEXT, post_status TEXT)")
    shop.execute(
        "CREATE TABLE x_postmeta (meta_id INTEGER PRIMARY KEY, post_id INTEGER, meta_key TEXT, meta_value TEXT)"
    )
    shop.commit()
    scene.environ["SHOP_SCHEMA"] = "woocommerce_legacy?prefix=x_"
    result = scene.run("migrate")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing to do: this shop keeps them in rows of x_postmeta" in result.stderr


def test_a_file_that_is_not_there_is_wrong_use(scene: Scene, tmp_path: Path) -> None:
    scene.environ["SHOP_DATABASE_URL"] = f"sqlite:///{tmp_path}/none/shop.db"
    result = scene.run("migrate")
    assert result.exit_code == 2
    assert "check the path" in result.stderr
    assert "try again" not in result.stderr


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mysql://shop:hunter2@db.example:3306/shop?ssl=1", "db.example/shop (W)"),
        ("postgresql+pg8000://db.example/shop", "db.example/shop (W)"),
        ("mysql://shop:12/hunter2@db.example/shop", "db.example/shop (W)"),
        ("mysql://shop:hun@ter2@db.example/shop", "W"),
        ("mysql://db.example/shop?password=hun@ter2", "W"),
        ("mysql://shop:hun?ter2@db.example/shop", "W"),
        ("sqlite:////srv/shop.db", "/srv/shop.db (W)"),
        ("sqlite:///shop.db", "shop.db (W)"),
    ],
)
def test_r9_the_database_is_named_without_user_or_password(url: str, named: str) -> None:
    assert _named(url, "W") == named


def test_r9_a_shop_behind_its_own_server_adds_its_columns_itself(scene: Scene) -> None:
    scene.environ["SHOP_DATABASE_URL"] = "https://main:hunter2hunter2hunter2hunter2hunter2@shop.example/vistka"
    result = scene.run("migrate")
    assert result.exit_code == 2
    assert "over HTTP" in result.stderr
    assert "hunter2" not in result.output + result.stderr
