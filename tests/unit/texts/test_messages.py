"""Every message as people read it, byte for byte (F25): one file in `expected` for each case here."""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from local.standins.telegram_html import parse_html
from vistka.domain.errors import ConfigurationError
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Facts, to_iso
from vistka.domain.stages import Stage
from vistka.texts.markup import TELEGRAM_LIMIT, length, plain
from vistka.texts.render import Messages

EXPECTED: Final = Path(__file__).parent / "expected"
NOW: Final = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
BUYER, SHOP = Audience.BUYER, Audience.SHOP
#: Nobody is told of these yet (domain/audience.py).
UNWRITTEN: Final = frozenset(
    {
        Kind.WITH_COURIER, Kind.STORAGE_ENDED, Kind.FAILED_ATTEMPT, Kind.POSTPONED, Kind.REDIRECTED, Kind.COMING_BACK,
        Kind.RETURNED, Kind.MONEY_COMING, Kind.MONEY_PAID, Kind.EXPECTED_MOVED, Kind.LAST_DAY, Kind.NOT_HANDED_OVER,
        Kind.RETURN_WAITING,
        Kind.WAITING_LONG, Kind.MONEY_OVERDUE, Kind.KEY_REFUSED, Kind.CARRIER_SILENT, Kind.DIGEST,
    }
)  # fmt: skip
FOR_THE_BUYER: Final = (Kind.ON_ITS_WAY, Kind.WAITING, Kind.RECEIVED, Kind.REFUSED, Kind.SECOND_CHAT)
FOR_THE_SHOP: Final = (
    Kind.REFUSED,
    Kind.NUMBER_UNKNOWN,
    Kind.AGED_OUT,
    Kind.CROWDED,
    Kind.LINK_REFUSED,
    Kind.FOREIGN_TEXT,
    Kind.UNCONFIRMED,
    Kind.UNTOLD,
    Kind.REPORT,
)
#: Which name no order and no parcel.
OF_NO_ORDER: Final = frozenset({Kind.UNTOLD, Kind.REPORT})


def notice(kind: Kind, audience: Audience, payload: dict[str, Any], **changes: Any) -> Notice:
    values: dict[str, Any] = {
        "order_key": "17",
        "order_number": "TWC09092025N01",
        "ttn": "20450012345678",
        "kind": kind,
        "occurrence": "3",
        "audience": audience,
        "version": 3,
        "state": NoticeState.SENDING,
        "created_at": NOW,
        "chat_id": 700000000123,
        "payload": payload,
    }
    return Notice(**{**values, **changes})


def parcel(stage: Stage, **facts: Any) -> dict[str, Any]:
    """The payload of a parcel's notice, as the use case makes it."""
    values = {"code": "7", "text": "Прибув у відділення", "stage": stage, **facts}
    at = to_iso(datetime(2026, 5, 12, 11, 5, tzinfo=UTC))
    return {"facts": Facts(**values).to_dict(), "stage": str(stage), "previous": "", "changed_at": at}


def render(kind: Kind, audience: Audience, payload: dict[str, Any], *, now: datetime = NOW, **changes: Any) -> str:
    return Messages().render(notice(kind, audience, payload, **changes), now=now)


BRANCH: Final[dict[str, Any]] = {
    "city": "Київ",
    "place": "Відділення №12 (до 30 кг): вул. Хрещатик, 1",
    "place_number": "12",
    "expected_at": datetime(2026, 5, 13, 9, 0, tzinfo=UTC),
    "arrived_at": datetime(2026, 5, 10, 6, 41, tzinfo=UTC),
    "paid_storage_at": datetime(2026, 5, 15, 6, 41, tzinfo=UTC),
    "to_pay": "1250",
}
LOCKER: Final[dict[str, Any]] = {
    **BRANCH,
    "place": 'Поштомат "Нова Пошта" №26456: просп. Науки, 60 (маг. "АТБ")',
    "place_number": "26456",
}
REFUSAL: Final[dict[str, Any]] = {
    **BRANCH,
    "code": "103",
    "text": "Відмова від отримання",
    "reason": "Не влаштувала якість товару",
}
LAST_DAY: Final = datetime(2026, 5, 14, 9, 0, tzinfo=UTC)
LATER: Final = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
RETURN: Final = {"city": "Ірпінь", "return_at": datetime(2026, 5, 16, 9, 0, tzinfo=UTC)}

CASES: Final[dict[str, tuple[Kind, Audience, dict[str, Any], datetime]]] = {
    "on_its_way": (Kind.ON_ITS_WAY, BUYER, parcel(Stage.IN_TRANSIT, **BRANCH), NOW),
    "on_its_way_to_a_locker": (Kind.ON_ITS_WAY, BUYER, parcel(Stage.IN_TRANSIT, **LOCKER), NOW),
    "on_its_way_in_the_city": (Kind.ON_ITS_WAY, BUYER, parcel(Stage.ARRIVED_CITY, **BRANCH), NOW),
    "on_its_way_redirected": (Kind.ON_ITS_WAY, BUYER, parcel(Stage.REDIRECTED, **BRANCH), NOW),
    "on_its_way_late": (Kind.ON_ITS_WAY, BUYER, parcel(Stage.IN_TRANSIT, **BRANCH), LAST_DAY),
    "on_its_way_by_courier": (Kind.ON_ITS_WAY, BUYER, parcel(Stage.IN_TRANSIT, **BRANCH, courier=True), NOW),
    "on_its_way_with_the_courier": (
        Kind.ON_ITS_WAY, BUYER, parcel(Stage.OUT_FOR_DELIVERY, **BRANCH, courier=True), NOW),
    "on_its_way_short": (Kind.ON_ITS_WAY, BUYER, {}, NOW),
    "waiting_branch": (Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **BRANCH), NOW),
    "waiting_branch_last_day": (Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **BRANCH), LAST_DAY),
    "waiting_branch_paid": (Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **BRANCH), LATER),
    "waiting_branch_until_return": (Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **RETURN), NOW),
    "waiting_branch_until_return_last_day": (
        Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **RETURN), LAST_DAY + timedelta(days=1)),
    "waiting_branch_return_passed": (Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **RETURN), LATER),
    "waiting_locker": (Kind.WAITING, BUYER, parcel(Stage.AT_LOCKER, **LOCKER), NOW),
    "waiting_locker_paid_for": (Kind.WAITING, BUYER, parcel(Stage.AT_LOCKER, **{**LOCKER, "to_pay": ""}), NOW),
    "waiting_locker_last_day": (Kind.WAITING, BUYER, parcel(Stage.AT_LOCKER, **LOCKER), LAST_DAY),
    "waiting_locker_passed": (Kind.WAITING, BUYER, parcel(Stage.AT_LOCKER, **LOCKER), LATER),
    "waiting_short": (Kind.WAITING, BUYER, {}, NOW),
    "received": (
        Kind.RECEIVED, BUYER,
        parcel(Stage.DELIVERED, **BRANCH, received_at=datetime(2026, 5, 12, 11, 5, tzinfo=UTC)), NOW),
    "received_short": (Kind.RECEIVED, BUYER, {}, NOW),
    "refused": (Kind.REFUSED, BUYER, parcel(Stage.REFUSED, **REFUSAL), NOW),
    "refused_short": (Kind.REFUSED, BUYER, {}, NOW),
    "second_chat": (Kind.SECOND_CHAT, BUYER, {}, NOW),
    "shop_link_refused": (Kind.LINK_REFUSED, SHOP, {}, NOW),
    "shop_refused": (Kind.REFUSED, SHOP, parcel(Stage.REFUSED, **REFUSAL), NOW),
    "shop_refused_coming_back": (
        Kind.REFUSED, SHOP,
        parcel(Stage.REFUSED, **{**REFUSAL, "code": "102", "reason": ""}, child_ttn="20450087654321",
               child_type="CargoReturn"), NOW),
    "shop_refused_untold": (
        Kind.REFUSED, SHOP, {**parcel(Stage.REFUSED, **REFUSAL), "unreachable": "no_user"}, NOW),
    "shop_refused_short": (Kind.REFUSED, SHOP, {}, NOW),
    "shop_number_unknown": (Kind.NUMBER_UNKNOWN, SHOP, {"days": 3}, NOW),
    "shop_number_unknown_short": (Kind.NUMBER_UNKNOWN, SHOP, {}, NOW),
    "shop_aged_out_created": (Kind.AGED_OUT, SHOP, {"stage": "created", "days": 30}, NOW),
    "shop_aged_out_not_found": (Kind.AGED_OUT, SHOP, {"stage": "not_found", "days": 21}, NOW),
    "shop_aged_out_money": (Kind.AGED_OUT, SHOP, {"stage": "delivered", "days": 14}, NOW),
    "shop_aged_out_other": (Kind.AGED_OUT, SHOP, {"stage": "at_branch", "days": 62}, NOW),
    "shop_aged_out_short": (Kind.AGED_OUT, SHOP, {}, NOW),
    "shop_crowded": (Kind.CROWDED, SHOP, {"orders": 23}, NOW),
    "shop_crowded_short": (Kind.CROWDED, SHOP, {}, NOW),
    "shop_foreign_text": (Kind.FOREIGN_TEXT, SHOP, {}, NOW),
    "shop_unconfirmed_on_its_way": (Kind.UNCONFIRMED, SHOP, {"kind": "on_its_way"}, NOW),
    "shop_unconfirmed_waiting": (Kind.UNCONFIRMED, SHOP, {"kind": "waiting"}, NOW),
    "shop_unconfirmed_received": (Kind.UNCONFIRMED, SHOP, {"kind": "received"}, NOW),
    "shop_unconfirmed_refused": (Kind.UNCONFIRMED, SHOP, {"kind": "refused"}, NOW),
    "shop_unconfirmed_short": (Kind.UNCONFIRMED, SHOP, {}, NOW),
    "shop_untold_one": (Kind.UNTOLD, SHOP, {"counts": {"no_user": 1}}, NOW),
    "shop_untold_two": (Kind.UNTOLD, SHOP, {"counts": {"no_chat": 2}}, NOW),
    "shop_untold_many": (
        Kind.UNTOLD, SHOP,
        {"counts": {"no_user": 5, "no_profile": 2, "no_chat": 7, "bad_chat": 1, "blocked": 1, "deactivated": 1,
                    "not_started": 3, "other_bot": 1, "not_found": 1, "failed": 1}}, NOW),
    "shop_untold_short": (Kind.UNTOLD, SHOP, {}, NOW),
    "shop_report": (
        Kind.REPORT, SHOP,
        {"month": "2026-04", "since": "2026-04-01T05:10:00.000000Z", "dollars": "0.86",
         "figures": {"parcels": 412, "received": 380, "refused": 12, "to_buyers": 1180, "to_shop": 35, "untold": 42}},
        NOW),
    "shop_report_of_a_part_with_outages": (
        Kind.REPORT, SHOP,
        {"month": "2026-04", "since": "2026-04-14T05:10:00.000000Z", "dollars": "21.00",
         "figures": {"parcels": 1, "received": 0, "to_buyers": 3, "to_shop": 1, "unconfirmed": 1},
         "outages": {"carrier": 3, "telegram": 1, "shop": 12}, "gap_minutes": 130}, NOW),
    "shop_report_short": (Kind.REPORT, SHOP, {}, NOW),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_message_is_exactly_as_written_f25(case: str) -> None:
    kind, audience, payload, now = CASES[case]
    assert render(kind, audience, payload, now=now).encode() == (EXPECTED / f"{case}.html").read_bytes().rstrip(b"\n")


def test_no_expected_message_is_left_over() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(CASES)


@pytest.mark.parametrize("path", sorted(EXPECTED.glob("*.html")), ids=lambda path: path.stem)
def test_every_message_is_whole_utf8_without_a_strange_character_f25(path: Path) -> None:
    text = path.read_bytes().decode()
    strange = {c for c in text if unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} and c != "\n"}
    assert not strange | ({"\ufffd", "?"} & set(text.replace("/?cargo_number", "")))
    assert not {"Ð", "Ñ", "Р°", "Ã"} & set(text)


@pytest.mark.parametrize("path", sorted(EXPECTED.glob("*.html")), ids=lambda path: path.stem)
def test_every_message_is_html_that_telegram_reads_f14(path: Path) -> None:
    parsed = parse_html(path.read_text(encoding="utf-8"))
    assert parsed.entities[0]["type"] == "bold"
    assert "<" not in parsed.text
    assert "&" not in parsed.text


def test_every_kind_has_a_message_for_its_audience() -> None:
    told = {(kind, audience) for kind, audience, *_ in CASES.values()}
    assert told == {(kind, BUYER) for kind in FOR_THE_BUYER} | {(kind, SHOP) for kind in FOR_THE_SHOP}
    assert {kind for kind, _ in told} == set(Kind) - UNWRITTEN


@pytest.mark.parametrize(("kind", "audience"), [(Kind.CROWDED, BUYER), (Kind.WAITING, SHOP)])
def test_a_kind_without_a_text_for_that_audience_is_a_configuration_error(kind: Kind, audience: Audience) -> None:
    with pytest.raises(ConfigurationError, match=f"{audience}_{kind}"):
        render(kind, audience, {})


@pytest.mark.parametrize("language", ["", "en", "ru", "uk", "../uk", "xx"])
def test_a_language_not_written_yet_is_told_in_ukrainian(language: str) -> None:
    text = render(Kind.RECEIVED, BUYER, {}, language=language)
    assert text == render(Kind.RECEIVED, BUYER, {})


# --- nothing that is not ours is markup -------------------------------------------------------------------------

WILD: Final = "A<B & C <b>x</b> \"q\" 'a' </code> {{ 7*7 }} &lt;"


@pytest.mark.parametrize("told", [(kind, BUYER) for kind in FOR_THE_BUYER] + [(kind, SHOP) for kind in FOR_THE_SHOP])
def test_everything_that_is_not_ours_is_escaped_f14(told: tuple[Kind, Audience]) -> None:
    kind, audience = told
    texts = dict.fromkeys(("text", "city", "place", "place_number", "reason", "child_ttn"), WILD)
    payload = {**parcel(Stage.AT_BRANCH), "unreachable": WILD, "kind": WILD, "counts": {WILD: 2}}
    payload |= {"month": WILD, "dollars": WILD, "figures": {WILD: 2}, "outages": {WILD: 2}}
    payload["facts"] = {**payload["facts"], **texts}
    message = render(kind, audience, payload, order_number=WILD, ttn=WILD)
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
@pytest.mark.parametrize("case", [(kind, BUYER) for kind in FOR_THE_BUYER] + [(kind, SHOP) for kind in FOR_THE_SHOP])
def test_a_payload_that_lacks_something_shortens_the_message_f42(
    case: tuple[Kind, Audience], payload: dict[str, Any]
) -> None:
    kind, audience = case
    message = plain(render(kind, audience, payload))
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


def test_after_the_receipt_there_is_no_date_no_sum_and_no_link() -> None:
    message = render(Kind.RECEIVED, BUYER, parcel(Stage.DELIVERED, **BRANCH))
    for gone in ("грн", "Очікувана", "novaposhta.ua", "зберігання"):
        assert gone not in message


@pytest.mark.parametrize("case", [case for case, (_, audience, *_) in CASES.items() if audience is BUYER])
def test_no_buyer_is_blamed(case: str) -> None:
    text = (EXPECTED / f"{case}.html").read_text(encoding="utf-8").casefold()
    for blame in ("підводьте", "ви відмовились", "ви не забрали", "не забрали", "штраф", "0 днів"):
        assert blame not in text


@pytest.mark.parametrize("audience", Audience)
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
        (datetime(2026, 5, 14, 21, 0, tzinfo=UTC), "четвер, 14 травня"),  # 15 May 00:00
        (datetime(2026, 5, 15, 6, 41, tzinfo=UTC), "четвер, 14 травня"),  # 15 May 09:41
        (datetime(2026, 5, 15, 20, 59, 59, tzinfo=UTC), "четвер, 14 травня"),  # 15 May 23:59:59
        (datetime(2026, 5, 15, 21, 0, tzinfo=UTC), "п’ятниця, 15 травня"),  # 16 May 00:00
    ],
)
def test_the_last_free_day_is_the_one_before_paid_storage_f34(paid_storage_at: datetime, last_free_day: str) -> None:
    message = render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, paid_storage_at=paid_storage_at))
    assert f"Останній день безкоштовного зберігання: {last_free_day}\n" in message


@pytest.mark.parametrize(
    ("paid_storage_at", "last_free_day"),
    [
        (datetime(2026, 1, 15, 22, 0, tzinfo=UTC), "четвер, 15 січня"),  # winter: 16 January 00:00
        (datetime(2026, 7, 15, 21, 0, tzinfo=UTC), "середа, 15 липня"),  # summer: 16 July 00:00
        (datetime(2026, 3, 29, 21, 0, tzinfo=UTC), "неділя, 29 березня"),  # the clocks went forward that night
        (datetime(2026, 10, 25, 22, 0, tzinfo=UTC), "неділя, 25 жовтня"),  # and back
    ],
)
def test_the_last_free_day_keeps_kyivs_summer_time_f17(paid_storage_at: datetime, last_free_day: str) -> None:
    now = paid_storage_at - timedelta(days=3)
    message = render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, paid_storage_at=paid_storage_at), now=now)
    assert last_free_day in message


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 5, 13, 20, 59, tzinfo=UTC), "Останній день безкоштовного зберігання: четвер, 14 травня"),
        (datetime(2026, 5, 13, 21, 0, tzinfo=UTC), "Сьогодні, 14 травня, — останній день безкоштовного зберігання."),
        (datetime(2026, 5, 14, 20, 59, tzinfo=UTC), "Сьогодні, 14 травня, — останній день безкоштовного зберігання."),
        (datetime(2026, 5, 14, 21, 0, tzinfo=UTC), "Безкоштовне зберігання закінчилося 14 травня, тепер воно платне."),
    ],
)
def test_the_day_turns_at_midnight_in_kyiv_f17(now: datetime, expected: str) -> None:
    assert expected in render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **BRANCH), now=now)


# --- places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "number", "expected"),
    [
        ("Відділення №12 (до 30 кг): вул. Хрещатик, 1", "12", "Куди: Київ, відділення № 12 — вул. Хрещатик, 1"),
        ("Відділення №12 (до 30 кг): вул. Хрещатик, 1", "", "Куди: Київ, відділення № 12 — вул. Хрещатик, 1"),
        ("Отделение №3 (до 30 кг на одно место): ул. Соленая, 114", "3", "відділення № 3 — ул. Соленая, 114"),
        ('Поштомат "Нова Пошта" №26456: просп. Науки, 60', "26456", "поштомат № 26456 — просп. Науки, 60"),
        ("Відділення №5", "5", "Куди: Київ, відділення № 5\n"),
        ("Пункт приймання-видачі: вул. Миру, 5", "", "Куди: Київ, Пункт приймання-видачі: вул. Миру, 5"),
        ("вул. Миру, 5", "98", "Куди: Київ, вул. Миру, 5"),
        ("", "", "Куди: Київ\n"),
    ],
)  # fmt: skip
def test_the_number_of_a_branch_stands_before_its_address(place: str, number: str, expected: str) -> None:
    facts = {"city": "Київ", "place": place, "place_number": number}
    assert expected in render(Kind.ON_ITS_WAY, BUYER, parcel(Stage.IN_TRANSIT, **facts))


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ({"to_pay": "450"}, "До сплати: 450 грн"),
        ({"to_pay": "96.50"}, "До сплати: 96,50 грн"),
        ({"to_pay": "0", "afterpayment": "1250"}, "До сплати: 1\u00a0250 грн"),
        ({"redelivery": "300.00"}, "До сплати: 300 грн"),
    ],
)
def test_the_sum_to_pay_is_the_one_that_the_carrier_names(sums: dict[str, str], expected: str) -> None:
    assert expected in render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, **sums))


def test_nothing_to_pay_is_not_mentioned() -> None:
    assert "сплати" not in render(Kind.WAITING, BUYER, parcel(Stage.AT_BRANCH, to_pay="0"))
