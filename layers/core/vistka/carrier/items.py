"""One item of an answer as Facts: every field is optional, and its type may move."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vistka.carrier.dates import is_unreadable, moment_of
from vistka.carrier.errors import masked
from vistka.carrier.values import code_of, list_text_of, place_number_of, sum_of, text_of, ttn_of
from vistka.domain.parcels import Facts
from vistka.domain.remarks import Unread
from vistka.domain.stages import stage_of

_LONGEST_STATUS = 500
_LONGEST_SHOWN: Final = 25
#: The dates that become Facts.
_DATES: Final = (
    "DateCreated",
    "ScheduledDeliveryDate",
    "ActualDeliveryDate",
    "RecipientDateTime",
    "TrackingUpdateDate",
    "DateScan",
    "DatePayedKeeping",
    "DateReturnCargo",
)
_LIKE_A_DATE: Final = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?![0-9])")


def facts_of(item: Mapping[str, object]) -> Facts | None:
    """What an item says; None for a stub, which says nothing and changes nothing.

    A stub is known by its shape, not by its code (80, or none, with 9 keys): it has neither a Status nor a
    TrackingUpdateDate. An item without a usable StatusCode decides nothing either, whatever it says. A code that we do
    not know gives Facts without a stage, text kept.
    """
    get = item.get
    code = code_of(get("StatusCode"))
    text = text_of(get("Status"), _LONGEST_STATUS)
    moved_at = moment_of(get("TrackingUpdateDate"))
    if not code or (not text and (moved_at is None or stage_of(code) is None)):
        return None
    child_type = text_of(get("LastCreatedOnTheBasisDocumentType"), 60)
    child_ttn = ttn_of(get("LastCreatedOnTheBasisNumber")) if child_type else ""
    return Facts(
        code=code,
        text=text,
        stage=stage_of(code),
        city_from=text_of(get("CitySender")),
        city=text_of(get("CityRecipient")),
        place=text_of(get("WarehouseRecipient")),
        place_number=place_number_of(get("WarehouseRecipientNumber")),
        courier=text_of(get("ServiceType")).endswith("Doors"),
        reason=list_text_of(get("UndeliveryReasonsSubtypeDescription")),
        created_at=moment_of(get("DateCreated")),
        expected_at=moment_of(get("ScheduledDeliveryDate")),
        arrived_at=moment_of(get("ActualDeliveryDate")),
        received_at=moment_of(get("RecipientDateTime")),
        moved_at=moved_at or moment_of(get("DateScan")),
        paid_storage_at=moment_of(get("DatePayedKeeping")),
        return_at=moment_of(get("DateReturnCargo")),
        to_pay=sum_of(get("AmountToPay")),
        afterpayment=sum_of(get("AfterpaymentOnGoodsCost")),
        redelivery=sum_of(get("RedeliverySum")),
        child_ttn=child_ttn,
        child_type=child_type if child_ttn else "",
        return_of=ttn_of(get("LightReturnNumber")),
    )


def unread_in(item: Mapping[str, object]) -> Iterator[Unread]:
    """The fields of an item that hold something which `facts_of` could not read, and so took for nothing."""
    code = item.get("StatusCode")
    if code and not code_of(code):
        yield Unread(name="StatusCode", value=_shown(code))
    for name in _DATES:
        if (value := item.get(name)) and is_unreadable(value):
            yield Unread(name=name, value=_shown(value))


def _shown(value: object) -> str:
    """Short, and without what may be a phone: a date has as many digits, but in groups of its own."""
    text = text_of(value if isinstance(value, str) else type(value).__name__)
    text = text if _LIKE_A_DATE.match(text) else masked(text)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
