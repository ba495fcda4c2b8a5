"""The stand-in carrier refuses what the real one refuses, in its words."""

import time
from collections.abc import Callable

import pytest
import requests

from local.scenario.script import Step
from tests.unit.local.conftest import HOUR, MONEY_TTN, TTN, Outside, parcel

UNKNOWN = "20459000009999"
NAMES = {"success", "data", "errors", "warnings", "info", "messageCodes", "errorCodes", "warningCodes", "infoCodes"}


def test_the_envelope_has_its_nine_names(outside: Outside) -> None:
    assert outside.ask(TTN).keys() == NAMES


def test_every_number_is_answered_in_an_order_of_the_carriers_own(outside: Outside) -> None:
    asked = [TTN, MONEY_TTN, *(f"2045900001{n:04d}" for n in range(20))]
    answered = [one["Number"] for one in outside.ask(*asked)["data"]]
    assert answered != asked
    assert sorted(answered) == sorted(asked)


def test_a_number_asked_twice_is_answered_once(outside: Outside) -> None:
    assert len(outside.ask(TTN, TTN)["data"]) == 1


def test_an_unknown_number_is_code_3(outside: Outside) -> None:
    said = outside.ask(UNKNOWN)
    assert (said["success"], said["data"][0]["StatusCode"]) == (True, "3")


def test_a_missing_or_wrong_phone_is_a_warning_about_that_number(outside: Outside) -> None:
    said = outside.ask(TTN, MONEY_TTN, phone="380600000009")
    assert said["success"] is True
    assert sorted(name for warning in said["warnings"] for name in warning) == [f"ID_{TTN}", f"ID_{MONEY_TTN}"]
    assert outside.ask(TTN, phone="380600000001")["warnings"] == []


def test_a_hundred_documents_are_taken_and_one_more_is_not(outside: Outside) -> None:
    many = [f"2045900001{n:04d}" for n in range(101)]
    assert len(outside.ask(*many[:100])["data"]) == 100
    said = outside.ask(*many)
    assert (said["success"], said["data"], said["errorCodes"]) == (False, [], ["20001401153"])


def test_one_malformed_number_fails_the_batch_and_is_named(outside: Outside) -> None:
    said = outside.ask(TTN, "445")
    assert (said["success"], said["data"], said["errorCodes"]) == (False, [], ["20001401442"])
    assert said["warnings"] == ["Invalid DocumentNumber: 445"]


def test_a_number_in_the_right_form_may_be_refused_too(outside: Outside) -> None:
    outside.told("POST", "parcels", **parcel(UNKNOWN, refused=True).to_dict())
    assert outside.ask(TTN, UNKNOWN)["warnings"] == [f"Invalid DocumentNumber: {UNKNOWN}"]


def test_a_malformed_phone_fails_the_batch(outside: Outside) -> None:
    assert outside.ask(TTN, phone="0600000001")["errorCodes"] == ["20001401160"]


@pytest.mark.parametrize("documents", [None, [], "20459000000017"])
def test_no_documents_are_an_error(outside: Outside, documents: object) -> None:
    assert outside.ask_for(documents)["errorCodes"] == ["20001401442"]


def test_a_strange_key_is_refused_and_none_at_all_is_taken(outside: Outside) -> None:
    assert outside.ask(TTN, key="f" * 32)["errorCodes"] == ["20000200068"]
    assert outside.ask(TTN, key="")["success"] is True


def test_two_requests_of_one_key_in_a_second_are_too_many(start: Callable[..., Outside]) -> None:
    outside = start(carrier_interval=0.3)
    assert outside.ask(TTN)["success"] is True
    said = outside.ask(TTN)
    assert (said["errors"], said["errorCodes"]) == (["To many requests"], ["20000401501"])
    assert outside.ask(TTN, key="")["success"] is True
    time.sleep(0.3)
    assert outside.ask(TTN)["success"] is True


def test_a_parcel_moves_with_the_clock(outside: Outside) -> None:
    steps = (Step(at=-HOUR, code="5", text="Прямує"), Step(at=5 * HOUR, code="7", text="Прибув"))
    outside.told("POST", "parcels", **parcel(TTN, *steps).to_dict())
    assert outside.ask(TTN)["data"][0]["StatusCode"] == "5"
    outside.clock_file.write_text(str(6 * HOUR), encoding="utf-8")
    assert outside.ask(TTN)["data"][0]["StatusCode"] == "7"


def test_a_parcel_may_be_left_out_of_the_answer(outside: Outside) -> None:
    outside.told("POST", f"parcels/{TTN}/move", code="-")
    assert [one["Number"] for one in outside.ask(TTN, MONEY_TTN)["data"]] == [MONEY_TTN]


def test_what_was_asked_can_be_looked_at(outside: Outside) -> None:
    outside.ask(TTN, MONEY_TTN, phone="380600000001")
    outside.ask(TTN, "445", key="")
    seen = outside.told("GET", "carrier?documents=1")
    assert (seen["requests"], seen["documents"], seen["outcomes"]) == (2, 4, {"ok": 1, "bad_number": 1})
    assert [(one["key"], one["phones"]) for one in seen["asked"]] == [("key", 2), ("none", 0)]
    assert seen["asked"][0]["documents"] == [TTN, MONEY_TTN]


def test_another_address_or_method_is_not_there(outside: Outside) -> None:
    assert requests.get(outside.carrier, timeout=5).status_code == 404
    said = requests.post(outside.carrier, json={"modelName": "Address", "calledMethod": "getCities"}, timeout=5).json()
    assert said["success"] is False
