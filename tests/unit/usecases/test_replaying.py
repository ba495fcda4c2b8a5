"""A replay judges stored changes as they were judged, unless the rules, or who may hear of them, are others today."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zlib import crc32

import pytest

from tests.contracts.store_samples import facts
from tests.unit.usecases.world import World
from vistka.domain.audience import Audiences
from vistka.domain.deadlines import ReminderRules
from vistka.domain.notices import REMINDERS, Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import Change
from vistka.domain.recipients import LinkedChat, OrderChats
from vistka.usecases.replaying import replay

A, B = "20450000000017", "20450000000024"
CHAT = 500000001


@pytest.fixture
def world() -> World:
    return World()


def replayed(world: World, ttn: str, *, since: datetime, chats: Iterable[OrderChats] = ()) -> list[Notice]:
    history = [change for (number, _), change in world.memory.changes.items() if number == ttn]
    links = [link for (_, number), link in world.memory.links.items() if number == ttn]
    linked = {one.order_key: one for one in chats}
    return list(replay(history, links, chats=linked, since=since, until=world.clock.now(), policy=world.policy))


def story(world: World) -> Iterator[str]:
    """A parcel from its way to its refusal, with what recurs and a code that nobody knows."""
    for code, text in (
        ("1", "Створено"),
        ("5", "Прямує"),
        ("6", "У місті"),
        ("7", "Прибув"),
        ("7777", "Невідомий"),
        ("7", "Прибув"),
        ("103", "Відмова"),
    ):
        world.carrier.set(A, code, text)
        world.run(timedelta(hours=2))
        yield code


def told(notices: Iterable[Notice]) -> list[tuple[str, ...]]:
    return sorted((n.id, str(n.kind), str(n.audience), str(n.chat_id)) for n in notices)


def test_by_the_same_rules_a_replay_tells_what_was_told(world: World) -> None:
    start = world.clock.now()
    world.order("TWC1", A, chat=CHAT)
    world.order("TWC2", A)
    assert len(list(story(world))) == 7
    made = [n for n in world.memory.notices.values() if n.kind in {*Kind} - {Kind.UNTOLD, *REMINDERS}]
    assert told(replayed(world, A, since=start)) == told(made)
    assert len(made) > 5


def test_only_what_lies_behind_since_is_told_but_all_that_lies_before_decides(world: World) -> None:
    world.order("TWC1", A, chat=CHAT)
    days = story(world)
    for code in days:
        if code == "6":
            break
    since = world.clock.now()
    list(days)
    kinds = [notice.kind for notice in replayed(world, A, since=since)]
    assert kinds == [Kind.WAITING, Kind.REFUSED]


def test_in_shadow_a_replay_shows_what_live_would_have_told(world: World) -> None:
    world.live = False
    start = world.clock.now()
    world.order("TWC1", A, chat=CHAT)
    list(story(world))
    assert {n.state for n in world.memory.notices.values()} == {NoticeState.SHADOW}
    world.live = True
    assert {n.state for n in replayed(world, A, since=start)} == {NoticeState.NEW}


def test_an_order_that_came_to_a_parcel_on_its_way_hears_of_it_once(world: World) -> None:
    world.order("TWC1", A, chat=CHAT)
    start = world.clock.now()
    world.carrier.set(A, "5", "Прямує")
    world.run(timedelta(hours=2))
    world.order("TWC2", A, chat=CHAT + 1)
    world.run(timedelta(hours=2))
    assert told(replayed(world, A, since=start)) == told(world.memory.notices.values())
    assert len(world.memory.notices) == 2


def test_chats_are_those_of_today(world: World) -> None:
    key = world.order("TWC1", A)
    start = world.clock.now()
    world.carrier.set(A, "5", "Прямує")
    world.run()
    assert [n.chat_id for n in replayed(world, A, since=start)] == [None]
    two = tuple(LinkedChat(chat_id=chat, since=start) for chat in (CHAT, CHAT + 1))
    linked = OrderChats(order_key=key, chats=two)
    assert [(n.chat_id, n.seat) for n in replayed(world, A, since=start, chats=[linked])] == [(CHAT, 1), (CHAT + 1, 2)]


def test_codes_are_read_as_they_are_today(world: World) -> None:
    """A stage that was stored by an older version's mistake does not stay one."""
    world.order("TWC1", A, chat=CHAT)
    start = world.clock.now()
    world.carrier.set(A, "1", "Створено")
    world.run(timedelta(hours=2))
    wrong = facts(code="10", text="Отримано", stage="refused", moved_at=None)
    world.memory.changes[A, 2] = Change(
        ttn=A, version=2, at=world.clock.now(), observed_at=world.clock.now(), facts=wrong, stage=wrong.stage
    )
    assert [(n.kind, n.audience) for n in replayed(world, A, since=start)] == [(Kind.RECEIVED, Audience.BUYER)]


def test_an_order_that_lost_its_number_hears_nothing(world: World) -> None:
    key = world.order("TWC1", A, chat=CHAT)
    start = world.clock.now()
    world.carrier.set(A, "5", "Прямує")
    world.carrier.set(B, "1", "Створено")
    world.run(timedelta(hours=2))
    world.shop.edit(key, tracking=B)
    world.run(timedelta(hours=2))
    assert replayed(world, A, since=start) == []


def test_a_parcel_without_history_tells_nothing(world: World) -> None:
    assert replayed(world, A, since=world.clock.now()) == []


def test_a_replay_tells_the_reminders_whose_hour_came_and_held(world: World) -> None:
    world.audiences = Audiences.parse(buyer="waiting, received, last_day", shop="waiting_long")
    world.reminders = ReminderRules(waiting_days=2)
    start = world.clock.now()
    key = world.order("TWC1", A, chat=CHAT)
    world.order("TWC2", A)
    world.carrier.set(A, "7", arrived_at=start, paid_storage_at=start + timedelta(days=4))
    world.run(timedelta(days=2, hours=2))
    world.carrier.set(A, "7", arrived_at=start, paid_storage_at=start + timedelta(days=6), to_pay="450")
    world.run(timedelta(days=2, hours=2))
    chats = [OrderChats(order_key=key).with_chat(CHAT, start).with_chat(CHAT + 1, start)]
    # Another paid day is no change: what is stored of the history still has the first.
    after = [
        (n.kind, n.chat_id, n.created_at) for n in replayed(world, A, since=start, chats=chats) if n.order_key == key
    ]
    hour = start.replace(hour=8) + timedelta(days=2, minutes=crc32(A.encode()) % 60)
    assert after == [
        (Kind.WAITING, CHAT, start),
        (Kind.WAITING, CHAT + 1, start),
        (Kind.LAST_DAY, CHAT, hour),
        (Kind.LAST_DAY, CHAT + 1, hour),
        (Kind.WAITING_LONG, None, hour),
    ]
    assert {n.kind for n in replayed(world, A, since=hour, chats=chats)} == {Kind.LAST_DAY, Kind.WAITING_LONG}
    assert replayed(world, A, since=hour + timedelta(minutes=1)) == []


def test_a_replay_tells_no_reminder_of_what_had_moved_on(world: World) -> None:
    world.audiences = Audiences.parse(buyer="last_day", shop="waiting_long")
    start = world.clock.now()
    world.order("TWC1", A, chat=CHAT)
    world.carrier.set(A, "7", arrived_at=start, paid_storage_at=start + timedelta(days=4))
    world.run(timedelta(days=1))
    world.carrier.set(A, "9")
    world.run(timedelta(days=9))
    assert replayed(world, A, since=start) == []


def test_a_replay_alerts_once_of_a_wait_whose_date_was_named_after_the_alert_f44(world: World) -> None:
    world.audiences = Audiences.parse(buyer="", shop="waiting_long")
    start = world.clock.now()
    world.order("TWC1", A)
    world.carrier.set(A, "7", "Прибув")
    world.run(timedelta(days=6))
    named = world.clock.now()
    world.carrier.set(A, "107", "Прибув", arrived_at=start + timedelta(days=2))
    world.run(timedelta(days=6))
    alerts = [n.occurrence for n in replayed(world, A, since=start) if n.kind is Kind.WAITING_LONG]
    assert alerts == [(start + timedelta(days=5)).date().isoformat()]
    assert Kind.WAITING_LONG not in {n.kind for n in replayed(world, A, since=named)}
