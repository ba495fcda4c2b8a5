"""The carrier's status codes and the stages we make of them."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Stage(StrEnum):
    CREATED = "created"
    DELETED = "deleted"
    NOT_FOUND = "not_found"
    IN_TRANSIT = "in_transit"
    ARRIVED_CITY = "arrived_city"
    AT_BRANCH = "at_branch"
    AT_LOCKER = "at_locker"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    REFUSED = "refused"
    REDIRECTED = "redirected"
    STORAGE_ENDED = "storage_ended"
    FAILED_ATTEMPT = "failed_attempt"
    POSTPONED = "postponed"
    DESTROYED = "destroyed"


#: StatusCode of TrackingDocument.getStatusDocuments -> stage (carrier-api.md, "Status codes").
#: Codes 10 and 11 are *received*; many public tables are wrong on 8-12.
STAGE_OF_CODE: Final = MappingProxyType(
    {
        "1": Stage.CREATED,
        "2": Stage.DELETED,
        "3": Stage.NOT_FOUND,
        "4": Stage.IN_TRANSIT,
        "41": Stage.IN_TRANSIT,
        "5": Stage.IN_TRANSIT,
        "6": Stage.ARRIVED_CITY,
        "7": Stage.AT_BRANCH,
        "8": Stage.AT_LOCKER,
        "9": Stage.DELIVERED,
        "10": Stage.DELIVERED,
        "11": Stage.DELIVERED,
        "12": Stage.IN_TRANSIT,
        "14": Stage.AT_BRANCH,
        "15": Stage.IN_TRANSIT,
        "101": Stage.OUT_FOR_DELIVERY,
        "102": Stage.REFUSED,
        "103": Stage.REFUSED,
        "104": Stage.REDIRECTED,
        "105": Stage.STORAGE_ENDED,
        "106": Stage.DELIVERED,
        "107": Stage.AT_BRANCH,
        "108": Stage.REFUSED,
        "111": Stage.FAILED_ATTEMPT,
        "112": Stage.POSTPONED,
        "124": Stage.DESTROYED,
    }
)

#: Codes after which the carrier has nothing more to say of a parcel.
FINAL_CODES: Final = frozenset({"2", "11", "106", "124"})

#: Received, and money is on its way back to the sender: followed for `polling.MONEY_DAYS`.
MONEY_PENDING_CODE: Final = "10"

#: Where the parcel lies and waits for its recipient.
WAITING_STAGES: Final = frozenset({Stage.AT_BRANCH, Stage.AT_LOCKER})


def stage_of(code: str) -> Stage | None:
    """The stage of a carrier's code; None for a code we do not know (it keeps the last stage)."""
    return STAGE_OF_CODE.get(code)
