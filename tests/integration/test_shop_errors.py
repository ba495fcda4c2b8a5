"""Every way a database has of saying no, as one of two errors with nothing of it repeated."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.contracts.shop import TTN, told
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopMismatch, ShopUnavailable, VistkaError
from vistka.domain.orders import Finding
from vistka.shop.schema import ShopSchema, load_schema

SECRET = "Tr0ub4dor"  # invented


@pytest.fixture
def schema() -> ShopSchema:
    return load_schema("twocomms")


@pytest.fixture
def mariadb(mariadb_url: str) -> Iterator[ShopTables]:
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create()
        yield tables
        tables.engine.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[ShopTables]:
    with throw_away_database(postgresql_url) as url:
        tables = ShopTables.at(url)
        tables.create()
        yield tables
        tables.engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[ShopTables]:
    tables = ShopTables.at(new_sqlite(tmp_path))
    tables.create()
    yield tables
    tables.engine.dispose()


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def rows(request: pytest.FixtureRequest) -> ShopTables:
    tables: ShopTables = request.getfixturevalue(request.param)
    return tables


def url_of(rows: ShopTables, **changes: object) -> str:
    url = rows.engine.url.set(**changes)  # type: ignore[arg-type]
    return url.render_as_string(hide_password=False)


@contextmanager
def mysql_user(rows: ShopTables, *grants: str) -> Iterator[str]:
    """The URL of a user with these privileges only."""
    name = f"vistka_{rows.engine.url.database}"[-32:]
    rows.run(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{SECRET}'")
    rows.run(f"CREATE USER '{name}'@'localhost' IDENTIFIED BY '{SECRET}'")
    for grant in grants:
        for host in ("%", "localhost"):
            rows.run(f"{grant} TO '{name}'@'{host}'")
    try:
        yield url_of(rows, username=name, password=SECRET)
    finally:
        rows.run(f"DROP USER '{name}'@'%', '{name}'@'localhost'")


@contextmanager
def postgresql_user(rows: ShopTables, *grants: str) -> Iterator[str]:
    name = f"vistka_{rows.engine.url.database}"
    rows.run(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    for grant in grants:
        rows.run(f"{grant} TO {name}")
    try:
        yield url_of(rows, username=name, password=SECRET)
    finally:
        rows.run(f"DROP OWNED BY {name}")
        rows.run(f"DROP ROLE {name}")


def caught(shop: SqlShop, kind: type[VistkaError]) -> str:
    """The error of reading, after a look at what hangs on it."""
    with closing(shop), pytest.raises(kind) as found:
        shop.open_orders(after=None, limit=1)
    assert found.value.__cause__ is None
    assert found.value.__context__ is None
    return str(found.value)


def by_name(shop: SqlShop) -> dict[str, Finding]:
    with closing(shop):
        return {finding.name: finding for finding in shop.check()}


# --- what is not there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "name", "said"),
    [
        ("table", "orders_ordr", "orders.table: the database shows no table 'orders_ordr'"),
        ("tracking", "ttn", "orders.tracking: table 'orders_order' has no column 'ttn'"),
        ("phone", "tel", "orders.phone: table 'orders_order' has no column 'tel'"),
    ],
)
def test_what_the_schema_names_and_the_shop_has_not_is_named_by_its_field(
    rows: ShopTables, schema: ShopSchema, field: str, name: str, said: str
) -> None:
    orders = {
        "table": replace(schema.orders, table=name),
        "tracking": replace(schema.orders, tracking=name),
        "phone": replace(schema.orders, phone=name),
    }
    wrong = replace(schema, orders=orders[field])
    assert said in caught(SqlShop(url_of(rows), wrong), ShopMismatch)
    finding = by_name(SqlShop(url_of(rows), wrong))["shop tables"]
    assert (finding.ok, said in finding.text) == (False, True)
    assert "schema file (twocomms)" in finding.hint


def test_a_column_that_vanishes_later_is_a_mismatch_and_then_named(rows: ShopTables, schema: ShopSchema) -> None:
    rows.add_order(number="A1", tracking=TTN)
    with closing(SqlShop(url_of(rows), schema)) as shop:
        (order,) = shop.open_orders(after=None, limit=1).orders
        rows.run("ALTER TABLE orders_order DROP COLUMN shipment_status_updated")
        with pytest.raises(ShopMismatch, match=r"orders\.shipment_status_updated \(shipment_status_updated\)"):
            shop.write([told(order)])
        with pytest.raises(ShopMismatch, match="has no column 'shipment_status_updated'"):
            shop.write([told(order)])


@pytest.mark.parametrize("rows", ["mariadb", "postgresql"], indirect=True)
def test_a_column_of_another_type_is_named(rows: ShopTables, schema: ShopSchema) -> None:
    wrong = replace(
        schema,
        orders=replace(schema.orders, shipment_status="total_sum", shipment_status_updated="payment_status"),
    )
    text = caught(SqlShop(url_of(rows), wrong), ShopMismatch)
    assert "orders.shipment_status: column 'total_sum' is" in text
    assert "orders.shipment_status_updated: column 'payment_status' is" in text


# --- privileges ----------------------------------------------------------------------------------------------------


def test_the_grants_that_are_printed_are_enough_on_mariadb(mariadb: ShopTables, schema: ShopSchema) -> None:
    mariadb.add_order(number="A1", tracking=TTN, user=1)
    with mysql_user(mariadb, "GRANT SELECT ON orders_order", "GRANT SELECT ON accounts_userprofile") as url:
        with closing(SqlShop(url, schema)) as shop:
            (order,) = shop.open_orders(after=None, limit=1).orders
            with pytest.raises(ShopMismatch, match="privilege") as found:
                shop.write([told(order)])
            assert "orders." in str(found.value)
            finding = by_name(shop)["shop writable"]
            assert not finding.ok
        grants = [each.removesuffix(" TO <user>") for each in finding.hint.strip(";").split("; ")]
        assert len(grants) == 3
    with mysql_user(mariadb, *grants) as url, closing(SqlShop(url, schema)) as shop:
        assert [finding.ok for finding in shop.check()] == [True] * 6
        assert shop.write([told(order)]).written == 1


def test_the_grants_that_are_printed_are_enough_on_postgresql(postgresql: ShopTables, schema: ShopSchema) -> None:
    postgresql.add_order(number="A1", tracking=TTN, user=1)
    with postgresql_user(postgresql, "GRANT SELECT ON orders_order", "GRANT SELECT ON accounts_userprofile") as url:
        with closing(SqlShop(url, schema)) as shop:
            (order,) = shop.open_orders(after=None, limit=1).orders
            with pytest.raises(ShopMismatch, match=r"orders\.table \(orders_order\): .*privilege"):
                shop.write([told(order)])
            finding = by_name(shop)["shop writable"]
            assert not finding.ok
        grants = [each.removesuffix(" TO <user>") for each in finding.hint.strip(";").split("; ")]
    with postgresql_user(postgresql, *grants) as url, closing(SqlShop(url, schema)) as shop:
        assert [finding.ok for finding in shop.check()] == [True] * 6
        assert shop.write([told(order)]).written == 1


def test_a_table_that_may_not_be_read_is_named(mariadb: ShopTables, schema: ShopSchema) -> None:
    with mysql_user(mariadb, "GRANT SELECT ON accounts_userprofile") as url:
        assert "orders.table: the database shows no table" in caught(SqlShop(url, schema), ShopMismatch)


def test_a_sqlite_file_that_may_not_be_written_is_named(sqlite: ShopTables, schema: ShopSchema) -> None:
    sqlite.add_order(number="A1", tracking=TTN)
    with closing(SqlShop(url_of(sqlite), schema)) as shop:
        (order,) = shop.open_orders(after=None, limit=1).orders
        # what a file of another user, or a read-only disk, answers
        sa.event.listen(shop._database._engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only = 1").close())
        shop.dispose()
        with pytest.raises(ShopMismatch, match="may not be written"):
            shop.write([told(order)])
        assert not by_name(shop)["shop writable"].ok


# --- login, database, server -----------------------------------------------------------------------------------------


def test_a_refused_login_is_for_somebody_to_correct(mariadb: ShopTables, schema: ShopSchema) -> None:
    with mysql_user(mariadb, "GRANT SELECT ON orders_order") as url:
        wrong = url.replace(SECRET, SECRET + "x")
        text = caught(SqlShop(wrong, schema), ShopMismatch)
    assert "login refused; check user and password in SHOP_DATABASE_URL" in text
    assert SECRET not in text
    assert "vistka_" not in text


def test_a_role_that_is_not_there_is_for_somebody_to_correct(postgresql: ShopTables, schema: ShopSchema) -> None:
    text = caught(SqlShop(url_of(postgresql, username="nobody_at_all", password=SECRET), schema), ShopMismatch)
    assert "login refused" in text
    assert "nobody_at_all" not in text


@pytest.mark.parametrize("rows", ["mariadb", "postgresql"], indirect=True)
def test_a_database_that_is_not_there_is_for_somebody_to_correct(rows: ShopTables, schema: ShopSchema) -> None:
    text = caught(SqlShop(url_of(rows, database="vistka_none"), schema), ShopMismatch)
    assert "no such database; check its name in SHOP_DATABASE_URL" in text


def test_no_file_is_an_outage_and_none_is_made(tmp_path: Path, schema: ShopSchema) -> None:
    text = caught(SqlShop(f"sqlite:///{tmp_path}/none.sqlite3", schema), ShopUnavailable)
    assert "is not there" in text
    assert str(tmp_path) not in text
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_for_somebody_to_correct(tmp_path: Path, schema: ShopSchema) -> None:
    (tmp_path / "shop.sqlite3").write_text("no database " * 200)
    assert "not a sound SQLite database" in caught(SqlShop(f"sqlite:///{tmp_path}/shop.sqlite3", schema), ShopMismatch)


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_a_server_that_is_not_there_is_an_outage(scheme: str, schema: ShopSchema) -> None:
    """R7, F3."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"{scheme}://shopuser:{SECRET}@127.0.0.1:{taken.getsockname()[1]}/shop"
        text = caught(SqlShop(url, schema), ShopUnavailable)
        (finding,) = SqlShop(url, schema).check()
    assert text == finding.text
    assert not finding.ok
    assert finding.hint
    for part in (SECRET, "shopuser", "127.0.0.1"):
        assert part not in text + finding.hint


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
def test_a_server_that_never_answers_is_an_outage_within_the_time(scheme: str, schema: ShopSchema) -> None:
    """R7, F28."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://shopuser:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/shop"
        started = time.monotonic()
        text = caught(SqlShop(url, schema, answer_seconds=1), ShopUnavailable)
    assert "no answer in time" in text
    assert time.monotonic() - started < 3  # not waited for twice


@pytest.mark.parametrize("scheme", ["mysql", "postgresql"])
@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\x00\x00\x00\x0a", b"\x00" * 64])
def test_a_server_that_speaks_something_else_is_an_outage(scheme: str, says: bytes, schema: ShopSchema) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            for _ in range(2):
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(says)

        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        caught(
            SqlShop(f"{scheme}://u:p@127.0.0.1:{server.getsockname()[1]}/shop", schema, answer_seconds=1),
            ShopUnavailable,
        )


def test_a_login_of_mysql_8_without_tls_says_what_it_needs(schema: ShopSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymysql._auth._have_cryptography", False)  # as in the layer
    greeting = (
        b"\x0a8.4.0\0" + b"\x01\0\0\0" + b"saltsalt\0" + b"\xff\xf7" + b"\xff\x02\0" + b"\xff\xdf" + b"\x15"
        + b"\0" * 10 + b"saltsaltsalt\0" + b"caching_sha2_password\0"
    )  # fmt: skip
    answers = [greeting, b"\x01\x04", b"\x01-----BEGIN PUBLIC KEY-----"]  # full authentication, and a key for it
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            connection, _ = server.accept()
            with connection:
                for number, answer in enumerate(answers):
                    connection.sendall(len(answer).to_bytes(3, "little") + bytes([number * 2]) + answer)
                    connection.recv(4096)

        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        url = f"mysql://u:{SECRET}@127.0.0.1:{server.getsockname()[1]}/shop"
        text = caught(SqlShop(url, schema, answer_seconds=2), ShopMismatch)
        thread.join(5)
    assert "?tls=on" in text


def test_too_many_connections_are_an_outage(mariadb: ShopTables, schema: ShopSchema) -> None:
    """F28: limits of 20 to 40."""
    with mysql_user(mariadb, "GRANT SELECT ON orders_order", "GRANT SELECT ON accounts_userprofile") as url:
        name = sa.make_url(url).username
        for host in ("%", "localhost"):
            mariadb.run(f"ALTER USER '{name}'@'{host}' WITH MAX_USER_CONNECTIONS 1")
        with closing(SqlShop(url, schema)) as first:
            first.open_orders(after=None, limit=1)
            assert "too many connections" in caught(SqlShop(url, schema), ShopUnavailable)
        with closing(SqlShop(url, schema)) as second:
            second.open_orders(after=None, limit=1)


def test_too_many_connections_are_an_outage_on_postgresql(postgresql: ShopTables, schema: ShopSchema) -> None:
    """F28."""
    with postgresql_user(postgresql, "GRANT SELECT ON orders_order", "GRANT SELECT ON accounts_userprofile") as url:
        postgresql.run(f"ALTER ROLE {sa.make_url(url).username} CONNECTION LIMIT 1")
        with closing(SqlShop(url, schema)) as first:
            first.open_orders(after=None, limit=1)
            assert "too many connections" in caught(SqlShop(url, schema), ShopUnavailable)


@pytest.mark.parametrize("rows", ["mariadb", "postgresql"], indirect=True)
def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(rows: ShopTables, schema: ShopSchema) -> None:
    """Neither the password nor a row goes over a line that is not verified."""
    url = url_of(rows, password=SECRET) + "?tls=on"
    text = caught(SqlShop(url, schema), ShopMismatch)
    assert "TLS failed" in text
    assert "tls_ca" in text


@pytest.mark.parametrize("rows", ["mariadb", "postgresql"], indirect=True)
def test_a_statement_the_server_takes_too_long_for_is_an_outage(rows: ShopTables, schema: ShopSchema) -> None:
    """R7: and it is not waited for twice."""
    key = rows.add_order(number="A1", tracking=TTN)
    with closing(SqlShop(url_of(rows), schema, answer_seconds=1)) as shop:
        (order,) = shop.open_orders(after=None, limit=1).orders
        with rows.engine.execution_options(isolation_level="READ COMMITTED").begin() as other:
            other.execute(sa.text("UPDATE orders_order SET phone = '1' WHERE id = :key"), {"key": int(key)})
            started = time.monotonic()
            with pytest.raises(ShopUnavailable, match="no answer in time"):
                shop.write([told(order)])
            assert time.monotonic() - started < 2.5
        assert shop.open_orders(after=None, limit=1).orders


# --- fitting while the database is away -----------------------------------------------------------------------------


def test_fitting_a_text_never_raises_and_waits_for_an_outage_once(schema: ShopSchema) -> None:
    """F11, R7: the store is written whatever the shop does."""
    open_end = replace(schema, orders=replace(schema.orders, shipment_status_length=None))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mysql://u:p@127.0.0.1:{silent.getsockname()[1]}/shop"
        shop = SqlShop(url, open_end, answer_seconds=1)
        started = time.monotonic()
        for _ in range(20):
            assert len(shop.fit("слово " * 50)) <= 100
        assert time.monotonic() - started < 3


def test_the_length_is_read_from_the_database_when_the_schema_does_not_say(
    rows: ShopTables, schema: ShopSchema
) -> None:
    """F11."""
    open_end = replace(schema, orders=replace(schema.orders, shipment_status_length=None))
    with closing(SqlShop(url_of(rows), open_end)) as shop:
        assert 90 < len(shop.fit("слово " * 50)) <= 100
    shorter = replace(schema, orders=replace(schema.orders, shipment_status_length=40))
    with closing(SqlShop(url_of(rows), shorter)) as shop:
        assert len(shop.fit("слово " * 50)) <= 40
    longer = replace(schema, orders=replace(schema.orders, shipment_status_length=200))
    with closing(SqlShop(url_of(rows), longer)) as shop:
        finding = by_name(shop)["shop column"]
        assert (finding.ok, "200" in finding.text) == (False, True)
        assert len(shop.fit("слово " * 50)) <= 100


@pytest.mark.parametrize(
    ("declared", "characters"),
    [("text", 0), ("longtext", 0), ("tinytext", 127), ("varchar(60) CHARACTER SET utf8mb3", 60)],
)
def test_each_kind_of_text_column_has_its_room(
    mariadb: ShopTables, schema: ShopSchema, declared: str, characters: int
) -> None:
    """F11: in no column is a text longer than it takes, in characters or in bytes."""
    mariadb.run(f"ALTER TABLE orders_order MODIFY shipment_status {declared} NULL")
    key = mariadb.add_order(number="A1", tracking=TTN)
    open_end = replace(schema, orders=replace(schema.orders, shipment_status_length=None))
    long = "ї" * 300
    with closing(SqlShop(url_of(mariadb), open_end)) as shop:
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert shop.write([told(order, long)]).written == 1
    shown = mariadb.shown(key)
    assert shown == (long if not characters else shown)
    assert len(shown or "") <= (characters or 300)
    assert len(shown or "") > (characters or 300) - 3
