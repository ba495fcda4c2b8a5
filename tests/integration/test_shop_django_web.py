"""The shop's pages with Vistka's web behind them: one question for a whole list, and a page that needs no answer."""

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.contracts.store_samples import link
from tests.shop_servers import EXAMPLE
from tests.sockets import Behaviour, Request, Server, answer, answer_with, half, hang_up, html, redirect, stall, trickle
from tests.unit.web.scene import BRANCH, Scene

LISTED = """
import json, sys
import django
django.setup()
from datetime import datetime, timedelta, timezone
from django.template import engines
from django.test import override_settings
from orders.models import Order
from vistka_django.shipments import ask_about
from vistka_django.wording import age
show = engines["django"].from_string(
    "{% load vistka %}{% shipment_status o %}|{% shipment_updated o %}|{% shipment_link o %}"
).render
at = datetime(2026, 7, 14, 6, 5, tzinfo=timezone.utc)
if sys.argv[1:]:
    override_settings(CACHES={"default": {"BACKEND": sys.argv[1]}}).enable()
orders = [Order(pk=n, order_number=f"N{n}", tracking_number="20450000000017" if n else "") for n in range(430)]
for place, odd in enumerate((None, "", "  ", "x" * 101, "\\ud800"), start=400):
    orders[place].order_number = odd
ask_about(orders)
out = {"shown": [show({"o": order}) for order in orders]}
out["ages"] = [age(at, at + timedelta(minutes=m)) for m in (-5, 0, 1, 59, 60, 2879, 2880, 14400)]
print(json.dumps(out))
"""


def listed(server: Server, *arguments: str, program: str = LISTED) -> tuple[list[str], list[str]]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        cwd=EXAMPLE, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(EXAMPLE.parent), "DJANGO_SETTINGS_MODULE": "shop.settings", "PATH": "/usr/bin",
             "DATABASE_URL": "sqlite:///:memory:",
             "VISTKA_WEB_URL": server.url, "VISTKA_WEB_KEY": "k" * 40, "LOCAL_STAFF": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "k" * 40 not in done.stderr
    told = json.loads(done.stdout)
    return told["shown"], told["ages"]


def known(request: Request) -> dict[str, object]:
    checked = (datetime.now(UTC) - timedelta(minutes=12, seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    parcel = {"headline": "В дорозі", "checked_at": checked}
    asked = json.loads(request.body)["orders"]
    return {"orders": {n: {"parcels": [parcel], "page": f"o/{n}"} if n != "N2" else None for n in asked}}


def web(request: Request) -> dict[str, object]:
    """Vistka's own, which knows one order."""
    scene = Scene()
    scene.put("7", **BRANCH, order=link(order_key="1", order_number="N1"))
    answer = scene.post("/api/orders", request.body.decode())
    assert answer.status == 200, answer.body
    found: dict[str, object] = answer.json
    return found


CARRIERS: Final = '<a href="https://novaposhta.ua/tracking/?cargo_number=20450000000017" '


@pytest.mark.parametrize("cache", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_list_is_asked_about_in_hundreds_and_shows_how_fresh_the_carriers_word_is(cache: str) -> None:
    with Server() as server:
        server.on("/api/orders", answer_with(known))
        (bare, fresh, unknown, *_, last), ages = listed(server, f"django.core.cache.backends.{cache}")
        requests = list(server.requests)
    assert [len(json.loads(request.body)["orders"]) for request in requests] == [100, 100, 100, 100, 24]
    assert last.startswith("В дорозі|")
    assert {request.headers["authorization"] for request in requests} == {f"Bearer {'k' * 40}"}
    assert bare == "||"
    assert fresh.startswith("В дорозі|<time datetime=")
    assert ">Статус перевізника оновлено 12 хв тому</time>|" in fresh
    assert f'<a href="{server.url}/o/N1" rel="noopener noreferrer" referrerpolicy="no-referrer">' in fresh
    assert unknown.startswith("||" + CARRIERS)
    assert ages == [
        "щойно", "щойно", "1 хв тому", "59 хв тому", "1 год тому", "47 год тому", "2 дн. тому", "10 дн. тому"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "behaviour",
    [html(500), stall(), hang_up, answer(b"{}"), answer(b"[]"), answer(b'{"orders": 5}'), half(b"{}"),
     redirect("/elsewhere")],
)  # fmt: skip
def test_a_web_that_gives_no_answer_is_asked_once_and_the_shop_shows_its_own(behaviour: Behaviour) -> None:
    with Server() as server:
        server.on("/api/orders", behaviour)
        (_, first, second, *_), _ = listed(server)
        assert len(server.requests) == 1
    assert first.startswith("||" + CARRIERS)
    assert second == first


def test_the_link_opens_the_page_that_vistkas_web_has() -> None:
    with Server() as server:
        server.on("/api/orders", answer_with(web))
        (_, fresh, *_), _ = listed(server)
    assert fresh.startswith("Чекає у відділенні № 12|")
    address = re.findall(r'<a href="([^"]+)" ', fresh)[0]
    assert address.startswith(f"{server.url}/o/")
    scene = Scene()
    scene.put("7", **BRANCH, order=link(order_key="1", order_number="N1"))
    assert scene.get(address.removeprefix(server.url)).status == 200


def test_one_number_that_can_be_none_hides_nothing_of_the_others_f40() -> None:
    with Server() as server:
        server.on("/api/orders", answer_with(web))
        shown, _ = listed(server)
    assert [one.startswith("||" + CARRIERS) for one in shown[400:405]] == [True] * 5


def test_a_long_list_waits_no_longer_than_one_page_may() -> None:
    with Server() as server:
        server.on("/api/orders", answer_with(known, delay=1.2))
        (_, fresh, *_, last), _ = listed(server)
        assert len(server.requests) == 2
    assert fresh.startswith("В дорозі|")
    assert last.startswith("||" + CARRIERS)


def test_a_web_that_drips_is_left_alone() -> None:
    with Server() as server:
        server.on("/api/orders", trickle(b" " * 100, pause=0.5))
        began = time.monotonic()
        (_, first, *_), _ = listed(server)
        assert time.monotonic() - began < 20
        assert len(server.requests) == 1
    assert first.startswith("||" + CARRIERS)


LOOP = """
import io, json
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from orders.models import Order
show = engines["django"].from_string(
    "{% load vistka %}{% ask_about none %}{% ask_about orders %}{% for o in orders %}"
    "{% shipment_status o %}|{% shipment_updated o %}|{% shipment_link o %}{% endfor %}"
    "{% shipment_status none %}{% shipment_updated missing.order %}{% shipment_link none %}"
).render
call_command("prepare", verbosity=0, stdout=io.StringIO())
def asked(ask):
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)
def admin():
    page = Client(headers={"host": "127.0.0.1"}).get("/admin/orders/order/?all=")
    assert page.status_code == 200
    assert page.content.decode().count("Статус перевізника оновлено") == Order.objects.count()
def template():
    text = show({"orders": Order.objects.all(), "none": None})
    assert text.count("Статус перевізника оновлено") == Order.objects.count()
told = []
admin()
for number in range(100):
    Order.objects.create(order_number=f"N0{number}", tracking_number="20450000000017")
    if number in (9, 99):
        told.append([asked(admin), asked(template)])
print(json.dumps({"shown": told, "ages": []}))
"""


def test_a_list_of_a_hundred_costs_what_one_of_ten_does() -> None:
    """Neither a query nor a request for each row."""
    with Server() as server:
        server.on("/api/orders", answer_with(known))
        told, _ = listed(server, program=LOOP)
        requests = [len(json.loads(request.body)["orders"]) for request in server.requests]
    (few, many) = told
    assert few == many
    assert requests == [10, 90]
