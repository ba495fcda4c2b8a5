"""What the PHP file says of its config, and to whom it opens."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.shop_servers import PHP_FILE, PHP_RULES, ROOT, SECRET, ShopServer, php_config, php_shop
from tests.vectors import KEYS, attempts
from vistka.adapters.shop_http_url import read_address


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
    "rules": (GOOD | {"rules": PHP_RULES}, []),
    "rules switched off": (GOOD | {"rules": []}, []),
    "a mistyped rule": (GOOD | {"rules": PHP_RULES | {"recieved": {}}}, ["rules.recieved: unknown setting"]),
    "a rule that is none": (GOOD | {"rules": PHP_RULES | {"refused": "done"}}, ["rules.refused: must be an array"]),
    "a rule that revives what was cancelled": (
        GOOD | {"rules": PHP_RULES | {"refused": {"from": ["ship", "cancelled"], "status": "back"}}},
        ["rules.refused.from: names a cancelled status; a cancelled order is never revived"],
    ),
    "rules without the statuses of cancelled orders": (
        GOOD | {"rules": {"received": {"from": ["ship"], "status": "done"}}},
        ["rules.cancelled_statuses: list the statuses of cancelled orders, which no rule ever changes"],
    ),
    "rules that change nothing, or too much": (
        GOOD
        | {
            "rules": PHP_RULES
            | {
                "received": {"from": ["ship"], "status": "cancelled"},
                "refused": {"from": ["ship"], "status": "ship", "sql": "x"},
                "returned": {"from": [], "status": "", "payment": {"cod": "paid"}},
            }
        },
        [
            "rules.received.status: a cancelled status, and the parcel was received",
            "rules.refused.sql: unknown setting",
            "rules.refused.status: stands in its own from; there would be nothing to change",
            "rules.returned.from: list the statuses that the rule may change",
            "rules.returned.status: missing",
            "rules.returned: payment and payment_from, the payment statuses that may be changed, go together",
        ],
    ),
    "a payment without its columns": (
        GOOD | {"rules": PHP_RULES | {"pay_type": ""}},
        ["rules.pay_type, rules.payment_status: missing; rules.received.payment needs these columns of the orders"],
    ),
    "a column that is none": (
        GOOD | {"rules": PHP_RULES | {"pay_type": "x; y"}},
        ["rules.pay_type: no name of a table or column"],
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


def test_once_there_is_a_key_the_page_tells_nothing(php: str) -> None:
    with php_shop("sqlite:///none") as server:
        answer = ask(server)
    assert (answer.status_code, answer.json()) == (401, {"vistka": 1, "error": {"code": "unsigned", "text": ""}})


def test_the_example_of_a_config_is_a_good_one(php: str) -> None:
    file = PHP_FILE.with_name("vistka-config.example.php")
    environ = {"VISTKA_SECRET": SECRET, "PATH": os.environ.get("PATH", os.defpath)}
    command = [php, "-r", f"echo json_encode(include '{file}');"]
    given = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60).stdout
    assert judged(php, "config.php", {"x": json.loads(given)})["x"] == {"problems": [], "keys": ["main"]}
