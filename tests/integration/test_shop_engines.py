"""The built-in schemas on the tables that each shop really has: the contract, and what is each one's own."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from importlib import resources
from typing import Any, Final

import pytest
import sqlalchemy as sa

from tests.contracts.shop import TEXT, TTN, told
from tests.contracts.shop_engines import (
    TEXT_KEY,
    TIME_KEY,
    Django,
    EngineTables,
    OpenCart,
    OpenCart4,
    WooCommerce,
    WooCommerceLegacy,
    WordPress,
)
from tests.contracts.shop_moves import move_of
from tests.contracts.shop_sql import SqlShopContract
from tests.contracts.shop_tables import throw_away_database
from tests.unit.usecases.world import World
from vistka.adapters.shop_check import grants
from vistka.adapters.shop_migrate import migrate
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ShopUnavailable, VistkaError
from vistka.domain.rules import Event, Outcome
from vistka.shop.rules import OrderRules, Rule
from vistka.shop.schema import ShopSchema, load_schema, parse_schema

NUMBER: Final = '{ meta = "_order_number" }'
NOW: Final = datetime(2025, 9, 1, 8, 0)  # noqa: DTZ001


def committed_reads(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")


class OnEngine(SqlShopContract):
    """The contract on one engine's tables. `changed` is the built-in schema, changed as its comments offer."""

    tables: type[EngineTables]
    prefix = "wp_"
    suffix = "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"
    preset: str

    def changed(self, text: str) -> str:
        return text

    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, mariadb_url: str) -> Iterator[str]:
        with throw_away_database(mariadb_url) as url:
            made = cls.tables.at(url, prefix=cls.prefix, suffix=cls.suffix)
            made.create()
            made.engine.dispose()
            migrate(url, load_schema(cls.preset), dry_run=False)
            yield url

    @pytest.fixture
    def rows(self, url: str) -> Iterator[EngineTables]:
        rows = self.tables.at(url, prefix=self.prefix)
        yield rows
        rows.clear()
        rows.engine.dispose()

    @pytest.fixture
    def schema(self) -> ShopSchema:
        name, _, prefix = self.preset.partition("?prefix=")
        text = resources.files("vistka").joinpath("schemas", f"{name}.toml").read_text(encoding="utf-8")
        return parse_schema(self.changed(text), name, prefix=prefix or None)

    def test_the_main_job_shows_where_the_parcel_is(self, rows: EngineTables, shop: SqlShop) -> None:
        keys = [rows.add_order(number=f"A{each}", tracking=TTN, shown="Старе" if each else None) for each in range(2)]
        world = World()
        world.shop = shop  # type: ignore[assignment]
        world.carrier.set(TTN, "5", "Прямує")
        assert world.dispatch().asked == 1
        assert all(tracked.failed == {} for tracked in world.track())
        assert [rows.shown(key) for key in keys] == ["В дорозі - Прямує"] * 2
        assert all(rows.updated(key) for key in keys)

    def test_a_rule_moves_an_order_and_no_other_field_of_it(self, rows: Any, url: str, schema: ShopSchema) -> None:
        """F8, F9."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN, shown="Їде") for each in range(2)]
        rows.edit(keys[1], status="cancelled")
        before = [rows.others(key) for key in keys]
        with closing(SqlShop(url, with_rule(schema, rows))) as shop:
            done = [shop.move([move_of(key, f"A{each}") for each, key in enumerate(keys)]) for _ in range(2)]
            assert [finding for finding in shop.check() if not finding.ok] == []
        outcomes = [[each.outcome for each in one] for one in done]
        assert outcomes == [[Outcome.MOVED, Outcome.ELSEWHERE], [Outcome.THERE, Outcome.ELSEWHERE]]
        moved, kept = (rows.others(key) for key in keys)
        differs = {name for name, value in moved.items() if value != before[0][name]}
        assert (moved["status"], kept) == ("done", before[1])
        assert differs - {"status"} <= {"post_status", "order_status_id"}  # what the engine itself calls it
        assert [rows.shown(key) for key in keys] == ["Їде", "Їде"]


def with_rule(schema: ShopSchema, rows: EngineTables) -> ShopSchema:
    statuses = rows.statuses
    rule = Rule(event=Event.RECEIVED, from_statuses=(statuses["ship"],), status=statuses["done"])
    rules = OrderRules(by_event={Event.RECEIVED: rule}, cancelled_statuses=(statuses["cancelled"],))
    return replace(schema, rules=rules)


class OnWordPress(OnEngine):
    """With numbers of a plugin and chats of another, as the file's comments say."""

    room = 255
    key: str
    user: str

    def changed(self, text: str) -> str:
        head, mark, profiles = text.partition("# [profiles]\n")
        assert mark
        assert f"# number = {NUMBER}" in head
        assert f"# add user = {self.user} to [orders]" in head
        plain = f'\nnumber = "{self.key}"\n'
        assert plain in head
        head = head.replace(plain, f"\nnumber = {NUMBER}\nuser = {self.user}\n")
        return "\n".join([head, "[profiles]", *(line.removeprefix("# ") for line in profiles.splitlines())])

    def test_a_page_costs_two_statements_and_a_batch_one_and_a_count(self, rows: WordPress, shop: SqlShop) -> None:
        rows.add_profile(user=1, chat=700_000_001)
        for each in range(50):
            rows.add_order(number=f"A{each}", tracking=TTN, user=1, shown="Старе" if each % 2 else None)
        orders = shop.open_orders(after=None, limit=50).orders
        seen: list[str] = []
        sa.event.listen(shop._database._engine, "before_cursor_execute", lambda *args: seen.append(args[2].split()[0]))
        shop.open_orders(after=None, limit=50)
        assert shop.write([told(order) for order in orders]).written == 50
        assert seen == ["SELECT", "SELECT", "INSERT", "SELECT"]

    def test_each_entry_is_there_once_however_often_it_is_written(self, rows: WordPress, shop: SqlShop) -> None:
        """R10."""
        key = rows.add_order(number="A1", tracking=TTN)
        for text in ("Перший", "Другий", TEXT):
            (order,) = shop.open_orders(after=None, limit=1).orders
            shop.write([told(order, text)])
            shop.write([told(order, text)])
        assert rows.all_meta(key, TEXT_KEY) == [TEXT]
        assert rows.all_meta(key, TIME_KEY) == ["2025-09-10 12:30:45"]

    def test_many_writers_of_orders_never_written_make_each_entry_once(
        self, rows: WordPress, url: str, schema: ShopSchema
    ) -> None:
        """F7, R10: no unique key guards the table. The server's own isolation of transactions is that of some hosts."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(20)]
        with closing(SqlShop(url, schema)) as shop:
            orders = shop.open_orders(after=None, limit=20).orders
        start, failures = threading.Barrier(3), list[VistkaError]()

        def work(text: str) -> None:
            with closing(SqlShop(url, schema)) as own:
                sa.event.listen(own._database._engine, "connect", committed_reads, insert=True)
                own.open_orders(after=None, limit=1)
                start.wait()
                try:
                    own.write([told(order, text) for order in orders])
                except ShopUnavailable as error:  # of three that lock each other out, one may do so twice
                    failures.append(error)

        writers = [threading.Thread(target=work, args=(text,)) for text in ("Перший", "Другий", "Третій")]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(failures) < 3
        assert [len(rows.all_meta(key, name)) for key in keys for name in (TEXT_KEY, TIME_KEY)] == [1] * 40

    def test_of_doubled_entries_the_first_counts_as_for_wordpress(self, rows: WordPress, shop: SqlShop) -> None:
        key = rows.add_order(number="A1", tracking=TTN, shown="Перший")
        for name, value in ((TEXT_KEY, "Другий"), (rows.tracking_key, "59000000000011")):
            rows.insert(rows.meta, {rows.owner: int(key), "meta_key": name, "meta_value": value})
        (order,) = shop.open_orders(after=None, limit=5).orders
        assert (order.tracking, order.shown) == (TTN, "Перший")
        assert shop.write([told(order)]).written == 1
        assert rows.all_meta(key, TEXT_KEY) == [TEXT, "Другий"]

    def test_an_entry_that_is_null_is_written_like_one_that_is_missing(self, rows: WordPress, shop: SqlShop) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        rows.insert(rows.meta, {rows.owner: int(key), "meta_key": TEXT_KEY, "meta_value": None})
        (order,) = shop.open_orders(after=None, limit=5).orders
        assert order.shown is None
        assert shop.write([told(order)]).written == 1
        assert rows.all_meta(key, TEXT_KEY) == [TEXT]

    def test_either_plugin_of_morkva_may_keep_the_waybill(self, rows: WordPress, shop: SqlShop) -> None:
        key = rows.add_order(number="A1", tracking="")
        rows.set_meta(key, "mrkv_ua_ship_invoice_number", TTN)
        (order,) = shop.open_orders(after=None, limit=5).orders
        assert order.tracking == TTN
        assert shop.write([told(order)]).written == 1

    def test_what_is_no_order_is_none(self, rows: WordPress, shop: SqlShop) -> None:
        """Refunds, subscriptions and pages share the table, the statuses and the counting of ids."""
        for kind in ("shop_order_refund", "shop_subscription", "page"):
            key = rows.add_row(status="wc-processing", kind=kind)
            rows.set_meta(key, rows.tracking_key, TTN)
            rows.set_meta(key, rows.number_key, kind)
        assert shop.open_orders(after=None, limit=5).orders == ()
        assert shop.order("page") is None

    def test_an_order_is_called_by_its_id_where_no_plugin_numbers_orders(self, rows: WordPress, url: str) -> None:
        key = rows.add_order(number="A1", tracking=TTN, phone="0670000001")
        with closing(SqlShop(url, load_schema(self.preset))) as shop:
            (order,) = shop.open_orders(after=None, limit=5).orders
            assert (order.key, order.number, order.phone, order.unreachable) == (key, key, "0670000001", "no_user")
            assert shop.order(key) == order
            assert shop.order("A1") is None

    def test_no_migration_is_needed(self, url: str) -> None:
        assert migrate(url, load_schema(self.preset), dry_run=True) == []

    def test_check_names_what_it_found(self, rows: WordPress, shop: SqlShop) -> None:
        rows.add_order(number="A1", tracking=TTN)
        found = {finding.name: finding for finding in shop.check()}
        assert all(finding.ok for finding in found.values())
        assert found["shop column"].text == "meta_value has no limit"
        assert found["shop writable"].text == "the two tracking entries may be written"

    def test_another_prefix_is_named_as_missing_tables(self, url: str) -> None:
        with closing(SqlShop(url, load_schema(f"{self.preset.partition('?')[0]}?prefix=other_"))) as shop:
            (bad,) = [finding for finding in shop.check() if not finding.ok]
        assert "orders.table: the database shows no table 'other_" in bad.text
        assert f"SHOP_SCHEMA={self.preset.partition('?')[0]}?prefix=" in bad.hint

    def test_a_user_with_just_the_grants_that_are_named_can_do_everything(
        self, rows: WordPress, url: str, mariadb_url: str, schema: ShopSchema
    ) -> None:
        rows.add_order(number="A1", tracking=TTN, shown="Старе")
        rows.add_order(number="A2", tracking=TTN)
        user = f"vistka_{os.getpid()}"
        try:
            rows.run(f"CREATE USER {user}@localhost")
            rows.run(f"CREATE USER {user}@'127.0.0.1'")
            for grant in grants(schema).split(";")[:-1]:
                for host in ("localhost", "'127.0.0.1'"):
                    rows.run(grant.replace("<user>", f"{user}@{host}"))
            theirs = sa.make_url(url).set(username=user, password=None).render_as_string(hide_password=False)
            with closing(SqlShop(theirs, schema)) as shop:
                assert [finding for finding in shop.check() if not finding.ok] == []
                orders = shop.open_orders(after=None, limit=5).orders
                assert shop.write([told(order) for order in orders]).written == 2
        finally:
            rows.run(f"DROP USER {user}@localhost, {user}@'127.0.0.1'")


class TestWooCommerce(OnWordPress):
    tables, preset, key, user = WooCommerce, "woocommerce", "id", '"customer_id"'


class TestWooCommerceLegacy(OnWordPress):
    tables, preset, key, user = WooCommerceLegacy, "woocommerce_legacy", "ID", '{ meta = "_customer_user" }'


class TestWooCommerceLegacyMyIsam(OnWordPress):
    """An old site: tables without transactions, three bytes a character, a prefix of its own."""

    tables, preset, key = WooCommerceLegacy, "woocommerce_legacy?prefix=8Ab_", "ID"
    user = '{ meta = "_customer_user" }'
    prefix, suffix = "8Ab_", "ENGINE=MyISAM DEFAULT CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci"

    def test_an_emoji_in_the_waybills_field_guards_like_any_and_one_in_a_text_is_refused_alone(
        self, rows: WordPress, shop: SqlShop
    ) -> None:
        """F25, F40."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN) for each in range(3)]
        orders = shop.open_orders(after=None, limit=5).orders
        texts = ("Їде", "Їде 🚚", "Їде")
        result = shop.write([told(order, text) for order, text in zip(orders, texts, strict=True)])
        assert (result.written, set(result.refused)) == (2, {"A1"})
        assert [rows.shown(key) for key in keys] == ["Їде", None, "Їде"]


class OnOpenCart(OnEngine):
    prefix = "oc_"
    preset = "opencart"
    room = 255

    def changed(self, text: str) -> str:
        """Orders called by a text, and a module's table of chats: OpenCart has neither."""
        assert 'number = "order_id"' in text
        named = text.replace('number = "order_id"', 'number = "invoice_prefix"\nuser = "customer_id"')
        return named + '\n[profiles]\ntable = "customer_chat"\nuser = "customer_id"\nchat = "chat_id"\n'

    def test_the_migration_is_done_once(self, url: str) -> None:
        assert migrate(url, load_schema("opencart"), dry_run=True) == []

    def test_an_order_is_called_by_its_id(self, rows: OpenCart, url: str) -> None:
        key = rows.add_order(number="INV", tracking=TTN, phone="0670000001")
        with closing(SqlShop(url, load_schema("opencart"))) as shop:
            (order,) = shop.open_orders(after=None, limit=5).orders
            assert (order.key, order.number, order.phone) == (key, key, "0670000001")
            assert shop.order(key) == order

    def test_the_shops_own_orders_go_on_without_our_columns_f26(self, rows: OpenCart) -> None:
        key = rows.add_order(number="A1", tracking=TTN)
        assert (rows.shown(key), rows.updated(key)) == (None, None)

    def test_waybills_may_stand_in_a_table_of_shipments(self, rows: OpenCart, url: str) -> None:
        text = resources.files("vistka").joinpath("schemas", "opencart.toml").read_text(encoding="utf-8")
        shipments = '[rows.shipments]\ntable = "order_shipment"\nid = "order_shipment_id"\nowner = "order_id"\n\n'
        text = text.replace('tracking = "novaposhta_cn_number"', 'tracking = { shipments = "tracking_number" }')
        keys = [rows.add_order(number=f"A{each}", tracking="") for each in range(3)]
        for key, number in ((keys[0], TTN), (keys[0], "59000000000011"), (keys[1], "")):
            rows.insert("order_shipment", order_id=int(key), date_added=NOW, tracking_number=number)
        with closing(SqlShop(url, parse_schema(text.replace("[orders]", f"{shipments}[orders]"), "own.toml"))) as shop:
            (order,) = shop.open_orders(after=None, limit=5).orders
            assert (order.key, order.tracking) == (keys[0], TTN)
            assert shop.write([told(order)]).written == 1
            rows.run(f"DELETE FROM {rows.t('order_shipment')} WHERE tracking_number = :number", number=TTN)
            moved = replace(order, shown=TEXT)
            assert shop.write([told(moved, "Запізно")]).written == 0
        assert rows.shown(keys[0]) == TEXT


class TestOpenCart(OnOpenCart):
    """3, as it installs itself: MyISAM, three bytes a character."""

    tables, suffix = OpenCart, "ENGINE=MyISAM DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci"


class TestOpenCart4(OnOpenCart):
    tables, suffix = OpenCart4, "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci"


class TestDjango(OnEngine):
    tables, preset, prefix = Django, "django", ""
    room = 255


def test_the_migration_of_opencart_names_its_table_in_quotes(mariadb_url: str) -> None:
    """`order` is a word of SQL."""
    with throw_away_database(mariadb_url) as url:
        made = OpenCart.at(url, prefix="", suffix="ENGINE=MyISAM DEFAULT CHARSET=utf8")
        made.create()
        made.engine.dispose()
        schema = load_schema("opencart?prefix=")
        wanted = [
            "ALTER TABLE `order` ADD COLUMN shipment_status VARCHAR(255) CHARACTER SET utf8mb4 NULL",
            "ALTER TABLE `order` ADD COLUMN shipment_status_updated DATETIME NULL",
        ]
        assert migrate(url, schema, dry_run=True) == wanted
        assert migrate(url, schema, dry_run=False) == wanted
        assert migrate(url, schema, dry_run=False) == []
