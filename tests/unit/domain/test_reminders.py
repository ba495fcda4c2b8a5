"""Reminders are made with the answer that makes their deadline known, for those who are to hear of it, once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.decisions import Decision, decide, draft_of
from vistka.domain.kyiv import kyiv
from vistka.domain.notices import REMINDERS, Audience, Kind, Notice, NoticeState, Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.reminders import may_remind
from vistka.domain.stages import Role, stage_of
from vistka.domain.telling import CROWD

TTN = "20450000000056"  # its minute of the hour is the first
BUYER = Order(key="1", number="TWC1", tracking=TTN, shown=None, chat_id=7001, unreachable=None, language="en")
ANOTHER = replace(BUYER, key="2", number="TWC2", chat_id=7002, language="")
GUEST = replace(BUYER, chat_id=None, unreachable=Unreachable.NO_USER)
HEARD = Audiences.parse(buyer="waiting, last_day", shop="not_handed_over, waiting_long, money_overdue")


def wall(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=kyiv()).astimezone(UTC)


NOW = wall(20, 12)


def answer(code: str, **facts: Any) -> Facts:
    times: dict[str, Any] = {"moved_at": wall(20, 11), "arrived_at": wall(20, 11), "paid_storage_at": wall(26, 11)}
    return Facts(code=code, stage=stage_of(code), **{"text": f"стан {code}"} | times | facts)


def rules_at(now: datetime, **changes: Any) -> Policy:
    values: dict[str, Any] = {
        "now": now,
        "live_since": NOW - timedelta(days=90),
        "is_live": lambda _number: True,
        "has_shop_chat": True,
        "notice_due": timedelta(minutes=5),
        "default_language": "uk",
        "fit": str,
        "audiences": HEARD,
        "reminders": ReminderRules(),
    }
    return Policy(**values | changes)


def judge(
    known: ParcelState | None,
    facts: Facts | None,
    *,
    now: datetime = NOW,
    orders: Iterable[Order] = (BUYER,),
    others: Iterable[Order] = (),
    room: int | None = None,
    **rules: Any,
) -> Decision:
    return decide(
        ttn=TTN,
        known=known,
        answer=facts,
        sent_at=now,
        orders=orders,
        others=others,
        policy=rules_at(now, **rules),
        room=room,
    )


def known(code: str = "5", **facts: Any) -> ParcelState:
    at = wall(20, 6)
    state = judge(None, answer(code, moved_at=at, **facts), now=at).state
    assert state is not None
    return state


def reminders(decision: Decision) -> list[Notice]:
    return [notice for notice in decision.notices if notice.kind in REMINDERS]


def made(decision: Decision) -> list[tuple[Kind, str, str, datetime | None]]:
    return [(n.kind, n.occurrence, n.order_key, n.due_at) for n in reminders(decision)]


LAST_DAY = (Kind.LAST_DAY, "2026-11-25", "1", wall(24, 10))
TOO_LONG = (Kind.WAITING_LONG, "2026-11-25", "1", wall(25, 10))


def test_an_arrival_leads_to_its_reminders() -> None:
    decision = judge(known(), answer("7"))
    assert made(decision) == [LAST_DAY, TOO_LONG]
    buyers, shops = reminders(decision)
    assert decision.state is not None
    assert buyers == Notice(
        order_key="1",
        order_number="TWC1",
        ttn=TTN,
        kind=Kind.LAST_DAY,
        occurrence="2026-11-25",
        audience=Audience.BUYER,
        version=2,
        state=NoticeState.WAITING,
        created_at=NOW,
        due_at=wall(24, 10),
        not_before=wall(24, 10),
        chat_id=7001,
        language="en",
        payload={
            "stage": "at_branch",
            "days": 4,
            "facts": answer("7").to_dict(),
            "changed_at": "2026-11-20T09:00:00.000000Z",
        },
    )
    assert (shops.audience, shops.chat_id, shops.language, shops.reason) == (Audience.SHOP, None, "uk", "")
    assert decision.state.told.items() >= {("last_day", "2026-11-25"), ("waiting_long", "2026-11-25")}


def test_a_reminder_is_made_once_however_often_the_carrier_answers() -> None:
    arrived = judge(known(), answer("7")).state
    assert judge(arrived, answer("7"), now=wall(21)) == Decision(state=None, changed=False)
    again = judge(arrived, answer("7", text="Прибув у відділення"), now=wall(21))
    assert again.state is not None
    assert again.notices == ()


def test_another_paid_day_without_a_new_code_leads_to_a_reminder_of_its_own() -> None:
    arrived = judge(known(), answer("7")).state
    moved = judge(arrived, answer("7", paid_storage_at=wall(28, 11)), now=wall(21))
    assert not moved.changed
    assert made(moved) == [(Kind.LAST_DAY, "2026-11-27", "1", wall(26, 10))]


def test_a_day_that_comes_back_is_not_reminded_of_again() -> None:
    state = judge(known(), answer("7")).state
    counts = []
    for hour, day in enumerate((28, 26, 28, 26)):
        decision = judge(state, answer("7", paid_storage_at=wall(day, 11)), now=wall(21, hour))
        state = decision.state
        counts.append(len(decision.notices))
    assert counts == [1, 0, 0, 0]


def test_an_old_parcel_that_waits_gets_its_reminder_though_nothing_else_is_told() -> None:
    old = judge(None, answer("7", moved_at=wall(17), arrived_at=wall(17)))
    assert made(old) == [LAST_DAY, (Kind.WAITING_LONG, "2026-11-22", "1", wall(22, 10))]
    assert len(old.notices) == 2


def test_a_parcel_found_on_its_last_day_is_reminded_of_at_once() -> None:
    found = judge(None, answer("7", moved_at=wall(17), arrived_at=wall(17), paid_storage_at=wall(21, 11)))
    assert made(found)[0] == (Kind.LAST_DAY, "2026-11-20", "1", NOW)


def test_what_took_too_long_before_it_was_seen_alarms_nobody() -> None:
    assert made(judge(None, answer("1", moved_at=wall(10), created_at=wall(10), paid_storage_at=None))) == []
    late = judge(None, answer("7", moved_at=wall(10), arrived_at=wall(10), paid_storage_at=None))
    assert made(late) == []
    assert late.state is not None
    assert judge(late.state, late.state.facts, now=wall(21)).notices == ()


def test_whoever_hears_today_that_tomorrow_is_the_last_day_is_reminded_on_that_day() -> None:
    arrived = judge(known(), answer("7", paid_storage_at=wall(22, 11)))
    assert made(arrived)[0] == (Kind.LAST_DAY, "2026-11-21", "1", wall(21, 10))
    assert [n.kind for n in judge(known(), answer("7", paid_storage_at=wall(21, 11))).notices] == [
        Kind.WAITING,
        Kind.WAITING_LONG,
    ]


def test_what_the_message_said_is_not_said_again_with_the_next_answer() -> None:
    arrived = judge(known(), answer("7", paid_storage_at=wall(21, 11)))
    assert arrived.state is not None
    assert made(judge(arrived.state, answer("7", text="інше", paid_storage_at=wall(21, 11)), now=wall(20, 13))) == []


def test_who_does_not_hear_that_it_waits_is_reminded_at_once() -> None:
    alone = Audiences.parse(buyer="last_day", shop="none")
    arrived = judge(known(), answer("7", paid_storage_at=wall(22, 11)), audiences=alone)
    assert made(arrived) == [(Kind.LAST_DAY, "2026-11-21", "1", NOW)]


def test_the_buyer_and_the_shop_may_both_be_reminded() -> None:
    both = Audiences.parse(buyer="last_day", shop="last_day")
    assert [n.audience for n in reminders(judge(known(), answer("7"), audiences=both))] == [
        Audience.BUYER,
        Audience.SHOP,
    ]


def test_a_kind_that_nobody_hears_of_keeps_no_other_back() -> None:
    alone = Audiences.parse(buyer="none", shop="waiting_long")
    assert made(judge(known(), answer("7"), audiences=alone)) == [TOO_LONG]


def test_whoever_was_forgotten_is_not_reminded() -> None:
    erased = replace(BUYER, chat_id=None, unreachable=Unreachable.ERASED)
    both = Audiences.parse(buyer="last_day", shop="last_day, waiting_long")
    told = [(n.kind, n.audience) for n in reminders(judge(known(), answer("7"), orders=(erased,), audiences=both))]
    assert told == [(Kind.LAST_DAY, Audience.SHOP), (Kind.WAITING_LONG, Audience.SHOP)]


@pytest.mark.parametrize(
    ("room", "kinds"),
    [
        (4, {Kind.LAST_DAY, Kind.WAITING_LONG}),
        (3, {Kind.LAST_DAY}),
        (2, {Kind.WAITING_LONG}),
        (1, set()),
    ],
)
def test_a_deadline_that_has_no_room_keeps_no_other_back_and_comes_with_the_next_answer_r1(
    room: int, kinds: set[Kind]
) -> None:
    both = Audiences.parse(buyer="waiting, last_day", shop="last_day, waiting_long")
    first = judge(known(), answer("7"), audiences=both, room=room)
    assert {n.kind for n in reminders(first)} == kinds
    second = judge(first.state, answer("7"), audiences=both, now=wall(21))
    assert {n.kind for n in reminders(second)} == {Kind.LAST_DAY, Kind.WAITING_LONG} - kinds


def test_a_kind_that_nobody_hears_of_is_not_recorded_and_caught_up_when_somebody_does() -> None:
    nobody = Audiences.parse(buyer="waiting", shop="none")
    arrived = judge(known(), answer("7"), audiences=nobody)
    assert made(arrived) == []
    assert arrived.state is not None
    assert "last_day" not in arrived.state.told
    assert made(judge(arrived.state, answer("7"), now=wall(21))) == [LAST_DAY, TOO_LONG]


def test_a_buyer_without_a_chat_waits_with_the_reason() -> None:
    buyers, _ = reminders(judge(known(), answer("7"), orders=(GUEST,)))
    assert (buyers.state, buyers.chat_id, buyers.reason) == (NoticeState.WAITING, None, "no_user")


def test_reminders_wait_in_shadow_too() -> None:
    buyers, shops = reminders(judge(known(), answer("7"), is_live=lambda _number: False, live_since=None))
    assert (buyers.state, shops.state) == (NoticeState.WAITING, NoticeState.WAITING)


def test_all_orders_of_a_parcel_are_reminded_and_one_that_comes_later_too() -> None:
    arrived = judge(known(), answer("7"), others=(ANOTHER,))
    assert [n.order_key for n in reminders(arrived)] == ["1", "2", "1", "2"]
    alone = judge(known(), answer("7")).state
    later = judge(alone, answer("7"), now=wall(21), orders=(BUYER, ANOTHER))
    assert made(later) == [(*LAST_DAY[:2], "2", LAST_DAY[3]), (*TOO_LONG[:2], "2", TOO_LONG[3])]
    assert judge(later.state, answer("7"), now=wall(22), orders=(BUYER, ANOTHER)).notices == ()


def test_whoever_gets_a_parcel_while_its_last_day_is_away_is_reminded_when_it_is_back() -> None:
    arrived = judge(known(), answer("7")).state
    away = judge(arrived, answer("104", paid_storage_at=None), now=wall(21), orders=(BUYER, ANOTHER))
    assert made(away) == [(*LAST_DAY[:2], "2", LAST_DAY[3])]
    back = judge(away.state, answer("7", arrived_at=wall(22)), now=wall(22), orders=(BUYER, ANOTHER))
    assert [one[:3] for one in made(back)] == [
        (Kind.WAITING_LONG, "2026-11-27", "1"),
        (Kind.WAITING_LONG, "2026-11-27", "2"),
    ]
    moved = judge(arrived, answer("7", paid_storage_at=wall(28, 11)), now=wall(21), orders=(BUYER, ANOTHER))
    assert [one[1:3] for one in made(moved) if one[0] is Kind.LAST_DAY] == [
        ("2026-11-27", "1"),
        ("2026-11-27", "2"),
        ("2026-11-25", "2"),
    ]
    alone = judge(arrived, answer("7", paid_storage_at=wall(28, 11)), now=wall(21)).state
    twice = judge(alone, answer("7", paid_storage_at=wall(30, 11)), now=wall(22), orders=(BUYER, ANOTHER))
    assert [one[1:3] for one in made(twice) if one[0] is Kind.LAST_DAY] == [
        ("2026-11-29", "1"),
        ("2026-11-29", "2"),
        ("2026-11-25", "2"),
        ("2026-11-27", "2"),
    ]


def test_a_last_day_that_cannot_come_back_is_nothing_to_whoever_gets_the_parcel() -> None:
    arrived = judge(known(), answer("7")).state
    both = (BUYER, ANOTHER)
    on_the_day = judge(arrived, answer("104", paid_storage_at=None), now=wall(25, 23), orders=both)
    assert made(on_the_day) == [(*LAST_DAY[:2], "2", wall(25, 23))]
    for code, now in (("104", wall(26)), ("9", wall(21)), ("10", wall(21))):
        decision = judge(arrived, answer(code, paid_storage_at=None), now=now, orders=both)
        assert [one for one in made(decision) if one[0] is Kind.LAST_DAY] == []


def test_a_closed_order_is_reminded_once_a_run_has_looked_whether_it_is_open_again() -> None:
    closed = replace(ANOTHER, open=False)
    evening_before = judge(known(), answer("7"), now=wall(25, 7), others=(closed,))
    assert [one[2:] for one in made(evening_before) if one[0] is Kind.WAITING_LONG] == [
        ("1", wall(25, 10)),
        ("2", wall(25, 10)),
    ]
    just_before = judge(known(), answer("7"), now=wall(25, 8), others=(closed,))
    assert [one[2:] for one in made(just_before) if one[0] is Kind.WAITING_LONG] == [
        ("1", wall(25, 10)),
        ("2", wall(25, 11)),
    ]
    owed = judge(known(), answer("10", received_at=wall(20, 10)), now=wall(25, 9), others=(closed,))
    assert [one[2:] for one in made(owed)] == [("1", wall(25, 10)), ("2", wall(25, 10))]


def test_a_crowd_is_not_reminded() -> None:
    crowd = [replace(BUYER, key=str(n), number=f"TWC{n}") for n in range(CROWD + 1)]
    assert made(judge(None, answer("7"), orders=crowd)) == []
    assert len(made(judge(None, answer("7"), orders=crowd[:-1]))) == 2 * CROWD


def test_a_missing_answer_still_leads_to_what_is_known() -> None:
    nobody = Audiences.parse(buyer="none", shop="none")
    arrived = judge(known(), answer("7"), audiences=nobody).state
    assert made(judge(arrived, None, now=wall(21))) == [LAST_DAY, TOO_LONG]


def test_a_waybill_and_money_that_is_owed_are_the_shops() -> None:
    waybill = judge(None, answer("1", created_at=wall(20, 9), paid_storage_at=None))
    assert made(waybill) == [(Kind.NOT_HANDED_OVER, "2026-11-23", "1", wall(23, 10))]
    owed = judge(known(), answer("10", received_at=wall(20, 10)))
    assert made(owed) == [(Kind.MONEY_OVERDUE, "2026-11-25", "1", wall(25, 10))]
    assert {n.audience for n in (*reminders(waybill), *reminders(owed))} == {Audience.SHOP}


def test_whether_an_answer_may_lead_to_a_reminder_is_known_before_it_is_judged() -> None:
    later = NOW + timedelta(minutes=10)

    def may(state: ParcelState, facts: Facts | None, **changes: Any) -> bool:
        return may_remind(draft_of(state, facts, later, later), rules_at(NOW, **changes))

    arrived = judge(known(), answer("7")).state
    assert arrived is not None
    assert may(known(), answer("7"))
    assert not may(known(), answer("6"))
    assert not may(known(), None)
    assert not may(arrived, answer("7"))
    assert not may(arrived, None)
    assert may(arrived, answer("7", paid_storage_at=wall(28)))
    assert not may(arrived, answer("7", paid_storage_at=wall(28)), audiences=Audiences.parse(buyer="none"))
    assert may(arrived, answer("9999", paid_storage_at=wall(28)))
    crowd = replace(arrived, orders=frozenset(map(str, range(CROWD + 1))))
    assert not may(crowd, answer("7", paid_storage_at=wall(28)))
    full = replace(arrived, orders=frozenset(map(str, range(CROWD))))
    assert may(full, answer("7", paid_storage_at=wall(28)))
    assert not may(replace(known(), role=Role.RETURN), answer("7"))
    assert not may(replace(arrived, facts=None), None)
