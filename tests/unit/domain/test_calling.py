"""What the shop's own program is called with: once for a change, nothing personal, in bytes that never differ."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.domain.test_telling import BEFORE, BUYER, GUEST, MOVED, NOW, TTN, hear, parcel, rules
from vistka.domain.calling import LONGEST_PAUSE, body_of, called, given_up, pause
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.orders import Order

SECOND = replace(GUEST, key="2", number="TWC2")


def calls(**policy: Any) -> list[Notice]:
    told: tuple[Order, ...] = (SECOND, BUYER)
    changes: dict[str, Any] = {"webhook": True, "is_live": lambda _: True} | policy
    return [n for n in hear(BEFORE, parcel("7"), told_before=told, **changes).notices if n.audience is Audience.WEBHOOK]


def test_a_change_is_one_call_however_many_orders_have_the_parcel() -> None:
    (call,) = calls()
    assert (call.kind, call.occurrence, call.order_key, call.state) == (Kind.CHANGED, "2", "1", NoticeState.NEW)
    assert (call.order_number, call.language, call.due_at) == ("TWC1", "uk", NOW + rules().notice_due)
    assert call.payload["orders"] == ["TWC1", "TWC2"]
    assert call.chat_id is None


def test_of_an_unknown_stage_the_call_names_none() -> None:
    unknown = replace(parcel("7"), stage=None)
    (call,) = called(BEFORE, unknown, changed=True, orders=(BUYER,), policy=rules(webhook=True, is_live=lambda _: True))
    assert call.payload["stage"] == ""
    unseen = replace(BEFORE, stage=None)
    policy = rules(webhook=True, is_live=lambda _: True, default_language="en")
    (call,) = called(unseen, parcel("7"), changed=True, orders=(BUYER,), policy=policy)
    assert (call.payload["previous"], call.language) == ("", "en")


def test_no_program_no_call() -> None:
    assert calls(webhook=False) == []


def test_what_is_no_change_is_no_call() -> None:
    told = hear(BEFORE, parcel("7"), changed=False, webhook=True).notices
    assert not [n for n in told if n.audience is Audience.WEBHOOK]
    assert list(called(BEFORE, parcel("7"), changed=True, orders=(), policy=rules(webhook=True))) == []


def test_an_order_that_is_not_live_is_not_named() -> None:
    (call,) = calls(is_live=lambda number: number == "TWC2")
    assert call.payload["orders"] == ["TWC2"]


def test_in_shadow_and_before_going_live_nobody_is_called() -> None:
    (shadow,) = calls(is_live=lambda _: False)
    assert (shadow.state, shadow.due_at, shadow.settled_at) == (NoticeState.SHADOW, None, NOW)
    assert shadow.reason == ""
    (early,) = calls(live_since=MOVED + timedelta(seconds=1))
    assert (early.state, early.reason) == (NoticeState.SHADOW, "before_live")


def test_the_body_is_json_with_what_the_carrier_said_and_nothing_of_a_person() -> None:
    (call,) = calls()
    body = body_of(call)
    assert json.loads(body) == {
        "version": 1,
        "id": f"{TTN}-2",
        "type": "parcel.changed",
        "ttn": TTN,
        "change": 2,
        "orders": ["TWC1", "TWC2"],
        "stage": "at_branch",
        "previous_stage": "in_transit",
        "changed_at": "2026-11-23T09:00:00.000000Z",
        "facts": {"code": "7", "text": "стан 7", "moved_at": "2026-11-23T09:00:00.000000Z"},
    }
    assert body_of(call.next(attempt=5)) == body
    assert body_of(Notice.from_dict(call.to_dict())) == body
    assert "7001" not in body.decode()


def test_pauses_grow_to_what_a_queue_can_hide() -> None:
    assert [pause(n).total_seconds() for n in (1, 2, 3, 4, 5, 6)] == [30, 120, 480, 1920, 7680, 30720]
    assert pause(7) == pause(10_000) == LONGEST_PAUSE < timedelta(hours=12)


@pytest.mark.parametrize(("hours", "over"), [(71, False), (72, True)])
def test_a_change_is_tried_for_three_days(hours: int, over: bool) -> None:  # noqa: FBT001
    (call,) = calls()
    assert given_up(call, NOW + timedelta(hours=hours), lasts=timedelta(hours=72)) is over


def test_the_body_is_utf_8_without_a_blank() -> None:
    """Its bytes are signed: another spelling of the same would be another call."""
    (call,) = calls()
    body = body_of(call)
    assert "стан 7".encode() in body
    assert b", " not in body
    assert b'": ' not in body
