"""Order rules on real databases, beyond the contract: privileges, lost answers, enums, what `check` says."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pymysql  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

from tests.contracts.shop import TTN
from tests.contracts.shop_moves import move_of, ruled_schema
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from tests.integration.test_shop_errors import mysql_user, postgresql_user, url_of
from vistka.adapters.shop_check import grants
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopMismatch
from vistka.domain.rules import Event, Outcome
from vistka.shop.rules import Rule
from vistka.shop.schema import ShopSchema


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ShopTables]:
    if request.param == "sqlite":
        yield from created(new_sqlite(tmp_path))
        return
    with throw_away_database(request.getfixturevalue(f"{request.param}_url")) as url:
        yield from created(url)


def created(url: str) -> Iterator[ShopTables]:
    tables = ShopTables.at(url)
    tables.create()
    yield tables
    tables.engine.dispose()


def on(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rows", [kind], indirect=True)


def with_rule(schema: ShopSchema, **changes: object) -> ShopSchema:
    received = replace(schema.rules.by_event[Event.RECEIVED], **changes)  # type: ignore[arg-type]
    return replace(schema, rules=replace(schema.rules, by_event={Event.RECEIVED: received}))


@pytest.mark.parametrize("rows", ["mariadb", "postgresql"], indirect=True)
def test_the_grants_that_are_printed_are_enough_and_without_them_nothing_moves(rows: ShopTables) -> None:
    key, schema = rows.add_order(number="A1", tracking=TTN), ruled_schema()
    user = postgresql_user if rows.kind == "postgresql" else mysql_user
    without = replace(schema, rules=replace(schema.rules, by_event={}))
    with user(rows, *lines(grants(without))) as url, closing(SqlShop(url, schema)) as shop:
        with pytest.raises(ShopMismatch, match="privilege"):
            shop.move([move_of(key)])
        (bad,) = [finding for finding in shop.check() if not finding.ok]
        assert bad.name == "order rules"
        assert bad.text.startswith("status, payment_status: ")
        assert "(shipment_status, shipment_status_updated, status, payment_status)" in bad.hint
    with user(rows, *lines(bad.hint)) as url, closing(SqlShop(url, schema)) as shop:
        assert [finding for finding in shop.check() if not finding.ok] == []
        assert [done.outcome for done in shop.move([move_of(key)])] == [Outcome.MOVED]
    assert rows.others(key)["status"] == "done"


def lines(printed: str) -> list[str]:
    return [each.removesuffix(" TO <user>") for each in printed.strip(";").split("; ")]


@on("mariadb")
def test_a_move_whose_answer_was_lost_within_the_call_is_ours(rows: ShopTables) -> None:
    """R10: the statement is repeated on a new connection, and finds what it did itself."""
    key = rows.add_order(number="A1", tracking=TTN)
    with closing(SqlShop(url_of(rows), ruled_schema())) as shop:
        assert shop.check()
        once = iter([True])

        def lose(_: object, cursor: object, statement: str, *rest: object) -> None:
            if statement.startswith("UPDATE") and next(once, False):
                raise pymysql.err.OperationalError(2013, "Lost connection")

        sa.event.listen(shop._database._engine, "after_cursor_execute", lose)
        assert [done.outcome for done in shop.move([move_of(key)])] == [Outcome.MOVED]
        assert next(once, None) is None
    assert rows.others(key)["status"] == "done"


def test_of_two_that_move_one_order_one_did_it(rows: ShopTables) -> None:
    """F7."""
    keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(20)]
    start, outcomes = threading.Barrier(2), list[Outcome]()

    def work() -> None:
        with closing(SqlShop(url_of(rows), ruled_schema())) as shop:
            shop.open_orders(after=None, limit=1)
            start.wait()
            for each, key in enumerate(keys):
                outcomes.extend(done.outcome for done in shop.move([move_of(key, f"A{each}")]))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(outcomes) == [Outcome.MOVED] * 20 + [Outcome.THERE] * 20


@on("postgresql")
def test_statuses_may_be_enums(rows: ShopTables) -> None:
    key = rows.add_order(number="A1", tracking=TTN)
    rows.edit(key, pay_type="partial", payment_status="partial")
    for column, values in (("status", "'prep', 'ship', 'done'"), ("payment_status", "'unpaid', 'partial', 'paid'")):
        rows.run(f'CREATE TYPE "Kind of {column}" AS ENUM ({values})')
        rows.run(f"ALTER TABLE orders_order ALTER {column} DROP DEFAULT")
        rows.run(f'ALTER TABLE orders_order ALTER {column} TYPE "Kind of {column}" USING {column}::"Kind of {column}"')
    with closing(SqlShop(url_of(rows), with_rule(ruled_schema()))) as shop:
        assert [finding for finding in shop.check() if not finding.ok] == []
        assert [done.outcome for done in shop.move([move_of(key)])] == [Outcome.MOVED]
        assert [done.outcome for done in shop.move([move_of(key)])] == [Outcome.THERE]
    assert rows.value("SELECT status || ' ' || payment_status FROM orders_order") == "done paid"


def test_statuses_may_be_numbers(rows: ShopTables) -> None:
    rows.run(
        "CREATE TABLE numbered (id bigint PRIMARY KEY, num varchar(9), ttn varchar(50), state int, s varchar(100)"
        f", t {'timestamp' if rows.kind == 'postgresql' else 'datetime'})"
    )
    rows.run(f"INSERT INTO numbered (id, num, ttn, state) VALUES (1, 'A1', '{TTN}', 3), (2, 'A2', '{TTN}', 7)")
    schema = ruled_schema()
    orders = replace(schema.orders, table="numbered", number="num", tracking="ttn", status="state", phone="", user="")
    orders = replace(orders, open_statuses=(1, 3), shipment_status="s", shipment_status_updated="t")
    rule = Rule(event=Event.RECEIVED, from_statuses=(1, 3), status=5)
    rules = replace(schema.rules, by_event={Event.RECEIVED: rule}, cancelled_statuses=(7,), pay_type="")
    schema = replace(schema, orders=orders, rules=replace(rules, payment_status=""), profiles=None)
    with closing(SqlShop(url_of(rows), schema)) as shop:
        assert [finding for finding in shop.check() if not finding.ok] == []
        done = [each.outcome for each in shop.move([move_of("1"), move_of("2", "A2"), move_of("1")])]
    assert done == [Outcome.MOVED, Outcome.ELSEWHERE, Outcome.THERE]
    assert rows.value("SELECT state FROM numbered WHERE id = 1") == 5
    assert rows.value("SELECT state FROM numbered WHERE id = 2") == 7


def test_check_tells_the_rules_and_names_a_status_that_no_order_has(rows: ShopTables) -> None:
    for number, status in (("A1", "ship"), ("A2", "done"), ("A3", "cancelled")):
        rows.add_order(number=number, tracking=TTN, status=status)
    schema = with_rule(ruled_schema(), status="dnoe", from_statuses=("ship",))
    with closing(SqlShop(url_of(rows), schema)) as shop:
        told = {finding.text: finding for finding in shop.check() if finding.name == "order rules"}
    assert all(finding.ok for finding in told.values())
    assert "switched on: received: ship → dnoe; payment if partial: paid" in told
    assert told["orders.status: no order has dnoe"].hint == (
        "spelt as the shop writes it? it has: cancelled, done, ship"
    )
    assert "status, payment_status may be written" in told


@pytest.mark.parametrize("rows", ["mariadb", "postgresql"], indirect=True)
def test_check_names_a_status_longer_than_its_column_and_a_column_that_is_not_there(rows: ShopTables) -> None:
    schema = with_rule(ruled_schema(), status="d" * 21)
    with closing(SqlShop(url_of(rows), schema)) as shop:
        (bad,) = [finding for finding in shop.check() if not finding.ok]
    assert bad.text == f"orders.status: '{'d' * 21}' is longer than status holds (20 characters)"
    schema = replace(schema, rules=replace(schema.rules, pay_type="way"))
    with closing(SqlShop(url_of(rows), schema)) as shop:
        (bad,) = [finding for finding in shop.check() if not finding.ok]
    assert "rules.pay_type: table 'orders_order' has no column 'way'" in bad.text
