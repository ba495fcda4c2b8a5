"""The PHP file on the tables of WooCommerce and OpenCart: the contract of a shop, and what is each one's own."""

import json
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources

import pytest

from tests.contracts.shop import TEXT, TTN, ShopContract, ShopRows, told
from tests.contracts.shop_engines import TEXT_KEY, TIME_KEY, EngineTables, WordPress
from tests.contracts.shop_moves import move_of
from tests.contracts.shop_tables import throw_away_database
from tests.integration import test_shop_engines as engines
from tests.shop_servers import PHP_FILE, ShopServer, php_config, php_shop, shop_of
from vistka.adapters.shop_http import HttpShop
from vistka.adapters.shop_migrate import migrate
from vistka.domain.rules import Outcome
from vistka.shop.schema import load_schema


class OnEngine(ShopContract):
    """The shop's contract on the tables that an engine really has, as the schema file says with what tests change."""

    engine: type[engines.OnEngine]
    room = 255

    @pytest.fixture(scope="class")
    @classmethod
    def served(cls, mariadb_url: str, php: str) -> Iterator[tuple[str, ShopServer]]:
        name, _, prefix = cls.engine.preset.partition("?prefix=")
        text = resources.files("vistka").joinpath("schemas", f"{name}.toml").read_text(encoding="utf-8")
        schema = tomllib.loads(cls.engine().changed(text))
        del schema["keep_connection"]
        if prefix:
            schema["prefix"] = prefix
        with throw_away_database(mariadb_url) as url:
            made = cls.engine.tables.at(url, prefix=cls.engine.prefix, suffix=cls.engine.suffix)
            made.create()
            made.engine.dispose()
            migrate(url, load_schema(cls.engine.preset), dry_run=False)
            config = {key: value for key, value in php_config(url).items() if key not in {"orders", "profiles"}}
            statuses = cls.engine.tables.statuses
            rule = {"from": [statuses["ship"]], "status": statuses["done"]}
            config["rules"] = {"cancelled_statuses": [statuses["cancelled"]], "received": rule}
            with php_shop(url, config=config | schema, workers=4) as server:
                yield url, replace(server, options="?length=255&rules=received")

    @pytest.fixture
    def rows(self, served: tuple[str, ShopServer]) -> Iterator[EngineTables]:
        rows = self.engine.tables.at(served[0], prefix=self.engine.prefix)
        yield rows
        rows.clear()
        rows.engine.dispose()

    @pytest.fixture
    def shop(self, served: tuple[str, ShopServer], rows: EngineTables) -> Iterator[HttpShop]:
        shop = shop_of(served[1])
        yield shop
        shop.close()

    def test_a_rule_moves_an_order_and_no_other_field_of_it(self, rows: ShopRows, shop: HttpShop) -> None:
        """F8, F9."""
        keys = [rows.add_order(number=f"A{each}", tracking=TTN, shown="Їде") for each in range(2)]
        rows.edit(keys[1], status="cancelled")
        before = [rows.others(key) for key in keys]
        moves = [move_of(key, f"A{each}") for each, key in enumerate(keys)]
        outcomes = [[each.outcome for each in shop.move(moves)] for _ in range(2)]
        assert outcomes == [[Outcome.MOVED, Outcome.ELSEWHERE], [Outcome.THERE, Outcome.ELSEWHERE]]
        moved, kept = (rows.others(key) for key in keys)
        differs = {name for name, value in moved.items() if value != before[0][name]}
        assert (moved["status"], kept) == ("done", before[1])
        assert differs - {"status"} <= {"post_status", "order_status_id"}  # what the engine itself calls it
        assert [rows.shown(key) for key in keys] == ["Їде", "Їде"]


class TestPhpOnWooCommerce(OnEngine):
    engine = engines.TestWooCommerce

    def test_each_entry_is_there_once_whoever_writes_it(
        self, rows: WordPress, shop: HttpShop, served: tuple[str, ShopServer]
    ) -> None:
        """F7, R10: no unique key guards the table."""
        keys = [
            rows.add_order(number=f"A{each}", tracking=TTN, shown="Старе" if each % 2 else None) for each in range(20)
        ]
        orders = shop.open_orders(after=None, limit=20).orders
        start, written = threading.Barrier(3), list[int]()

        def work(text: str) -> None:
            own = shop_of(served[1])
            start.wait()
            written.append(own.write([told(order, text) for order in orders]).written)
            own.close()

        writers = [threading.Thread(target=work, args=(text,)) for text in ("Перший", "Другий", "Третій")]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert sum(written) == 20
        assert [len(rows.all_meta(key, name)) for key in keys for name in (TEXT_KEY, TIME_KEY)] == [1] * 40

    def test_of_doubled_entries_the_first_counts_as_for_wordpress(self, rows: WordPress, shop: HttpShop) -> None:
        key = rows.add_order(number="A1", tracking=TTN, shown="Перший")
        for name, value in ((TEXT_KEY, "Другий"), (rows.tracking_key, "59000000000011")):
            rows.insert(rows.meta, {rows.owner: int(key), "meta_key": name, "meta_value": value})
        (order,) = shop.open_orders(after=None, limit=5).orders
        assert (order.tracking, order.shown) == (TTN, "Перший")
        assert shop.write([told(order)]).written == 1
        assert rows.all_meta(key, TEXT_KEY) == [TEXT, "Другий"]

    def test_what_is_no_order_is_none(self, rows: WordPress, shop: HttpShop) -> None:
        key = rows.add_row(status="wc-processing", kind="shop_order_refund")
        rows.set_meta(key, rows.tracking_key, TTN)
        rows.set_meta(key, rows.number_key, "A1")
        assert shop.open_orders(after=None, limit=5).orders == ()
        assert shop.order("A1") is None


class TestPhpOnWooCommerceLegacyMyIsam(OnEngine):
    engine = engines.TestWooCommerceLegacyMyIsam


class TestPhpOnOpenCart(OnEngine):
    engine = engines.TestOpenCart


def test_the_presets_are_the_schema_files(php: str) -> None:
    code = f"const VISTKA_LIBRARY = true; require '{PHP_FILE}'; echo json_encode(VISTKA_PRESETS);"
    done = subprocess.run([php, "-r", code], capture_output=True, text=True, check=True, timeout=60)
    presets = json.loads(done.stdout)
    assert set(presets) == {"opencart", "woocommerce", "woocommerce_legacy"}
    for name, preset in presets.items():
        schema = tomllib.loads(
            resources.files("vistka").joinpath("schemas", f"{name}.toml").read_text(encoding="utf-8")
        )
        assert schema.pop("datetime_zone", "UTC") == "UTC"
        assert preset == {key: value for key, value in schema.items() if key != "keep_connection"}
