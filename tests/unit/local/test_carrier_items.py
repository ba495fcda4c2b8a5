"""The stand-in's items have the shape of real ones, and move in the same places."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.scenario.script import Child, Place, Step
from local.standins.carrier_item import item
from tests.unit.local.conftest import HOUR, TTN, parcel

EPOCH = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = 24 * HOUR
STORY = (
    Step(at=-3 * DAY, code="1", text="Накладна"),
    Step(at=-2 * DAY, code="5", text="Прямує"),
    Step(at=-DAY, code="7", text="Прибув"),
    Step(at=HOUR, code="9", text="Отримано"),
)
LOCKER = Place(number=35_012, category="Postomat", street="вул. Тиха, 1")


def seen(hours: float, *, phone: str = "380600000001", keyed: bool = True, **changes: Any) -> dict[str, Any]:
    steps = changes.pop("steps", STORY)
    one = item(
        parcel(TTN, *steps, **changes), epoch=EPOCH, now=EPOCH + timedelta(hours=hours), phone=phone, keyed=keyed
    )
    assert one is not None
    return one


def test_a_full_item_has_128_keys_a_number_not_found_32_and_a_stub_nine() -> None:
    assert len(seen(0)) == 128
    assert len(seen(-100)) == 32
    assert len(seen(0, steps=(Step(at=-HOUR, code="80"),))) == 9


def test_a_number_that_is_not_handed_in_yet_is_not_found() -> None:
    assert (seen(-73)["StatusCode"], seen(-71)["StatusCode"]) == ("3", "1")


def test_a_stub_has_neither_sentence_nor_update_date() -> None:
    stub = seen(0, steps=(Step(at=-HOUR, code="80"),))
    assert (stub["StatusCode"], stub["Status"], "TrackingUpdateDate" in stub) == ("80", "", False)


def test_every_date_has_its_own_form_in_kyiv_wall_clock() -> None:
    full = seen(2)
    assert full["DateCreated"] == "29-05-2026 12:00:00"
    assert full["TrackingUpdateDate"] == "2026-06-01 13:00:00"
    assert full["ActualDeliveryDate"] == "2026-05-31 12:00:00"
    assert full["RecipientDateTime"] == "01.06.2026 13:00:00"
    assert full["DatePayedKeeping"] == "2026-06-07 12:00:00"
    assert full["DateFirstDayStorage"] == "2026-06-07"
    assert full["DateScan"] == "13:00 01.06.2026"


def test_dates_follow_the_change_to_summer_time() -> None:
    # Clocks went forward in the night of 29 March 2026, from 03:00 to 04:00.
    epoch = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    one = item(
        parcel(TTN, Step(at=0, code="1"), Step(at=6 * HOUR, code="5")), epoch=epoch, now=epoch + timedelta(days=1)
    )
    assert one is not None
    assert (one["DateCreated"], one["TrackingUpdateDate"]) == ("29-03-2026 00:00:00", "2026-03-29 07:00:00")


def test_only_the_parcels_own_phone_unblanks_what_is_personal() -> None:
    known, unknown = seen(0, to_pay=980, redelivery=900), seen(0, to_pay=980, redelivery=900, phone="380600000009")
    assert float(known["AmountToPay"]) == 980
    assert known["RecipientFullName"] == "Приклад Олена"
    assert known.keys() == unknown.keys()
    assert {unknown[name] for name in ("AmountToPay", "RedeliverySum", "RecipientFullName", "PhoneRecipient")} == {""}
    assert (unknown["Status"], unknown["CityRecipient"]) == (known["Status"], "Київ")


def test_without_a_key_the_answer_lacks_money_and_return() -> None:
    child = Child(ttn="59009000000999", type="CargoReturn", at=0)
    with_key, without = seen(1, redelivery=900, child=child), seen(1, redelivery=900, child=child, keyed=False)
    assert (with_key["LastCreatedOnTheBasisNumber"], without["LastCreatedOnTheBasisNumber"]) == ("59009000000999", "")
    assert (with_key["Redelivery"], without["Redelivery"]) == (1, 0)


def test_a_child_appears_hours_after_the_refusal() -> None:
    story = (Step(at=-HOUR, code="103", text="Відмова"),)
    child = Child(ttn="59009000000999", type="CargoReturn", at=3 * HOUR)
    before, after = seen(2, steps=story, child=child), seen(3, steps=story, child=child)
    assert (before["LastCreatedOnTheBasisNumber"], before["LastCreatedOnTheBasisDocumentType"]) == ("", "")
    assert (after["LastCreatedOnTheBasisNumber"], after["LastCreatedOnTheBasisDocumentType"]) == (
        child.ttn,
        "CargoReturn",
    )


@pytest.mark.parametrize("place", [LOCKER, Place(number=7, category="Branch", street="вул. Тиха, 1")])
def test_paid_storage_begins_when_the_script_says_so_in_a_locker_too(place: Place) -> None:
    dates = seen(0, place=place, paid_from=2 * DAY)
    assert (dates["DatePayedKeeping"], dates["DateFirstDayStorage"]) == ("2026-06-03 12:00:00", "2026-06-03")


def test_a_locker_names_the_return_but_no_paid_storage() -> None:
    full = seen(2, place=LOCKER, steps=(Step(at=0, code="8"),))
    assert (full["DateReturnCargo"], full["DatePayedKeeping"]) == ("2026-06-08 12:00:00", "")
    assert (full["CategoryOfWarehouse"], str(full["WarehouseRecipientNumber"])) == ("Postomat", "35012")


def test_a_couriers_parcel_has_no_branch() -> None:
    full = seen(0, place=None)
    assert (full["ServiceType"], full["CategoryOfWarehouse"]) == ("WarehouseDoors", "")
    assert full["WarehouseRecipientNumber"] in {0, ""}


def test_types_move_from_parcel_to_parcel() -> None:
    many = [
        item(
            parcel(f"2045900000{n:04d}", *STORY, to_pay=150 if n % 2 else 0, redelivery=100),
            epoch=EPOCH,
            now=EPOCH,
            phone="380600000001",
        )
        for n in range(400)
    ]
    types = {
        name: {type(one[name]) for one in many if one is not None}
        for name in (
            "AmountToPay",
            "DocumentCost",
            "WarehouseRecipientNumber",
            "UndeliveryReasons",
            "StatusCode",
            "Edit",
        )
    }
    assert types["AmountToPay"] == {int, float, str}
    assert types["DocumentCost"] == {int, float, str}
    assert types["WarehouseRecipientNumber"] == {int, str}
    assert types["UndeliveryReasons"] == {str, list}
    assert types["StatusCode"] == {int, str}
    assert types["Edit"] == {bool, str}


@pytest.mark.parametrize("code", ["77", "131", "9999"])
def test_a_code_that_no_table_knows_has_a_full_item(code: str) -> None:
    assert len(seen(0, steps=(Step(at=-HOUR, code=code, text="Щось нове"),))) == 128
