"""Shops that keep their tables otherwise than the original: keys, statuses, schemas, collations."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.shop import TEXT, TTN, told
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopMismatch
from vistka.domain.notices import Unreachable
from vistka.shop.schema import ShopSchema, parse_schema

ORDERS = """
[orders]
table = "{table}"
key = "{key}"
number = "{number}"
tracking = "ttn"
status = "state"
open_statuses = {open}
shipment_status = "np_status"
shipment_status_updated = "np_at"
user = "customer"
"""
PROFILES = """
[profiles]
table = "customers"
user = "id"
chat = "chat"
language = "lang"
"""
UUIDS = [f"{each:08x}-0000-4000-8000-00000000000{each}" for each in range(1, 6)]


def shop_of(
    url: str,
    *,
    table: str = "orders",
    key: str = "id",
    number: str = "num",
    statuses: str = '["open"]',
    more: str = PROFILES,
) -> SqlShop:
    text = "keep_connection = false\n" + ORDERS.format(table=table, key=key, number=number, open=statuses) + more
    schema: ShopSchema = parse_schema(text, "test.toml")
    return SqlShop(url, schema)


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ShopTables]:
    if request.param == "sqlite":
        yield from tables(new_sqlite(tmp_path))
        return
    with throw_away_database(request.getfixturevalue(f"{request.param}_url")) as url:
        yield from tables(url)


def tables(url: str) -> Iterator[ShopTables]:
    found = ShopTables.at(url)
    found.run("CREATE TABLE customers (id varchar(40) NOT NULL, chat varchar(40) NULL, lang varchar(10) NULL)")
    yield found
    found.engine.dispose()


def url_of(rows: ShopTables) -> str:
    return rows.engine.url.render_as_string(hide_password=False)


def create(
    rows: ShopTables, *, key: str, num: str = "varchar(20)", state: str = "varchar(10)", name: str = "orders"
) -> None:
    time = "timestamp" if rows.kind == "postgresql" else "datetime"
    rows.run(
        f"CREATE TABLE {name} (id {key} NOT NULL PRIMARY KEY, num {num} NULL, ttn varchar(50) NULL,"
        f" state {state} NOT NULL, np_status varchar(120) NULL, np_at {time} NULL, customer varchar(40) NULL)"
    )


def insert(rows: ShopTables, key: object, *, name: str = "orders", **values: object) -> None:
    row: dict[str, object] = {"num": f"N{key}"[:20], "ttn": TTN, "state": "open", "customer": None, **values, "id": key}
    rows.run(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({', '.join(f':{column}' for column in row)})", **row)


def keys_by_pages(shop: SqlShop, limit: int) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page = shop.open_orders(after=after, limit=limit)
        found += [order.key for order in page.orders]
        after = page.after
        if after is None:
            return found


def write_all(shop: SqlShop) -> int:
    return shop.write([told(order) for order in shop.open_orders(after=None, limit=50).orders]).written


def test_keys_may_be_texts(rows: ShopTables) -> None:
    create(rows, key="varchar(30)")
    for key in ("a'b", "10", "9", "Ї-1", "x y", "100%"):
        insert(rows, key)
    with closing(shop_of(url_of(rows))) as shop:
        found = keys_by_pages(shop, 2)
        assert sorted(found) == sorted(["a'b", "10", "9", "Ї-1", "x y", "100%"])
        assert write_all(shop) == 6
    assert rows.value("SELECT COUNT(*) FROM orders WHERE np_status = :text", text=TEXT) == 6


def test_keys_may_be_uuids(rows: ShopTables) -> None:
    create(rows, key="varchar(36)" if rows.kind == "sqlite" else "uuid")
    for key in UUIDS:
        if rows.kind == "postgresql":
            rows.run(f"INSERT INTO orders (id, num, ttn, state) VALUES ('{key}', 'N', '{TTN}', 'open')")
        else:
            insert(rows, key)
    with closing(shop_of(url_of(rows))) as shop:
        assert sorted(keys_by_pages(shop, 2)) == UUIDS
        assert write_all(shop) == 5


def test_keys_may_be_larger_than_a_float_can_tell_apart(rows: ShopTables) -> None:
    create(rows, key="bigint")
    keys = [2**53, 2**53 + 1, 2**62 + 1, 2**62 + 2]
    for key in keys:
        insert(rows, key)
    with closing(shop_of(url_of(rows))) as shop:
        assert keys_by_pages(shop, 1) == [str(key) for key in keys]
        orders = shop.open_orders(after=None, limit=9).orders
        assert shop.write([told(order, f"текст {order.key}") for order in orders]).written == 4
    for key in keys:
        assert rows.value("SELECT np_status FROM orders WHERE id = :key", key=key) == f"текст {key}"


def test_the_key_may_be_the_number_too_if_another_column_says_so(rows: ShopTables) -> None:
    create(rows, key="bigint", num="integer")
    insert(rows, 1, num=1001)
    with closing(shop_of(url_of(rows))) as shop:
        assert [order.number for order in shop.open_orders(after=None, limit=5).orders] == ["1001"]
        found = shop.order("1001")
        assert found is not None
        assert found.key == "1"
        assert shop.order("A1001") is None
        assert shop.order("01001") is None


def test_statuses_may_be_numbers(rows: ShopTables) -> None:
    create(rows, key="bigint", state="integer")
    insert(rows, 1, state=1)
    insert(rows, 2, state=5)
    with closing(shop_of(url_of(rows), statuses="[1, 2]")) as shop:
        assert keys_by_pages(shop, 5) == ["1"]


def test_a_number_that_is_null_is_named_by_its_key(rows: ShopTables) -> None:
    """F40."""
    create(rows, key="bigint")
    insert(rows, 1, num=None)
    insert(rows, 2)
    with closing(shop_of(url_of(rows))) as shop:
        page = shop.open_orders(after=None, limit=5)
        assert [order.key for order in page.orders] == ["2"]
        assert page.problems == ("order with key 1: orders.number is empty or not text; the row is left out",)
        (bad,) = [finding for finding in shop.check() if not finding.ok]
        assert bad.name == "shop orders"


def test_users_without_a_row_of_their_own_are_nobody(rows: ShopTables) -> None:
    """F5: where the schema names [users]."""
    create(rows, key="bigint")
    rows.run("CREATE TABLE users (uid varchar(40) NOT NULL)")
    rows.run("INSERT INTO users (uid) VALUES ('u1'), ('u2')")
    rows.run(
        "INSERT INTO customers (id, chat, lang) VALUES ('u1', ' 700000001 ', 'ru-UA'), ('gone', '700000003', NULL)"
    )
    for key, customer in ((1, "u1"), (2, "u2"), (3, "gone"), (4, None), (5, "")):
        insert(rows, key, customer=customer)
    with closing(shop_of(url_of(rows), more=PROFILES + '[users]\ntable = "users"\nkey = "uid"\n')) as shop:
        found = {
            order.key: (order.chat_id, order.unreachable) for order in shop.open_orders(after=None, limit=9).orders
        }
        languages = {order.language for order in shop.open_orders(after=None, limit=1).orders}
    assert found == {
        "1": (700_000_001, None),
        "2": (None, Unreachable.NO_PROFILE),
        "3": (None, Unreachable.NO_USER),
        "4": (None, Unreachable.NO_USER),
        "5": (None, Unreachable.NO_USER),
    }
    assert languages == {"ru"}


def test_a_shop_without_profiles_has_nobody_to_tell(rows: ShopTables) -> None:
    create(rows, key="bigint")
    insert(rows, 1, customer="u1")
    text = ORDERS.format(table="orders", key="id", number="num", open='["open"]').replace('user = "customer"\n', "")
    with closing(SqlShop(url_of(rows), parse_schema("keep_connection = false\n" + text, "test.toml"))) as shop:
        (order,) = shop.open_orders(after=None, limit=5).orders
        assert order.unreachable is Unreachable.NO_USER
        assert write_all(shop) == 1


def test_a_table_may_be_named_with_its_schema(rows: ShopTables) -> None:
    place = {"sqlite": "main", "postgresql": "shop"}.get(rows.kind) or rows.engine.url.database
    if rows.kind == "postgresql":
        rows.run("CREATE SCHEMA shop")
        rows.run("CREATE TABLE orders (id integer)")  # another one, nearer by the search path
    create(rows, key="bigint", name=f"{place}.orders")
    insert(rows, 1, name=f"{place}.orders")
    with closing(shop_of(url_of(rows), table=f"{place}.orders")) as shop:
        assert write_all(shop) == 1
        assert all(finding.ok for finding in shop.check())


def test_reserved_words_may_be_names(rows: ShopTables) -> None:
    quote = "`" if rows.kind == "mysql" else '"'
    time = "timestamp" if rows.kind == "postgresql" else "datetime"
    rows.run(
        f"CREATE TABLE {quote}order{quote} ({quote}select{quote} bigint PRIMARY KEY, {quote}Group{quote} varchar(20),"
        f" ttn varchar(50), state varchar(10), np_status varchar(100), np_at {time}, customer varchar(9))"
    )
    rows.run(f"INSERT INTO {quote}order{quote} VALUES (1, 'N1', '{TTN}', 'open', NULL, NULL, NULL)")
    with closing(shop_of(url_of(rows), table="order", key="select", number="Group")) as shop:
        assert write_all(shop) == 1
        assert shop.order("N1") is not None


FACTS = """
[rows.facts]
table = "facts"
id = "id"
owner = "order_id"
name = "name"
value = "value"
"""
KEPT = FACTS + ORDERS.format(table="orders", key="id", number="num", open='["open"]').replace(
    'tracking = "ttn"', 'tracking = { facts = "ttn" }'
).replace('user = "customer"', 'phone = { facts = "phone" }\nchat = { facts = "chat" }\nlanguage = { facts = "lang" }')
WRITTEN = KEPT.replace('"np_status"', '{ facts = "status" }').replace('"np_at"', '{ facts = "at" }')


def create_facts(rows: ShopTables) -> None:
    serial = {"sqlite": "integer PRIMARY KEY", "mysql": "bigint PRIMARY KEY AUTO_INCREMENT"}
    rows.run(
        f"CREATE TABLE facts (id {serial.get(rows.kind, 'bigserial PRIMARY KEY')}, order_id bigint, name varchar(50),"
        " value varchar(120) NULL)"
    )


def insert_facts(rows: ShopTables, key: int, **facts: str | None) -> None:
    for name, value in facts.items():
        rows.run(
            "INSERT INTO facts (order_id, name, value) VALUES (:key, :name, :value)", key=key, name=name, value=value
        )


def test_what_is_read_may_stand_in_rows_of_another_table(rows: ShopTables) -> None:
    create(rows, key="bigint")
    create_facts(rows)
    for key in (1, 2, 3):
        insert(rows, key, ttn="not this one")
    insert_facts(rows, 1, ttn=TTN, phone="0670000001", chat=" 700000001 ", lang="ru-UA")
    insert_facts(rows, 1, ttn="59000000000011", chat="700000009")
    insert_facts(rows, 2, ttn=TTN, chat="@somebody")
    insert_facts(rows, 3, ttn=None, chat="700000003")
    with closing(SqlShop(url_of(rows), parse_schema("keep_connection = false\n" + KEPT, "test.toml"))) as shop:
        first, second = shop.open_orders(after=None, limit=5).orders
        assert (first.tracking, first.phone, first.chat_id, first.language) == (TTN, "0670000001", 700_000_001, "ru")
        assert (second.key, second.chat_id, second.unreachable) == ("2", None, Unreachable.BAD_CHAT)
        rows.run("UPDATE facts SET value = '1' WHERE order_id = 2 AND name = 'ttn'")
        assert shop.write([told(first), told(second)]).written == 1
        assert all(finding.ok for finding in shop.check())
    assert rows.value("SELECT np_status FROM orders WHERE id = 1") == TEXT


@pytest.mark.parametrize("rows", ["sqlite", "mariadb"], indirect=True)
def test_what_is_written_may_stand_there_too(rows: ShopTables) -> None:
    create(rows, key="bigint")
    create_facts(rows)
    for key in range(1, 6):
        insert(rows, key)
        insert_facts(rows, key, ttn=TTN)
    insert_facts(rows, 2, status="Старе")
    insert_facts(rows, 3, status="Старе", at="2025-01-01 00:00:00")
    insert_facts(rows, 4, at="2025-01-01 00:00:00")
    with closing(SqlShop(url_of(rows), parse_schema("keep_connection = false\n" + WRITTEN, "test.toml"))) as shop:
        orders = shop.open_orders(after=None, limit=9).orders
        insert_facts(rows, 5, status="Чужий текст")
        result = shop.write([told(order) for order in orders])
        assert (result.written, result.refused) == (4, {})
        assert shop.write([told(order, "Пізно") for order in orders]).written == 0
        assert all(finding.ok for finding in shop.check())
        assert shop.fit("ї" * 200).endswith("…")
    written = "SELECT COUNT(*) FROM facts WHERE name = :name AND value = :value"
    assert rows.value(written, name="status", value=TEXT) == 4
    assert rows.value(written, name="at", value="2025-09-10 12:30:45") == 4
    assert rows.value("SELECT COUNT(*) FROM facts WHERE name IN ('status', 'at')") == 9
    assert rows.value("SELECT COUNT(*) FROM orders WHERE np_status IS NOT NULL OR np_at IS NOT NULL") == 0


@pytest.mark.parametrize("rows", ["postgresql"], indirect=True)
def test_what_is_written_stands_in_columns_on_postgresql(rows: ShopTables) -> None:
    create(rows, key="bigint")
    create_facts(rows)
    with closing(SqlShop(url_of(rows), parse_schema("keep_connection = false\n" + WRITTEN, "test.toml"))) as shop:
        with pytest.raises(ShopMismatch, match=r"orders\.shipment_status: entries of rows are written on MariaDB"):
            shop.open_orders(after=None, limit=1)
        (bad,) = [finding for finding in shop.check() if not finding.ok]
        assert "map two columns" in bad.text


@pytest.mark.parametrize("rows", ["postgresql"], indirect=True)
def test_statuses_may_be_an_enum(rows: ShopTables) -> None:
    rows.run("CREATE TYPE state AS ENUM ('open', 'closed')")
    create(rows, key="bigint", state="state")
    rows.run(
        f"INSERT INTO orders (id, num, ttn, state) VALUES (1, 'N1', '{TTN}', 'open'), (2, 'N2', '{TTN}', 'closed')"
    )
    with closing(shop_of(url_of(rows), statuses='["open", "paid"]')) as shop:
        assert keys_by_pages(shop, 5) == ["1"]
        assert write_all(shop) == 1


@pytest.mark.parametrize("rows", ["mariadb"], indirect=True)
def test_a_table_of_an_older_character_set_guards_and_writes_the_same(rows: ShopTables) -> None:
    create(rows, key="bigint")
    rows.run("ALTER TABLE orders CONVERT TO CHARACTER SET cp1251")
    insert(rows, 1, ttn="20450000000017 від Їжака", np_status="Їде")
    with closing(shop_of(url_of(rows))) as shop:
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert (order.tracking, order.shown) == ("20450000000017 від Їжака", "Їде")
        assert write_all(shop) == 1
    assert rows.value("SELECT np_status FROM orders") == TEXT


@pytest.mark.parametrize("rows", ["mariadb"], indirect=True)
def test_a_server_that_treats_backslashes_as_letters_is_guarded_the_same(rows: ShopTables) -> None:
    create(rows, key="bigint")
    typed = "2045\\'0; \\\\"
    insert(rows, 1, ttn=typed)
    with closing(shop_of(url_of(rows))) as shop:
        with shop._database._engine.connect() as connection:
            connection.exec_driver_sql("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,STRICT_ALL_TABLES'")
        (order,) = shop.open_orders(after=None, limit=1).orders
        assert order.tracking == typed
        assert shop.write([told(order, "слеш \\ і 'лапка\\'")]).written == 1
    assert rows.value("SELECT np_status FROM orders") == "слеш \\ і 'лапка\\'"
