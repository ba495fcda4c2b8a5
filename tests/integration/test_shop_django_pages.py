"""The shop's own pages: the template tags and the admin's column and filter, on both Djangos and two databases."""

import base64
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.shop_tables import ShopTables, new_sqlite, throw_away_database
from tests.shop_servers import DJANGO_LTS, EXAMPLE, ROOT, django_shop
from vistka.domain.stages import Stage
from vistka.domain.tokens import KeyRing, Purpose, read
from vistka.texts.labels import label
from vistka_django.tokens import page_token, read_key

TTN: Final = "20450000000017"
STATUS: Final = "Чекає у відділенні - Прибув на відділення <b>№ 5</b>"
CHANGED: Final = "2026-07-14 06:05:00"  # UTC, as Django writes it; 09:05 in Kyiv, whose summer time it is
LINK_KEY: Final = f"1:{base64.b64encode(bytes(32)).decode()},2:{base64.b64encode(bytes(range(32))).decode()}"


@dataclass(frozen=True, kw_only=True)
class Site:
    address: str
    tables: ShopTables

    def page(self, path: str, *, language: str = "") -> str:
        request = urllib.request.Request(self.address + path)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def order(self, number: str, *, shown: str | None = None, tracking: str | None = TTN) -> str:
        key = self.tables.add_order(number=number, tracking=tracking, shown=shown)
        self.tables.run(
            "UPDATE orders_order SET city = '', np_office = '', pay_type = 'full', created = :at, updated = :at,"
            " shipment_status_updated = :changed WHERE id = :key",
            at=CHANGED,
            changed=CHANGED if shown else None,
            key=int(key),
        )
        return key


def create(url: str) -> None:
    """The original's tables with every column that the shop's own pages show."""
    tables = ShopTables.at(url)
    tables.create()
    for column, kind in (("city", "varchar(100)"), ("np_office", "varchar(200)"),
                         ("notes", "text"), ("created", "datetime"), ("updated", "datetime")):  # fmt: skip
        tables.run(f"ALTER TABLE orders_order ADD COLUMN {column} {kind} NULL")
    tables.engine.dispose()


@pytest.fixture(scope="module", params=["newest on mariadb", "long-term on sqlite"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    more = {"LOCAL_STAFF": "1", "VISTKA_WEB_URL": "https://web.example/", "VISTKA_LINK_KEY": LINK_KEY}
    if request.param == "long-term on sqlite":
        url = new_sqlite(Path(tmp_path_factory.mktemp("pages")))
        with serving(url, str(DJANGO_LTS), more) as one:
            yield one
        return
    with throw_away_database(request.getfixturevalue("mariadb_url")) as url, serving(url, sys.executable, more) as one:
        yield one


class serving:  # noqa: N801 -- reads as a verb where it is used
    def __init__(self, url: str, python: str, more: Mapping[str, str]) -> None:
        create(url)
        self._url, self._server = url, django_shop(url, python=python, more=more)

    def __enter__(self) -> Site:
        server = self._server.__enter__()
        self._tables = ShopTables.at(self._url)
        return Site(address=server.url.removesuffix("/vistka"), tables=self._tables)

    def __exit__(self, *problem: object) -> None:
        self._tables.engine.dispose()
        self._server.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def emptied(site: Site) -> None:
    site.tables.run("DELETE FROM orders_order")


def test_the_status_stands_beside_the_number_with_its_time_in_kyiv_and_escaped_f14_f17(site: Site) -> None:
    site.order("N1", shown=STATUS)
    page = site.page("/orders/N1/")
    assert escape(STATUS) in page
    assert "<b>" not in page
    assert '<time datetime="2026-07-14T06:05:00+00:00">Статус змінено 14 липня 2026, 09:05</time>' in page


def test_the_link_leads_to_the_orders_own_page(site: Site) -> None:
    key = site.order("N1")
    links = re.findall(r'<a href="([^"]+)" rel="noopener noreferrer" [^>]*>(.*?)</a>', site.page("/orders/N1/"))
    ((address, words),) = links
    assert words == "Стежити за посилкою"
    token = re.fullmatch(r"https://web\.example/o/([A-Za-z0-9_-]{43,64})", address)
    assert token
    told = read(token[1], Purpose.PAGE, keys=KeyRing.parse(LINK_KEY), now=datetime.now(UTC))
    assert told.order_key == key
    assert 179 <= (told.expires_at - datetime.now(UTC)).days <= 180


def test_an_order_without_a_number_has_neither_status_nor_link(site: Site) -> None:
    site.order("N1", tracking=None)
    page = site.page("/orders/N1/")
    assert "Посилку ще не відправлено" in page
    assert "noopener" not in page
    assert "<time" not in page


def test_the_admins_list_shows_status_time_and_link(site: Site) -> None:
    site.order("N1", shown=STATUS)
    site.order("N2")
    page = site.page("/admin/orders/order/")
    assert escape(STATUS) in page
    assert "14 липня 2026, 09:05" in page
    assert "Ще без статусу" in page
    assert page.count("https://web.example/o/") == 2


def test_the_admins_list_can_be_narrowed_to_what_the_parcel_does(site: Site) -> None:
    for number, shown in (
        ("WAIT1", "Чекає у відділенні - Прибув"),
        ("WAIT2", "Чекає в поштоматі"),
        ("GONE", "Отримано"),
        ("BACK", "Відмова від отримання"),
        ("NONE", None),
    ):
        site.order(number, shown=shown)
    site.order("BARE", tracking="")

    def listed(group: str) -> list[str]:
        page = site.page(f"/admin/orders/order/?shipment={group}")
        return sorted(re.findall(r"/change/[^>]*>([A-Z0-9]+)</a>", page))

    assert listed("waiting") == ["WAIT1", "WAIT2"]
    assert listed("received") == ["GONE"]
    assert listed("coming_back") == ["BACK"]
    assert listed("none") == ["NONE"]
    assert len(listed("")) == 6


def test_a_page_that_an_order_has_not_is_not_found(site: Site) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        site.page("/orders/N404/")


# --- without a server -----------------------------------------------------------------------------------------------

ASK = """
import json, sys
import django
from django.test import override_settings
django.setup()
from datetime import datetime, timezone
from django.template import engines
from django.utils import translation
from django.contrib.auth import get_user_model
from orders.models import Order
from vistka_django.admin import GROUPS
show = engines["django"].from_string(
    "{% load vistka %}{% shipment_status o %}|{% shipment_updated o %}|{% shipment_link o %}"
    "|{% shipment_link o 'Тут' %}"
).render
at = datetime(2026, 7, 14, 6, 5, tzinfo=timezone.utc)
out = {"groups": GROUPS, "tags": {}}
for code in ("uk", "ru", "en", "de"):
    with translation.override(code):
        order = Order(pk=7, order_number="N", tracking_number=" 2045 0000 0000 17; 59000000000001",
                      shipment_status="Стан", shipment_status_updated=at)
        out["tags"][code] = show({"o": order})
try:
    show({"o": get_user_model()()})
except TypeError as error:
    out["other"] = str(error)
with override_settings(VISTKA={"LINK_KEY": "2:AAAA", "WEB_URL": ""}):
    out["unset"] = show({"o": Order(pk=7, tracking_number="20450000000017")})
print(json.dumps(out))
"""


@pytest.fixture(scope="module", params=[sys.executable, str(DJANGO_LTS)], ids=["newest", "long-term"])
def asked(request: pytest.FixtureRequest) -> Mapping[str, object]:
    done = subprocess.run(
        [request.param, "-W", "error", "-c", ASK],
        cwd=EXAMPLE, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(EXAMPLE.parent), "DJANGO_SETTINGS_MODULE": "shop.settings", "PATH": "/usr/bin",
             "DATABASE_URL": "sqlite:///:memory:"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: Mapping[str, object] = json.loads(done.stdout)
    return found


def test_tags_speak_the_language_that_django_has_switched_on(asked: Mapping[str, Mapping[str, str]]) -> None:
    link = (
        '<a href="https://novaposhta.ua/tracking/?cargo_number=20450000000017" rel="noopener noreferrer" '
        'referrerpolicy="no-referrer">{}</a>'
    )
    at = '<time datetime="2026-07-14T06:05:00+00:00">{}</time>'
    expected = {
        "uk": ("Статус змінено 14 липня 2026, 09:05", "Стежити за посилкою"),
        "ru": ("Статус изменён 14 июля 2026, 09:05", "Отследить посылку"),
        "en": ("Status changed on 14 July 2026, 09:05", "Track the parcel"),
    }
    expected["de"] = ("Статус змінено 14 Juli 2026, 09:05", "Стежити за посилкою")
    for code, (changed, words) in expected.items():
        assert asked["tags"][code] == "|".join(("Стан", at.format(changed), link.format(words), link.format("Тут")))


def test_an_object_that_is_no_order_is_named(asked: Mapping[str, str]) -> None:
    assert asked["other"] == "User is no orders.Order, which VISTKA['ORDER'] names"


def test_without_a_web_the_link_leads_to_the_carrier(asked: Mapping[str, str]) -> None:
    assert "https://novaposhta.ua/tracking/?cargo_number=20450000000017" in asked["unset"]


def test_every_label_of_a_stage_is_in_one_group_of_the_filter(asked: Mapping[str, Mapping[str, list[str]]]) -> None:
    labels = [each for group in asked["groups"].values() for each in group]
    assert sorted(labels) == sorted(label(stage) for stage in Stage)


def test_the_shops_token_is_the_one_that_vistka_reads() -> None:
    key = read_key(LINK_KEY)
    assert key is not None
    token = page_token("1042", key=key, expires_at=1_900_000_000, nonce=b"\x01" * 8)
    assert (
        read(token, Purpose.PAGE, keys=KeyRing.parse(LINK_KEY), now=datetime(2026, 11, 23, tzinfo=UTC)).order_key
        == "1042"
    )
    assert [read_key(text) for text in ("", "x", "1:", "1:***")] == [None] * 4
    with pytest.raises(ValueError, match="1 to 17 bytes"):
        page_token("1" * 18, key=key, expires_at=1, nonce=b"\x01" * 8)


def test_no_address_of_the_example_is_a_real_one() -> None:
    assert "novaposhta" not in "".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "integrations/django/example").rglob("*.html")
    )
