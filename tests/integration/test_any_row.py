"""Whatever stands in the shop's rows: each open order is read or named, and the sound ones are tracked."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.usecases.world import World
from vistka.adapters.shop_sql import SqlShop
from vistka.shop.schema import load_schema

GOOD, TTN = "TWC-GOOD", "20450000000017"
HUGE = st.sampled_from([2**31, 2**52, 2**52 + 1, 2**63 - 1, -(2**63), 0, -1, 1.5, 1e300, float("inf")])
ODD = st.sampled_from(["", " ", "\x00", "a\x00b", "\U0001f4e6", "'; DROP TABLE orders_order; --", "1_000", "²", "\n"])
VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | HUGE | ODD | st.text(max_size=30) | st.binary(max_size=12)
NUMBERS = st.sampled_from([TTN, "59000000000011", "59000000000011, 20450000000024", "12345", "²²²²²²²²²²²²²²"])
ROWS = st.fixed_dictionaries(
    {
        "order_number": VALUES | st.sampled_from([GOOD, "TWC1"]),
        "user_id": VALUES | st.sampled_from([7, "7", 7.0]),
        "phone": VALUES,
        "tracking_number": VALUES | NUMBERS,
        "shipment_status": VALUES,
        "shipment_status_updated": VALUES,
        "status": VALUES | st.just("ship"),
    }
)
CHATS = st.lists(st.tuples(VALUES | st.sampled_from([7, "7"]), VALUES | st.sampled_from([2**63 - 1, 7001])), max_size=3)


class Tables:
    """The shop's tables without any constraint, in a database that takes every value."""

    def __init__(self, file: Path) -> None:
        self.url = f"sqlite:///{file}"
        self.connection = sqlite3.connect(file, isolation_level=None)
        columns = "order_number, user_id, phone, tracking_number, shipment_status, shipment_status_updated, status"
        self.connection.execute(f"CREATE TABLE orders_order (id integer PRIMARY KEY, {columns})")
        self.connection.execute("CREATE TABLE accounts_userprofile (user_id, telegram_id)")

    def fill(self, rows: list[dict[str, Any]], chats: list[tuple[Any, Any]]) -> None:
        self.connection.execute("DELETE FROM orders_order")
        self.connection.execute("DELETE FROM accounts_userprofile")
        for row in rows:
            names, binds = ", ".join(row), ", ".join(f":{name}" for name in row)
            self.connection.execute(f"INSERT INTO orders_order ({names}) VALUES ({binds})", row)
        self.connection.executemany("INSERT INTO accounts_userprofile VALUES (?, ?)", chats)

    def value(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement, values).fetchone()[0]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    made = Tables(tmp_path_factory.mktemp("any") / "shop.sqlite3")
    with closing(made.connection):
        yield made


def good() -> dict[str, Any]:
    return {"order_number": GOOD, "tracking_number": TTN, "status": "ship", "phone": "", "shipment_status": None}


@given(st.lists(ROWS, max_size=4), CHATS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{"order_number": "T\x00", "tracking_number": TTN, "status": "ship", "user_id": 7}], [(7, 2**63 - 1)])
@example([{"order_number": "T", "tracking_number": b"\xff", "status": "ship", "user_id": 7}], [(7, "1_0"), (None, "")])
def test_any_row_is_an_order_or_a_problem_and_the_sound_ones_are_tracked_f40(
    tables: Tables, rows: list[dict[str, Any]], chats: list[tuple[Any, Any]]
) -> None:
    tables.fill([*rows, good()], chats)
    open_rows = tables.value(
        "SELECT COUNT(*) FROM orders_order WHERE status IN ('new', 'prep', 'ship')"
        " AND tracking_number IS NOT NULL AND trim(CAST(tracking_number AS TEXT)) <> ''"
    )
    shop = SqlShop(tables.url, load_schema("twocomms"))
    with closing(shop):
        page = shop.open_orders(after=None, limit=100)
        assert len(page.orders) + len(page.problems) >= 1
        assert abs(len(page.orders) + len(page.problems) - open_rows) <= 1  # a NUL ends what SQLite counts
        assert any(order.number == GOOD for order in page.orders)
        for order in page.orders:
            assert order.chat_id is None or 0 < order.chat_id < 2**52
            assert (order.chat_id is None) is (order.unreachable is not None)
        for problem in page.problems:
            problem.encode()
        world = World()
        world.shop = shop  # type: ignore[assignment]
        world.carrier.set(TTN, "5", "Прямує")
        world.carrier.set("59000000000011", "7", "Прибув")
        done = world.dispatch()
        assert done.asked >= 1
        assert done.untaken == 0
        for tracked in world.track():
            assert tracked.failed == {}
    key = len(rows) + 1
    assert tables.value("SELECT shipment_status FROM orders_order WHERE id = ?", key) == "В дорозі - Прямує"


def test_broken_utf8_is_named_and_the_rest_goes_on_f25_f40(tables: Tables) -> None:
    """It gets in by a cast here, and by another program's wrong encoding there."""
    tables.fill([good()], [])
    for column in ("order_number", "tracking_number", "shipment_status", "phone"):
        broken = {**good(), "order_number": f"BAD-{column}"}
        tables.connection.execute(
            "INSERT INTO orders_order (order_number, tracking_number, status, phone, shipment_status) VALUES"
            " (:order_number, :tracking_number, :status, :phone, :shipment_status)",
            broken,
        )
        spoil = f"UPDATE orders_order SET {column} = CAST(x'41ff' AS TEXT) WHERE id = last_insert_rowid()"
        tables.connection.execute(spoil)
    with closing(SqlShop(tables.url, load_schema("twocomms"))) as shop:
        page = shop.open_orders(after=None, limit=100)
    assert {order.number for order in page.orders} == {GOOD, "BAD-phone"}
    assert len(page.problems) == 3
