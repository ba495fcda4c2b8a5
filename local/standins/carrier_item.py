"""One tracking item as the carrier writes it: types that move, and a date format of its own for each field."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from local.scenario.script import NO_ITEM, NOT_FOUND, STUB, Parcel, Step
from local.standins.carrier_fields import (
    KEYED,
    PERSONAL,
    as_bool,
    as_sum,
    blank_item,
    lot,
    not_found_item,
    stub_item,
)

KYIV: Final = ZoneInfo("Europe/Kyiv")
_ARRIVED: Final = frozenset({"7", "8", "107"})
_RECEIVED: Final = frozenset({"9", "10", "11", "106"})
_MONEY: Final = frozenset({"10", "11"})
_REFUSED: Final = frozenset({"102", "103", "108"})
_STORAGE_DAYS: Final = 7


def item(
    parcel: Parcel, *, epoch: datetime, now: datetime, phone: str = "", keyed: bool = True
) -> dict[str, Any] | None:
    """The item at `now`; None where the answer has none. `epoch` and `now` are aware.

    `phone` is what the request gave: only the recipient's or the sender's unblanks what is personal.
    """
    at = int((now - epoch).total_seconds())
    step = parcel.step(at)
    if step is not None and step.code == NO_ITEM:
        return None
    if step is None or step.code == NOT_FOUND:
        return not_found_item(parcel.ttn)
    if step.code == STUB or not step.code:
        return stub_item(parcel.ttn, step.code)
    full = blank_item(parcel.ttn) | _people(parcel) | _way(parcel, at) | _money(parcel, at)
    full |= _dates(parcel, step, at, epoch) | _children(parcel, at, epoch)
    # As a number it was seen once.
    full["StatusCode"] = int(step.code) if lot(parcel.ttn, "StatusCode", 97) == 0 else step.code
    full["Status"] = step.text
    if phone not in {parcel.phone, parcel.phone_sender}:
        full |= dict.fromkeys(PERSONAL, "")
    if not keyed:
        full |= {name: 0 if name == "Redelivery" else "" for name in KEYED}
    return full


def _people(parcel: Parcel) -> dict[str, Any]:
    return {
        "RecipientFullName": parcel.recipient,
        "RecipientFullNameEW": parcel.recipient,
        "PhoneRecipient": parcel.phone,
        "RecipientAddress": f"м. {parcel.city}, {parcel.street}",
        "SenderFullNameEW": parcel.sender,
        "PhoneSender": parcel.phone_sender,
        "SenderAddress": f"м. {parcel.city_from}",
        "CounterpartySenderDescription": "Приватна особа",
        "CounterpartyRecipientDescription": "Приватна особа",
        "CounterpartyType": "PrivatePerson",
        "CounterpartySenderType": "PrivatePerson",
        "CargoDescriptionString": "Одяг <та> взуття & інше" if lot(parcel.ttn, "Cargo", 9) == 0 else "Одяг",
        "AnnouncedPrice": parcel.declared,
    }


def _way(parcel: Parcel, at: int) -> dict[str, Any]:
    ttn, place = parcel.ttn, parcel.place_at(at)
    way: dict[str, Any] = {
        "RefEW": _ref(ttn),
        "CargoType": "Parcel",
        "SeatsAmount": "1",
        "PayerType": "Recipient" if parcel.to_pay else "Sender",
        "PaymentMethod": "Cash",
        "DocumentWeight": (parcel.weight, str(parcel.weight), int(parcel.weight) or parcel.weight)[
            lot(ttn, "Weight", 3)
        ],
        "FactualWeight": f"{parcel.weight:.2f}",
        "VolumeWeight": f"{parcel.weight:.2f}",
        "ServiceType": "WarehouseWarehouse" if place else "WarehouseDoors",
        "CitySender": parcel.city_from,
        "RefCitySender": _ref(parcel.city_from),
        "WarehouseSender": "Відділення №1: вул. Складська, 1",
        "CityRecipient": parcel.city,
        "RefCityRecipient": _ref(parcel.city),
        "PossibilityCreateRedirecting": as_bool(ttn, "PossibilityCreateRedirecting", value=True),
        "PostomatV3CellReservationNumber": as_bool(ttn, "PostomatV3CellReservationNumber", value=False),
    }
    if place is None:
        # A courier's parcel: no branch, the field holds the street.
        return way | {"WarehouseRecipient": parcel.street}
    return way | {
        "WarehouseRecipient": place.name,
        "WarehouseRecipientAddress": f"{parcel.city}, {place.street}",
        "WarehouseRecipientNumber": (place.number, str(place.number))[lot(ttn, "WarehouseNumber", 2)],
        "WarehouseRecipientRef": _ref(place.name),
        "CategoryOfWarehouse": place.category,
    }


def _money(parcel: Parcel, at: int) -> dict[str, Any]:
    ttn = parcel.ttn
    received = parcel.first(_RECEIVED, at) is not None
    paid = parcel.first(frozenset({"11"}), at) is not None
    return {
        "DocumentCost": as_sum(ttn, "DocumentCost", parcel.cost),
        "AmountToPay": as_sum(ttn, "AmountToPay", parcel.to_pay),
        "AmountPaid": as_sum(ttn, "AmountPaid", parcel.to_pay if received else 0),
        "PaymentStatus": "PAYED" if received else "",
        "ExpressWaybillAmountToPay": as_sum(ttn, "ExpressWaybillAmountToPay", parcel.to_pay),
        "ExpressWaybillPaymentStatus": "Payed" if received else "",
        "Redelivery": 1 if parcel.redelivery else 0,
        "RedeliverySum": as_sum(ttn, "RedeliverySum", parcel.redelivery),
        "RedeliveryPayer": "Recipient" if parcel.redelivery else "",
        "AfterpaymentOnGoodsCost": as_sum(ttn, "Afterpayment", 0),
        "LastTransactionStatusGM": "Payed" if paid else "",
        "LastAmountTransferGM": as_sum(ttn, "LastAmountTransferGM", parcel.redelivery if paid else 0),
    }


def _dates(parcel: Parcel, step: Step, at: int, epoch: datetime) -> dict[str, Any]:
    def kyiv(seconds: int) -> datetime:
        # `epoch` may be in any zone: seconds are added in UTC, so that a change of summer time is none of theirs.
        return (epoch.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(KYIV)

    created = kyiv(parcel.steps[0].at)
    dates = {
        "DateCreated": f"{created:%d-%m-%Y %H:%M:%S}",
        "ScheduledDeliveryDate": _scheduled(parcel.ttn, created + timedelta(days=2)),
        "AdjustedDate": f"{created + timedelta(days=2):%Y-%m-%d %H:%M:%S}",
        "TrackingUpdateDate": f"{kyiv(step.at):%Y-%m-%d %H:%M:%S}",
        "DateScan": f"{kyiv(step.at):%H:%M %d.%m.%Y}"
        if step.code != "1"
        else ("", "0000-00-00 00:00:00")[lot(parcel.ttn, "Scan", 2)],
        "DateMoving": ("", "0001-01-01 00:00:00")[lot(parcel.ttn, "DateMoving", 4) == 0],
    }
    if (arrived := parcel.first(_ARRIVED, at)) is not None:
        paid_from = kyiv(arrived + _STORAGE_DAYS * 86_400 if parcel.paid_from is None else parcel.paid_from)
        place = parcel.place_at(at)
        dates["ActualDeliveryDate"] = f"{kyiv(arrived):%Y-%m-%d %H:%M:%S}"
        if place is not None and place.category == "Postomat" and parcel.paid_from is None:
            # As a rule a locker has no paid storage: only the automatic return is set.
            dates["DateReturnCargo"] = f"{paid_from:%Y-%m-%d %H:%M:%S}"
        else:
            dates["DatePayedKeeping"] = f"{paid_from:%Y-%m-%d %H:%M:%S}"
            dates["DateFirstDayStorage"] = f"{paid_from:%Y-%m-%d}"
    if (received := parcel.first(_RECEIVED, at)) is not None:
        dates["RecipientDateTime"] = f"{kyiv(received):%d.%m.%Y %H:%M:%S}"
        dates["PaymentStatusDate"] = f"{kyiv(received):%Y-%m-%d %H:%M:%S}"
    return dates


def _scheduled(ttn: str, moment: datetime) -> str:
    forms = ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y", "%d.%m.%Y %H:%M:%S")
    return f"{moment:{forms[max(0, lot(ttn, 'Scheduled', 12) - 9)]}}"


def _children(parcel: Parcel, at: int, epoch: datetime) -> dict[str, Any]:
    out: dict[str, Any] = {"LightReturnNumber": parcel.return_of}
    if parcel.first(_REFUSED, at) is not None:
        out["UndeliveryReasonsSubtypeDescription"] = parcel.reason
    if parcel.child is not None and parcel.child.at <= at:
        shown = (epoch.astimezone(UTC) + timedelta(seconds=parcel.child.at)).astimezone(KYIV)
        out["LastCreatedOnTheBasisNumber"] = parcel.child.ttn
        out["LastCreatedOnTheBasisDocumentType"] = parcel.child.type
        out["LastCreatedOnTheBasisDateTime"] = f"{shown:%Y-%m-%d %H:%M:%S}"
    return out


def _ref(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
