"""The cockpit's shop: its database is broken and mended by buttons, each press a thread of its own."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from local.cockpit.shop import ShopTables


@pytest.fixture
def shop(tmp_path: Path) -> ShopTables:
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as made, made:
        made.execute("CREATE TABLE orders_order (order_number TEXT)")
    return ShopTables(file)


def in_a_thread_of_its_own(press: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(press).result()


def write(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=0)) as other, other:
        other.execute("INSERT INTO orders_order VALUES ('V1001')")


def test_who_mends_the_database_is_another_press_than_who_broke_it(shop: ShopTables, tmp_path: Path) -> None:
    in_a_thread_of_its_own(shop.lock)
    in_a_thread_of_its_own(shop.lock)  # pressed twice
    assert shop.locked
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write(tmp_path / "shop.db")
    in_a_thread_of_its_own(shop.unlock)
    in_a_thread_of_its_own(shop.unlock)
    assert not shop.locked
    write(tmp_path / "shop.db")
