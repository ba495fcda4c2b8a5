"""The demonstration shop fills real databases, each test in a database of its own."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from local import scenario
from local.shop.__main__ import main
from local.shop.seed import NotOurs, database_url, seed

EPOCH = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
NAME = f"vistka_seed_{os.getpid()}"


@pytest.fixture(scope="module")
def told() -> scenario.Scenario:
    return scenario.build(epoch=EPOCH)


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}"
        return
    server = sa.create_engine(request.getfixturevalue(f"{request.param}_url"), isolation_level="AUTOCOMMIT")
    charset = " CHARACTER SET utf8mb4" if request.param == "mariadb" else ""
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME}")
        connection.exec_driver_sql(f"CREATE DATABASE {NAME}{charset}")
    try:
        yield server.url.set(database=NAME).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {NAME}")
        server.dispose()


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_url(url), poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def test_the_rows_are_those_of_the_scenario(url: str, engine: sa.Engine, told: scenario.Scenario) -> None:
    assert seed(url, told) == 300
    table = sa.Table("orders_order", sa.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()
    assert [row["order_number"] for row in rows] == [order.number for order in told.orders]
    for row, order in zip(rows, told.orders, strict=True):
        assert (row["tracking_number"], row["shipment_status"]) == (order.tracking, order.shown)
        assert (row["full_name"], row["user_id"], row["status"]) == (order.full_name, order.user_id, order.status)
        assert Decimal(row["total_sum"]) == order.total_sum
        assert abs((row["created"].replace(tzinfo=UTC) - EPOCH).total_seconds() - order.created) < 1


def test_buyers_come_with_and_without_profile_and_chat(url: str, engine: sa.Engine, told: scenario.Scenario) -> None:
    seed(url, told)
    with engine.connect() as connection:
        users = connection.scalar(sa.text("SELECT count(*) FROM auth_user"))
        profiles = connection.scalar(sa.text("SELECT count(*) FROM accounts_userprofile"))
        chats = connection.scalar(sa.text("SELECT count(*) FROM accounts_userprofile WHERE telegram_id > 0"))
        largest = connection.scalar(sa.text("SELECT max(telegram_id) FROM accounts_userprofile"))
    assert users == len(told.users)
    assert profiles == sum(user.profile for user in told.users)
    assert chats == sum(1 for user in told.users if user.telegram_id)
    assert largest == max(user.telegram_id or 0 for user in told.users)


def test_types_are_those_that_django_makes(url: str, engine: sa.Engine, told: scenario.Scenario) -> None:
    seed(url, told)
    columns = {column["name"]: column for column in sa.inspect(engine).get_columns("orders_order")}
    assert getattr(columns["shipment_status"]["type"], "length", None) == 100
    assert getattr(columns["tracking_number"]["type"], "length", None) == 50
    assert columns["shipment_status_updated"]["nullable"] is True
    updated = columns["shipment_status_updated"]["type"]
    if engine.dialect.name == "postgresql":
        assert getattr(updated, "timezone", None) is True
    if engine.dialect.name == "mysql":
        assert getattr(updated, "fsp", None) == 6
    profile = {column["name"]: column for column in sa.inspect(engine).get_columns("accounts_userprofile")}
    assert isinstance(profile["telegram_id"]["type"], sa.BigInteger)


def test_a_shop_may_be_one_from_before_the_migration(url: str, engine: sa.Engine, told: scenario.Scenario) -> None:
    seed(url, told, tracked=False)
    names = {column["name"] for column in sa.inspect(engine).get_columns("orders_order")}
    assert not names & {"shipment_status", "shipment_status_updated"}


def test_what_was_seeded_here_may_be_seeded_again(url: str, engine: sa.Engine, told: scenario.Scenario) -> None:
    seed(url, told, tracked=False)
    assert seed(url, told) == 300
    with engine.begin() as connection:
        # The next row gets a number that is free.
        connection.exec_driver_sql(
            "INSERT INTO accounts_userprofile (user_id, full_name, phone, city, np_office, pay_type)"
            " SELECT max(id), 'А', '', '', '', 'full' FROM auth_user"
            " WHERE id NOT IN (SELECT user_id FROM accounts_userprofile)"
        )


def test_a_shop_that_is_not_ours_is_left_alone(url: str, engine: sa.Engine, told: scenario.Scenario) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE orders_order (id integer)")
        connection.exec_driver_sql("INSERT INTO orders_order VALUES (7)")
    with pytest.raises(NotOurs, match="nothing was touched"):
        seed(url, told)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT id FROM orders_order")) == 7


def test_the_command_line_reads_the_stand_ins_scenario(
    told: scenario.Scenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told.save(tmp_path / "scenario.json")
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    assert main(["seed", "--url", url, "--scenario", str(tmp_path / "scenario.json")]) == 0
    assert main(["seed", "--url", url, "--orders", "3"]) == 2
    assert main(["seed", "--url", "postgresql://nobody:secret@127.0.0.1:1/none"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "300 orders\n"
    assert "secret" not in printed.err
