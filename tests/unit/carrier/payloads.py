"""Carrier answers with invented values, in the shapes the carrier uses."""

import json
from typing import Any

TTN = "20450000000011"
OTHER = "59000000000022"
THIRD = "20450000000033"


def item(
    ttn: Any = TTN, code: Any = "5", status: Any = "Відправлення прямує до міста Вигадів", **fields: Any
) -> dict[str, Any]:
    """An item of 128 keys: those that matter, and others that do not."""
    base: dict[str, Any] = {
        "Number": ttn,
        "StatusCode": code,
        "Status": status,
        "CitySender": "Тестополь",
        "CityRecipient": "Вигадів",
        "WarehouseRecipient": "Відділення №7: вул. Казкова, 3",
        "WarehouseRecipientNumber": 7,
        "ServiceType": "WarehouseWarehouse",
        "DateCreated": "05-01-2026 10:15:00",
        "ScheduledDeliveryDate": "08-01-2026 18:00:00",
        "ActualDeliveryDate": "",
        "RecipientDateTime": "",
        "TrackingUpdateDate": "2026-01-07 09:30:45",
        "DatePayedKeeping": None,
        "DateReturnCargo": "0001-01-01 00:00:00",
        "DateScan": "09:29 07.01.2026",
        "AmountToPay": "450",
        "AfterpaymentOnGoodsCost": 0,
        "RedeliverySum": "",
        "LastCreatedOnTheBasisNumber": "",
        "LastCreatedOnTheBasisDocumentType": "",
        "LightReturnNumber": "",
        "UndeliveryReasonsSubtypeDescription": "",
        "UndeliveryReasons": [],
        "RecipientFullName": " ",
        "SecurePayment": "false",
    }
    base |= {f"Field{number}": "" for number in range(128 - len(base))}
    return base | fields


def stub(ttn: Any = TTN, code: Any = "80") -> dict[str, Any]:
    """Nine keys that say nothing."""
    return {
        "Number": ttn,
        "StatusCode": code,
        "Status": "",
        "DateCreated": "",
        "RefEW": "",
        "Redelivery": 0,
        "RedeliverySum": "",
        "UndeliveryReasons": [],
        "AnnouncedPrice": 0,
    }


def envelope(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "success": True,
        "data": list(items),
        "errors": [],
        "warnings": [],
        "info": [],
        "messageCodes": [],
        "errorCodes": [],
        "warningCodes": [],
        "infoCodes": [],
    } | changes


def refusal(text: str = "", code: str = "", **changes: Any) -> dict[str, Any]:
    return envelope(success=False, errors=[text] if text else [], errorCodes=[code] if code else []) | changes


def raw(payload: Any) -> bytes:
    return json.dumps(payload).encode()
