"""What the Django app says of its settings and commands, each run as the shop's person runs it."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.shop_servers import DJANGO_LTS, EXAMPLE, ROOT, django_environ
from vistka.adapters.shop_http_url import read_address

JUDGE = """
import json, sys
import django
from django.test import override_settings
django.setup()
from vistka_django import conf, views
out = {"version": views.VERSION, "problems": {}, "keys": {}}
for name, given in json.load(sys.stdin).items():
    with override_settings(VISTKA=given):
        try:
            conf.shop()
            out["problems"][name] = []
        except conf.Misconfigured as error:
            out["problems"][name] = error.problems
        out["keys"][name] = sorted(conf.keys())
print(json.dumps(out))
"""
GOOD = {"k": "s" * 32}
RULES = {
    "CANCELLED_STATUSES": ["cancelled"],
    "PAY_TYPE": "pay_type",
    "PAYMENT_STATUS": "payment_status",
    "RECEIVED": {"FROM": ["ship"], "STATUS": "done", "PAYMENT_FROM": ["unpaid"], "PAYMENT": {"partial": "paid"}},
}
TOGETHER = "PAYMENT and PAYMENT_FROM, the payment statuses that may be changed, go together"
NEEDED = "PAY_TYPE and PAYMENT_STATUS must name fields of the order; VISTKA['RULES']['RECEIVED']['PAYMENT'] needs them"
CASES: dict[str, tuple[Any, list[str]]] = {
    "the guide's shop": ({"KEYS": GOOD}, []),
    "nothing": (None, []),
    "no dictionary": (["KEYS"], ["VISTKA: must be a dictionary"]),
    "a mistyped setting": ({"KEY": GOOD}, ["VISTKA['KEY']: unknown setting; is KEYS meant?"]),
    "no such model": (
        {"ORDER": "orders.Ordr"},
        ["VISTKA['ORDER']: there is no model 'orders.Ordr'; write it as 'app.Model'"],
    ),
    "no such field": (
        {"TRACKING": "tracking_numbr"},
        ["VISTKA['TRACKING']: orders.Order has no field 'tracking_numbr'; is 'tracking_number' meant?"],
    ),
    "a field that is no text": (
        {"TRACKING": "total_sum"},
        ["VISTKA['TRACKING']: orders.Order.total_sum must hold text"],
    ),
    "a field that is no time": (
        {"SHIPMENT_STATUS_UPDATED": "notes"},
        ["VISTKA['SHIPMENT_STATUS_UPDATED']: orders.Order.notes must be a DateTimeField"],
    ),
    "no statuses": (
        {"OPEN_STATUSES": []},
        ["VISTKA['OPEN_STATUSES']: list the statuses of orders that are still under way"],
    ),
    "a short secret": ({"KEYS": {"k": "short"}}, ["VISTKA['KEYS']['k']: a secret has at least 32 characters"]),
    "keys that are none": ({"KEYS": "secret"}, ["VISTKA['KEYS']: must be a dictionary of key ids and secrets"]),
    "two at once": (
        {"NUMBER": "no", "CHAT": "telegram_ids"},
        [
            "VISTKA['NUMBER']: orders.Order has no field 'no'",
            "VISTKA['CHAT']: accounts.UserProfile has no field 'telegram_ids'; is 'telegram_id' meant?",
        ],
    ),
    "rules": ({"RULES": RULES}, []),
    "rules switched off": ({"RULES": {}}, []),
    "rules that are none": ({"RULES": ["received"]}, ["VISTKA['RULES']: must be a dictionary"]),
    "a rule that is none": (
        {"RULES": {**RULES, "RECEIVED": "done", "RECIEVED": {}}},
        [
            "VISTKA['RULES']['RECIEVED']: unknown setting",
            "VISTKA['RULES']['RECEIVED']: must be a dictionary",
        ],
    ),
    "a rule that revives what was cancelled": (
        {"RULES": {**RULES, "RECEIVED": {"FROM": ["ship", "cancelled"], "STATUS": "done"}}},
        ["VISTKA['RULES']['RECEIVED']['FROM']: 'cancelled' is a cancelled status; a cancelled order is never revived"],
    ),
    "rules without the statuses of cancelled orders": (
        {"RULES": {"RECEIVED": {"FROM": ["ship"], "STATUS": "done"}}},
        ["VISTKA['RULES']['CANCELLED_STATUSES']: list the statuses of cancelled orders, which no rule changes"],
    ),
    "rules that change nothing, or too much": (
        {
            "RULES": {
                **RULES,
                "RECEIVED": {"FROM": ["ship"], "STATUS": "ship"},
                "REFUSED": {"STATUS": "", "SQL": "x"},
                "RETURNED": {"FROM": ["ship"], "STATUS": "back", "PAYMENT": {"cod": "paid"}},
            }
        },
        [
            "VISTKA['RULES']['REFUSED']['SQL']: unknown setting",
            "VISTKA['RULES']['REFUSED']['FROM']: list the statuses that the rule may change",
            "VISTKA['RULES']['REFUSED']['STATUS']: missing",
            f"VISTKA['RULES']['RETURNED']: {TOGETHER}",
            "VISTKA['RULES']['RECEIVED']['STATUS']: 'ship' stands in its own FROM; there would be nothing to change",
        ],
    ),
    "received, and cancelled": (
        {"RULES": {**RULES, "RECEIVED": {"FROM": ["ship"], "STATUS": "cancelled"}}},
        ["VISTKA['RULES']['RECEIVED']['STATUS']: 'cancelled' is a cancelled status, and the parcel was received"],
    ),
    "a payment without its fields": (
        {"RULES": {**RULES, "PAY_TYPE": "", "PAYMENT_STATUS": "paid_status"}},
        [
            f"VISTKA['RULES']: {NEEDED}",
            "VISTKA['RULES']['PAYMENT_STATUS']: orders.Order has no field 'paid_status'; is 'payment_status' meant?",
        ],
    ),
    "no profiles": ({"PROFILE": "", "USER": "", "PHONE": ""}, []),
    "a key in its place while another comes": ({"KEYS": {**GOOD, "empty": ""}}, []),
}


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's own AWS settings."""
    nothing = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "HOME": str(tmp_path)}
    django = django_environ(f"sqlite:///{tmp_path}/shop.sqlite3")
    return django | nothing | {"AWS_EC2_METADATA_DISABLED": "true", "DJANGO_SETTINGS_MODULE": "shop.settings"} | more


def manage(tmp_path: Path, *arguments: str, python: str = sys.executable, **more: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [python, "-W", "error", "manage.py", *arguments],
        cwd=EXAMPLE, env=environ(tmp_path, **more), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input=json.dumps({name: given for name, (given, _) in CASES.items()}),
        cwd=EXAMPLE, env=environ(Path(tmp_path_factory.mktemp("settings"))),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_setting_that_is_wrong_is_named_with_all_others(judged: Mapping[str, Any], name: str) -> None:
    assert judged["problems"][name] == CASES[name][1]


def test_only_a_secret_that_is_long_enough_lets_in(judged: Mapping[str, Any]) -> None:
    assert judged["keys"]["the guide's shop"] == ["k"]
    assert judged["keys"]["a key in its place while another comes"] == ["k"]
    assert judged["keys"]["a short secret"] == judged["keys"]["keys that are none"] == []


def test_the_app_tells_the_version_of_its_package(judged: Mapping[str, Any]) -> None:
    project = tomllib.loads((ROOT / "integrations/django/pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert judged["version"] == project["version"]


def test_the_key_s_address_can_be_pasted_as_it_is(tmp_path: Path) -> None:
    code, out, err = manage(tmp_path, "vistka_key", "--site", "https://www.shop.example/", "--id", "next")
    assert (code, err) == (0, "")
    address = read_address(out.splitlines()[-1], http_allowed=False)
    assert (address.base, address.key.id) == ("https://www.shop.example/vistka", "next")
    assert f'"next": "{address.key.secret}"' in out


def test_migrations_and_models_agree(tmp_path: Path) -> None:
    assert manage(tmp_path, "makemigrations", "--check", "--dry-run")[0] == 0


def test_the_guide_s_command_says_what_is_missing(tmp_path: Path) -> None:
    """F3: nothing was updated, and it does not look as if it had been."""
    code, out, err = manage(tmp_path, "update_tracking_statuses", "--dry-run")
    assert (code, out) == (1, "")
    assert err.startswith("CommandError: no AWS credentials: set AWS_ACCESS_KEY_ID")
    assert err.count("\n") == 1


def test_the_guide_s_command_says_that_boto3_is_missing(tmp_path: Path) -> None:
    code, _, err = manage(tmp_path, "update_tracking_statuses", "--order-number", "A1", python=str(DJANGO_LTS))
    assert code == 1
    assert err.startswith("CommandError: boto3 is missing: pip install 'vistka-django[aws]'")
    assert err.count("\n") == 1


def test_the_guide_s_command_says_that_aws_does_not_answer(tmp_path: Path) -> None:
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    more = nowhere | {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_MAX_ATTEMPTS": "1"}
    code, _, err = manage(tmp_path, "update_tracking_statuses", **more)
    assert code == 1
    assert err == "CommandError: stack vistka: AWS says EndpointConnectionError\n"


def test_a_web_without_a_key_that_can_be_read_is_warned_of(tmp_path: Path) -> None:
    web = {"VISTKA_WEB_URL": "https://web.example"}
    assert "vistka.W002" in manage(tmp_path, "check", **web, VISTKA_LINK_KEY="1:***")[2]
    assert "vistka.W002" not in manage(tmp_path, "check", **web, VISTKA_LINK_KEY=f"1:{'A' * 43}=")[2]


def test_a_web_without_tls_is_an_error(tmp_path: Path) -> None:
    code, _, said = manage(tmp_path, "check", VISTKA_WEB_URL="http://web.example")
    assert (code, "vistka.E002" in said) == (1, True)
    assert "vistka.E002" not in manage(tmp_path, "check", VISTKA_WEB_URL="http://127.0.0.1:4566/x")[2]
