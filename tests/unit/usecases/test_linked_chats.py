"""The chats that buyers linked: who hears of an order, and as their owners wish."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.chats import FakeChats
from tests.hearers import hearers
from tests.unit.usecases.world import BOT, SHOP_CHAT, World
from vistka.domain.errors import ChatUnreachable, StoreConflict, TelegramUnknown
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import Closed, OrderChats, Recipient
from vistka.domain.telling import CROWD
from vistka.ports import Commit

A, B = "20450000000017", "20450000000024"
PROFILE, LINKED, SECOND = 7001, 8001, 8002


@pytest.fixture
def world() -> World:
    return World()


def link(world: World, order_key: str, *chat_ids: int, **changes: Any) -> None:
    """As the bot writes it."""
    now = world.clock.now()
    before = world.memory.order_chats.get(order_key, OrderChats(order_key=order_key))
    chats = before
    for chat_id in chat_ids:
        chats = chats.with_chat(chat_id, now)
        found = world.memory.recipients.get(chat_id)
        recipient = found or Recipient(chat_id=chat_id, bot_id=BOT, opened_at=now)
        world.memory.recipients[chat_id] = replace(recipient.after("1").with_order(order_key, now), **changes)
    world.memory.order_chats[order_key] = replace(chats, revision=before.revision + 1)


def told(world: World) -> list[int]:
    return [chat for chat, _ in world.texts()]


def buyers(world: World) -> list[Notice]:
    return [notice for notice in world.notices() if notice.audience is Audience.BUYER]


# --- where a notice goes ----------------------------------------------------------------------------------------------


def test_a_linked_chat_comes_before_the_shops_profile(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    link(world, key, LINKED)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert told(world) == [LINKED]


def test_without_a_linked_chat_the_profile_is_told(world: World) -> None:
    world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert told(world) == [PROFILE]


def test_a_guest_who_linked_a_chat_is_told(world: World) -> None:
    world.audiences = hearers(buyer="+refused")
    key = world.order("TWC1", A)
    link(world, key, LINKED)
    world.carrier.set(A, "102", "Відмова")
    world.run()
    world.deliver()
    assert told(world) == [LINKED, SHOP_CHAT]
    refusal = next(n for n in world.notices() if n.audience is Audience.SHOP)
    assert "unreachable" not in refusal.payload


def test_an_unchanged_batch_reads_no_chats_and_a_changed_one_reads_them_once(world: World) -> None:
    reads: list[list[str]] = []

    class Counted(FakeChats):
        def of_orders(self, order_keys: Any) -> dict[str, OrderChats]:
            reads.append(sorted(order_keys))
            return super().of_orders(reads[-1])

    world.chats = Counted(world.memory)
    keys = [world.order(f"TWC{n}", f"2045000000{n:04}") for n in range(30)]
    for n in range(30):
        world.carrier.set(f"2045000000{n:04}", "5")
    world.run(timedelta(hours=1))
    world.run(timedelta(hours=1))
    assert reads == [sorted(keys)]


def test_an_order_that_the_message_did_not_bring_tells_its_linked_chat(world: World) -> None:
    """Two orders have one number, and a message brings but one of them."""
    world.order("TWC1", A)
    second = world.order("TWC2", A)
    world.carrier.set(A, "5")
    world.run()
    link(world, second, LINKED)
    world.carrier.set(A, "7", place_number="1")
    world.clock.advance(timedelta(hours=2))
    world.dispatch()
    (message,) = world.messages()
    world.tracker.track(replace(message, orders=message.orders[:1]))
    world.deliver()
    assert told(world) == [LINKED]


def test_a_chat_linked_while_another_writes_the_same_parcel_is_told(world: World) -> None:
    """A conflict brings an order that was not known before: its chats are looked up then."""
    key = world.order("TWC1", A)
    link(world, key, LINKED)
    world.carrier.set(A, "5")
    world.dispatch()
    (message,) = world.messages()
    inner, conflicts = world.parcels.commit, iter([True])

    def commit(commit: Commit) -> None:
        if next(conflicts, False):
            raise StoreConflict("somebody else wrote first")
        inner(commit)

    object.__setattr__(world.parcels, "commit", commit)
    world.tracker.track(message)
    world.deliver()
    assert told(world) == [LINKED]


# --- several chats ----------------------------------------------------------------------------------------------------


def test_every_chat_of_an_order_is_told_once_each_in_a_seat_of_its_own_r2(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    link(world, key, LINKED, SECOND)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    world.carrier.set(A, "7", place_number="1")
    world.run(timedelta(hours=2))
    world.deliver()
    assert sorted(told(world)) == [LINKED, LINKED, SECOND, SECOND]
    assert {notice.state for notice in buyers(world)} == {NoticeState.SENT}
    assert {notice.id.rpartition("#")[2] for notice in buyers(world)} == {"buyer", "2"}


def test_of_each_seat_only_the_newest_is_told_r4(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, SECOND)
    world.carrier.set(A, "5")
    world.run()
    first = list(world.notice_queue.sent)
    world.carrier.set(A, "7", place_number="1")
    world.run(timedelta(hours=2))
    world.deliver()
    world.notice_queue.sent.extend(first)
    world.deliver()
    states = {(notice.kind, notice.seat): notice.state for notice in buyers(world)}
    assert states == {
        (Kind.ON_ITS_WAY, 1): NoticeState.SUPERSEDED,
        (Kind.ON_ITS_WAY, 2): NoticeState.SUPERSEDED,
        (Kind.WAITING, 1): NoticeState.SENT,
        (Kind.WAITING, 2): NoticeState.SENT,
    }


def test_a_second_chat_silences_no_first_one(world: World) -> None:
    """A second seat's newer notice says nothing of what the first chat was told."""
    key = world.order("TWC1", A)
    link(world, key, LINKED)
    world.carrier.set(A, "5")
    world.run()
    waiting = list(world.notice_queue.sent)
    world.notice_queue.sent.clear()
    only = buyers(world)[0]
    assert world.ledger.put_new(replace(only, seat=2, version=9, chat_id=SECOND, state=NoticeState.NEW))
    world.notice_queue.sent.extend(waiting)
    world.deliver()
    assert told(world) == [LINKED]


def test_what_stays_unconfirmed_in_two_chats_is_told_to_the_shop_for_each(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, SECOND)
    world.carrier.set(A, "5")
    world.run()
    entries = list(world.notice_queue.sent)
    for _ in range(4):  # the circuit opens at the third, and closes again
        world.telegram.lost = [TelegramUnknown("lost")] * 2
        world.notice_queue.sent[:] = entries
        world.deliver()
        world.clock.advance(timedelta(minutes=2))
    assert [notice.state for notice in buyers(world)] == [NoticeState.UNCONFIRMED] * 2
    assert len([notice for notice in world.notices() if notice.kind is Kind.UNCONFIRMED]) == 2


def test_one_number_on_many_orders_with_many_chats_still_fits_one_transaction(world: World) -> None:
    world.audiences = hearers(buyer="+refused")
    keys = [world.order(f"TWC{n}", A) for n in range(CROWD)]
    for key in keys:
        link(world, key, LINKED, SECOND, SECOND + 1)
    world.carrier.set(A, "102", "Відмова")
    world.run()
    assert world.memory.states[A].orders == set(keys)
    first = {notice.order_key for notice in buyers(world) if notice.seat == 1}
    assert first == set(keys)
    assert {notice.order_key for notice in world.notices() if notice.audience is Audience.SHOP} == set(keys)


# --- linking while a notice waits -------------------------------------------------------------------------------------


def test_a_notice_that_waits_while_its_buyer_links_goes_to_the_buyer(world: World) -> None:
    key = world.order("TWC1", A)
    world.carrier.set(A, "5")
    world.run()
    assert [(n.state, n.reason) for n in buyers(world)] == [(NoticeState.WAITING, "no_user")]
    link(world, key, LINKED)
    swept = world.sweep()
    world.deliver()
    assert (swept.sent, swept.untold) == (1, 0)
    assert told(world) == [LINKED]
    assert [(n.state, n.reason) for n in buyers(world)] == [(NoticeState.SENT, "")]


def test_what_nobody_linked_is_still_told_to_the_shop(world: World) -> None:
    key = world.order("TWC1", A)
    world.order("TWC2", B)
    for ttn in (A, B):
        world.carrier.set(ttn, "5")
    world.run()
    link(world, key, LINKED)
    assert world.sweep().untold == 1


def test_a_chat_that_is_closed_is_not_tried_again_and_again(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, closed=Closed.BLOCKED)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert world.sweep().untold == 1
    assert [(n.state, n.reason) for n in buyers(world)] == [(NoticeState.UNDELIVERABLE, "blocked")]


def test_what_a_blocked_profile_did_not_hear_goes_to_the_chat_that_was_linked(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "5")
    world.run()
    world.telegram.unreachable[PROFILE] = ChatUnreachable("closed", reason="blocked")
    world.deliver()
    link(world, key, LINKED)
    world.sweep()
    world.deliver()
    assert told(world) == [LINKED]


def test_what_a_closed_chat_did_not_hear_is_told_there_once_it_is_open_again(world: World) -> None:
    key = world.order("TWC1", A)
    world.order("TWC2", B, chat=LINKED)
    link(world, key, LINKED, closed=Closed.BLOCKED)
    for ttn in (A, B):
        world.carrier.set(ttn, "5")
    world.run()
    world.deliver()
    assert {(n.state, n.reason) for n in buyers(world)} == {(NoticeState.WAITING, "blocked")}
    world.memory.recipients[LINKED] = replace(world.memory.recipients[LINKED], closed=None)
    assert world.sweep().untold == 0
    world.deliver()
    assert told(world) == [LINKED, LINKED]


def test_whoever_opens_a_chat_only_to_silence_it_is_not_told(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, closed=Closed.BLOCKED)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    world.memory.recipients[LINKED] = replace(world.memory.recipients[LINKED], closed=None, muted=True)
    world.sweep()
    world.deliver()
    assert told(world) == []
    assert [n.state for n in buyers(world)] == [NoticeState.MUTED]


@pytest.mark.parametrize("at_once", [True, False])
def test_what_may_have_been_told_in_a_chat_that_was_closed_makes_no_sound_in_the_next_r2(
    world: World,
    at_once: bool,  # noqa: FBT001 -- a case
) -> None:
    """The chat is closed before the silent repeat, or refuses it."""
    key = world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "5")
    world.run()
    world.telegram.faults = [TelegramUnknown("read timeout")]
    world.deliver()
    if at_once:
        world.memory.recipients[PROFILE] = Recipient(
            chat_id=PROFILE, bot_id=BOT, opened_at=world.clock.now(), closed=Closed.BLOCKED
        )
    world.telegram.unreachable[PROFILE] = ChatUnreachable("closed", reason="blocked")
    world.clock.advance(timedelta(hours=1))
    world.sweep()
    world.deliver()
    link(world, key, LINKED)
    world.clock.advance(timedelta(hours=1))
    world.sweep()
    world.deliver()
    assert [(message.chat_id, message.silent) for message in world.telegram.arrived] == [(LINKED, True)]
    assert [notice.state for notice in buyers(world)] == [NoticeState.SENT]


def test_a_sweep_without_anything_that_waits_reads_no_chats(world: World) -> None:
    world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "5")
    world.run()
    world.notice_queue.sent.clear()
    world.clock.advance(timedelta(minutes=5))
    world.chats.of_orders = lambda _keys: pytest.fail("read")  # type: ignore[assignment, method-assign]
    assert world.sweep().sent == 1


# --- as their owners wish ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changes", "reason"), [({"muted": True}, "muted"), ({"closed": Closed.STOPPED}, "stopped")])
def test_who_wants_silence_gets_it_and_the_shop_is_not_troubled(
    world: World, changes: dict[str, Any], reason: str
) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, **changes)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert told(world) == []
    assert [(n.state, n.reason) for n in buyers(world)] == [(NoticeState.MUTED, reason)]
    assert world.sweep().untold == 0


def test_a_wish_counts_when_the_message_leaves_not_when_it_was_made(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED)
    world.carrier.set(A, "5")
    world.run()
    world.memory.recipients[LINKED] = replace(world.memory.recipients[LINKED], muted=True)
    world.deliver()
    assert told(world) == []


def test_a_profiles_owner_who_said_stop_is_left_alone(world: World) -> None:
    world.order("TWC1", A, chat=PROFILE)
    world.memory.recipients[PROFILE] = Recipient(
        chat_id=PROFILE, bot_id=BOT, opened_at=world.clock.now(), closed=Closed.STOPPED, revision=1
    )
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert told(world) == []


def test_a_message_is_in_the_language_that_its_reader_chose(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, language="en")
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert buyers(world)[0].language == "en"


@pytest.mark.parametrize("reason", ["blocked", "deactivated", "not_started"])
def test_a_linked_chat_that_telegram_closes_is_not_asked_again(world: World, reason: str) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED)
    world.clock.advance(timedelta(seconds=1))
    world.carrier.set(A, "5")
    world.run(timedelta(hours=2))
    world.telegram.unreachable[LINKED] = ChatUnreachable("closed", reason=reason)
    world.deliver()
    assert world.memory.recipients[LINKED].closed is Closed(reason)
    asked: list[bool] = []
    world.telegram.before_send = lambda: asked.append(True)
    world.carrier.set(A, "7", place_number="1")
    world.run(timedelta(hours=2))
    world.deliver()
    assert asked == []
    assert {notice.reason for notice in buyers(world)} == {reason}


def test_a_chat_that_telegram_does_not_know_is_no_blocked_one(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED)
    world.clock.advance(timedelta(seconds=1))
    world.carrier.set(A, "5")
    world.run()
    world.telegram.unreachable[LINKED] = ChatUnreachable("closed", reason="not_found")
    world.deliver()
    assert world.memory.recipients[LINKED].closed is None


def test_a_chat_of_another_bot_is_not_written_to(world: World) -> None:
    """A new bot cannot write to the chats that an old one collected."""
    key = world.order("TWC1", A)
    link(world, key, LINKED, bot_id=BOT + 1)
    world.carrier.set(A, "5")
    world.run()
    world.deliver()
    assert told(world) == []
    assert [(n.state, n.reason) for n in buyers(world)] == [(NoticeState.WAITING, "other_bot")]


def test_which_bot_it_is_may_be_unknown(world: World) -> None:
    key = world.order("TWC1", A)
    link(world, key, LINKED, bot_id=BOT + 1)
    world.carrier.set(A, "5")
    world.run()
    message = world.notice_queue.sent[0]
    replace(world.notifier, bot_id=lambda: None).deliver(NoticeMessage.from_json(message.body))
    assert told(world) == [LINKED]


def test_a_buyers_notice_without_any_chat_waits_for_the_shops_summary(world: World) -> None:
    world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "5")
    world.run()
    (notice,) = buyers(world)
    world.memory.notices[notice.order_key, notice.id] = replace(notice, chat_id=None)
    world.deliver()
    assert [(n.state, n.reason) for n in buyers(world)] == [(NoticeState.WAITING, "no_chat")]
