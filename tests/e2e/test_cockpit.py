"""The pages of a local world: what a visitor does in the cockpit happens on the real parts, and is seen there."""

import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local.world.wishes import Wishes
from local.world.world import World

_PATIENCE = 90


class Visitor:
    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def press(self, what: str, **fields: Any) -> requests.Response:
        return self._session.post(f"{self._url}/do/{what}", json=fields, timeout=60)

    def state(self) -> dict[str, Any]:
        seen: dict[str, Any] = self._session.get(f"{self._url}/state", timeout=60).json()
        return seen

    def order(self, number: str) -> dict[str, Any]:
        order: dict[str, Any] = next(one for one in self.state()["orders"] if one["number"] == number)
        return order

    def sees(self, what: Callable[[], bool]) -> bool:
        end = time.monotonic() + _PATIENCE
        while not what():
            if time.monotonic() > end:
                return False
            time.sleep(0.3)
        return True


@pytest.fixture(scope="module")
def open_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = Path(tmp_path_factory.mktemp("open")) / ".local"
    with World.start(Wishes(folder=folder, windows=True)) as world:
        yield world


@pytest.fixture(scope="module")
def visitor(open_world: World) -> Visitor:
    return Visitor(open_world.facts.cockpit_url)


def test_a_parcel_is_moved_and_its_linked_buyer_told_while_the_shop_shows_it(visitor: Visitor) -> None:
    assert visitor.press("send", order="V1001").ok
    assert visitor.sees(lambda: visitor.order("V1001")["shipment_status"].startswith("Накладну створено"))
    assert visitor.press("link", order="V1001").ok
    assert visitor.order("V1001")["linked"]
    assert visitor.press("move", order="V1001", code="7").ok
    assert visitor.sees(lambda: visitor.order("V1001")["shipment_status"].startswith("Чекає у відділенні"))
    assert visitor.sees(lambda: "чекає на вас" in visitor.state()["buyer"][-1]["text"])
    assert {"kind": "waiting", "audience": "buyer", "state": "sent"} in visitor.order("V1001")["notices"]


def test_what_is_broken_is_seen_as_broken_and_mended(visitor: Visitor) -> None:
    assert visitor.press("fault", party="telegram", fault="429:5").ok
    assert visitor.press("fault", party="database", fault="down").ok
    state = visitor.state()
    assert state["faults"] == {"carrier": "", "telegram": "429", "database": "down"}
    assert all(order["stale"] for order in state["orders"])
    assert visitor.press("fault", party="telegram", fault="").ok
    assert visitor.press("fault", party="database", fault="").ok
    assert visitor.state()["faults"] == {"carrier": "", "telegram": "", "database": ""}


def test_a_message_that_telegram_did_not_take_comes_once_it_is_back(visitor: Visitor) -> None:
    visitor.press("fault", party="telegram", fault="down")
    visitor.press("move", order="V1001", code="9")
    assert visitor.sees(lambda: visitor.order("V1001")["shipment_status"].startswith("Отримано"))
    assert not any("ви отримали" in message["text"].lower() for message in visitor.state()["buyer"][-1:])
    visitor.press("fault", party="telegram", fault="")
    assert visitor.sees(
        lambda: {"kind": "received", "audience": "buyer", "state": "sent"} in visitor.order("V1001")["notices"]
    )
    told = [message["text"] for message in visitor.state()["buyer"] if "ви отримали" in message["text"].lower()]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("what", "fields"),
    [("move", {"order": "V1001", "code": "77"}), ("send", {"order": "X"}), ("fault", {"party": "shop"}), ("fly", {})],
)
def test_a_button_that_there_is_not_is_refused(visitor: Visitor, what: str, fields: dict[str, str]) -> None:
    refused = visitor.press(what, **fields)
    assert (refused.status_code, list(refused.json())) == (400, ["error"])


def test_another_sites_form_presses_nothing(open_world: World) -> None:
    answer = requests.post(f"{open_world.facts.cockpit_url}/do/run", data={"a": "b"}, timeout=30)
    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/", "/orders/V1001/", "/admin/orders/order/?q=V1001"])
def test_the_shops_own_site_shows_the_order_with_its_status(open_world: World, path: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(open_world.facts.shop_url + path, timeout=30) as answer:
        page = answer.read().decode()
    assert "V1001" in page
    assert "Отримано" in page
