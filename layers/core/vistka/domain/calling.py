"""What a program of the shop's is called with: each change of a parcel, once, whomever else it is told to."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState, to_iso
from vistka.domain.policy import Policy

#: Of the body: it grows, but what stands in it does not change under one number.
BODY_VERSION: Final = 1

#: Pauses after a call that failed: doubled twice each time, but never longer than a queue can hide a message.
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=11)

#: Facts that the body has; none of them is a person's.
_FACTS: Final = (
    "code", "text", "city_from", "city", "place", "place_number", "courier", "reason", "created_at", "expected_at",
    "arrived_at", "received_at", "moved_at", "paid_storage_at", "return_at", "to_pay", "afterpayment", "redelivery",
    "child_ttn", "child_type",
)  # fmt: skip


def called(
    base: ParcelState, draft: ParcelState, *, changed: bool, orders: tuple[Order, ...], policy: Policy
) -> Iterable[Notice]:
    """One ledger entry for a change of a parcel, however many orders have it; none where no program listens.

    It stands with the first of its orders. What is not live, or happened before that, ends as `shadow`.
    """
    if not policy.webhook or not changed or not orders or draft.facts is None:
        return
    before_live = policy.before_live(draft.facts.moved_at)
    live = sorted(order.number for order in orders if policy.is_live(order.number))
    facts = draft.facts.to_dict()
    first = min(orders, key=lambda order: order.key)
    notice = Notice(
        order_key=first.key,
        order_number=first.number,
        ttn=draft.ttn,
        kind=Kind.CHANGED,
        occurrence=str(draft.version),
        audience=Audience.WEBHOOK,
        version=draft.version,
        state=NoticeState.NEW,
        created_at=policy.now,
        due_at=policy.now + policy.notice_due,
        language=policy.default_language,
        payload={
            "orders": live,
            "stage": str(draft.stage or ""),
            "previous": str(base.stage or ""),
            "changed_at": to_iso(draft.changed_at or policy.now),
            "facts": {name: facts[name] for name in _FACTS if name in facts},
        },
    )
    if before_live or not live:
        reason = "before_live" if before_live else ""
        notice = replace(notice, state=NoticeState.SHADOW, due_at=None, settled_at=policy.now, reason=reason)
    yield notice


def body_of(notice: Notice) -> bytes:
    """JSON in UTF-8, the same bytes at each attempt. Moments are UTC, sums hryvnias as decimal text."""
    payload: Mapping[str, Any] = notice.payload
    body = {
        "version": BODY_VERSION,
        "id": call_id(notice),
        "type": "parcel.changed",
        "ttn": notice.ttn,
        "change": notice.version,
        "orders": payload.get("orders") or [],
        "stage": payload.get("stage") or None,
        "previous_stage": payload.get("previous") or None,
        "changed_at": payload.get("changed_at"),
        "facts": payload.get("facts") or {},
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def call_id(notice: Notice) -> str:
    """Names the change: a repeated call has the id of the first."""
    return f"{notice.ttn}-{notice.version}"


def pause(attempt: int) -> timedelta:
    """How long to wait after the failure of this attempt, counted from 1: 30 s, 2 min, 8 min, … 11 h."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << (2 * min(attempt - 1, 10))))


def given_up(notice: Notice, now: datetime, *, lasts: timedelta) -> bool:
    return now - notice.created_at >= lasts
