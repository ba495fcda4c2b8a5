"""Answers put to the numbers that were asked."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.carrier.payloads import OTHER, THIRD, TTN, envelope, item, raw, refusal, stub
from vistka.carrier.answers import read_answer, request_of
from vistka.carrier.batches import Batch, Sorted, halves, named_in, without, without_phones
from vistka.carrier.errors import Act, Trouble
from vistka.domain.stages import STAGE_OF_CODE, Stage

NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
BOTH: Batch = {TTN: "", OTHER: ""}


def read(payload: Any, batch: Batch = BOTH, *, status: int = 200, retry_after: str = "") -> Sorted | Trouble:
    body = payload if isinstance(payload, bytes) else raw(payload)
    return read_answer(
        body, status=status, content_type="text/html", retry_after=retry_after, batch=batch, key="key", now=NOW
    )


def answered(payload: Any, batch: Batch = BOTH) -> Sorted:
    found = read(payload, batch)
    assert isinstance(found, Sorted)
    return found


def refused(payload: Any, batch: Batch = BOTH, *, status: int = 200, retry_after: str = "") -> Trouble:
    found = read(payload, batch, status=status, retry_after=retry_after)
    assert isinstance(found, Trouble)
    return found


def test_a_request_holds_the_numbers_the_phones_there_are_and_the_key() -> None:
    assert json.loads(request_of({TTN: "380671112233", OTHER: ""}, key="key")) == {
        "apiKey": "key",
        "modelName": "TrackingDocument",
        "calledMethod": "getStatusDocuments",
        "methodProperties": {
            "Documents": [{"DocumentNumber": TTN, "Phone": "380671112233"}, {"DocumentNumber": OTHER}],
        },
    }


def test_answers_go_by_number_never_by_position() -> None:
    found = answered(envelope(item(OTHER, "9"), item(TTN, "7")))
    assert found.facts[TTN].stage is Stage.AT_BRANCH
    assert found.facts[OTHER].stage is Stage.DELIVERED
    assert found.stubs == frozenset()


def test_a_number_may_be_an_int() -> None:
    assert set(answered(envelope(item(int(TTN)), item(f" {OTHER} "))).facts) == {TTN, OTHER}


@pytest.mark.parametrize("number", [None, "", THIRD, "x", [], {}, True, 1.5, "2045000000001", -1])
def test_an_item_without_a_number_that_was_asked_is_nobodys(number: Any) -> None:
    found = answered(envelope(item(number, "9"), item(TTN, "7")))
    assert set(found.facts) == {TTN}
    assert found.stubs == {OTHER}


def test_of_two_items_for_one_number_the_later_counts() -> None:
    early = item(TTN, "5", TrackingUpdateDate="2026-01-07 09:00:00")
    late = item(TTN, "7", TrackingUpdateDate="2026-01-07 10:00:00")
    undated = item(TTN, "4", TrackingUpdateDate="", DateScan="")
    for items in ([early, late, undated, stub()], [stub(), undated, late, early], [late, undated, stub(), early]):
        assert answered(envelope(*items), {TTN: ""}).facts[TTN].stage is Stage.AT_BRANCH
    assert answered(envelope(stub(), undated), {TTN: ""}).facts[TTN].stage is Stage.IN_TRANSIT


def test_what_is_unread_is_that_of_the_item_which_counts() -> None:
    early = item(TTN, "5", TrackingUpdateDate="2026-01-07 09:00:00", DateCreated="x")
    late = item(TTN, "7", TrackingUpdateDate="2026-01-07 10:00:00", ActualDeliveryDate="99.99.2026")
    for items in ([early, late], [late, early]):
        found = answered(envelope(*items, stub(OTHER, "?")))
        assert {ttn: [one.name for one in fields] for ttn, fields in found.unread.items()} == {
            TTN: ["ActualDeliveryDate"],
            OTHER: ["StatusCode"],
        }
    assert answered(envelope(item(TTN))).unread == {}


def test_a_number_missing_from_a_list_of_others_is_a_stub() -> None:
    """F15"""
    found = answered(envelope(item(TTN), stub(THIRD)), {TTN: "", OTHER: "", THIRD: ""})
    assert set(found.facts) == {TTN}
    assert found.stubs == {OTHER, THIRD}


def test_only_stubs_are_an_answer_too() -> None:
    assert answered(envelope(stub(TTN))) == Sorted(facts={}, stubs=frozenset({TTN, OTHER}))


@pytest.mark.parametrize("data", [[], None, [None], [item(THIRD)], [item(None)], "x"])
def test_a_list_that_answers_nobody_is_an_outage(data: Any) -> None:
    """F23"""
    assert refused(envelope(data=data)).act is Act.RETRY


def test_nothing_found_is_a_stub_for_all_that_are_not_in_the_list() -> None:
    assert answered(refusal("Documents not found", "20001402805")) == Sorted(facts={}, stubs=frozenset(BOTH))
    assert set(answered(envelope(item(TTN), errorCodes=["20001402805"])).facts) == {TTN}


def test_a_complaint_about_phones_that_were_not_sent_hides_no_answer() -> None:
    payload = envelope(item(TTN), errors=["Phone is incorrect"])
    assert set(answered(payload).facts) == {TTN}
    assert refused(payload, {TTN: "380671112233", OTHER: ""}).act is Act.PHONE
    assert refused(payload | {"success": False}).act is Act.PHONE


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"\xff\xfe\x00", b"null", b"[" * 100_000, b"9" * 10_000, b'{"success": tru', b"NaN"]
)
def test_what_is_no_json_may_pass(body: bytes) -> None:
    found = refused(body)
    assert found.act is Act.RETRY
    assert found.text == "Nova Poshta answered no JSON that is an answer (text/html)"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("\N{CROWN}", r"\ud83d\udc51"),
        ("а б", r"а\ud83dб"),  # half a surrogate pair
        ("а б", "а\tб"),
    ],
)
def test_a_text_is_read_however_json_writes_it(said: str, written: str) -> None:
    body = json.dumps(envelope(item(TTN, Status="@"))).replace('"@"', f'"{written}"').encode()
    assert answered(body).facts[TTN].text == said


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "9" * 400, "12345678901234567890123"])
def test_a_number_that_no_field_can_be_hides_no_answer(number: str) -> None:
    body = json.dumps(envelope(item(TTN, AmountToPay="@"))).replace('"@"', number).encode()
    assert answered(body).facts[TTN].to_pay == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_an_answer_is_read_in_any_encoding_of_json(encoding: str) -> None:
    assert answered(json.dumps(envelope(item(TTN))).encode(encoding)).facts.keys() == {TTN}


def test_a_status_speaks_for_itself_whatever_the_body_is() -> None:
    for body in (b"<html>", raw(envelope(item()))):
        assert refused(body, status=502).act is Act.RETRY
        assert refused(body, status=401).act is Act.CREDENTIAL
        assert refused(body, status=403).act is Act.GIVE_UP
        assert refused(body, status=302).act is Act.GIVE_UP


def test_a_429_waits_as_long_as_its_header_or_its_body_says() -> None:
    body = refusal("To many requests, try again after 4 seconds", "20000401501")
    assert refused(body, status=429).after is not None
    assert refused(body, status=429).after.total_seconds() == 4  # type: ignore[union-attr]
    assert refused(body, status=429, retry_after="9").after.total_seconds() == 9  # type: ignore[union-attr]
    assert refused(b"<html>", status=429).after is None
    assert refused(refusal(code="20000101696"), status=429, retry_after="9").act is Act.DAILY


def test_numbers_are_found_in_what_the_carrier_says() -> None:
    batch = {TTN: "380671112233", OTHER: ""}
    assert named_in([f"Invalid DocumentNumber: {OTHER}"], batch) == [OTHER]
    assert named_in([f"ID_{TTN}: Phone is incorrect"], batch) == [TTN]
    assert named_in(["Phone 380671112233 is incorrect"], batch) == [TTN]
    assert named_in(["Invalid DocumentNumber: 445", f"1{TTN}"], batch) == []


def test_batches_are_cut_without_losing_a_number() -> None:
    batch = {TTN: "380671112233", OTHER: "380501112233", THIRD: ""}
    assert without(batch, [OTHER]) == {TTN: "380671112233", THIRD: ""}
    assert without_phones(batch, [TTN]) == {TTN: "", OTHER: "380501112233", THIRD: ""}
    left, right = halves(batch)
    assert {**left, **right} == batch
    assert left
    assert right


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_values = st.recursive(
    _scalars | st.sampled_from([TTN, OTHER, int(TTN), "9", "80", 9, "2026-01-07 09:30:45", "20001402805"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_items = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(item(), _values) | {"Number": st.sampled_from([TTN, int(OTHER), "x"])}
)
_envelopes = st.fixed_dictionaries(
    {},
    optional={
        "success": st.booleans() | _values,
        "data": st.lists(_items | _values, max_size=4) | _values,
        "errors": _values,
        "errorCodes": _values,
        "warnings": _values,
    },
)


@given(
    st.one_of(_values, _envelopes, _envelopes.map(lambda inner: [inner])), st.integers(100, 599), st.text(max_size=20)
)
@example(envelope(item(code="7", status="x")), 200, "")
def test_any_json_is_an_answer_or_a_trouble_and_never_a_stage_from_rubbish(
    payload: Any, status: int, header: str
) -> None:
    """F15, F37, F42"""
    found = read(payload, status=status, retry_after=header)
    if isinstance(found, Trouble):
        return
    assert 200 <= status < 300
    assert found.facts.keys() | found.stubs == BOTH.keys()
    assert not found.facts.keys() & found.stubs
    for facts in found.facts.values():
        assert facts.stage is STAGE_OF_CODE.get(facts.code)
        assert facts.text or facts.moved_at
        facts.text.encode()
        assert type(facts).from_dict(facts.to_dict()) == facts


@given(st.binary(max_size=200))
def test_any_bytes_are_a_trouble(body: bytes) -> None:
    assert isinstance(read(body), Trouble)
