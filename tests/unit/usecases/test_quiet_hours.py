"""Quiet hours: nothing rings at night, and in the morning each buyer hears the newest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.hearers import hearers
from tests.unit.usecases.test_linked_chats import link
from tests.unit.usecases.world import SHOP_CHAT, World
from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.errors import ChatUnreachable, TelegramUnavailable, TelegramUnknown
from vistka.domain.hours import Hours
from vistka.domain.kyiv import kyiv
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.reminders import LOOK_AGAIN
from vistka.metrics import Metric
from vistka.usecases.sweeping import LONGEST, MOST, MOST_READ

A, B = "20450000000056", "20450000000024"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
RULES = ReminderRules(quiet=Hours(start=21, end=9))
LOUD = Audiences.parse(buyer="on_its_way, waiting, received, refused, last_day", shop="refused, waiting_long")


def wall(day: int, hour: int, minute: int = 0, *, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=kyiv()).astimezone(UTC)


def at_night(**changes: Any) -> World:
    values: dict[str, Any] = {"reminders": RULES, "audiences": LOUD} | changes
    world = World(**values)
    world.clock.set(wall(13, 22))
    return world


@pytest.fixture
def world() -> World:
    return at_night()


def news(world: World, code: str, ttn: str = A, **facts: Any) -> None:
    """The carrier tells, the run brings it into the queue, the notifier takes it."""
    world.carrier.set(ttn, code, **facts)
    world.dispatch()
    world.track()
    world.deliver()


def at(world: World, moment: datetime) -> None:
    world.clock.set(moment)
    world.sweep()
    world.deliver()


def told(world: World) -> list[tuple[int, str]]:
    return [(chat, text.split()[1]) for chat, text in world.texts()]


def kept(world: World, audience: Audience = Audience.BUYER) -> list[Notice]:
    return [notice for notice in world.notices() if notice.audience is audience]


def test_what_comes_at_night_is_told_in_the_morning_f41(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    (notice,) = kept(world)
    assert told(world) == []
    assert (notice.state, notice.not_before, notice.attempt, notice.reason) == (
        NoticeState.WAITING,
        wall(14, 9),
        0,
        "",
    )
    at(world, wall(14, 8, 59))
    assert told(world) == []
    at(world, wall(14, 9, 2))
    assert told(world) == [(7001, "on_its_way")]


def test_what_came_in_a_night_is_told_from_its_end_on_in_the_order_in_which_it_came_f41(world: World) -> None:
    came = [wall(13, 21), wall(13, 21, 1), wall(14, 3), wall(14, 8, 59)]
    for n, moment in enumerate(came):
        world.clock.set(moment)
        world.order(f"TWC{n}", f"2045{n:010}", chat=7001 + n)
        news(world, "5", f"2045{n:010}")
    due = [notice.due_at for notice in sorted(kept(world), key=lambda notice: notice.order_number)]
    assert due == sorted(due, key=str)
    assert len(set(due)) == len(came)
    at(world, wall(14, 9) - SECOND)
    assert told(world) == []
    at(world, wall(14, 9) + 90 * SECOND)
    assert [chat for chat, _ in told(world)] == [7001, 7002, 7003, 7004]


@pytest.mark.parametrize(("month", "day"), [(1, 13), (7, 13), (3, 28), (10, 24)])
def test_the_night_is_kyivs_in_summer_in_winter_and_when_the_clock_is_changed_f41_f17(month: int, day: int) -> None:
    world = at_night()
    world.order("TWC1", A, chat=7001)
    world.clock.set(wall(day, 20, 59, month=month))
    news(world, "5")
    assert told(world) == [(7001, "on_its_way")]
    world.order("TWC2", B, chat=7002)
    world.clock.set(wall(day, 21, month=month))
    news(world, "7", B)
    (*_, notice) = kept(world)
    assert notice.not_before == wall(day + 1, 9, month=month)
    at(world, wall(day + 1, 8, 59, month=month))
    assert len(told(world)) == 1
    at(world, wall(day + 1, 9, 2, month=month))
    assert told(world)[1:] == [(7002, "waiting")]


def test_by_day_and_without_quiet_hours_it_leaves_at_once() -> None:
    for world in (World(reminders=RULES), at_night(reminders=ReminderRules())):
        world.order("TWC1", A, chat=7001)
        news(world, "5")
        assert told(world) == [(7001, "on_its_way")]


def test_only_the_newest_of_a_parcel_is_told_in_the_morning_and_each_parcel_is_r4(world: World) -> None:
    world.order("TWC1", f"{A}, {B}", chat=7001)
    world.carrier.set(B, "5")
    news(world, "5")
    world.clock.advance(2 * HOUR)
    news(world, "7")
    at(world, wall(14, 9, 2))
    assert sorted(told(world)) == [(7001, "on_its_way"), (7001, "waiting")]
    assert sorted((n.ttn, n.kind, n.state) for n in kept(world)) == [
        (B, Kind.ON_ITS_WAY, NoticeState.SENT),
        (A, Kind.ON_ITS_WAY, NoticeState.SUPERSEDED),
        (A, Kind.WAITING, NoticeState.SENT),
    ]


def test_every_linked_chat_hears_the_newest_in_the_morning_r4(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, 8001, 8002)
    news(world, "5")
    world.clock.advance(2 * HOUR)
    news(world, "7")
    at(world, wall(14, 9, 2))
    assert sorted(told(world)) == [(8001, "waiting"), (8002, "waiting")]


def test_a_day_that_slipped_is_told_in_the_morning_if_it_is_still_the_expected_one() -> None:
    for later, morning in (([16], [16]), ([16, 17], [17]), ([16, 15], [])):
        world = at_night(audiences=Audiences.parse(buyer="expected_moved"))
        world.order("TWC1", A, chat=7001)
        for day in (15, *later):
            news(world, "5", expected_at=wall(day, 12))
            world.clock.advance(HOUR)
        at(world, wall(14, 9, 2))
        sent = [n.occurrence for n in kept(world) if n.state is NoticeState.SENT]
        assert sent == [f"2026-01-{day}" for day in morning]


def test_a_day_that_was_taken_back_in_the_night_and_slips_again_is_told() -> None:
    world = at_night(audiences=Audiences.parse(buyer="expected_moved"))
    world.order("TWC1", A, chat=7001)
    for day in (15, 17, 15):
        news(world, "5", expected_at=wall(day, 12))
        world.clock.advance(HOUR)
    until(world, wall(14, 9, 2))
    assert told(world) == []
    news(world, "5", expected_at=wall(17, 12))
    until(world, wall(14, 13))
    assert told(world) == [(7001, "expected_moved")]


@pytest.mark.parametrize("codes", [["5"], ["5", "777"]])  # one that is unknown keeps the stage
def test_of_a_day_that_slipped_every_order_of_the_number_hears_though_the_message_brought_one(codes: list[str]) -> None:
    world = World(audiences=Audiences.parse(buyer="expected_moved"))
    first = world.order("TWC1", A, chat=7001)
    world.order("TWC2", A, chat=7002)
    for code in codes:
        news(world, code, expected_at=wall(15, 12))
        world.clock.advance(timedelta(hours=12))
    world.shop.edit(first, status="done")  # no message brings it any more
    world.clock.advance(timedelta(hours=12))
    news(world, codes[-1], expected_at=wall(16, 12))
    assert sorted(told(world)) == [(7001, "expected_moved"), (7002, "expected_moved")]


@pytest.mark.parametrize("buyer", ["on_its_way, waiting", "on_its_way, waiting, received"])
def test_what_is_over_by_the_morning_is_not_told_r4(buyer: str) -> None:
    world = at_night(audiences=Audiences.parse(buyer=buyer))
    world.order("TWC1", A, chat=7001)
    news(world, "7")
    world.clock.set(wall(14, 7))
    news(world, "9")
    at(world, wall(14, 9, 2))
    assert [kind for _, kind in told(world)] == ["received"] * buyer.count("received")
    reason = "it was over before its hour came"
    assert (kept(world)[-1].state, kept(world)[-1].reason) == (NoticeState.SUPERSEDED, reason)
    assert kept(world)[-1].settled_at == wall(14, 9, 2)


def until(world: World, moment: datetime) -> None:
    """Runs of every hour; the carrier says what it said."""
    while world.clock.now() < moment:
        world.clock.advance(min(HOUR, moment - world.clock.now()))
        world.sweep()
        world.deliver()


@pytest.mark.parametrize("back", [wall(14, 10), wall(15, 12)])
def test_what_was_over_when_the_night_ended_is_told_when_it_is_true_again_r1(world: World, back: datetime) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "7", place_number="3")
    world.clock.set(wall(14, 8, 30))
    news(world, "104", place_number="3")  # of which buyers do not hear
    until(world, back)
    assert told(world) == []
    news(world, "7", place_number="3")
    until(world, back + LOOK_AGAIN)
    assert told(world) == [(7001, "waiting")]
    assert [notice.state for notice in kept(world)] == [NoticeState.SENT]


def test_what_stays_over_is_looked_at_for_two_days_and_then_let_go_r3(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "7")
    world.clock.advance(HOUR)
    news(world, "104")
    for moment in (wall(14, 9, 2), wall(15, 21)):
        until(world, moment)
        (waiting, *_) = kept(world)
        assert (waiting.state, waiting.reason) == (NoticeState.WAITING, "")
        assert world.clock.now() < (waiting.due_at or START) <= world.clock.now() + LOOK_AGAIN
    until(world, wall(16, 1, 3))
    (waiting, *_) = kept(world)
    assert (waiting.state, waiting.reason) == (NoticeState.SUPERSEDED, "it was over before its hour came")
    news(world, "7")
    until(world, wall(16, 12))
    assert told(world) == []


def test_what_was_over_when_the_night_ended_ends_with_the_parcel_with_its_number_or_with_newer_news_r4() -> None:
    for code, lost in (("9", False), ("103", False), ("104", True)):
        world = at_night()
        key = world.order("TWC1", A, chat=7001)
        news(world, "7")
        world.clock.set(wall(14, 8))
        news(world, "104")
        until(world, wall(14, 12))
        if lost:
            world.shop.edit(key, tracking="")
            world.memory.states[A] = world.memory.states[A].next(orders=frozenset())
        news(world, code)
        until(world, wall(14, 16))
        (ended,) = [notice for notice in kept(world) if notice.kind is Kind.WAITING]
        assert ended.order_key == key
        assert (ended.state, told(world).count((7001, "waiting"))) == (NoticeState.SUPERSEDED, 0)


def test_what_still_holds_in_another_stage_is_told(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    world.clock.advance(3 * HOUR)
    news(world, "6")
    assert world.memory.states[A].version == 2
    at(world, wall(14, 9, 2))
    assert told(world) == [(7001, "on_its_way")]


def test_what_is_no_news_of_a_stage_is_told_whatever_the_parcel_does(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    (notice,) = kept(world)
    world.memory.notices.clear()
    second = replace(notice, kind=Kind.SECOND_CHAT)
    world.memory.notices[second.order_key, second.id] = second
    world.clock.advance(3 * HOUR)
    news(world, "9")
    at(world, wall(14, 9, 2))
    assert (7001, "second_chat") in told(world)


def test_the_shops_chat_hears_at_once_and_without_a_sound(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "103")
    assert [(m.chat_id, m.silent) for m in world.telegram.arrived] == [(SHOP_CHAT, True)]
    at(world, wall(14, 9, 2))
    assert [(m.chat_id, m.silent) for m in world.telegram.arrived[1:]] == [(7001, False)]


def test_by_day_the_shops_chat_rings() -> None:
    world = World(reminders=RULES, audiences=hearers(buyer="+refused"))
    world.order("TWC1", A, chat=7001)
    news(world, "103")
    assert [m.silent for m in world.telegram.arrived] == [False, False]


def test_a_repeat_makes_no_sound_and_waits_for_no_morning(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.clock.set(wall(13, 20, 59))
    world.telegram.lost = [TelegramUnknown("read timeout")]
    news(world, "5")
    at(world, wall(13, 21, 30))
    assert [m.silent for m in world.telegram.arrived] == [False, True]


def test_a_notice_that_telegram_did_not_take_before_the_night_waits_too(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.clock.set(wall(13, 20, 55))
    world.telegram.faults = [TelegramUnavailable("refused")]
    news(world, "5")
    at(world, wall(13, 21, 30))
    assert told(world) == []
    (notice,) = kept(world)
    assert (notice.state, notice.attempt) == (NoticeState.WAITING, 1)
    at(world, wall(14, 9, 2))
    assert told(world) == [(7001, "on_its_way")]


def test_what_only_waits_for_the_morning_is_not_counted_as_untold_whatever_it_waited_for_before(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    (notice,) = kept(world)
    before = replace(notice, state=NoticeState.NEW, reason="no_chat")
    world.memory.notices[before.order_key, before.id] = before
    world.notifier.deliver(NoticeMessage(order_key=before.order_key, notice_id=before.id))
    at(world, wall(14, 9, 2))
    assert told(world) == [(7001, "on_its_way")]


def test_a_second_delivery_of_what_waits_changes_nothing(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    world.carrier.set(A, "5")
    world.dispatch()
    world.track()
    world.notice_queue.sent.extend(list(world.notice_queue.sent))
    first, second = world.deliver()
    assert first == second
    assert kept(world)[0].revision == 1


def test_who_cannot_or_will_not_be_told_is_settled_at_night(world: World) -> None:
    muted, closed = world.order("TWC1", A), world.order("TWC2", B)
    link(world, muted, 8001, muted=True)
    link(world, closed, 8002)
    world.telegram.unreachable[8002] = ChatUnreachable("blocked", reason="blocked")
    world.carrier.set(B, "5")
    news(world, "5")
    assert sorted(n.state for n in kept(world)) == [NoticeState.MUTED, NoticeState.WAITING]
    at(world, wall(14, 9, 2))
    assert [n.reason for n in kept(world)] == ["muted", "blocked"]
    at(world, wall(14, 9, 3))
    assert told(world) == [(SHOP_CHAT, "untold")]


def test_who_links_a_chat_at_night_hears_in_the_morning_there(world: World) -> None:
    key = world.order("TWC1", A, chat=7001)
    news(world, "5")
    link(world, key, 8001)
    at(world, wall(14, 9, 2))
    assert told(world) == [(8001, "on_its_way")]


def test_a_shop_that_goes_back_into_shadow_at_night_tells_nobody_in_the_morning(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    world.live = False
    at(world, wall(14, 9, 2))
    assert told(world) == []
    assert [n.state for n in kept(world)] == [NoticeState.SHADOW]


def test_what_waits_for_the_morning_is_not_overdue(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    for moment, overdue in ((wall(14, 8), 0), (wall(14, 9, 2), 0), (wall(14, 9, 50), 0), (wall(14, 10, 5), 1)):
        world.metrics.values.clear()
        world.telegram.down = TelegramUnavailable("refused")
        at(world, moment)
        assert world.metrics.values[Metric.NOTICES_OVERDUE] == [overdue]


@pytest.mark.parametrize(("hour", "leaves"), [(10, wall(18, 10)), (22, wall(18, 20)), (7, wall(17, 20))])
def test_a_last_day_notice_leaves_at_the_last_allowed_hour_before_the_night(hour: int, leaves: datetime) -> None:
    world = World(audiences=LOUD, reminders=replace(RULES, hour=hour))
    world.order("TWC1", A, chat=7001)
    arrived = world.clock.now()
    news(world, "7", arrived_at=arrived, paid_storage_at=arrived + timedelta(days=7))  # the last free day is the 19th
    world.telegram.arrived.clear()
    world.clock.set(leaves - MINUTE)
    world.dispatch()
    world.track()
    at(world, leaves - SECOND)
    assert (7001, "last_day") not in told(world)
    at(world, leaves)
    assert (7001, "last_day") in told(world)


def test_a_last_day_that_is_over_by_the_morning_is_not_told(world: World) -> None:
    world.order("TWC1", A, chat=7001)
    arrived = wall(10, 12)
    # Found at night, with the last free day nearly over.
    news(world, "7", moved_at=arrived, arrived_at=arrived, paid_storage_at=wall(14, 12))
    at(world, wall(13, 22, 5))
    at(world, wall(14, 9, 2))
    assert told(world) == []
    (reminder,) = kept(world)
    assert (reminder.state, reminder.reason) == (NoticeState.SUPERSEDED, "the last day has passed")


def full_night(world: World, many: int) -> None:
    """As many buyers wait for nine o'clock, in the order in which their news came."""
    world.order("TWC1", A, chat=7001)
    news(world, "5")
    (first,) = kept(world)
    world.memory.notices.clear()
    for n in range(many):
        due_at = wall(14, 9) + n * timedelta(milliseconds=10)
        notice = replace(first, order_key=f"{n:05}", ttn=f"2046{n:010}", chat_id=100_000 + n, due_at=due_at)
        world.memory.notices[notice.order_key, notice.id] = notice


def test_a_full_night_leaves_in_its_order_and_makes_no_warning(world: World) -> None:
    full_night(world, MOST + 300)
    at(world, wall(14, 9, 2))
    chats = [message.chat_id for message in world.telegram.arrived]
    assert len(set(chats)) == MOST + 300
    assert chats == sorted(chats)
    assert world.said == []


def test_of_a_fuller_one_the_next_runs_send_the_rest(world: World) -> None:
    full_night(world, MOST_READ + 300)
    world.clock.set(wall(14, 9, 2))
    assert [world.sweep().sent for _ in range(3)] == [MOST_READ, 300, 0]


def test_a_sweep_that_takes_too_long_leaves_the_rest_to_the_next(world: World) -> None:
    full_night(world, 100)
    whole = world.ledger.update

    def slow(notice: Notice) -> None:
        world.clock.advance(SECOND)
        whole(notice)

    world.ledger.update = slow  # type: ignore[method-assign]
    world.clock.set(wall(14, 9, 2))
    taken = LONGEST // SECOND + 1
    assert [world.sweep().sent for _ in range(3)] == [taken, 100 - taken, 0]
