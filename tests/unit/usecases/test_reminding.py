"""Reminders from the carrier's answer to their end."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.test_linked_chats import link
from tests.unit.usecases.world import INTERVAL, SHOP_CHAT, World
from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import (
    CarrierUnavailable,
    ShopUnavailable,
    StoreConflict,
    StoreUnavailable,
    TelegramUnavailable,
    TelegramUnknown,
)
from vistka.domain.hours import Hours
from vistka.domain.notices import Kind, Notice, NoticeState
from vistka.domain.recipients import OrderChats
from vistka.domain.reminders import LOOK_AGAIN
from vistka.domain.telling import CROWD
from vistka.metrics import Metric
from vistka.usecases.linking import end_link
from vistka.usecases.operating import scheduled_run
from vistka.usecases.reminding import STALE
from vistka.usecases.sweeping import MOST, MOST_READ

A, B = "20450000000056", "20450000000024"  # the first: its minute of the hour is the first
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
HEARD = Audiences.parse(buyer="waiting, last_day", shop="not_handed_over, waiting_long, money_overdue")
#: Of a parcel that arrived at START, at 10:00 in Kyiv.
PAID, EVE, LAST = START + 7 * DAY, START + 5 * DAY, START + 6 * DAY


@pytest.fixture
def world() -> World:
    return World(audiences=HEARD)


def arrive(world: World, ttn: str = A, *, paid: datetime = PAID) -> None:
    world.carrier.set(ttn, "7", arrived_at=world.clock.now(), paid_storage_at=paid)


def waiting(world: World, *, chat: int | None = 7001, number: str = "TWC1", ttn: str = A, **row: Any) -> str:
    """An order whose parcel has arrived, and whose buyer heard so."""
    key = world.order(number, ttn, chat=chat, **row)
    arrive(world, ttn)
    world.run(SECOND)
    world.deliver()
    world.telegram.arrived.clear()
    return key


def of_kind(world: World, kind: Kind = Kind.LAST_DAY) -> list[Notice]:
    return [notice for notice in world.notices() if notice.kind is kind]


def wait_until(world: World, moment: datetime) -> None:
    """The shop, the carrier and Telegram all as they are. Over days every third of the timer's runs shows it."""
    while world.clock.now() < moment:
        run(world, min(3 * INTERVAL, moment - world.clock.now()))


def run(world: World, after: timedelta = INTERVAL) -> None:
    """As the timer starts it."""
    scheduled_run(lambda: world.sweeper, lambda: world.dispatcher, lambda: world.releaser, world.metrics)
    world.track()
    world.deliver()
    world.clock.advance(after)


def at(world: World, moment: datetime) -> None:
    """Nothing ran until then; then two runs, of which the first checks what is known."""
    world.clock.set(moment)
    run(world, SECOND)
    run(world, SECOND)


def without_a_day(world: World) -> None:
    """The carrier names no day any more, and was asked just now."""
    world.carrier.set(A, "7", arrived_at=START)
    state = world.memory.states[A]
    assert state.facts is not None
    world.memory.states[A] = replace(state, facts=replace(state.facts, paid_storage_at=None))


def until(world: World, moment: datetime) -> None:
    """All runs well until a moment before."""
    world.clock.set(moment - MINUTE)
    world.dispatch()
    world.track()
    world.clock.set(moment)


def reminded(world: World) -> list[tuple[int, str]]:
    return [(chat, text.split()[1]) for chat, text in world.texts()]


def ends_of_alerts(world: World, ttn: str = A) -> list[tuple[NoticeState, str]]:
    return [(notice.state, notice.reason) for notice in of_kind(world, Kind.WAITING_LONG) if notice.ttn == ttn]


def why(world: World, kind: Kind = Kind.LAST_DAY) -> list[tuple[NoticeState, str]]:
    return [(notice.state, notice.reason) for notice in of_kind(world, kind)]


# --- when they are told -----------------------------------------------------------------------------------------------


def test_the_last_free_day_is_told_on_the_morning_before_it_f33(world: World) -> None:
    waiting(world)
    at(world, EVE - 3 * SECOND)
    assert reminded(world) == []
    at(world, EVE)
    assert reminded(world)[0] == (7001, "last_day")


@pytest.mark.parametrize("late", [HOUR, 8 * HOUR, DAY, DAY + 13 * HOUR])
def test_a_reminder_whose_run_was_missed_catches_up_until_the_last_day_ends_f33(world: World, late: timedelta) -> None:
    waiting(world)
    at(world, EVE + late)
    assert reminded(world)[0] == (7001, "last_day")


def test_after_the_last_day_nobody_is_reminded_of_it_f33(world: World) -> None:
    waiting(world)
    at(world, EVE + DAY + 14 * HOUR)
    assert (7001, "last_day") not in reminded(world)
    assert why(world) == [(NoticeState.SUPERSEDED, "the last day has passed")]


def test_each_reminder_is_told_once_until_the_parcel_is_collected_f44(world: World) -> None:
    waiting(world)
    wait_until(world, PAID + DAY)
    assert reminded(world) == [(7001, "last_day"), (SHOP_CHAT, "waiting_long")]


def test_a_reminder_that_telegram_did_not_take_is_told_later_and_once_f33_f44(world: World) -> None:
    waiting(world)
    world.telegram.faults = [TelegramUnavailable("refused")]
    wait_until(world, LAST)
    assert [text for text in reminded(world) if text[0] == 7001] == [(7001, "last_day")]


def test_a_lost_reminder_is_repeated_once_and_silently_f44(world: World) -> None:
    waiting(world)
    world.telegram.lost = [TelegramUnknown("read timeout")]
    at(world, EVE)
    at(world, EVE + HOUR)
    at(world, EVE + 2 * HOUR)
    mine = [message.silent for message in world.telegram.arrived if "last_day" in message.html]
    assert mine == [False, True]


def test_an_old_parcel_that_still_waits_is_reminded_of(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "7", moved_at=START - 3 * DAY, arrived_at=START - 3 * DAY, paid_storage_at=PAID)
    world.run()
    at(world, EVE)
    assert reminded(world) == [(SHOP_CHAT, "waiting_long"), (7001, "last_day")]


# --- whether they still hold ------------------------------------------------------------------------------------------


def test_whoever_has_collected_the_parcel_is_not_reminded(world: World) -> None:
    waiting(world)
    world.clock.advance(DAY)
    world.carrier.set(A, "9")
    world.run()
    at(world, EVE)
    assert reminded(world) == []
    assert why(world) == [(NoticeState.SUPERSEDED, "the parcel has moved on")]


def test_what_is_collected_between_sweep_and_send_is_not_reminded_of(world: World) -> None:
    waiting(world)
    until(world, EVE)
    assert world.sweep().sent == 2
    state = world.memory.states[A]
    world.memory.states[A] = replace(state, ended="final")
    world.deliver()
    assert reminded(world) == []
    assert why(world) == [(NoticeState.SUPERSEDED, "the parcel has moved on")]


def test_a_later_day_is_told_and_the_first_one_is_not(world: World) -> None:
    waiting(world)
    world.clock.advance(DAY)
    world.carrier.set(A, "7", arrived_at=START, paid_storage_at=PAID + 2 * DAY)
    world.run()
    wait_until(world, PAID + 2 * DAY)
    assert [text for text in reminded(world) if text[0] == 7001] == [(7001, "last_day")]
    assert [state for state, _ in why(world)] == [NoticeState.SUPERSEDED, NoticeState.SENT]


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"code": "7", "arrived_at": START, "paid_storage_at": PAID + 3 * DAY},
        {"code": "7", "arrived_at": START},
        {"code": "5"},
    ],
)
@pytest.mark.parametrize("back", [EVE + 2 * HOUR, EVE + 12 * HOUR, LAST + 2 * HOUR])
def test_a_day_that_was_another_in_its_hour_and_comes_back_is_told_once_f33_f44(
    world: World, meanwhile: dict[str, Any], back: datetime
) -> None:
    waiting(world)
    world.clock.set(EVE - 2 * HOUR)
    world.carrier.set(A, **meanwhile)
    wait_until(world, back)
    assert (7001, "last_day") not in reminded(world)
    world.carrier.set(A, "7", arrived_at=START, paid_storage_at=PAID)
    wait_until(world, back + 6 * HOUR)
    assert reminded(world).count((7001, "last_day")) == 1
    wait_until(world, PAID + DAY)
    assert reminded(world).count((7001, "last_day")) == 1


def test_a_day_that_moves_between_sweep_and_send_may_come_back_too(world: World) -> None:
    waiting(world)
    until(world, EVE)
    assert world.sweep().sent == 2
    without_a_day(world)
    world.deliver()
    assert (7001, "last_day") not in reminded(world)
    assert [(n.state, n.due_at, n.lost) for n in of_kind(world)] == [
        (NoticeState.WAITING, world.clock.now() + LOOK_AGAIN, False)
    ]
    world.carrier.set(A, "7", arrived_at=START, paid_storage_at=PAID)
    wait_until(world, EVE + 6 * HOUR)
    assert reminded(world).count((7001, "last_day")) == 1


def test_what_may_have_been_told_before_its_day_moved_is_repeated_silently_r2(world: World) -> None:
    waiting(world)
    world.telegram.lost = [TelegramUnknown("read timeout")]
    until(world, EVE)
    world.sweep()
    world.deliver()
    without_a_day(world)
    wait_until(world, EVE + HOUR)
    assert [(notice.state, notice.lost) for notice in of_kind(world)] == [(NoticeState.WAITING, True)]
    world.carrier.set(A, "7", arrived_at=START, paid_storage_at=PAID)
    wait_until(world, PAID + DAY)
    mine = [message.silent for message in world.telegram.arrived if "last_day" in message.html]
    assert mine == [False, True]


def test_a_day_that_stays_another_is_let_go_when_it_has_passed(world: World) -> None:
    waiting(world)
    world.carrier.set(A, "5")
    wait_until(world, LAST + 12 * HOUR)
    assert [state for state, _ in why(world)] == [NoticeState.WAITING]
    wait_until(world, PAID)
    assert why(world) == [(NoticeState.SUPERSEDED, "the parcel has moved on")]
    assert reminded(world) == []


def test_in_shadow_a_day_that_comes_back_ends_as_shadow() -> None:
    world = World(audiences=HEARD, live=False)
    waiting(world)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, EVE + HOUR)
    assert [state for state, _ in why(world)] == [NoticeState.WAITING]
    world.carrier.set(A, "7", arrived_at=START, paid_storage_at=PAID)
    wait_until(world, EVE + 6 * HOUR)
    assert [state for state, _ in why(world)] == [NoticeState.SHADOW]


def test_a_reminder_tells_what_is_known_when_it_leaves(world: World) -> None:
    waiting(world)
    world.carrier.set(A, "7", arrived_at=START, paid_storage_at=PAID, place_number="7", to_pay="450")
    wait_until(world, EVE + HOUR)
    (reminder,) = of_kind(world)
    assert reminder.payload["facts"].items() >= {("place_number", "7"), ("to_pay", "450")}
    (alert,) = of_kind(world, Kind.WAITING_LONG)
    assert alert.payload["days"] == 5


def test_a_parcel_whose_record_is_gone_is_not_reminded_of(world: World) -> None:
    waiting(world)
    world.memory.unreadable.add(A)
    world.clock.set(EVE)
    world.sweep()
    assert why(world) == [(NoticeState.SUPERSEDED, "nothing is known of the parcel any more")]


def test_nobody_is_reminded_of_what_was_not_checked_since_an_outage_r6(world: World) -> None:
    waiting(world)
    world.carrier.outage = CarrierUnavailable("no answer")
    wait_until(world, EVE + 2 * HOUR)
    assert reminded(world) == []
    assert [state for state, _ in why(world)] == [NoticeState.WAITING]
    world.carrier.outage = None
    wait_until(world, EVE + 3 * HOUR)
    assert reminded(world)[0] == (7001, "last_day")


def test_what_ended_while_nothing_ran_is_found_before_it_is_told(world: World) -> None:
    waiting(world)
    world.carrier.set(A, "9")
    at(world, EVE + HOUR)
    assert reminded(world) == []
    assert why(world) == [(NoticeState.SUPERSEDED, "the parcel has moved on")]


@pytest.mark.parametrize(("ago", "told"), [(STALE, 2), (STALE + SECOND, 0)])
def test_lately_is_three_hours(world: World, ago: timedelta, told: int) -> None:
    waiting(world)
    world.clock.set(EVE + HOUR - ago)
    world.dispatch()
    world.track()
    world.clock.set(EVE + HOUR)
    assert world.sweep().sent == told


# --- whose they are ---------------------------------------------------------------------------------------------------


def test_the_shop_hears_what_was_not_handed_over_what_waits_long_and_what_was_not_paid(world: World) -> None:
    for number, (ttn, code) in enumerate([(A, "1"), (B, "10"), ("20450000000031", "9")]):
        world.order(f"TWC{number}", ttn, chat=7001)
        world.carrier.set(ttn, code, created_at=START, received_at=START, redelivery="450")
    world.run()
    world.deliver()
    wait_until(world, START + 4 * DAY)
    assert reminded(world) == [(SHOP_CHAT, "not_handed_over")]
    wait_until(world, START + 10 * DAY)
    assert sorted(reminded(world)) == [
        (SHOP_CHAT, "money_overdue"),
        (SHOP_CHAT, "money_overdue"),
        (SHOP_CHAT, "not_handed_over"),
    ]


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (Kind.WAITING_LONG, ("7", "107", "8")),
        (Kind.MONEY_OVERDUE, ("9", "10", "9")),
    ],
)
@pytest.mark.parametrize("after", [2 * DAY, 6 * DAY])
def test_where_the_carrier_names_no_date_another_code_of_the_same_wait_tells_the_shop_nothing_twice_f42_f44(
    world: World, kind: Kind, codes: tuple[str, ...], after: timedelta
) -> None:
    world.order("TWC1", A)
    for code in codes:
        world.carrier.set(A, code, redelivery="450")
        wait_until(world, world.clock.now() + after)
    wait_until(world, START + 20 * DAY)
    assert reminded(world).count((SHOP_CHAT, str(kind))) == 1
    (alert,) = of_kind(world, kind)
    assert (alert.occurrence, alert.state) == ((START + 5 * DAY).date().isoformat(), NoticeState.SENT)


@pytest.mark.parametrize("first", [{}, {"arrived_at": START}])
@pytest.mark.parametrize("days", [-1, 1, 4])
def test_a_date_of_arrival_that_is_named_or_corrected_after_the_alert_tells_none_anew_f44(
    world: World, first: dict[str, Any], days: int
) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "7", **first)
    wait_until(world, START + 6 * DAY)
    for more in (days, days + 2, days):
        world.carrier.set(A, "7", arrived_at=START + more * DAY)
        wait_until(world, world.clock.now() + 7 * HOUR)
    wait_until(world, START + 14 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 1


def test_what_was_caught_up_had_its_alert_and_what_was_silent_at_first_sight_had_none_f44(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.order("TWC2", B)
    world.carrier.set(B, "7", arrived_at=START - 10 * DAY)  # took too long before it was seen
    wait_until(world, START + DAY)
    world.carrier.set(A, "7", arrived_at=START - 10 * DAY)  # took too long before it was known
    wait_until(world, START + 2 * DAY)
    assert [one.ttn for one in of_kind(world, Kind.WAITING_LONG)] == [A]
    for ttn in (A, B):
        world.carrier.set(ttn, "7", arrived_at=START - DAY)
    wait_until(world, START + 6 * DAY)
    assert sorted(ends_of_alerts(world, A)) == [
        (NoticeState.SENT, ""),
        (NoticeState.SUPERSEDED, "its wait has had its alert"),
    ]
    assert ends_of_alerts(world, B) == [(NoticeState.SENT, "")]


def test_a_date_of_arrival_that_is_corrected_before_the_alert_moves_it(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "7")
    wait_until(world, START + 4 * DAY)
    world.carrier.set(A, "7", arrived_at=START + 2 * DAY)
    wait_until(world, START + 9 * DAY)
    alerts = [(one.occurrence, one.state) for one in of_kind(world, Kind.WAITING_LONG)]
    assert sorted(alerts) == [
        ((START + 5 * DAY).date().isoformat(), NoticeState.SUPERSEDED),
        ((START + 7 * DAY).date().isoformat(), NoticeState.SENT),
    ]


def test_a_date_that_was_corrected_to_one_long_past_and_back_alerts_once_f44(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 2 * DAY)
    world.carrier.set(A, "7", arrived_at=START - 4 * DAY)  # took too long since yesterday
    wait_until(world, START + 3 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 1
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 9 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 1
    assert sorted(ends_of_alerts(world)) == [
        (NoticeState.SENT, ""),
        (NoticeState.SUPERSEDED, "its wait has had its alert"),
    ]


def test_a_date_that_was_corrected_after_its_hour_and_back_alerts_once_f44(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 4 * DAY)
    world.carrier.set(A, "7", arrived_at=START + 3 * DAY)
    wait_until(world, START + 6 * DAY)
    assert (SHOP_CHAT, "waiting_long") not in reminded(world)  # it would be the eighth day now
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 9 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 1
    assert (NoticeState.SUPERSEDED, "it is another day now") in ends_of_alerts(world)


def test_a_day_that_was_taken_back_is_looked_at_later_however_long_ago_it_was_checked(world: World) -> None:
    waiting(world)
    known = world.memory.states[A]
    assert known.facts is not None
    world.memory.states[A] = replace(known, facts=replace(known.facts, paid_storage_at=None))
    world.memory.runs.clear()
    world.clock.set(EVE)
    world.sweep()
    assert [(one.state, one.due_at) for one in of_kind(world)] == [(NoticeState.WAITING, EVE + LOOK_AGAIN)]


@pytest.mark.parametrize(("code", "why"), [("7", "its wait has had its alert"), ("9", "the parcel has moved on")])
def test_an_alert_that_is_about_to_leave_ends_where_its_wait_has_had_one_and_says_what_was_first_f44(
    world: World, code: str, why: str
) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "7", arrived_at=START)
    run(world)
    world.carrier.set(A, code, arrived_at=START)
    wait_until(world, START + DAY)
    now = world.clock.now()
    alert = replace(
        of_kind(world, Kind.WAITING_LONG)[0], order_key=key, state=NoticeState.WAITING, revision=0,
        due_at=now, not_before=now, settled_at=None, reason="",
    )  # fmt: skip
    told = replace(alert, occurrence="2026-01-20", state=NoticeState.SENT, due_at=None, settled_at=now)
    assert world.ledger.put_new(told)
    ended = world.relevance.check(alert, now)
    assert (ended.state, ended.reason, ended.settled_at) == (NoticeState.SUPERSEDED, why, now)


@pytest.mark.parametrize("days", [-1, 2])
def test_an_alert_that_nobody_was_told_of_when_its_date_was_corrected_is_told_once(world: World, days: int) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 4 * DAY)
    world.shop.edit(key, status="cancelled")  # by mistake: its hour comes, and nobody is told
    wait_until(world, START + 5 * DAY + HOUR)
    world.carrier.set(A, "7", arrived_at=START + days * DAY)
    world.shop.edit(key, status="ship")
    wait_until(world, START + 9 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 1


def test_an_alert_that_telegram_did_not_take_until_its_date_was_corrected_is_told_once(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 5 * DAY - HOUR)
    world.telegram.down = TelegramUnavailable("502")
    wait_until(world, START + 5 * DAY + HOUR)
    world.telegram.down = None
    world.carrier.set(A, "7", arrived_at=START + DAY)
    wait_until(world, START + 9 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 1


def test_an_order_that_lost_its_number_and_has_it_back_is_alerted_of_its_wait_once_f44(world: World) -> None:
    key = world.order("TWC1", A)
    beside = world.order("TWC2", A)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 5 * DAY + HOUR)
    world.shop.edit(key, tracking="")
    wait_until(world, START + 5 * DAY + 4 * HOUR)
    world.carrier.set(A, "7", arrived_at=START + 2 * DAY)
    wait_until(world, START + 5 * DAY + 8 * HOUR)
    world.shop.edit(key, tracking=A)
    wait_until(world, START + 9 * DAY)
    told = [one.order_key for one in of_kind(world, Kind.WAITING_LONG) if one.state is NoticeState.SENT]
    assert sorted(told) == [key, beside]


def test_a_day_of_which_the_wait_before_was_to_have_no_alert_any_more_is_told_of_the_next(world: World) -> None:
    world.order("TWC1", A)
    world.carrier.set(A, "7", arrived_at=START)
    wait_until(world, START + 6 * DAY)
    world.carrier.set(A, "7", arrived_at=START + 4 * DAY)  # would be told on the ninth
    wait_until(world, START + 7 * DAY)
    world.carrier.set(A, "5")
    wait_until(world, START + 8 * DAY)
    world.carrier.set(A, "7", arrived_at=START + 4 * DAY)
    wait_until(world, START + 12 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 2


def test_a_parcel_that_left_and_waits_again_waits_anew(world: World) -> None:
    world.order("TWC1", A)
    for code in ("7", "5", "7"):
        world.carrier.set(A, code)
        wait_until(world, world.clock.now() + 6 * DAY)
    assert reminded(world).count((SHOP_CHAT, "waiting_long")) == 2


def test_without_a_chat_of_the_shops_its_alerts_end(world: World) -> None:
    world.shop_chat = None
    waiting(world)
    wait_until(world, EVE + HOUR)
    assert why(world, Kind.WAITING_LONG) == [(NoticeState.UNDELIVERABLE, "no_shop_chat")]


def test_a_buyer_who_linked_a_chat_meanwhile_is_reminded_there(world: World) -> None:
    key = waiting(world, chat=None)
    link(world, key, 8001)
    at(world, EVE)
    assert (8001, "last_day") in reminded(world)


def test_a_buyer_who_still_has_no_chat_is_counted_into_the_summary(world: World) -> None:
    waiting(world, chat=None)
    wait_until(world, START + DAY)  # that it waits has been counted
    world.telegram.arrived.clear()
    at(world, EVE)
    at(world, EVE + INTERVAL)
    assert (SHOP_CHAT, "untold") in reminded(world)
    assert why(world) == [(NoticeState.UNDELIVERABLE, "no_user")]


def test_a_buyer_without_a_chat_who_has_collected_is_not_counted(world: World) -> None:
    waiting(world, chat=None)
    world.carrier.set(A, "9")
    wait_until(world, EVE + HOUR)
    assert why(world) == [(NoticeState.SUPERSEDED, "the parcel has moved on")]


def test_all_linked_chats_are_reminded_those_linked_since_too(world: World) -> None:
    key = waiting(world)
    link(world, key, 8001, 8002, 8003)
    at(world, EVE)
    at(world, EVE + HOUR)
    assert sorted(chat for chat, kind in reminded(world) if kind == "last_day") == [8001, 8002, 8003]
    assert [notice.seat for notice in of_kind(world)] == [1, 2, 3]


def test_a_crash_between_the_chats_of_a_reminder_loses_none_and_tells_none_twice(world: World) -> None:
    key = waiting(world)
    link(world, key, 8001, 8002)
    world.clock.set(EVE)
    whole = world.ledger.update

    def crash(notice: Notice) -> None:
        if notice.kind is Kind.LAST_DAY:
            raise StoreConflict("somebody else wrote first")
        whole(notice)

    world.ledger.update = crash  # type: ignore[method-assign]
    world.sweep()
    world.ledger.update = whole  # type: ignore[method-assign]
    world.notice_queue.sent.clear()
    for hours in range(4):
        at(world, EVE + hours * HOUR)
    assert sorted(chat for chat, kind in reminded(world) if kind == "last_day") == [8001, 8002]


def test_a_muted_chat_is_not_reminded(world: World) -> None:
    key = waiting(world)
    link(world, key, 8001, muted=True)
    at(world, EVE)
    assert why(world) == [(NoticeState.MUTED, "muted")]


# --- orders that change -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_nobody_is_reminded_of_a_closed_order_that_no_run_asks_about(world: World, status: str) -> None:
    key = waiting(world)
    world.shop.edit(key, status=status)
    wait_until(world, LAST + DAY)
    assert reminded(world) == []
    reason = "the order is done or cancelled"
    assert why(world) == [(NoticeState.SUPERSEDED, reason)] == why(world, Kind.WAITING_LONG)
    assert ("orders are done or cancelled; nobody is reminded of their parcels", {"count": 1}) in world.said


@pytest.mark.parametrize(("closed", "opened"), [(-90 * MINUTE, -80 * MINUTE), (-2 * DAY, HOUR), (-3 * DAY, 30 * HOUR)])
def test_an_order_that_was_closed_by_mistake_is_reminded_f33(
    world: World, closed: timedelta, opened: timedelta
) -> None:
    key = waiting(world)
    wait_until(world, EVE + closed)
    world.shop.edit(key, status="done")
    wait_until(world, EVE + opened)
    world.shop.edit(key, status="ship")
    wait_until(world, LAST + DAY)
    assert [text for text in reminded(world) if text[0] == 7001] == [(7001, "last_day")]


def test_the_shop_is_alerted_of_an_order_that_is_open_again_the_day_after(world: World) -> None:
    key = waiting(world)
    wait_until(world, EVE - DAY)
    world.shop.edit(key, status="cancelled")
    wait_until(world, EVE + DAY)
    world.shop.edit(key, status="ship")
    wait_until(world, LAST + DAY)
    assert sorted(reminded(world)) == [(SHOP_CHAT, "waiting_long"), (7001, "last_day")]


def test_an_order_beside_that_was_closed_when_the_day_became_known_is_reminded_if_it_is_open_again() -> None:
    world = World(audiences=Audiences.parse(buyer="last_day"))
    world.order("TWC1", A, chat=7001)
    closed = world.order("TWC2", A, chat=7002)
    world.carrier.set(A, "5")
    run(world)
    world.shop.edit(closed, status="done")
    wait_until(world, EVE)
    world.carrier.set(A, "7", arrived_at=world.clock.now() - 2 * DAY, paid_storage_at=EVE + DAY)
    wait_until(world, EVE + HOUR)
    world.shop.edit(closed, status="ship")
    wait_until(world, LAST)
    assert (7002, "last_day") in reminded(world)


def test_money_that_is_owed_is_told_though_the_order_is_done(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "10", received_at=START)
    world.run()
    world.shop.edit(key, status="done")
    wait_until(world, START + 6 * DAY)
    assert reminded(world) == [(SHOP_CHAT, "money_overdue")]


def test_money_of_a_closed_order_is_missed_on_its_day_though_an_answer_names_no_sum(world: World) -> None:
    """Asked without the phone of an order, the carrier tells no sum: the day is another, the money the same."""
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "9", redelivery="450")
    run(world)
    world.shop.edit(key, status="done")
    world.clock.advance(30 * HOUR)
    world.carrier.set(A, "9", received_at=world.clock.now())
    wait_until(world, START + 9 * DAY)
    assert reminded(world) == [(SHOP_CHAT, "money_overdue")]


def test_nobody_is_told_of_money_for_a_number_that_the_order_has_lost(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "10", received_at=START)
    world.run()
    world.shop.edit(key, tracking="")
    wait_until(world, START + 6 * DAY)
    assert reminded(world) == []
    assert why(world, Kind.MONEY_OVERDUE) == [(NoticeState.SUPERSEDED, "the order no longer has this number")]


def test_an_order_that_lost_its_number_is_not_reminded(world: World) -> None:
    key = waiting(world)
    world.shop.edit(key, tracking="")
    wait_until(world, LAST)
    assert reminded(world) == []
    assert {reason for _, reason in why(world)} == {"the order no longer has this number"}


def test_while_the_shop_is_away_reminders_are_told(world: World) -> None:
    waiting(world)
    until(world, EVE)
    world.shop.outage = ShopUnavailable("gone away")
    with pytest.raises(ShopUnavailable):
        run(world)
    world.deliver()
    assert (7001, "last_day") in reminded(world)


def test_a_reminder_that_is_far_off_asks_the_shop_nothing(world: World) -> None:
    key = waiting(world)
    world.shop.edit(key, status="done")
    world.clock.set(EVE - 2 * HOUR - SECOND)
    assert world.releaser.waiting().orders == {}
    world.clock.set(EVE - 2 * HOUR)
    assert world.releaser.waiting().orders == {key: ("TWC1", {A})}


# --- another chat in the shop's profile -------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [7001, None])
def test_a_reminder_goes_to_the_chat_that_the_profile_has_in_its_hour(world: World, before: int | None) -> None:
    world.order("TWC1", A, user=500)
    world.shop.add_profile(user=500, chat=before)
    arrive(world)
    run(world)
    run(world)
    world.telegram.arrived.clear()
    world.shop.profiles[:] = [(500, 7009)]
    wait_until(world, LAST + DAY)
    assert [text for text in reminded(world) if text[0] != SHOP_CHAT] == [(7009, "last_day")]
    said = [named for message, named in world.said if message.startswith("buyers have another chat")]
    assert said == [{"count": 1}]


def test_what_waits_for_the_morning_goes_to_the_chat_that_the_profile_has_by_then() -> None:
    world = World(audiences=HEARD, reminders=ReminderRules(quiet=Hours.parse("21-9")))
    world.clock.set(START + 13 * HOUR)  # 23:00 in Kyiv
    waiting(world)
    world.clock.advance(INTERVAL)
    world.shop.profiles[:] = [(user, 7009) for user, _ in world.shop.profiles]
    wait_until(world, START + DAY)
    assert reminded(world) == [(7009, "waiting")]


def test_what_waits_for_a_chat_goes_to_the_one_that_the_profile_has_by_then(world: World) -> None:
    world.order("TWC1", A, user=500)
    arrive(world)
    run(world)
    assert why(world, Kind.WAITING) == [(NoticeState.WAITING, "no_profile")]
    world.ledger.update(replace(of_kind(world, Kind.WAITING)[0].next(), due_at=START + HOUR))
    world.shop.add_profile(user=500, chat=7009)
    wait_until(world, START + 2 * HOUR)
    assert reminded(world) == [(7009, "waiting")]


@pytest.mark.parametrize(("chat", "reason"), [(None, "no_chat"), (-100, "bad_chat")])
def test_a_buyer_whose_chat_the_profile_has_no_more_is_untold(world: World, chat: int | None, reason: str) -> None:
    waiting(world)
    world.shop.profiles[:] = [(user, chat) for user, _ in world.shop.profiles]
    wait_until(world, LAST)
    assert 7001 not in {text[0] for text in reminded(world)}
    assert why(world) == [(NoticeState.UNDELIVERABLE, reason)]


@pytest.mark.parametrize("as_ever", [True, False])
def test_a_chat_that_the_buyer_linked_goes_before_the_profiles(world: World, *, as_ever: bool) -> None:
    key = waiting(world)
    link(world, key, 8001)
    if not as_ever:
        world.shop.profiles[:] = [(user, 7009) for user, _ in world.shop.profiles]
    at(world, EVE - HOUR)
    assert [one.chat_id for one in of_kind(world)] == [7001]  # what is linked is found out in its hour
    wait_until(world, LAST)
    assert [text for text in reminded(world) if text[0] != SHOP_CHAT] == [(8001, "last_day")]


def test_a_chat_that_was_linked_keeps_no_other_buyer_from_theirs_and_all_of_those_are_counted(world: World) -> None:
    keys = [waiting(world, number=f"TWC{n}", ttn=ttn) for n, ttn in enumerate((A, B, "20450000000031"), start=1)]
    link(world, keys[0], 8001)
    world.shop.profiles[:] = [(user, 7009) for user, _ in world.shop.profiles]
    at(world, EVE - HOUR)
    assert sorted((one.order_key, one.chat_id) for one in of_kind(world)) == [
        (keys[0], 7001),
        (keys[1], 7009),
        (keys[2], 7009),
    ]
    said = [named for message, named in world.said if message.startswith("buyers have another chat")]
    assert said == [{"count": 2}]


def test_whoever_was_forgotten_is_told_in_no_chat_of_the_profile(world: World) -> None:
    key = waiting(world)
    world.memory.order_chats[key] = OrderChats(order_key=key).erased(world.clock.now())
    world.shop.profiles[:] = [(user, 7009) for user, _ in world.shop.profiles]
    at(world, EVE - HOUR)
    assert 7009 not in {one.chat_id for one in of_kind(world)}
    wait_until(world, LAST)
    assert [text for text in reminded(world) if text[0] != SHOP_CHAT] == []
    assert [one.chat_id for one in of_kind(world)] == [None]


def test_a_chat_that_is_the_same_costs_nothing(world: World) -> None:
    waiting(world)
    waiting(world, chat=None, number="TWC2", ttn=B)
    world.clock.set(EVE - HOUR)
    found = world.releaser.waiting()
    assert len(found.buyers) == 2
    world.dispatcher.run(listed=[found.listed])
    assert (found.buyers, found.moved) == ({}, [])


def test_a_reminder_that_somebody_else_writes_keeps_its_chat_until_the_next_run(world: World) -> None:
    waiting(world)
    world.shop.profiles[:] = [(user, 7009) for user, _ in world.shop.profiles]
    world.clock.set(EVE - HOUR)
    whole, left = world.ledger.update, iter(range(1))

    def beaten_once(notice: Notice) -> None:
        if next(left, None) is not None:
            raise StoreConflict("somebody else")
        whole(notice)

    world.ledger.update = beaten_once  # type: ignore[method-assign]
    run(world)
    assert [one.chat_id for one in of_kind(world)] == [7001]
    run(world)
    assert [one.chat_id for one in of_kind(world)] == [7009]


def test_what_was_listed_is_believed_whatever_becomes_of_the_run(world: World) -> None:
    waiting(world)
    world.shop.profiles[:] = [(user, 7009) for user, _ in world.shop.profiles]
    world.clock.set(EVE - HOUR)

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("throttled")

    world.runs.sent = away  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreUnavailable):
        run(world)
    assert [one.chat_id for one in of_kind(world)] == [7009]


# --- shadow -----------------------------------------------------------------------------------------------------------


def test_in_shadow_a_reminder_that_would_have_been_told_ends_as_shadow() -> None:
    world = World(audiences=HEARD, live=False)
    waiting(world)
    waiting(world, number="TWC2", ttn=B)
    world.carrier.set(B, "9")
    wait_until(world, EVE + HOUR)
    assert reminded(world) == []
    assert [state for state, _ in why(world)] == [NoticeState.SHADOW, NoticeState.SUPERSEDED]


def test_a_parcel_that_waited_already_when_the_shop_went_live_is_reminded_of() -> None:
    world = World(audiences=HEARD, live=False)
    waiting(world)
    world.live = True
    at(world, EVE)
    assert (7001, "last_day") in reminded(world)


def test_each_order_is_live_or_not_by_its_own_number(world: World) -> None:
    waiting(world)
    waiting(world, number="TWC2", ttn=B)
    until(world, EVE + HOUR)
    relevance = replace(world.relevance, is_live=lambda number: number == "TWC2")
    found = relevance.judge(of_kind(world), world.clock.now())
    assert [(n.order_number, n.state, n.settled_at) for n in found] == [
        ("TWC1", NoticeState.SHADOW, world.clock.now()),
        ("TWC2", NoticeState.WAITING, None),
    ]


def test_what_is_on_its_way_already_is_left_to_the_notifier(world: World) -> None:
    waiting(world)
    until(world, EVE)
    world.carrier.set(A, "9")
    state = world.memory.states[A]
    world.memory.states[A] = replace(state, ended="final")
    (reminder,) = of_kind(world)
    under_way = replace(reminder, state=NoticeState.RETRY)
    assert world.relevance.judge([under_way], world.clock.now()) == [under_way]
    assert world.relevance.check(under_way, world.clock.now()).settled_at == world.clock.now()


# --- the ledger meanwhile ---------------------------------------------------------------------------------------------


def test_what_waits_for_its_hour_is_not_overdue_and_has_an_hour_from_then_on(world: World) -> None:
    waiting(world)
    until(world, EVE)
    world.telegram.down = TelegramUnavailable("refused")
    for hours, overdue in ((0, 0), (0.9, 0), (1.1, 2)):
        world.metrics.values.clear()
        world.clock.set(EVE + hours * HOUR)
        run(world)
        assert world.metrics.values[Metric.NOTICES_OVERDUE] == [overdue]


def test_overtaken_reminders_take_no_room_of_those_that_are_told(world: World) -> None:
    waiting(world)
    (reminder,) = of_kind(world)
    for n in range(MOST + 50):
        gone = replace(reminder, ttn=f"2046{n:010}", order_key=str(n + 100), due_at=EVE - HOUR)
        world.memory.notices[gone.order_key, gone.id] = gone
    until(world, EVE)
    assert MOST_READ > MOST + 50
    assert world.sweep().sent == 2
    world.deliver()
    assert (7001, "last_day") in reminded(world)
    assert len([1 for state, _ in why(world) if state is NoticeState.SUPERSEDED]) == MOST + 50


def test_a_reminder_that_is_released_in_that_moment_stops_no_sweep(world: World) -> None:
    waiting(world)
    world.clock.advance(DAY)
    world.carrier.set(A, "9")
    world.run()
    whole = world.ledger.update

    def conflict(notice: Notice) -> None:
        raise StoreConflict("somebody else wrote first")

    world.clock.set(EVE)
    world.ledger.update = conflict  # type: ignore[method-assign]
    assert world.sweep().sent == 0
    world.ledger.update = whole  # type: ignore[method-assign]
    assert why(world)[0][0] is NoticeState.WAITING
    world.sweep()
    assert why(world)[0][0] is NoticeState.SUPERSEDED


# --- how they are made ------------------------------------------------------------------------------------------------


def test_another_day_without_a_new_code_reminds_also_orders_that_are_done(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    done = world.order("TWC2", A, chat=7002)
    arrive(world)
    world.run()
    world.shop.edit(done, status="done")
    world.clock.advance(DAY)
    arrive(world, paid=START + 9 * DAY)
    world.run()
    assert [(n.order_number, n.occurrence) for n in of_kind(world)] == [
        ("TWC1", (START + 6 * DAY).date().isoformat()),
        ("TWC1", (START + 8 * DAY).date().isoformat()),
        ("TWC2", (START + 6 * DAY).date().isoformat()),
        ("TWC2", (START + 8 * DAY).date().isoformat()),
    ]


@pytest.mark.parametrize(("code", "reminded_too"), [("7", True), ("103", False)])
def test_what_is_left_of_a_crowd_is_reminded_with_the_next_answer_if_it_still_waits(
    world: World, code: str, *, reminded_too: bool
) -> None:
    lost, *left = [world.order(f"TWC{n}", A, chat=7001) for n in range(CROWD + 1)]
    arrive(world)
    for _ in range(2):  # the first run takes up as many as one transaction holds
        world.run()
    world.shop.edit(lost, tracking="")
    end_link(world.parcels, lost, A, world.clock.now(), numbers=())
    assert world.memory.states[A].orders == set(left)
    assert of_kind(world) == []
    world.carrier.set(A, code, arrived_at=START, paid_storage_at=PAID)
    world.clock.advance(HOUR)
    world.run()
    assert sorted(notice.order_key for notice in of_kind(world)) == (sorted(left) if reminded_too else [])


def test_a_replaced_number_takes_its_reminders_with_it(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    arrive(world)
    world.run()
    world.shop.edit(key, tracking=B)
    world.carrier.set(B, "5")
    world.run()
    assert {n.state for n in (*of_kind(world), *of_kind(world, Kind.WAITING_LONG))} == {NoticeState.SUPERSEDED}
    world.shop.edit(key, tracking=A)
    world.clock.advance(INTERVAL)
    world.run()
    (again,) = of_kind(world)
    assert (again.state, again.due_at) == (NoticeState.WAITING, again.not_before)
