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
    # Of a waybill that brings a parcel back to the shop; none of these says that the buyer has anything:
    RETURNING = "returning"
    RETURN_WAITING = "return_waiting"  # at the shop's branch or locker, ready
    RETURNED = "returned"


class Role(StrEnum):
    """What a waybill is that stands in the place of another, on whose basis the carrier made it."""

    RETURN = "return"
    REDIRECT = "redirect"


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

#: On the way back to the shop, or there.
BACK_STAGES: Final = frozenset({Stage.RETURNING, Stage.RETURN_WAITING, Stage.RETURNED})

#: Where nobody waits for the parcel any more: no date, no sum, no tracking link.
OVER_STAGES: Final = BACK_STAGES | {Stage.DELIVERED, Stage.REFUSED, Stage.DELETED, Stage.DESTROYED}

#: LastCreatedOnTheBasisDocumentType of the waybills that are followed; a money transfer never is (F32).
ROLE_OF_TYPE: Final = MappingProxyType({"CargoReturn": Role.RETURN, "Redirecting": Role.REDIRECT})

#: A return reads otherwise: who waits for it, and who gets it, is the shop (F31). What is not named here reads as ever.
_OF_RETURNS: Final = MappingProxyType(
    {
        Stage.CREATED: Stage.RETURNING,
        Stage.IN_TRANSIT: Stage.RETURNING,
        Stage.ARRIVED_CITY: Stage.RETURNING,
        Stage.OUT_FOR_DELIVERY: Stage.RETURNING,
        Stage.REDIRECTED: Stage.RETURNING,
        Stage.FAILED_ATTEMPT: Stage.RETURNING,
        Stage.POSTPONED: Stage.RETURNING,
        Stage.AT_BRANCH: Stage.RETURN_WAITING,
        Stage.AT_LOCKER: Stage.RETURN_WAITING,
        Stage.DELIVERED: Stage.RETURNED,
    }
)


def in_role(stage: Stage | None, role: Role | None) -> Stage | None:
    """The carrier's stage as that of a waybill in this role: what is delivered to the shop is returned."""
    return _OF_RETURNS.get(stage, stage) if stage is not None and role is Role.RETURN else stage


def stage_of(code: str) -> Stage | None:
    """The stage of a carrier's code; None for a code we do not know (it keeps the last stage)."""
    return STAGE_OF_CODE.get(code)
