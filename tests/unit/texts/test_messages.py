"""Every message as people read it, byte for byte (F25): one file a language, with a section for each case."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

import vistka.texts
from local.standins.telegram_html import parse_html
from tests.unit.texts.cases import BUYER, CASES, SHOP, TOLD, UNWRITTEN, parcel, render
from vistka.domain.errors import ConfigurationError
from vistka.domain.languages import LANGUAGES
from vistka.domain.notices import Audience, Kind, Unreachable
from vistka.domain.recipients import Closed
from vistka.domain.stages import Stage
from vistka.texts.markup import TELEGRAM_LIMIT, length, plain
from vistka.texts.samples import BRANCH, REFUSAL

EXPECTED: Final = Path(__file__).parent / "expected"
#: Which name no order and no parcel.
OF_NO_ORDER: Final = frozenset({Kind.UNTOLD, Kind.KEY_REFUSED, Kind.CARRIER_SILENT, Kind.DIGEST, Kind.REPORT})
in_every_language: Final = pytest.mark.parametrize("language", sorted(LANGUAGES))


@cache
def expected(language: str) -> dict[str, str]:
    sections = (EXPECTED / f"{language}.txt").read_bytes().decode().removeprefix("=== ").split("\n=== ")
    return dict(section.strip("\n").split("\n", 1) for section in sections)


def all_of(language: str) -> str:
    """The whole file as it should be."""
    said = {case: render(*given[:3], now=given[3], language=language) for case, given in CASES.items()}
    return "\n\n".join(f"=== {case}\n{text}" for case, text in said.items()) + "\n"


@in_every_language
@pytest.mark.parametrize("case", CASES)
def test_the_message_is_exactly_as_written_f25(case: str, language: str) -> None:
    kind, audience, payload, now = CASES[case]
    assert render(kind, audience, payload, now=now, language=language) == expected(language)[case]


@in_every_language
def test_no_expected_message_is_left_over(language: str) -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(LANGUAGES)
    assert (EXPECTED / f"{language}.txt").read_bytes().decode() == all_of(language)


@in_every_language
def test_every_message_is_whole_utf8_without_a_strange_character_f25(language: str) -> None:
    text = (EXPECTED / f"{language}.txt").read_bytes().decode()
    strange = {c for c in text if unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} and c != "\n"}
    assert not strange | ({"\ufffd", "?"} & set(text.replace("/?cargo_number", "")))
    assert not {"Ð", "Ñ", "Р°", "Ã"} & set(text)


@in_every_language
def test_every_message_is_html_that_telegram_reads_f14(language: str) -> None:
    for text in expected(language).values():
        parsed = parse_html(text)
        assert parsed.entities[0]["type"] == "bold"
        assert "<" not in parsed.text
        assert "&" not in parsed.text
        assert not re.search(r"\n{3,}| \n|\n |  |^\s|\s$", parsed.text)


def test_every_kind_has_a_message_for_its_audience() -> None:
    told = {(kind, audience) for kind, audience, *_ in CASES.values()}
    assert told == set(TOLD)
    assert {kind for kind, _ in told} == set(Kind) - UNWRITTEN


@in_every_language
def test_every_language_has_the_same_texts(language: str) -> None:
    texts = Path(vistka.texts.__path__[0])
    assert {path.name for path in (texts / language).iterdir()} == {path.name for path in (texts / "uk").iterdir()}


@pytest.mark.parametrize(("kind", "audience"), [(Kind.CROWDED, BUYER), (Kind.SECOND_CHAT, SHOP)])
def test_a_kind_without_a_text_for_that_audience_is_a_configuration_error(kind: Kind, audience: Audience) -> None:
    with pytest.raises(ConfigurationError, match=f"{audience}_{kind}"):
        render(kind, audience, {})


@pytest.mark.parametrize("language", ["", "de", "EN", "../uk", "xx"])
def test_a_language_that_we_do_not_write_is_told_in_ukrainian(language: str) -> None:
    text = render(Kind.RECEIVED, BUYER, {}, language=language)
    assert text == render(Kind.RECEIVED, BUYER, {})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("uk", ["1 день", "2 дні", "4 дні", "5 днів", "11 днів", "21 день", "22 дні"]),
        ("ru", ["1 день", "2 дня", "4 дня", "5 дней", "11 дней", "21 день", "22 дня"]),
        ("en", ["1 day", "2 days", "4 days", "5 days", "11 days", "21 days", "22 days"]),
    ],
)
def test_days_are_counted_as_the_language_counts(language: str, said: list[str]) -> None:
    for days, words in zip((1, 2, 4, 5, 11, 21, 22), said, strict=True):
        for kind, audience in ((Kind.WAITING_LONG, BUYER), (Kind.WAITING_LONG, SHOP), (Kind.NOT_HANDED_OVER, SHOP)):
            assert f" {words}" in render(kind, audience, {"days": days}, language=language).replace(".", " ")


@in_every_language
def test_every_reason_why_a_buyer_was_not_told_has_words_of_its_own(language: str) -> None:
    reasons = [*Unreachable, *(set(Closed) - {Closed.STOPPED}), "other_bot", "another"]
    payload = parcel(Stage.AT_BRANCH)
    said = {render(Kind.WAITING, SHOP, {**payload, "unreachable": str(one)}, language=language) for one in reasons}
    assert len(said) == len(reasons)


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        (Kind.NOT_HANDED_OVER, "created_at"),
        (Kind.WAITING_LONG, "arrived_at"),
        (Kind.MONEY_OVERDUE, "received_at"),
    ],
)
def test_how_long_it_takes_is_counted_in_days_of_kyiv_f17(kind: Kind, fact: str) -> None:
    # 9 May 23:30 in Kyiv; read on 11 May at noon.
    payload = parcel(Stage.AT_BRANCH, **{fact: datetime(2026, 5, 9, 20, 30, tzinfo=UTC)})
    assert " 2 дні" in render(kind, SHOP, payload)
    assert " 5 днів" in render(kind, SHOP, {**payload, "days": 5})


# --- nothing that is not ours is markup -------------------------------------------------------------------------

WILD: Final = "A<B & C <b>x</b> \"q\" 'a' </code> {{ 7*7 }} &lt;"


@in_every_language
@pytest.mark.parametrize(("kind", "audience"), TOLD)
def test_everything_that_is_not_ours_is_escaped_f14(kind: Kind, audience: Audience, language: str) -> None:
    texts = dict.fromkeys(("text", "city", "place", "place_number", "reason", "child_ttn"), WILD)
    payload = {**parcel(Stage.AT_BRANCH), "unreachable": WILD, "kind": WILD, "counts": {WILD: 2}}
    payload |= {"month": WILD, "dollars": WILD, "figures": {WILD: 2}, "outages": {WILD: 2}}
    payload["facts"] = {**payload["facts"], **texts}
    message = render(kind, audience, payload, order_number=WILD, ttn=WILD, language=language)
    for tag in ("b", "code"):
        assert message.count(f"<{tag}>") == message.count(f"</{tag}>")
    assert "A<B" not in message
    assert "<b>x" not in message
    assert "49" not in message
    assert WILD in plain(message) or kind in OF_NO_ORDER


def test_a_number_cannot_leave_the_links_address_f14() -> None:
    message = render(Kind.WAITING, BUYER, {}, ttn='1"><b>&x=/../')
    assert 'href="https://novaposhta.ua/tracking/?cargo_number=1%22%3E%3Cb%3E%26x%3D%2F..%2F"' in message


# --- what is missing or damaged ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"facts": None},
        {"facts": "x"},
        {"facts": {}},
        {"facts": {"stage": "from_the_future", "to_pay": "багато", "city": None, "paid_storage_at": "завтра"}},
        {"facts": {"arrived_at": 17, "place": 3, "child_ttn": 1, "to_pay": "NaN", "place_number": 0, "reason": ["x"]}},
        {"facts": {"to_pay": "Infinity", "afterpayment": "-4", "redelivery": "1e400"}},
        {"stage": "from_the_future", "changed_at": "недавно", "days": "кілька", "orders": None, "counts": [1]},
        {
            "month": "квітень",
            "since": "тоді",
            "figures": 7,
            "outages": {"carrier": "x"},
            "dollars": "NaN",
            "gap_minutes": -5,
        },
        {"counts": {"no_user": "x", "no_chat": -3, "blocked": None}, "days": -4, "kind": 7, "unreachable": 7},
    ],
)
@in_every_language
@pytest.mark.parametrize(("kind", "audience"), TOLD)
def test_a_payload_that_lacks_something_shortens_the_message_f42(
    kind: Kind, audience: Audience, language: str, payload: dict[str, Any]
) -> None:
    message = plain(render(kind, audience, payload, language=language))
    assert "TWC09092025N01" in message or kind in OF_NO_ORDER
    assert not {"None", "NaN", "nan", "Infinity", "недавно", "завтра"} & set(message.replace(".", " ").split())
    assert "\n\n\n" not in message


def test_one_damaged_fact_takes_only_itself() -> None:
    payload = parcel(Stage.AT_BRANCH, **BRANCH)
    payload["facts"]["arrived_at"] = "учора"
    message = render(Kind.WAITING, BUYER, payload)
    assert "учора" not in message
    assert "1\u00a0250 грн" in message


def test_a_text_of_any_length_leaves_a_message_that_telegram_takes() -> None:
    long = dict.fromkeys(("text", "city", "place", "reason"), "дуже <довго> " * 900)
    for kind, audience in ((Kind.WAITING, BUYER), (Kind.REFUSED, SHOP)):
        message = render(kind, audience, parcel(Stage.AT_BRANCH, **long), order_number="9" * 5000)
        assert length(plain(message)) <= TELEGRAM_LIMIT


def test_line_breaks_and_control_characters_of_others_stay_out() -> None:
    message = render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, city="Ки\u202eїв\n\n\x07Одеса", place="вул.\r\n1"))
    assert "Ки їв Одеса, вул. 1" in message


# --- what a buyer is told, and what not -------------------------------------------------------------------------


@in_every_language
@pytest.mark.parametrize("kind", [Kind.RECEIVED, Kind.MONEY_COMING, Kind.MONEY_PAID, Kind.MONEY_OVERDUE])
def test_after_the_receipt_there_is_no_date_no_sum_and_no_link(kind: Kind, language: str) -> None:
    message = render(kind, BUYER, parcel(Stage.DELIVERED, **BRANCH), language=language)
    for gone in ("грн", "UAH", "1250", "250", "13\u00a0", "novaposhta.ua", "14\u00a0"):
        assert gone not in message


BLAME: Final = {
    "uk": ("підводьте", "ви відмовились", "ви не ", "не забрали", "вас не було", "штраф", " 0 днів"),
    "en": ("you refused", "you did not p", "you did not c", "you failed", "fail", "your fault", "fine", " 0 days"),
    "ru": ("подводите", "вы отказались", "вы не ", "не забрали", "вас не было", "штраф", " 0 дней"),
}
#: «Якщо ви не змінювали адресу» excuses whom it speaks to.
EXCUSES: Final = ("якщо ви не змінювали", "если вы не меняли", "if you did not change")


@in_every_language
@pytest.mark.parametrize("case", [case for case, (_, audience, *_) in CASES.items() if audience is BUYER])
def test_no_buyer_is_blamed(case: str, language: str) -> None:
    text = expected(language)[case].casefold()
    for excuse in EXCUSES:
        text = text.replace(excuse, "")
    for blame in BLAME[language]:
        assert blame not in text


@pytest.mark.parametrize("audience", [BUYER, SHOP])
def test_nobodys_name_phone_or_chat_is_in_a_message(audience: Audience) -> None:
    payload = {**parcel(Stage.REFUSED, **REFUSAL), "full_name": "Олена", "phone": "380671234567", "chat_id": 1}
    message = render(Kind.REFUSED, audience, payload)
    for personal in ("Олена", "380671234567", "700000000123"):
        assert personal not in message


# --- the last free day ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid_storage_at", "last_free_day"),
    [
        # The carrier writes Kyiv wall clock: midnight, or the hour of arrival again. The day itself is a paid one.
        (datetime(2026, 5, 14, 21, 0, tzinfo=UTC), "четвер, 14\u00a0травня"),  # 15 May 00:00
        (datetime(2026, 5, 15, 6, 41, tzinfo=UTC), "четвер, 14\u00a0травня"),  # 15 May 09:41
        (datetime(2026, 5, 15, 20, 59, 59, tzinfo=UTC), "четвер, 14\u00a0травня"),  # 15 May 23:59:59
        (datetime(2026, 5, 15, 21, 0, tzinfo=UTC), "п’ятниця, 15\u00a0травня"),  # 16 May 00:00
    ],
)
def test_the_last_free_day_is_the_one_before_paid_storage_f34(paid_storage_at: datetime, last_free_day: str) -> None:
    message = render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, paid_storage_at=paid_storage_at))
    assert f"Останній день безкоштовного зберігання: {last_free_day}\n" in message


@pytest.mark.parametrize(
    ("paid_storage_at", "last_free_day"),
    [
        (datetime(2026, 1, 15, 22, 0, tzinfo=UTC), "четвер, 15\u00a0січня"),  # winter: 16 January 00:00
        (datetime(2026, 7, 15, 21, 0, tzinfo=UTC), "середа, 15\u00a0липня"),  # summer: 16 July 00:00
        (datetime(2026, 3, 29, 21, 0, tzinfo=UTC), "неділя, 29\u00a0березня"),  # the clocks went forward that night
        (datetime(2026, 10, 25, 22, 0, tzinfo=UTC), "неділя, 25\u00a0жовтня"),  # and back
    ],
)
def test_the_last_free_day_keeps_kyivs_summer_time_f17(paid_storage_at: datetime, last_free_day: str) -> None:
    now = paid_storage_at - timedelta(days=3)
    message = render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, paid_storage_at=paid_storage_at), now=now)
    assert last_free_day in message


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (datetime(2026, 5, 13, 20, 59, tzinfo=UTC), "Останній день безкоштовного зберігання: четвер, 14\u00a0травня"),
        (
            datetime(2026, 5, 13, 21, 0, tzinfo=UTC),
            "Сьогодні, 14\u00a0травня, — останній день безкоштовного зберігання.",
        ),
        (
            datetime(2026, 5, 14, 20, 59, tzinfo=UTC),
            "Сьогодні, 14\u00a0травня, — останній день безкоштовного зберігання.",
        ),
        (
            datetime(2026, 5, 14, 21, 0, tzinfo=UTC),
            "Безкоштовне зберігання закінчилося 14\u00a0травня, тепер воно платне.",
        ),
    ],
)
def test_the_day_turns_at_midnight_in_kyiv_f17(now: datetime, wanted: str) -> None:
    assert wanted in render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **BRANCH), now=now)


@pytest.mark.parametrize("audience", [BUYER, SHOP])
@pytest.mark.parametrize("kind", [Kind.FAILED_ATTEMPT, Kind.POSTPONED])
def test_the_day_of_the_attempt_that_failed_is_not_called_the_next(kind: Kind, audience: Audience) -> None:
    payload = parcel(Stage.FAILED_ATTEMPT, expected_at=datetime(2026, 5, 11, 18, 0, tzinfo=UTC))
    assert "11\u00a0травня" not in render(kind, audience, payload)
    payload = parcel(Stage.FAILED_ATTEMPT, expected_at=datetime(2026, 5, 12, 18, 0, tzinfo=UTC))
    assert "вівторок, 12\u00a0травня" in render(kind, audience, payload)


# --- places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "number", "wanted"),
    [
        ("Відділення №12 (до 30 кг): вул. Хрещатик, 1", "12", "Куди: Київ, відділення №\u00a012 — вул. Хрещатик, 1"),
        ("Відділення №12 (до 30 кг): вул. Хрещатик, 1", "", "Куди: Київ, відділення №\u00a012 — вул. Хрещатик, 1"),
        ("Отделение №3 (до 30 кг на одно место): ул. Соленая, 114", "3", "відділення №\u00a03 — ул. Соленая, 114"),
        ('Поштомат "Нова Пошта" №26456: просп. Науки, 60', "26456", "поштомат №\u00a026456 — просп. Науки, 60"),
        ("Відділення №5", "5", "Куди: Київ, відділення №\u00a05\n"),
        ("Пункт приймання-видачі: вул. Миру, 5", "", "Куди: Київ, Пункт приймання-видачі: вул. Миру, 5"),
        ("вул. Миру, 5", "98", "Куди: Київ, вул. Миру, 5"),
        ("", "", "Куди: Київ\n"),
    ],
)  # fmt: skip
def test_the_number_of_a_branch_stands_before_its_address(place: str, number: str, wanted: str) -> None:
    facts = {"city": "Київ", "place": place, "place_number": number}
    assert wanted in render(Kind.ON_ITS_WAY, BUYER, parcel(Stage.IN_TRANSIT, **facts))


@pytest.mark.parametrize(
    ("sums", "wanted"),
    [
        ({"to_pay": "450"}, "До сплати: 450 грн"),
        ({"to_pay": "96.50"}, "До сплати: 96,50 грн"),
        ({"to_pay": "0", "afterpayment": "1250"}, "До сплати: 1\u00a0250 грн"),
        ({"redelivery": "300.00"}, "До сплати: 300 грн"),
    ],
)
def test_the_sum_to_pay_is_the_one_that_the_carrier_names(sums: dict[str, str], wanted: str) -> None:
    assert wanted in render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **sums))


def test_nothing_to_pay_is_not_mentioned() -> None:
    assert "сплати" not in render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, to_pay="0"))
