"""What the carrier's errors mean."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.carrier.payloads import envelope, item, refusal
from vistka.carrier.envelope import read_envelope
from vistka.carrier.errors import Act, Trouble, about, judge, judge_status, masked

NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)


def trouble(payload: Any, secret: str = "") -> Trouble:
    read = read_envelope(payload)
    assert read is not None
    found = judge(read, secret=secret)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("act", "codes"),
    [
        (Act.WAIT, "20000401501"),
        (Act.RETRY, "20000303747 20000100008 20001400980 20000100016 20000500608"),
        (Act.RETRY, "20000200795 20000203330 20000500602 20000500604 20000500609"),
        (Act.DAILY, "20000101696 20000501331"),
        (Act.CREDENTIAL, "20000200068 20000200069 20000201204 20000102694 20000200217"),
        (Act.CREDENTIAL, "20000401354 20000401355 20000401358 20000401362"),
        (Act.NUMBER, "20001401442 20001401158 20001402437 20001402465 20001402806"),
        (Act.PHONE, "20001401160 20001402594"),
        (Act.TOO_MANY, "20001401153 20001402438"),
        (Act.NOTHING, "20001402805"),
        (Act.GIVE_UP, "20000401353 20000401363 20000900759 1 abc"),
    ],
)
def test_the_table_of_codes(act: Act, codes: str) -> None:
    for code in codes.split():
        assert trouble(refusal(code=code)).act is act
        assert trouble(refusal("Речення, якого ніхто не знає", code)).act is act


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (Act.WAIT, "To many requests"),
        (Act.WAIT, "Too many requests, try again after 1 seconds"),
        (Act.DAILY, "Limit of attempts is reached"),
        (Act.DAILY, "Перевищено ліміт запитів"),
        (Act.CREDENTIAL, "API key expired"),
        (Act.CREDENTIAL, "apiKey is empty"),
        (Act.CREDENTIAL, "No rights to the method"),
        (Act.NUMBER, "Document number is not correct"),
        (Act.NUMBER, "DocumentNumber invalid format."),
        (Act.PHONE, "Phone is incorrect"),
        (Act.PHONE, "Телефон вказано некоректно"),
        (Act.RETRY, "Unknown error"),
        (Act.RETRY, "Service temporarily unavailable"),
        (Act.RETRY, "Сервіс тимчасово недоступний"),
        (Act.NOTHING, "Documents not found"),
        (Act.NOTHING, "Документ не знайдено"),
        (Act.GIVE_UP, "Method not found"),
        (Act.GIVE_UP, "Щось зовсім інше"),
    ],
)
def test_the_text_decides_where_the_codes_are_empty(act: Act, text: str) -> None:
    assert trouble(refusal(text)).act is act
    assert trouble(refusal(text.upper())).act is act


def test_errors_are_read_before_data_even_with_success() -> None:
    """F38"""
    assert trouble(envelope(item(), errors=["To many requests"])).act is Act.WAIT
    assert trouble(envelope(item(), errorCodes=["20000200068"])).act is Act.CREDENTIAL
    assert trouble(refusal("To many requests", "20000401501")).act is Act.WAIT


def test_success_without_data_is_no_answer() -> None:
    """F23"""
    assert trouble(envelope()).act is Act.RETRY
    assert trouble(envelope(data=None)).act is Act.RETRY


def test_a_refusal_without_a_reason_is_no_answer() -> None:
    assert trouble(refusal()).act is Act.RETRY
    assert trouble(envelope(item(), success=False)).act is Act.RETRY


def test_items_without_errors_may_be_read() -> None:
    read = read_envelope(envelope(item(), warnings=[{"ID_20450000000011": "Please enter a valid phone number"}]))
    assert read is not None
    assert judge(read) is None


def test_of_several_errors_the_gravest_counts() -> None:
    assert trouble(refusal(errors=["Document number is not correct", "To many requests"])).act is Act.WAIT
    assert trouble(refusal(errors=["To many requests"], errorCodes=["20000101696"])).act is Act.DAILY
    assert trouble(refusal(errors=["Unknown error", "Document number is not correct"])).act is Act.NUMBER
    assert trouble(refusal(errors=["Phone is invalid", "API key expired"])).act is Act.CREDENTIAL


def test_nothing_found_hides_no_other_error() -> None:
    """F38"""
    assert trouble(refusal(errorCodes=["20001402805", "20000900759"])).act is Act.GIVE_UP
    assert trouble(refusal(errors=["Documents not found", "Щось зовсім інше"])).act is Act.GIVE_UP
    assert trouble(refusal(errors=["Documents not found", "To many requests"])).act is Act.WAIT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("To many requests, try again after 1 seconds", 1),
        ("To many requests, try again after 12 second", 12),
        ("to many requests, try again after 2 minutes", 120),
        ("To many requests, try again after 7", 7),
        ("To many requests, try again after 999999 hours", 86400),
        ("To many requests", None),
        ("To many requests, try again after 99999999999999999999 seconds", 86400),
    ],
)
def test_the_named_wait_is_read(text: str, seconds: int | None) -> None:
    assert trouble(refusal(text)).after == (None if seconds is None else timedelta(seconds=seconds))


def test_a_text_for_people_names_the_code() -> None:
    assert trouble(refusal("API key expired", "20000201204")).text == "Nova Poshta: API key expired (20000201204)"
    assert trouble(refusal(code="20000900759")).text == "Nova Poshta: no text (20000900759)"


KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "personal",
    [
        "380671112233",
        "+38 (067) 111-22-33",
        "0671112233",
        "067-111-22-33",
        KEY,
        KEY.upper(),
        "sekret",
        "8 067 111 22 33",
    ],
)
def test_no_phone_and_no_key_is_in_a_text(personal: str) -> None:
    """F20, R9"""
    found = trouble(refusal(f"Phone {personal} is wrong; key {personal}", personal), secret="sekret")
    assert personal not in found.text
    assert "is wrong" in found.text
    digits = "".join(c for c in found.text if c.isdigit())
    assert len(digits) < 5


def test_a_waybill_number_stays_in_a_text() -> None:
    assert masked("Document 20450000000011 is locked") == "Document 20450000000011 is locked"
    assert masked("20450000000011 20450000000022") == "20450000000011 20450000000022"


def test_a_trouble_shows_no_more_than_its_text() -> None:
    """F20"""
    assert "0671112233" not in repr(trouble(refusal("Phone 0671112233 is incorrect")))


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (301, Act.GIVE_UP),
        (302, Act.GIVE_UP),
        (307, Act.GIVE_UP),
        (400, Act.GIVE_UP),
        (401, Act.CREDENTIAL),
        (403, Act.GIVE_UP),
        (404, Act.GIVE_UP),
        (408, Act.RETRY),
        (429, Act.WAIT),
        (500, Act.RETRY),
        (502, Act.RETRY),
        (503, Act.RETRY),
        (599, Act.RETRY),
    ],
)
def test_http_statuses(status: int, act: Act) -> None:
    found = judge_status(status, retry_after="", now=NOW)
    assert found is not None
    assert found.act is act
    assert str(status) in found.text


def test_a_good_http_status_says_nothing() -> None:
    assert judge_status(200, retry_after="5", now=NOW) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("0", 0),
        ("999999", 86400),
        ("Tue, 13 Jan 2026 08:00:30 GMT", 30),
        ("Tue, 13 Jan 2026 07:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Tue, 13 Jan 2026 08:00:30", None),
        ("Tue, 99 Jan 2026 08:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: int | None) -> None:
    found = judge_status(429, retry_after=header, now=NOW)
    assert found is not None
    assert found.after == (None if seconds is None else timedelta(seconds=seconds))


def test_what_was_refused_or_empty_is_told_in_plain_words() -> None:
    assert trouble(refusal()).text == "Nova Poshta refused without saying why"
    assert trouble(envelope()).text == "Nova Poshta answered success without any data"
    assert trouble(refusal(code="20000200068")).text == "Nova Poshta: no text (20000200068)"
    assert trouble(refusal("API key expired")).text == "Nova Poshta: API key expired"


def test_a_refusal_keeps_its_complaints_for_the_number_they_name() -> None:
    warned = refusal("Document number is invalid", warnings=["Invalid DocumentNumber: 20450000000011"])
    assert trouble(warned).complaints == ("Document number is invalid", "Invalid DocumentNumber: 20450000000011")
    assert trouble(refusal(warnings=["Invalid DocumentNumber: 1"])).complaints == ("Invalid DocumentNumber: 1",)


def test_the_complaints_about_a_number_are_told_from_those_about_a_phone() -> None:
    lines = ("Invalid DocumentNumber: 1", "phone 2 is wrong", "DocumentNumber 3", "hello")
    assert about(lines, Act.NUMBER) == ["Invalid DocumentNumber: 1", "DocumentNumber 3"]
    assert about(lines, Act.PHONE) == ["phone 2 is wrong"]


def test_several_errors_are_told_in_one_line_and_only_known_codes() -> None:
    several = envelope(success=False, errors=["one", "two", "one"], errorCodes=["20000200068", "x", "20001401442", "4"])
    assert trouble(several).text == "Nova Poshta: one; two (20000200068, …, 20001401442)"


def test_what_is_hidden_leaves_one_mark() -> None:
    assert masked("key sekret and 0671112233 and " + "a" * 32 + ".", secret="sekret") == "key … and … and …."


@pytest.mark.parametrize(
    ("status", "act", "text"),
    [
        (300, Act.GIVE_UP, "redirect to another host refused (HTTP 300)"),
        (399, Act.GIVE_UP, "redirect to another host refused (HTTP 399)"),
        (400, Act.GIVE_UP, "Nova Poshta answered HTTP 400"),
        (401, Act.CREDENTIAL, "Nova Poshta refuses the API key (HTTP 401)"),
        (402, Act.GIVE_UP, "Nova Poshta answered HTTP 402"),
        (408, Act.RETRY, "Nova Poshta answered HTTP 408"),
        (429, Act.WAIT, "Nova Poshta: too many requests (HTTP 429)"),
        (499, Act.GIVE_UP, "Nova Poshta answered HTTP 499"),
        (500, Act.RETRY, "Nova Poshta answered HTTP 500"),
        (199, Act.GIVE_UP, "Nova Poshta answered HTTP 199"),
    ],
)
def test_an_http_status_is_told_by_its_number(status: int, act: Act, text: str) -> None:
    found = judge_status(status, retry_after="", now=NOW)
    assert found == Trouble(act=act, text=text)
    assert judge_status(299, retry_after="", now=NOW) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("try again after 5", 5), ("after 2 s", 2), ("after 2 Minutes", 120), ("after 3 hours", 10800),
     ("after 99 hours", 86400), ("after 86401 seconds", 86400)],
)  # fmt: skip
def test_a_wait_has_a_unit_and_is_a_day_at_most(text: str, seconds: int) -> None:
    assert trouble(refusal(f"too many requests, try again {text}")).after == timedelta(seconds=seconds)


@pytest.mark.parametrize(("header", "seconds"), [("999999", 86400), ("1000000", None), (" 7 ", 7), ("²", None)])
def test_a_header_has_six_digits_at_most(header: str, seconds: int | None) -> None:
    found = judge_status(429, retry_after=header, now=NOW)
    assert found is not None
    assert found.after == (None if seconds is None else timedelta(seconds=seconds))


def test_a_trouble_that_is_over_is_not_tried_again() -> None:
    for act, may_pass in ((Act.RETRY, True), (Act.WAIT, True), (Act.DAILY, False), (Act.GIVE_UP, False)):
        found = Trouble(act=act, text="x", complaints=("y",))
        assert found.may_pass is may_pass
        assert not found.ended().may_pass
        assert found.ended() == Trouble(act=act, text="x", complaints=("y",), final=True)
