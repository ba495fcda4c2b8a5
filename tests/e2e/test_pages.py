"""Orders' pages of a whole deployment, through the real Function URL, with its role's rights enforced."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from local.chat import talk
from local.scenario.model import Order
from tests.e2e.commands import vistka
from tests.e2e.course import Course
from tests.e2e.drilling import DrillWorld
from tests.e2e.watching import Watched

GUEST = 600_500_021


@dataclass(frozen=True)
class Site:
    """The pages of a world on its third day. Redirects are not followed: they lead to the real Telegram."""

    eye: Watched
    orders: list[Order]
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def url(self) -> str:
        return self.eye.world.facts.outputs["WebUrl"].rstrip("/")

    def get(self, url: str, **headers: str) -> requests.Response:
        return self._ask("GET", url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, orders: list[str], *, key: str | None = None) -> requests.Response:
        key = self.key if key is None else key
        return self._ask("POST", self.url + path, json={"orders": orders}, headers={"Authorization": f"Bearer {key}"})

    def _ask(self, method: str, url: str, **more: Any) -> requests.Response:
        self.session.trust_env = False
        answer = self.session.request(method, url, allow_redirects=False, timeout=60, **more)
        answer.encoding = "utf-8"
        return answer

    @property
    def key(self) -> str:
        found = self.eye.client("ssm").get_parameter(Name="/vistka/api-keys", WithDecryption=True)
        return str(found["Parameter"]["Value"])

    def page(self, order: Order) -> str:
        said = vistka(self.eye.world, "page", order.number)
        assert said.code == 0, said.err
        return said.out.strip()


@pytest.fixture(scope="module")
def site(course_on_sqlite: Course) -> Iterator[Site]:
    eye, scenario = Watched(course_on_sqlite.world), course_on_sqlite.scenario
    stages = eye.stages()
    orders = [
        order
        for order in scenario.orders
        if order.open and order.reach == "no_user" and len(order.ttns) == 1 and stages.get(order.ttns[0]) == "at_branch"
    ]
    made = Site(eye, orders)
    yield made
    made.session.close()


def test_a_guest_opens_the_page_of_the_order_and_the_news_go_to_the_chat_behind_its_button(site: Site) -> None:
    order = site.orders[2]
    url = site.page(order)
    page = site.get(url, accept_encoding="gzip")
    assert (page.status_code, page.headers["Content-Encoding"]) == (200, "gzip")
    assert order.number in page.text
    assert order.ttns[0] in page.text
    assert "Чекає у відділенні" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    button = site.get(f"{url}/telegram")
    assert (button.status_code, button.headers["Cache-Control"]) == (303, "no-store")
    seen = "\n".join(talk(site.eye.world.facts.control_url, [button.headers["Location"]], chat=GUEST))
    assert f"Новини про замовлення {order.number} надходитимуть сюди." in seen


def test_the_same_in_every_form_and_language(site: Site) -> None:
    url = site.page(site.orders[2])
    token = url.rpartition("/")[2]
    assert "Waiting at branch" in site.get(url, accept_language="en-GB,en;q=0.9").text
    assert "Ждёт в отделении" in site.get(f"{url}?lang=ru", accept_language="en").text
    api = site.get(f"{site.url}/api/o/{token}")
    assert api.json()["parcels"][0]["ttn"] == site.orders[2].ttns[0]
    assert site.get(f"{site.url}/api/o/{token}", if_none_match=api.headers["ETag"]).status_code == 304
    badge = site.get(f"{site.url}/badge/{token}.svg")
    assert (badge.status_code, badge.headers["Content-Type"]) == (200, "image/svg+xml")
    assert site.get(f"{site.url}/embed/{token}").status_code == 200


def test_whoever_has_no_link_gets_one_and_the_same_page(site: Site) -> None:
    url = site.page(site.orders[2])
    wrong = [f"{site.url}/o/x", f"{url[:-1]}", f"{url}A", f"{site.url}/", f"{site.url}/o/{'A' * 4000}"]
    answers = [site.get(one) for one in wrong]
    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert len({answer.text for answer in answers}) == 1


def test_the_shop_lists_its_orders_by_its_key(site: Site) -> None:
    numbers = [order.number for order in site.orders[:3]]
    found = site.post("/api/orders", [*numbers, "TWC00000000N00"]).json()["orders"]
    assert list(found) == [*numbers, "TWC00000000N00"]
    assert found["TWC00000000N00"] is None
    assert site.get(f"{site.url}/{found[numbers[0]]['page']}").status_code == 200
    assert site.post("/api/orders", numbers, key="wrong").status_code == 401
    assert site.post("/api/orders", ["TWC1"] * 101).status_code == 422
    huge = site.post("/api/orders", ["x" * 1024 * 1024])
    assert (huge.status_code, huge.headers["Content-Type"]) == (413, "application/problem+json")


def test_a_check_that_the_shop_asks_for_comes_within_seconds_and_once(site: Site) -> None:
    order = site.orders[3]
    site.eye.until("nothing is in work", site.eye.is_quiet)
    before = site.eye.carrier_requests()
    site.eye.control("POST", f"parcels/{order.ttns[0]}/move", {"code": "9"})
    asked = site.post("/api/orders/refresh", [order.number])
    assert (asked.status_code, asked.json()["asked"]) == (202, [order.number])
    site.eye.until("the parcel is seen to be received", lambda: site.eye.stages()[order.ttns[0]] == "delivered")
    again = site.post("/api/orders/refresh", [order.number]).json()
    assert (again["asked"], list(again["recent"])) == ([], [order.number])
    time.sleep(1)
    assert site.eye.carrier_requests() == before + 1


def test_nothing_of_a_visitor_is_logged(site: Site) -> None:
    """R9"""
    url = site.page(site.orders[2])
    site.get(f"{url}?lang=en", referer="https://shop.example/private")
    events = site.eye.client("logs").filter_log_events(logGroupName=f"/vistka/{site.eye.world.facts.stack}/web")[
        "events"
    ]
    logged = "\n".join(event["message"] for event in events)
    assert "a page" in logged
    for never in (url.rpartition("/")[2][:20], "shop.example", "lang=en", site.key, "127.0.0.1"):
        assert never not in logged


def test_pages_without_rights_are_a_decent_page_and_come_back(drill: DrillWorld) -> None:
    """F20, R7"""
    site = Site(drill, [])
    link = drill.world.invoke("WebFunction", {"page": {"order_key": "1"}})["page"]["url"]
    assert site.get(f"{site.url}/{link}").status_code == 200
    with drill.without_rights("WebFunction"):
        page = site.get(f"{site.url}/{link}")
        assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
        assert "Зараз не виходить показати статус" in page.text
        assert site.get(f"{site.url}/api/{link}").headers["Content-Type"] == "application/problem+json"
    assert site.get(f"{site.url}/{link}").status_code == 200
