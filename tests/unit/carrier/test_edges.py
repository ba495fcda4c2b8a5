"""What is read of an answer at its edges, and what of it may go into a log."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.unit.carrier.payloads import OTHER, THIRD, TTN, envelope, item, raw, refusal
from vistka.carrier.answers import read_answer
from vistka.carrier.batches import Sorted, halves
from vistka.carrier.dates import moment_of
from vistka.carrier.envelope import Envelope, read_envelope
from vistka.carrier.errors import Trouble
from vistka.carrier.items import facts_of

NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
SECRET = "an invented key"


def refused(body: bytes, *, status: int = 200, content_type: str = "", retry_after: str = "") -> Trouble:
    found = read_answer(
        body,
        status=status,
        content_type=content_type,
        retry_after=retry_after,
        batch={TTN: ""},
        key=SECRET,
        now=NOW,
    )
    assert isinstance(found, Trouble)
    return found


def opened(**changes: Any) -> Envelope:
    found = read_envelope(envelope(**changes))
    assert found is not None
    return found


# --- the envelope -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", [True, 1, "true", "True", "1"])
def test_success_may_be_a_text(yes: Any) -> None:
    assert opened(success=yes).success


@pytest.mark.parametrize("no", ["yes", "0", 2])
def test_no_other_text_is_a_success(no: Any) -> None:
    assert not opened(success=no).success


def nested(depth: int, kind: type) -> Any:
    inner: Any = "line"
    for _ in range(depth):
        inner = [inner] if kind is list else {"key": inner}
    return inner


@pytest.mark.parametrize("kind", [list, dict])
def test_lines_are_read_four_levels_deep(kind: type) -> None:
    assert opened(errors=nested(4, kind)).errors == ("line",)
    assert opened(errors=nested(5, kind)).errors == ()


def test_a_list_of_warnings_about_one_document_keeps_its_name() -> None:
    assert opened(warnings={f"ID_{TTN}": ["one", "two"]}).warnings == (f"ID_{TTN}: one", f"ID_{TTN}: two")


def test_names_and_lines_are_cut_to_their_length() -> None:
    (line,) = opened(warnings={"ID_" + "1" * 100: "x" * 501}).warnings
    assert line == f"ID_{'1' * 57}: {'x' * 500}"


def test_an_int_of_thousands_of_digits_is_no_code() -> None:
    assert opened(errorCodes=[10**20 - 1, 10**20, -(10**20)]).error_codes == (str(10**20 - 1),)


# --- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", ["2026-01-07 09:00:00", ""])
def test_of_two_items_that_moved_at_one_moment_the_first_counts(moved: str) -> None:
    few = [item(TTN, code, TrackingUpdateDate=moved, DateScan="") for code in ("7", "5")]
    found = read_answer(
        raw(envelope(*few)), status=200, content_type="", retry_after="", batch={TTN: ""}, key="", now=NOW
    )
    assert isinstance(found, Sorted)
    assert found.facts[TTN].code == "7"


def test_halves_share_nothing_and_differ_by_one_at_most() -> None:
    for batch in ({TTN: "1", OTHER: ""}, {TTN: "1", OTHER: "", THIRD: "3"}):
        left, right = halves(batch)
        assert [*left.items(), *right.items()] == [*batch.items()]
        assert 0 <= len(right) - len(left) <= 1


# --- items --------------------------------------------------------------------------------------------------------


def test_a_sentence_is_kept_up_to_five_hundred_characters_and_a_documents_type_up_to_sixty() -> None:
    facts = facts_of(
        item(
            status="я" * 501,
            LastCreatedOnTheBasisNumber=OTHER,
            LastCreatedOnTheBasisDocumentType="T" * 61,
        )
    )
    assert facts is not None
    assert (len(facts.text), len(facts.child_type)) == (500, 60)


# --- dates --------------------------------------------------------------------------------------------------------


def test_the_hour_may_stand_before_a_day_with_dashes_as_well() -> None:
    assert moment_of("09:30 07-01-2026") == moment_of("09:30 07.01.2026") == datetime(2026, 1, 7, 7, 30, tzinfo=UTC)


def test_a_date_is_looked_for_in_forty_characters_at_most() -> None:
    assert moment_of("2026-01-07".ljust(40)) is not None
    assert moment_of("2026-01-07".ljust(41)) is None


# --- what is said of it -------------------------------------------------------------------------------------------


def test_the_key_is_in_no_text_that_the_carrier_s_answer_makes() -> None:
    said = refused(raw(refusal(f"{SECRET} is not valid")))
    assert said.text == "Nova Poshta: … is not valid"
    assert SECRET not in refused(b"<html>", content_type=f"text/{SECRET}").text


def test_an_answer_that_is_none_is_named_by_its_content_type() -> None:
    start = "Nova Poshta answered no JSON that is an answer"
    assert refused(b"<html>").text == f"{start} (no content type)"
    assert refused(b"<html>", content_type="t" * 61).text == f"{start} ({'t' * 60})"


def test_an_answer_to_others_says_so() -> None:
    text = "Nova Poshta answered none of the numbers that were asked"
    assert refused(raw(envelope(item(OTHER)))).text == text


def test_a_429_may_name_the_moment_to_wait_for() -> None:
    until = format_datetime(NOW + timedelta(seconds=40), usegmt=True)
    assert refused(b"", status=429, retry_after=until).after == timedelta(seconds=40)
