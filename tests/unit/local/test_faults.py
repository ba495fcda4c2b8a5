"""The outside misbehaves on request, as badly as the real one."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.unit.local.conftest import CHAT, TTN, Outside


def carrier_fault(outside: Outside, fault: str, **more: Any) -> Any:
    return outside.told("POST", "carrier/fault", fault=fault, **more)


def telegram_fault(outside: Outside, fault: str, **more: Any) -> Any:
    return outside.told("POST", "telegram/fault", fault=fault, **more)


def test_down_refuses_connections_until_it_is_cleared(outside: Outside) -> None:
    with requests.Session() as session:
        session.post(outside.carrier, json={}, timeout=5)
        carrier_fault(outside, "down")
        with pytest.raises(requests.ConnectionError) as refused:
            session.post(outside.carrier, json={}, timeout=5)
        assert "refused" in str(refused.value)
        outside.told("DELETE", "carrier/fault")
        assert session.post(outside.carrier, json={}, timeout=5).status_code == 200


def test_down_may_end_by_itself(outside: Outside) -> None:
    telegram_fault(outside, "down", seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        outside.send("вістка")
    time.sleep(0.4)
    assert outside.send("вістка")["ok"]


def test_a_fault_counts_its_requests(outside: Outside) -> None:
    carrier_fault(outside, "empty_success", count=2)
    assert [len(outside.ask(TTN)["data"]) for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("empty_success", {"success": True, "data": []}),
        ("null_data", {"success": True, "data": None}),
        ("rate_limit:3", {"errors": ["To many requests, try again after 3 seconds"], "errorCodes": ["20000401501"]}),
        ("rate_limit", {"success": False, "errors": ["To many requests"], "errorCodes": []}),
        ("key_refused", {"success": False, "errorCodes": ["20000200068"]}),
        ("daily_limit", {"errorCodes": ["20000101696"]}),
        ("unavailable", {"errorCodes": ["20001400980"]}),
        ("errors_with_success", {"success": True, "errors": ["Unknown error"]}),
        ("errors_as_object", {"errors": {"0": "Unknown error"}, "errorCodes": {"1": "20000303747"}}),
    ],
)
def test_the_envelope_can_be_wrong_in_many_ways(outside: Outside, fault: str, wrong: dict[str, Any]) -> None:
    carrier_fault(outside, fault)
    said = outside.ask(TTN)
    assert {name: said[name] for name in wrong} == wrong


def test_data_may_be_missing_and_the_envelope_may_be_listed(outside: Outside) -> None:
    carrier_fault(outside, "missing_data", count=1)
    assert "data" not in outside.ask(TTN)
    carrier_fault(outside, "listed")
    listed: Any = outside.ask(TTN)
    assert isinstance(listed, list)
    assert listed[0]["success"] is True


def test_bodies_that_are_no_json(outside: Outside) -> None:
    carrier_fault(outside, "http_502_html", count=1)
    answer = requests.post(outside.carrier, json={}, timeout=5)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    carrier_fault(outside, "http:429", count=1)
    assert requests.post(outside.carrier, json={}, timeout=5).status_code == 429
    carrier_fault(outside, "half_json", count=1)
    with pytest.raises(requests.JSONDecodeError):
        outside.ask(TTN)
    carrier_fault(outside, "half_body", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        outside.ask(TTN)


def test_a_stall_answers_nothing_and_lets_go_when_cleared(outside: Outside) -> None:
    carrier_fault(outside, "stall", count=1)
    with pytest.raises(requests.ReadTimeout):
        requests.post(outside.carrier, json={}, timeout=(1, 0.2))
    assert outside.ask(TTN)["success"] is True


def test_an_answer_can_be_slow(outside: Outside) -> None:
    carrier_fault(outside, "slow:300", count=1)
    began = time.monotonic()
    outside.ask(TTN)
    assert time.monotonic() - began >= 0.3


def test_telegram_keeps_the_message_whose_answer_is_lost(outside: Outside) -> None:
    telegram_fault(outside, "close_after_body", count=1)
    with pytest.raises(requests.ConnectionError):
        outside.send("вістка")
    (message,) = outside.told("GET", "messages")["messages"]
    assert (message["text"], message["answered"]) == ("вістка", False)


def test_telegram_keeps_nothing_of_a_stalled_request(outside: Outside) -> None:
    telegram_fault(outside, "stall", count=1)
    with pytest.raises(requests.ReadTimeout):
        requests.post(outside.bot("sendMessage"), json={"chat_id": CHAT, "text": "вістка"}, timeout=(1, 0.2))
    assert outside.told("GET", "messages")["count"] == 0


@pytest.mark.parametrize(
    ("fault", "code", "parameters"),
    [
        ("429:7", 429, {"retry_after": 7}),
        ("429", 429, None),
        ("500", 500, None),
        ("403", 403, None),
        ("token_revoked", 401, None),
    ],
)
def test_telegram_refuses_in_its_own_form(outside: Outside, fault: str, code: int, parameters: object) -> None:
    telegram_fault(outside, fault, count=1)
    said = outside.send("вістка")
    assert (said["ok"], said["error_code"], said.get("parameters")) == (False, code, parameters)
    assert outside.send("вістка")["ok"]


def test_a_fault_may_concern_one_method_or_one_chat(outside: Outside) -> None:
    telegram_fault(outside, "500", methods=["sendMessage"], chats=[CHAT + 1])
    assert requests.get(outside.bot("getMe"), timeout=5).status_code == 200
    assert outside.send("вістка")["ok"]
    assert outside.send("вістка", CHAT + 1)["error_code"] == 500


@pytest.mark.parametrize("wanted", [{"fault": "rain"}, {"fault": "down", "count": 2}, {"fault": "slow:soon"}, {}])
def test_a_fault_that_is_not_known_is_refused_with_those_that_are(outside: Outside, wanted: dict[str, Any]) -> None:
    assert "error" in outside.told("POST", "carrier/fault", **wanted)
    assert outside.told("GET", "carrier/fault") == {"faults": []}


def test_a_reset_ends_faults_and_forgets_what_was_said(outside: Outside) -> None:
    outside.send("вістка")
    carrier_fault(outside, "down")
    outside.told("POST", f"parcels/{TTN}/move", code="9")
    outside.told("POST", "reset")
    assert outside.ask(TTN)["data"][0]["StatusCode"] == "5"
    assert outside.told("GET", "messages") == {"count": 0, "messages": []}


def test_settings_can_be_changed_while_it_runs(start: Callable[..., Outside]) -> None:
    outside = start(carrier_interval=60.0)
    assert outside.ask(TTN)["success"] is True
    assert outside.told("POST", "settings", carrier_interval=0, carrier_latency_ms=50)["carrier_latency_ms"] == 50
    began = time.monotonic()
    assert outside.ask(TTN)["success"] is True
    assert time.monotonic() - began >= 0.05
    assert "error" in outside.told("POST", "settings", weather="fine")


def test_a_parcel_can_be_moved_now(outside: Outside) -> None:
    outside.move_clock(timedelta(hours=2))
    moved = outside.told(
        "POST",
        f"parcels/{TTN}/move",
        code="8",
        place={"number": 20_001, "category": "Postomat", "street": "вул. Тиха, 1"},
    )
    assert moved["step"]["text"] == "Прибув на відділення (завантажено в Поштомат)"
    (one,) = outside.ask(TTN)["data"]
    assert (one["StatusCode"], one["CategoryOfWarehouse"]) == ("8", "Postomat")
    assert "error" in outside.told("POST", "parcels/20459000009999/move", code="8")
