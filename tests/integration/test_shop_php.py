"""The PHP file under real PHP: the contract of a shop's server, and what it says of its config."""

import json
import os
import re
import secrets
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contracts.shop import TEXT, TTN, ShopContract, told
from tests.contracts.shop_engines import TEXT_KEY, TIME_KEY, EngineTables, WordPress
from tests.contracts.shop_server import ShopServerContract
from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from tests.integration import test_shop_engines as engines
from tests.shop_servers import PHP_FILE, ROOT, SECRET, ShopServer, php_config, php_shop
from tests.vectors import KEYS, attempts
from vistka.adapters.shop_http import HttpShop
from vistka.adapters.shop_http_url import read_address
from vistka.adapters.shop_migrate import migrate
from vistka.domain.errors import ShopMismatch, ShopUnavailable
from vistka.shop.schema import load_schema


@pytest.fixture(scope="module")
def on_mariadb(mariadb_url: str, php: str) -> Iterator[tuple[str, ShopServer]]:
    with throw_away_database(mariadb_url) as url:
        create(url)
        with php_shop(url, in_query=True) as server:
            yield url, server


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, php: str) -> Iterator[tuple[str, ShopServer]]:
    url = new_sqlite(Path(tmp_path_factory.mktemp("php")))
    create(url)
    with php_shop(url) as server:
        yield url, server


def create(url: str, *, suffix: str = "") -> None:
    tables = ShopTables.at(url)
    tables.create(suffix=suffix)
    tables.engine.dispose()


class TestPhpOnMariaDb(ShopServerContract):
    @pytest.fixture
    def served(self, on_mariadb: tuple[str, ShopServer]) -> tuple[str, ShopServer]:
        return on_mariadb


class TestPhpOnSqlite(ShopServerContract):
    @pytest.fixture
    def served(self, on_sqlite: tuple[str, ShopServer]) -> tuple[str, ShopServer]:
        return on_sqlite


# --- the built-in schemas -----------------------------------------------------------------------------------------


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
            with php_shop(url, config=config | schema, workers=4) as server:
                yield url, replace(server, options="?length=255")

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


# --- by itself ----------------------------------------------------------------------------------------------------


def judged(php: str, script: str, content: Any) -> Any:
    """What a script of tests/php prints; every notice of PHP's is an error."""
    command: list[str | Path] = [php, "-d", "error_reporting=-1", "-d", "display_errors=stderr"]
    command += [ROOT / "tests" / "php" / script, PHP_FILE]
    done = subprocess.run(command, input=json.dumps(content), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_requests_are_taken_and_refused_as_the_vectors_say(php: str) -> None:
    cases = attempts()
    verdicts = judged(php, "vectors.php", {"keys": KEYS, "attempts": [[request, now] for _, request, now, _ in cases]})
    assert dict(zip([name for name, *_ in cases], verdicts, strict=True)) == {name: code for name, *_, code in cases}


ORDERS = php_config("sqlite:///shop")["orders"]
GOOD = {"dsn": "sqlite:shop", "orders": ORDERS}
CONFIGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a good one": (GOOD, []),
    "no database": ({"orders": ORDERS}, ["dsn: missing; such as 'mysql:host=localhost;dbname=shop'"]),
    "a mistyped setting": (GOOD | {"kyes": {}}, ["kyes: unknown setting"]),
    "a mistyped column": (GOOD | {"orders": ORDERS | {"traking": "ttn"}}, ["orders.traking: unknown setting"]),
    "no column": (GOOD | {"orders": ORDERS | {"tracking": ""}}, ["orders.tracking: missing"]),
    "a column with a blank": (
        GOOD | {"orders": ORDERS | {"tracking": "ttn; DROP TABLE x"}},
        ["orders.tracking: no name of a table or column"],
    ),
    "no statuses": (
        GOOD | {"orders": ORDERS | {"open_statuses": []}},
        ["orders.open_statuses: list the statuses of orders that are still under way"],
    ),
    "no such zone": (
        GOOD | {"datetime_zone": "Europe/Kiew"},
        ["datetime_zone: no time zone; give one like Europe/Kyiv or UTC"],
    ),
    "profiles without a chat": (GOOD | {"profiles": {"table": "p", "user": "u"}}, ["profiles.chat: missing"]),
    "a table of another database": (GOOD | {"orders": ORDERS | {"table": "shop.orders"}}, []),
}


def test_every_problem_of_a_config_is_named(php: str) -> None:
    found = judged(php, "config.php", {name: config for name, (config, _) in CONFIGS.items()})
    assert {name: each["problems"] for name, each in found.items()} == {
        name: told for name, (_, told) in CONFIGS.items()
    }


def test_only_a_secret_that_is_long_enough_lets_in(php: str) -> None:
    keys = {"long": "s" * 32, "short": "s" * 31, "none": "", "list": ["s" * 32]}
    assert judged(php, "config.php", {"x": GOOD | {"keys": keys}})["x"]["keys"] == ["long"]


def ask(server: ShopServer, **headers: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(server.url, headers=headers, timeout=10)


def test_who_opens_it_before_there_is_a_key_reads_what_to_write(php: str, tmp_path: Path) -> None:
    with php_shop("sqlite:///none", config={}) as server:
        page, another = ask(server).text, ask(server).text
    config = page[page.index("<?php") : page.index("];", page.index("'profiles'")) + 2]
    file = tmp_path / "vistka-config.php"
    file.write_text(config, encoding="utf-8")
    given = subprocess.run(
        [php, "-r", f"echo json_encode(include '{file}');"], capture_output=True, text=True, check=True, timeout=60
    )
    address = read_address(page.split()[-1], http_allowed=False)
    assert judged(php, "config.php", {"x": json.loads(given.stdout)})["x"] == {"problems": [], "keys": ["main"]}
    assert json.loads(given.stdout)["keys"] == {"main": address.key.secret}
    assert address.key.secret not in another
    assert (address.base.rsplit("/", 1)[-1], address.length) == ("vistka.php", 255)


@pytest.mark.parametrize(
    ("files", "preset", "table"),
    [
        ({"wp-config.php": "<?php"}, "woocommerce", "wp_"),
        (
            {
                "system/startup.php": "<?php",
                "config.php": "<?php foreach (['HOSTNAME', 'PORT', 'DATABASE', 'USERNAME', 'PASSWORD', 'PREFIX'] as $n)"
                ' define("DB_$n", "my_$n");',
            },
            "opencart",
            "my_PREFIX",
        ),
    ],
)
def test_a_known_shop_is_offered_its_preset(
    php: str, tmp_path: Path, files: dict[str, str], preset: str, table: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = (
        f"const VISTKA_LIBRARY = true; require '{PHP_FILE}';"
        f" $page = vistka_help('https://x/vistka.php', ['{tmp_path}']);"
        f" preg_match('/<\\?php.*?\\n\\];/s', $page, $m); file_put_contents('{tmp_path}/vistka-config.php', $m[0]);"
        f" echo json_encode(vistka_config(include '{tmp_path}/vistka-config.php'));"
    )
    done = subprocess.run([php, "-r", code], capture_output=True, text=True, check=True, timeout=60)
    config = json.loads(done.stdout)
    assert (config["problems"], config["preset"], config["prefix"]) == ([], preset, table)
    assert str(tmp_path) not in (tmp_path / "vistka-config.php").read_text(encoding="utf-8")


def test_without_a_key_nobody_is_let_in(php: str) -> None:
    with php_shop("sqlite:///none", config={"keys": {"main": "short"}}) as server:
        answer = ask(server, **{"X-Vistka-Key": "main"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_key")


def test_once_there_is_a_key_the_page_tells_nothing(on_sqlite: tuple[str, ShopServer]) -> None:
    answer = ask(on_sqlite[1])
    assert (answer.status_code, answer.json()) == (401, {"vistka": 1, "error": {"code": "unsigned", "text": ""}})


# --- with databases that are otherwise ----------------------------------------------------------------------------


def shop_of(server: ShopServer) -> HttpShop:
    return HttpShop(
        read_address(server.shop_database_url, http_allowed=True), now=time.time, nonce=lambda: secrets.token_hex(16)
    )


@pytest.fixture
def mariadb_shop(mariadb_url: str, php: str, request: pytest.FixtureRequest) -> Iterator[tuple[ShopTables, HttpShop]]:
    """A database of its own, and a config with what the test's parameter changes of it."""
    change: dict[str, Any] = getattr(request, "param", {})
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create(suffix=change.pop("suffix", ""))
        with php_shop(url, config=php_config(url) | change) as server:
            shop = shop_of(server)
            yield tables, shop
            shop.close()
        tables.engine.dispose()


@pytest.mark.parametrize("mariadb_shop", [{"suffix": " ENGINE=MyISAM"}], indirect=True)
def test_a_refused_row_of_tables_without_transactions_keeps_no_other_back(
    mariadb_shop: tuple[ShopTables, HttpShop],
) -> None:
    """F29, F40: what was written before the refusal stays, and counts."""
    tables, shop = mariadb_shop
    for each in range(5):
        tables.add_order(number=f"A{each}", tracking=TTN)
    tables.refuse("A3")
    result = shop.write([told(order) for order in shop.open_orders(after=None, limit=5).orders])
    assert (result.written, set(result.refused)) == (4, {"A3"})


@pytest.mark.parametrize("mariadb_shop", [{"datetime_zone": "Europe/Kyiv"}], indirect=True)
def test_time_is_kept_as_the_column_keeps_it(mariadb_shop: tuple[ShopTables, HttpShop]) -> None:
    tables, shop = mariadb_shop
    first, second = (tables.add_order(number=f"A{each}", tracking=TTN) for each in range(2))
    one, two = shop.open_orders(after=None, limit=2).orders
    shop.write([told(one)])
    wall = tables.value("SELECT CAST(shipment_status_updated AS CHAR) FROM orders_order WHERE id = :k", k=first)
    assert wall == "2025-09-10 15:30:45"  # in the zone of the config
    tables.run("ALTER TABLE orders_order MODIFY shipment_status_updated timestamp NULL")
    shop.write([told(two)])
    seconds = tables.value("SELECT UNIX_TIMESTAMP(shipment_status_updated) FROM orders_order WHERE id = :k", k=second)
    assert int(str(seconds)) == 1_757_507_445  # 2025-09-10T12:30:45Z


def test_keys_may_be_texts(mariadb_url: str, php: str) -> None:
    """Which the database's collation takes for the same, and we do not."""
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create()
        config = php_config(url)
        config["orders"]["key"] = "order_number"
        for each in range(5):
            tables.add_order(number=f"tWc-{each}", tracking=TTN)
        with php_shop(url, config=config) as server:
            shop = shop_of(server)
            first = shop.open_orders(after=None, limit=3)
            rest = shop.open_orders(after=first.after, limit=3)
            orders = (*first.orders, *rest.orders)
            assert [order.key for order in orders] == [f"tWc-{each}" for each in range(5)]
            assert shop.write([told(replace(orders[0], key="TWC-0"))]).written == 0
            assert shop.write([told(order) for order in orders]).written == 5
            shop.close()
        tables.engine.dispose()


@pytest.mark.parametrize(
    ("statement", "told_of"),
    [
        ("DROP COLUMN shipment_status", r"ALTER TABLE `orders_order` ADD shipment_status VARCHAR\(255\) NULL"),
        ("DROP COLUMN shipment_status_updated", "ADD shipment_status_updated DATETIME NULL"),
        ("MODIFY shipment_status varchar(100) CHARACTER SET latin1", "latin1, which has no Ukrainian letters"),
        ("MODIFY shipment_status int NULL", "it must hold text"),
        ("MODIFY shipment_status_updated int NULL", "must hold date and time"),
        ("RENAME TO orders_elsewhere", "orders.table: the database shows no table 'orders_order'"),
    ],
)
def test_a_table_that_does_not_do_is_named_before_anything_is_written(
    mariadb_shop: tuple[ShopTables, HttpShop], statement: str, told_of: str
) -> None:
    tables, shop = mariadb_shop
    tables.add_order(number="A1", tracking=TTN)
    orders = shop.open_orders(after=None, limit=1).orders
    tables.run(f"ALTER TABLE orders_order {statement}")
    with pytest.raises(ShopMismatch, match=told_of):
        shop.write([told(order) for order in orders])
    (bad,) = [finding for finding in shop.check() if not finding.ok]
    assert re.search(told_of, bad.text)
    assert bad.hint


def test_a_database_that_is_away_or_refuses_is_told_apart(mariadb_url: str, php: str) -> None:
    """R7, R9."""
    good = php_config(mariadb_url)
    for change, kind, text in (
        ({"dsn": "mysql:host=127.0.0.1;port=9;dbname=shop"}, ShopUnavailable, "cannot answer now"),
        ({"user": "nobody", "password": "hunter2"}, ShopMismatch, "refuses this login"),
        ({"dsn": good["dsn"].replace("dbname=", "dbname=no_such_")}, ShopMismatch, "no such database"),
        ({"dsn": "oci:dbname=shop"}, ShopMismatch, "no driver"),
        ({"datetime_zone": "Mars/Phobos"}, ShopMismatch, "datetime_zone: no time zone"),
    ):
        with php_shop(mariadb_url, config=good | change) as server:
            shop = shop_of(server)
            with pytest.raises(kind, match=text) as caught:
                shop.open_orders(after=None, limit=1)
            shop.close()
        assert "hunter2" not in str(caught.value)


def test_a_login_without_the_right_to_make_a_table_is_told_the_statement(mariadb_url: str, php: str) -> None:
    with throw_away_database(mariadb_url) as url:
        tables = ShopTables.at(url)
        tables.create()
        name, database = f"v_{tables.engine.url.database}"[-32:], tables.engine.url.database
        tables.run(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'invented'")
        try:
            tables.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{name}'@'%'")
            with php_shop(url, config=php_config(url) | {"user": name, "password": "invented"}) as server:
                shop = shop_of(server)
                with pytest.raises(ShopMismatch, match="run by hand: CREATE TABLE"):
                    shop.open_orders(after=None, limit=1)
                shop.close()
        finally:
            tables.run(f"DROP USER '{name}'@'%'")
            tables.engine.dispose()


def test_what_a_config_prints_does_not_get_into_an_answer(php: str, tmp_path: Path) -> None:
    url = new_sqlite(tmp_path)
    create(url)
    with php_shop(url, before="\ufeff \n<?php echo $undefined, '<br>'; ?>\n") as server:
        shop = shop_of(server)
        assert shop.open_orders(after=None, limit=1).orders == ()
        shop.close()
    assert SECRET not in PHP_FILE.read_text(encoding="utf-8")


def test_the_example_of_a_config_is_a_good_one(php: str) -> None:
    file = PHP_FILE.with_name("vistka-config.example.php")
    environ = {"VISTKA_SECRET": SECRET, "PATH": os.environ.get("PATH", os.defpath)}
    command = [php, "-r", f"echo json_encode(include '{file}');"]
    given = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60).stdout
    assert judged(php, "config.php", {"x": json.loads(given)})["x"] == {"problems": [], "keys": ["main"]}
