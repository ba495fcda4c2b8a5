"""Items of an answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.carrier.payloads import TTN, item, stub
from vistka.carrier.items import facts_of, unread_in
from vistka.domain.parcels import Facts
from vistka.domain.stages import STAGE_OF_CODE, Stage


def read(**fields: Any) -> Facts:
    facts = facts_of(item(**fields))
    assert facts is not None
    return facts


def test_an_item_becomes_facts() -> None:
    assert read() == Facts(
        code="5",
        text="Відправлення прямує до міста Вигадів",
        stage=Stage.IN_TRANSIT,
        city_from="Тестополь",
        city="Вигадів",
        place="Відділення №7: вул. Казкова, 3",
        place_number="7",
        created_at=datetime(2026, 1, 5, 8, 15, tzinfo=UTC),
        expected_at=datetime(2026, 1, 8, 16, 0, tzinfo=UTC),
        moved_at=datetime(2026, 1, 7, 7, 30, 45, tzinfo=UTC),
        to_pay="450",
    )


@pytest.mark.parametrize(
    "reason", ["Відмова", ["Відмова"], ["", None, "Відмова", 7], "  Відмова\n"], ids=["text", "list", "mixed", "untidy"]
)
def test_what_there_is_only_sometimes_is_read_too(reason: Any) -> None:
    facts = read(
        code="103",
        ServiceType="WarehouseDoors",
        ActualDeliveryDate="2026-01-08 11:00:00",
        RecipientDateTime="09.01.2026 12:00:00",
        DatePayedKeeping="2026-01-15 11:00:00",
        DateReturnCargo="2026-01-22 11:00:00",
        RedeliverySum=1200.5,
        AfterpaymentOnGoodsCost="96.5",
        UndeliveryReasonsSubtypeDescription=reason,
        LastCreatedOnTheBasisNumber="59000000000044",
        LastCreatedOnTheBasisDocumentType="CargoReturn",
        LightReturnNumber="20450000000099",
    )
    assert facts.stage is Stage.REFUSED
    assert facts.courier
    assert facts.arrived_at == datetime(2026, 1, 8, 9, 0, tzinfo=UTC)
    assert facts.received_at == datetime(2026, 1, 9, 10, 0, tzinfo=UTC)
    assert facts.paid_storage_at == datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
    assert facts.return_at == datetime(2026, 1, 22, 9, 0, tzinfo=UTC)
    assert (facts.redelivery, facts.afterpayment, facts.reason) == ("1200.50", "96.50", "Відмова")
    assert (facts.child_ttn, facts.child_type, facts.return_of) == ("59000000000044", "CargoReturn", "20450000000099")


@pytest.mark.parametrize("code", sorted(STAGE_OF_CODE))
def test_the_stage_comes_from_the_code_never_from_words(code: str) -> None:
    """F10, F13"""
    assert read(code=code, status="Не отримано, повернуто, отримано").stage is STAGE_OF_CODE[code]


def test_an_int_is_a_code_too() -> None:
    assert read(code=9) == read(code="9")
    assert read(code=" 9 ").stage is Stage.DELIVERED


@pytest.mark.parametrize("code", ["999", "80", "09", "9.0", "Delivered", "113"])
def test_an_unknown_code_has_no_stage_and_keeps_its_text(code: Any) -> None:
    """F37"""
    facts = read(code=code)
    assert facts.stage is None
    assert facts.code == code
    assert facts.text == "Відправлення прямує до міста Вигадів"


@pytest.mark.parametrize("code", ["", None, [], {}, True, 9.0, -9, "9; DROP", "9" * 40, "дев'ять"])
def test_an_item_without_a_usable_code_decides_nothing(code: Any) -> None:
    assert facts_of(item(code=code)) is None


@pytest.mark.parametrize("code", ["80", "", None, "9", "7", 80, "999"])
def test_a_stub_is_known_by_its_shape(code: Any) -> None:
    """F15"""
    assert facts_of(stub(code=code)) is None
    assert facts_of({"Number": TTN, "StatusCode": code}) is None
    assert facts_of(stub(code=code) | {"Status": " \n", "TrackingUpdateDate": "0001-01-01 00:00:00"}) is None


def test_a_known_code_with_a_date_is_no_stub_though_its_sentence_is_missing() -> None:
    facts = facts_of({"Number": TTN, "StatusCode": "7", "TrackingUpdateDate": "2026-01-07 09:30:45"})
    assert facts is not None
    assert (facts.stage, facts.text) == (Stage.AT_BRANCH, "")
    assert facts_of({"Number": TTN, "StatusCode": "80", "TrackingUpdateDate": "2026-01-07 09:30:45"}) is None


def test_every_field_is_optional() -> None:
    """F42"""
    assert facts_of({"StatusCode": "3", "Status": "Номер не знайдено"}) == Facts(
        code="3", text="Номер не знайдено", stage=Stage.NOT_FOUND
    )
    assert facts_of({}) is None


@pytest.mark.parametrize("value", [None, "", [], {}, 0, False, True, "null", -1, 10**30, "\ud800", [[["x"]]], {"a": 1}])
def test_no_field_breaks_an_item_whatever_type_it_has(value: Any) -> None:
    """F40, F42"""
    names = [name for name in item() if name not in {"Status", "StatusCode"}]
    for name in names:
        assert read(**{name: value}).stage is Stage.IN_TRANSIT
    assert read(**dict.fromkeys(names, value)).stage is Stage.IN_TRANSIT


def test_the_sentence_is_one_line_and_otherwise_as_it_came() -> None:
    """F14, F25"""
    assert read(status="  Їде:\r\n\tA<B & C\x00\u00a0«ґанок»\u200b ").text == "Їде: A<B & C «ґанок»"
    assert read(status="👨‍👩‍👧").text == "👨‍👩‍👧"
    assert read(status="а\ud83db").text == "а b"
    assert len(read(status="слово " * 200).text) <= 500


def test_the_last_scan_stands_in_for_the_last_movement() -> None:
    assert read(TrackingUpdateDate="").moved_at == datetime(2026, 1, 7, 7, 29, tzinfo=UTC)
    assert read(TrackingUpdateDate="", DateScan=None).moved_at is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (450, "450"),
        (450.0, "450"),
        ("450", "450"),
        ("450.00", "450"),
        ("0450", "450"),
        (96.5, "96.50"),
        ("96.5", "96.50"),
        ("96,5", "96.50"),
        ("1 234,50", "1234.50"),
        (0.1 + 0.2, "0.30"),
        (96.099999999999994, "96.10"),
        ("96.099999999999994", "96.10"),
        (1234.1, "1234.10"),
        (0.01, "0.01"),
        ("0.005", "0.01"),
        ("999.999", "1000"),
        (0, ""),
        (0.0, ""),
        ("0", ""),
        ("0.00", ""),
        ("", ""),
        (" ", ""),
        (None, ""),
        (True, ""),
        (-5, ""),
        ("-5", ""),
        ("1,234", ""),
        ("безкоштовно", ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (1e300, ""),
        pytest.param(10**5000, "", id="huge"),
        ("1e5", ""),
        ("١٢", ""),
        ([450], ""),
    ],
)
def test_a_sum_has_one_form_and_no_dust(value: Any, text: str) -> None:
    """F12"""
    assert read(AmountToPay=value).to_pay == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), ("343", "343"), (0, ""), ("0", ""), ("", ""), (None, ""), (True, ""), ([], ""), (-1, "")],
)
def test_the_number_of_a_place(value: Any, text: str) -> None:
    assert read(WarehouseRecipientNumber=value).place_number == text


@pytest.mark.parametrize(
    ("number", "kind", "child"),
    [
        ("59000000000044", "CargoReturn", "59000000000044"),
        (59000000000044, "Redirecting", "59000000000044"),
        ("59000000000044", "MoneyTransfer", "59000000000044"),
        ("59000000000044", "", ""),
        ("59000000000044", None, ""),
        ("102-00006096", "CargoReturn", ""),
        ("590000000000441", "CargoReturn", ""),
        ("", "CargoReturn", ""),
        (None, "CargoReturn", ""),
    ],
)
def test_a_child_is_a_waybill_with_its_type(number: Any, kind: Any, child: str) -> None:
    """The type is kept beside the number, so that a money transfer can be told from a return."""
    facts = read(LastCreatedOnTheBasisNumber=number, LastCreatedOnTheBasisDocumentType=kind)
    assert facts.child_ttn == child
    assert facts.child_type == (kind if child else "")


def unread(**fields: Any) -> dict[str, str]:
    return {one.name: one.value for one in unread_in(item(**fields))}


def test_an_item_that_can_be_read_leaves_nothing_unread() -> None:
    assert unread() == {}
    assert dict.fromkeys(one.name for one in unread_in(stub())) == {}
    assert unread(StatusCode=None) == unread(StatusCode="") == {}


@pytest.mark.parametrize(
    "name",
    ["DateCreated", "ScheduledDeliveryDate", "ActualDeliveryDate", "RecipientDateTime", "TrackingUpdateDate",
     "DateScan", "DatePayedKeeping", "DateReturnCargo"],
)  # fmt: skip
def test_a_date_that_cannot_be_read_is_named_and_the_rest_of_its_item_counts(name: str) -> None:
    assert unread(**{name: "99.99.2026"}) == {name: "99.99.2026"}
    facts = facts_of(item(**{name: "99.99.2026"}))
    assert facts is not None
    assert (facts.code, facts.to_pay) == ("5", "450")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("99.99.2026 25:61:61", "99.99.2026 25:61:61"),
        ("2026-13-45 10:00:00 local", "2026-13-45 10:00:00 local"),
        ("2026-13-45 10:00:00 and more of it", "2026-13-45 10:00:00 and …"),
        ("380671112233", "…"),
        ("+38 (067) 111-22-33", "…"),
        ("0" + "1" * 31, "…"),
        ("\x1b[31m", "[31m"),
        (["99.99.2026"], "list"),
        (5, "int"),
    ],
)
def test_what_could_not_be_read_is_shown_short_and_without_a_phone_or_a_key(value: Any, shown: str) -> None:
    """R9."""
    assert unread(DateCreated=value) == {"DateCreated": shown}
    assert "99.99" not in repr(list(unread_in(item(DateCreated="99.99.2026"))))


@pytest.mark.parametrize(
    ("code", "shown"), [("12345678901", "…"), ("12345678901x", "…x"), ("?", "?"), (-1, "int"), ([9], "list")]
)
def test_a_code_that_cannot_be_one_is_named_and_changes_nothing(code: Any, shown: str) -> None:
    assert unread(StatusCode=code) == {"StatusCode": shown}
    assert facts_of(item(StatusCode=code)) is None
