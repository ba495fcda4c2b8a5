"""The shop's own part of the API: closed without a key, bounded, and one check an order in five minutes."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import TTN, link
from tests.fakes.clock import START
from tests.unit.web.scene import API_KEY, BRANCH, KEYS, Scene
from vistka.domain.errors import ConfigurationError, StoreUnavailable
from vistka.domain.tokens import Purpose, read
from vistka.edge.shop_api import read_keys

BOTH = ("/api/orders", "/api/orders/refresh")
OTHER_KEY = "another-invented-key-0123456789-abcdefgh"


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.put("7", "1", "5", **BRANCH)
    made.put("5", ttn="20450000000777", order=link(order_key="2", order_number="TWC02"))
    return made


# --- the key ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize(
    "key",
    [None, "", "guess", API_KEY[:-1], API_KEY + "x", f"{API_KEY} x", API_KEY.upper(), OTHER_KEY, "ключ", "x" * 100_000],
)
def test_without_a_key_nothing_is_read_and_nothing_asked(scene: Scene, path: str, key: str | None) -> None:
    before = scene.memory.requests
    answer = scene.post(path, {"orders": ["TWC01"]}, key=key)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json["type"] == "urn:vistka:problem:key"
    assert scene.memory.requests == before
    assert scene.events.asked == []


def test_a_stranger_costs_no_look_at_the_keys(scene: Scene) -> None:
    scene.api_keys = AssertionError("read")
    assert scene.post("/api/orders", {"orders": ["TWC01"]}, key=None).status == 401
    assert scene.post("/api/orders", {"orders": ["TWC01"]}, key=None, authorization="Basic dTpw").status == 401


@pytest.mark.parametrize(
    "keys", ["", ConfigurationError("API_KEYS: the SSM parameter cannot be used: ParameterNotFound")]
)
def test_while_no_key_is_set_the_api_is_closed(scene: Scene, keys: str | Exception) -> None:
    scene.api_keys = keys
    for key in (API_KEY, "", None):
        assert scene.post("/api/orders", {"orders": ["TWC01"]}, key=key).status == 401


def test_keys_rotate_as_each_that_is_set_is_good(scene: Scene) -> None:
    scene.api_keys = f"{OTHER_KEY}\n {API_KEY},"
    for key in (API_KEY, OTHER_KEY):
        assert scene.post("/api/orders", {"orders": ["TWC01"]}, key=key).status == 200
    scene.api_keys = OTHER_KEY
    assert scene.post("/api/orders", {"orders": ["TWC01"]}).status == 401


@pytest.mark.parametrize("text", ["short", f"{API_KEY} short", "ї" * 40, "x" * 201])
def test_a_key_that_can_be_guessed_is_none(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"API_KEYS: key [12] must be 32 to 200") as caught:
        read_keys(text)
    assert API_KEY not in str(caught.value)


def test_no_key_is_logged(scene: Scene) -> None:
    for path in BOTH:
        scene.post(path, {"orders": ["TWC01"]})
        scene.post(path, {"orders": ["TWC01"]}, key=OTHER_KEY)
    assert API_KEY not in str(scene.log)
    assert OTHER_KEY not in str(scene.log)


# --- many orders ------------------------------------------------------------------------------------------------------


def test_orders_are_told_as_they_stand_with_their_pages(scene: Scene) -> None:
    answer = scene.post("/api/orders", {"orders": ["TWC01", "TWC02", "TWC99", "TWC01"]}, query="lang=en")
    assert (answer.status, answer.headers["Content-Language"]) == (200, "en")
    found = answer.json["orders"]
    assert list(found) == ["TWC01", "TWC02", "TWC99"]
    assert found["TWC99"] is None
    (parcel,) = found["TWC01"]["parcels"]
    assert (parcel["ttn"], parcel["stage"], parcel["headline"]) == (TTN, "at_branch", "Waiting at branch № 12")
    assert "history" not in parcel
    for number, key in (("TWC01", "1"), ("TWC02", "2")):
        path = found[number]["page"]
        made = read(path.removeprefix("o/"), Purpose.PAGE, keys=KEYS, now=START)
        assert (made.order_key, made.expires_at) == (key, START + timedelta(days=90))
        assert scene.get(f"/{path}").status == 200


def test_another_origin_gets_nothing_by_the_shops_key(scene: Scene) -> None:
    """A key that stood in a page would be everybody's."""
    assert "Access-Control-Allow-Origin" not in scene.post("/api/orders", {"orders": ["TWC01"]}).headers


# --- a check soon -----------------------------------------------------------------------------------------------------


def test_an_order_is_asked_about_at_most_once_in_five_minutes(scene: Scene) -> None:
    first = scene.post("/api/orders/refresh", {"orders": ["TWC01", "TWC01", "TWC02"]})
    assert (first.status, first.json) == (202, {"version": 1, "asked": ["TWC01", "TWC02"], "recent": {}})
    scene.clock.advance(timedelta(minutes=4))
    again = scene.post("/api/orders/refresh", {"orders": ["TWC01", "TWC03"]})
    assert again.json == {"version": 1, "asked": ["TWC03"], "recent": {"TWC01": "2026-01-13T08:05:00Z"}}
    scene.clock.advance(timedelta(minutes=1))
    assert scene.post("/api/orders/refresh", {"orders": ["TWC01"]}).json["asked"] == ["TWC01"]
    assert scene.events.asked == [("TWC01", "TWC02"), ("TWC03",), ("TWC01",)]


def test_orders_that_were_all_asked_about_cost_the_dispatcher_nothing(scene: Scene) -> None:
    scene.post("/api/orders/refresh", {"orders": ["TWC01"]})
    scene.post("/api/orders/refresh", {"orders": ["TWC01"]})
    assert len(scene.events.asked) == 1


def test_a_wish_that_reached_nobody_may_be_made_again(scene: Scene) -> None:
    scene.events.down = True
    answer = scene.post("/api/orders/refresh", {"orders": ["TWC01", "TWC02"]})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    scene.events.down = False
    assert scene.post("/api/orders/refresh", {"orders": ["TWC01", "TWC02"]}).json["asked"] == ["TWC01", "TWC02"]


# --- what no shop sends -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "json"),
        ("orders=TWC01", 400, "json"),
        ("[" * 50_000, 400, "json"),
        ("[]", 422, "orders"),
        ("{}", 422, "orders"),
        ('{"orders": ["TWC01"], "more": 1}', 422, "orders"),
        ({"orders": []}, 422, "orders"),
        ({"orders": "TWC01"}, 422, "orders"),
        ({"orders": [1]}, 422, "orders"),
        ({"orders": ["TWC01", None]}, 422, "orders"),
        ({"orders": ["  "]}, 422, "orders"),
        ({"orders": ["x" * 101]}, 422, "orders"),
        ('{"orders": ["\\ud800"]}', 422, "orders"),
        ({"orders": ["TWC01"] * 101}, 422, "too-many-orders"),
        ({"orders": [f"TWC{number}" for number in range(101)]}, 422, "too-many-orders"),
        (" " * 1024 * 1024, 413, "too-large"),
        ({"orders": ["x" * 1024 * 1024]}, 413, "too-large"),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_says_what_to_do(
    scene: Scene, path: str, body: Any, status: int, code: str
) -> None:
    answer = scene.post(path, body)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json["type"] == f"urn:vistka:problem:{code}"
    assert answer.json["detail"]
    assert scene.events.asked == []


def test_a_hundred_orders_are_taken_and_a_bad_one_is_named_by_its_place(scene: Scene) -> None:
    hundred = [f"TWC{number}" for number in range(100)]
    assert len(scene.post("/api/orders", {"orders": hundred}).json["orders"]) == 100
    assert "orders[1]" in scene.post("/api/orders", {"orders": ["TWC01", 7]}).json["detail"]


@pytest.mark.parametrize("path", BOTH)
def test_an_outage_is_a_problem(scene: Scene, path: str) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise StoreUnavailable("the store did not answer")

    scene.memory = Away()  # type: ignore[assignment]
    answer = scene.post(path, {"orders": ["TWC01"]})
    assert (answer.status, answer.json["type"]) == (503, "urn:vistka:problem:unavailable")


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_post_is_answered(scene: Scene, path: str, method: str) -> None:
    answer = scene.send(method, path, authorization=f"Bearer {API_KEY}", body=json.dumps({"orders": ["TWC01"]}))
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
