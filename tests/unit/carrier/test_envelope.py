"""The envelope and its oddities."""

from typing import Any

import pytest

from tests.unit.carrier.payloads import OTHER, TTN, envelope, item, refusal
from vistka.carrier.envelope import read_envelope


def test_a_plain_envelope() -> None:
    found = read_envelope(envelope(item(), item(OTHER), warnings=["a", {"ID_1": "b"}]))
    assert found is not None
    assert found.success
    assert [entry["Number"] for entry in found.items] == [TTN, OTHER]
    assert (found.errors, found.error_codes, found.warnings) == ((), (), ("a", "ID_1: b"))


@pytest.mark.parametrize("body", [None, [], {}, "", "null", 7, True, [1, 2], [[[envelope()]]], {"data": []}, [{}, {}]])
def test_what_is_no_envelope_is_told_apart(body: Any) -> None:
    assert read_envelope(body) is None


def test_an_envelope_wrapped_in_a_list_is_unwrapped() -> None:
    assert read_envelope([envelope(item())]) == read_envelope(envelope(item()))
    assert read_envelope([[envelope(item())]]) == read_envelope(envelope(item()))


@pytest.mark.parametrize("data", [None, [], "", "[]", 0, [None], [[]], ["x"], {}, {"0": None}])
def test_data_may_be_missing_in_any_way(data: Any) -> None:
    """F23"""
    found = read_envelope(envelope(data=data))
    assert found is not None
    assert found.items == ()
    without = envelope()
    del without["data"]
    assert read_envelope(without) == found


@pytest.mark.parametrize(
    "data", [{"0": item(), "1": item(OTHER)}, [[item(), item(OTHER)]], [item(), None, 7, item(OTHER)]]
)
def test_data_may_be_an_object_or_hold_rubbish(data: Any) -> None:
    """F40"""
    found = read_envelope(envelope(data=data))
    assert found is not None
    assert [entry["Number"] for entry in found.items] == [TTN, OTHER]


def test_data_may_be_one_item() -> None:
    found = read_envelope(envelope(data=item()))
    assert found is not None
    assert [entry["Number"] for entry in found.items] == [TTN]


@pytest.mark.parametrize(
    "errors", [["Щось не так"], {"0": "Щось не так"}, "Щось не так", [["Щось не так"]], {"a": {"b": "Щось не так"}}]
)
@pytest.mark.parametrize("codes", [["20001401442"], {"1": "20001401442"}, "20001401442", [20001401442], 20001401442])
def test_errors_and_codes_may_be_lists_objects_or_strings(errors: Any, codes: Any) -> None:
    found = read_envelope(refusal(errors=errors, errorCodes=codes))
    assert found is not None
    assert (found.errors, found.error_codes) == (("Щось не так",), ("20001401442",))


@pytest.mark.parametrize("nothing", [None, [], {}, "", " ", [""], {"0": None}, [[], {}], False])
def test_empty_errors_are_none(nothing: Any) -> None:
    found = read_envelope(envelope(errors=nothing, errorCodes=nothing, warnings=nothing))
    assert found is not None
    assert (found.errors, found.error_codes, found.warnings) == ((), (), ())


@pytest.mark.parametrize(
    ("value", "success"),
    [(True, True), ("true", True), (1, True), (False, False), ("false", False), (None, False), ([], False)],
)
def test_success_is_what_says_so(value: Any, *, success: bool) -> None:
    found = read_envelope(envelope(success=value))
    assert found is not None
    assert found.success is success


def test_what_nests_too_deep_is_left() -> None:
    deep: Any = "Щось не так"
    for _ in range(50):
        deep = [deep]
    found = read_envelope(envelope(errors=deep, warnings=["x"] * 10_000))
    assert found is not None
    assert found.errors == ()
    assert len(found.warnings) == 400
