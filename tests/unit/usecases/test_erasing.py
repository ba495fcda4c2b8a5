"""A person is forgotten: what goes, what stays, and that nobody is told twice or again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.erasure import FakeMemories
from tests.hearers import hearers
from tests.unit.usecases.test_linked_chats import link
from tests.unit.usecases.world import BOT, SHOP_CHAT, World
from vistka.domain.audience import Audiences
from vistka.domain.errors import StoreConflict
from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import Closed, LinkedOrder, OrderChats, Recipient
from vistka.ports import Commit, TokenUse
from vistka.usecases.erasing import Erased, Eraser, Forgettable

A, B = "20450000000017", "20450000000024"
PROFILE, LINKED, SECOND = 7001, 8001, 8002


@pytest.fixture
def world() -> World:
    return World()


def eraser(world: World, **changes: Any) -> Eraser:
    made = Eraser(
        parcels=world.parcels,
        ledger=world.ledger,
        chats=world.chats,
        memories=FakeMemories(world.memory),
        auditor=world.auditor,
        clock=world.clock,
        say=world.say,
    )
    return replace(made, **changes)


def erase(world: World, *keys: str, dry_run: bool = False) -> Erased:
    return eraser(world).erase([Forgettable(key=key, number=f"TWC{key}") for key in keys], dry_run=dry_run)


def told(world: World) -> list[int]:
    return [chat for chat, _ in world.texts()]


def buyers(world: World) -> list[Notice]:
    return [notice for notice in world.notices() if notice.audience is Audience.BUYER]


def tell(world: World, code: str, text: str = "") -> None:
    world.carrier.set(A, code, text)
    world.run(timedelta(hours=12))
    world.deliver()


@pytest.fixture
def key(world: World) -> str:
    """An order of which a linked chat and the shop have been told; its parcel has ended."""
    key = world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "1")
    world.run(timedelta(hours=12))
    link(world, key, LINKED, SECOND)
    world.memory.uses["f" * 32] = TokenUse(
        order_key=key, fingerprint="f" * 32, chat_id=LINKED, until=world.clock.now() + timedelta(days=30)
    )
    for code in ("5", "7", "9"):
        tell(world, code)
    assert told(world) == [LINKED, SECOND] * 3
    world.telegram.arrived.clear()
    return key


def numbers_in(world: World) -> str:
    """All that the store says, wherever a chat's number may stand."""
    memory = world.memory
    recipients = [replace(one, chat_id=0) for one in memory.recipients.values()]  # found by whoever knows the number
    return "\n".join(
        f"{one} {getattr(one, 'chat_id', '')} {getattr(one, 'payload', '')} "
        f"{[chat.chat_id for chat in getattr(one, 'chats', ())]}"
        for part in (memory.links, memory.notices, memory.order_chats, memory.uses)
        for one in (*part.values(), *recipients)
    )


# --- what goes --------------------------------------------------------------------------------------------------------


def test_nothing_of_a_buyer_stays_in_the_store(world: World, key: str) -> None:
    assert str(LINKED) in numbers_in(world)
    done = erase(world, key)
    assert done.to_dict() == {
        "orders": ["TWC1"],
        "removed": {
            "changes": 4,
            "chat numbers": 1,
            "chats": 2,
            "linked chats": 2,
            "notices": 6,
            "places": 1,
            "used links": 1,
        },
        "elsewhere": 0,
        "left": 0,
    }
    for number in (PROFILE, LINKED, SECOND):
        assert str(number) not in numbers_in(world)
    assert world.memory.recipients == {}
    assert world.memory.changes == {}
    assert [notice.payload for notice in world.notices()] == [{}] * 6
    assert world.said[-1] == ("a buyer was forgotten", {"orders": 1, "removed": dict(done.removed)})


def test_a_second_time_there_is_nothing_left(world: World, key: str) -> None:
    erase(world, key)
    before = (dict(world.memory.states), dict(world.memory.notices), dict(world.memory.order_chats))
    again = erase(world, key)
    assert again.to_dict() == {"orders": [], "removed": {}, "elsewhere": 0, "left": 0}
    assert (world.memory.states, world.memory.notices, world.memory.order_chats) == before


def test_a_dry_run_counts_the_same_and_writes_nothing(world: World, key: str) -> None:
    second = world.order("TWC2", A, chat=PROFILE)
    world.run()
    link(world, second, LINKED)
    writes = len(world.memory.writes)
    dry = erase(world, key, second, dry_run=True)
    assert len(world.memory.writes) == writes
    assert erase(world, key, second).to_dict() == dry.to_dict()
    assert dry.removed["chats"] == 2
    assert dry.removed["changes"] == 4


def test_an_ended_parcel_keeps_its_end_and_loses_its_place_and_its_sums(world: World, key: str) -> None:
    erase(world, key)
    state = world.memory.states[A]
    assert (state.ended, state.facts.code if state.facts else "") == ("final", "9")
    assert state.facts is not None
    assert set(state.facts.to_dict()) <= {"code", "text", "stage", "moved_at"}
    assert set(state.told.values()) == {""}


# --- what stays -------------------------------------------------------------------------------------------------------


def test_nobody_is_told_twice_after_an_erasure(world: World, key: str) -> None:
    erase(world, key)
    messages = [NoticeMessage(order_key=key, notice_id=notice.id) for notice in world.notices()]
    for message in messages:
        world.notifier.deliver(message)
    world.run()
    world.sweep()
    world.deliver()
    assert told(world) == []


def test_tracking_of_an_open_order_goes_on_and_its_buyer_hears_nothing_more(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    tell(world, "5")
    erase(world, key)
    tell(world, "7", "Прибув у відділення")
    assert told(world) == [PROFILE]
    assert "Прибув у відділення" in str(world.shop.shown(key))
    waiting = next(notice for notice in buyers(world) if notice.kind is Kind.WAITING)
    assert (waiting.state, waiting.reason, waiting.chat_id) == (NoticeState.MUTED, "erased", None)
    world.sweep()
    world.deliver()
    assert told(world) == [PROFILE]  # no summary to the shop either: nobody is to be reached


def test_a_refusal_of_a_forgotten_buyer_still_reaches_the_shop(world: World) -> None:
    world.audiences = hearers(buyer="+refused")
    key = world.order("TWC1", A, chat=PROFILE)
    tell(world, "5")
    erase(world, key)
    tell(world, "102", "Відмова")
    assert told(world) == [PROFILE, SHOP_CHAT]
    refusal = next(notice for notice in world.notices() if notice.audience is Audience.SHOP)
    assert refusal.payload["unreachable"] == "erased"


@pytest.mark.parametrize("code", ["5", "9"])  # of what has ended at first sight nobody is told
def test_a_new_parcel_of_a_forgotten_buyer_brings_no_chat_back(world: World, code: str) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    tell(world, "5")
    erase(world, key)
    world.shop.edit(key, tracking=f"{A}, {B}")
    world.carrier.set(B, code)
    world.run()
    world.deliver()
    assert {one.chat_id for one in world.memory.links.values()} == {None}
    assert told(world) == [PROFILE]


def test_what_waited_for_the_buyer_ends_and_what_waits_for_the_shop_is_still_told(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    world.carrier.set(A, "5")
    world.run(timedelta(hours=12))
    world.carrier.set(A, "102", "Відмова")
    world.run()
    done = erase(world, key)
    assert done.left == 1
    world.deliver()
    assert told(world) == [SHOP_CHAT]
    assert {notice.state for notice in buyers(world)} == {NoticeState.MUTED}
    assert erase(world, key).to_dict() == {
        "orders": ["TWC1"],
        "removed": {"notices": 1},
        "elsewhere": 0,
        "left": 0,
    }


def test_what_a_rule_is_still_to_do_to_the_order_is_done(world: World, key: str) -> None:
    notice = world.notices()[0]
    effect = replace(
        notice,
        audience=Audience.ORDER,
        state=NoticeState.NEW,
        chat_id=None,
        settled_at=None,
        due_at=world.clock.now(),
    )
    world.memory.notices[key, effect.id] = effect
    assert erase(world, key).left == 0
    assert world.memory.notices[key, effect.id] == effect


def test_a_notice_made_by_a_run_that_had_read_the_chat_before_is_not_sent(world: World) -> None:
    """The erasure and a run overlap: the run wrote a notice to a chat that it had read before."""
    key = world.order("TWC1", A, chat=PROFILE)
    tell(world, "5")
    world.carrier.set(A, "7")
    world.run()
    late = next(notice for notice in buyers(world) if notice.kind is Kind.WAITING)
    erase(world, key)
    world.memory.notices[key, late.id] = late
    world.deliver()
    assert told(world) == [PROFILE]
    ended = world.memory.notices[key, late.id]
    assert (ended.state, ended.chat_id, ended.payload) == (NoticeState.MUTED, None, {})


def test_a_used_link_opens_for_nobody_after_its_chat_was_forgotten(world: World, key: str) -> None:
    erase(world, key)
    tapped = world.chats.tapped(order_key=key, fingerprint="f" * 32, chat_id=LINKED)
    assert tapped.used_by == 0


def test_a_chat_that_is_linked_anew_is_told_again_and_the_shops_profile_is_not(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    tell(world, "5")
    erase(world, key)
    link(world, key, SECOND)
    tell(world, "7")
    assert told(world) == [PROFILE, SECOND]


def test_a_new_link_brings_no_reminder_of_a_day_that_was_known_before_the_erasure_and_one_of_another_day(
    world: World,
) -> None:
    def until(moment: datetime, paid: datetime) -> None:
        world.carrier.set(A, "7", arrived_at=START, paid_storage_at=paid)
        while world.clock.now() < moment:
            world.sweep()
            world.run(timedelta(hours=2))
            world.deliver()

    world.audiences = Audiences.parse(buyer="waiting, last_day", shop="none")
    key = world.order("TWC1", A, chat=PROFILE)
    paid = START + timedelta(days=7)
    until(START + timedelta(days=1), paid)
    erase(world, key)
    link(world, key, SECOND)
    until(START + timedelta(days=8), paid)
    assert told(world) == [PROFILE]
    until(START + timedelta(days=14), paid + timedelta(days=5))
    assert told(world) == [PROFILE, SECOND]


# --- chats that others have a part in ---------------------------------------------------------------------------------


def test_a_chat_stays_linked_to_orders_of_others(world: World, key: str) -> None:
    other = world.order("TWC2", B)
    link(world, other, LINKED)
    done = erase(world, key)
    assert done.elsewhere == 1
    assert [one.key for one in world.memory.recipients[LINKED].orders] == [other]
    assert world.memory.order_chats[other].ids == (LINKED,)
    assert SECOND not in world.memory.recipients


def test_what_the_shops_program_is_still_to_hear_is_left_and_counted(world: World, key: str) -> None:
    """It keeps a place and sums until it is delivered: whoever erases is asked to come again."""
    called = Notice(
        order_key=key,
        order_number="TWC1",
        ttn=A,
        kind=Kind.CHANGED,
        occurrence="1",
        audience=Audience.WEBHOOK,
        version=1,
        state=NoticeState.NEW,
        created_at=world.clock.now(),
        due_at=world.clock.now(),
        payload={"facts": {"place": "Відділення №1"}},
    )
    assert world.ledger.put_new(called)
    assert erase(world, key).left == 1
    world.ledger.update(called.ended(NoticeState.SENT, world.clock.now()))
    assert erase(world, key).left == 0
    assert [notice.payload for notice in world.notices() if notice.audience is Audience.WEBHOOK] == [{}]


@pytest.mark.parametrize("wish", [{"muted": True}, {"closed": Closed.STOPPED}, {"closed": Closed.BLOCKED}])
def test_the_wish_to_hear_nothing_outlives_the_erasure(world: World, key: str, wish: dict[str, Any]) -> None:
    world.memory.recipients[LINKED] = replace(world.memory.recipients[LINKED], language="en", **wish)
    erase(world, key)
    left = world.memory.recipients[LINKED]
    assert (left.orders, left.language, left.updates) == ((), "", ())
    assert (left.muted, left.closed) == (bool(wish.get("muted")), wish.get("closed"))
    assert erase(world, key).removed.total() == 0


def test_a_parcel_of_two_buyers_keeps_its_history_for_the_other(world: World, key: str) -> None:
    other = world.order("TWC2", A, chat=9001)
    world.run()
    done = erase(world, key)
    assert (done.removed["changes"], done.removed["places"]) == (0, 0)
    assert len(world.memory.changes) == 4
    assert world.memory.links[other, A].chat_id == 9001
    done = erase(world, key, other)
    assert (done.removed["changes"], done.removed["places"]) == (4, 1)


def test_an_open_order_that_the_store_does_not_know_yet_is_not_told_later(world: World) -> None:
    key = world.order("TWC1", "", chat=PROFILE)
    done = eraser(world).erase([Forgettable(key=key, number="TWC1", open=True)])
    assert done.orders == []
    world.shop.edit(key, tracking=A)
    tell(world, "5")
    assert told(world) == []


def test_an_order_that_nobody_knows_leaves_nothing_behind(world: World) -> None:
    erase(world, "404")
    assert world.memory.order_chats == {}


# --- beside others ----------------------------------------------------------------------------------------------------


def test_a_tap_in_between_is_forgotten_too(world: World, key: str) -> None:
    class Interrupted(FakeMemories):
        tapped = False

        def put_chats(self, chats: OrderChats) -> None:
            if not self.tapped:
                self.tapped = True
                link(world, key, 8003)
                raise StoreConflict("a tap came first")
            super().put_chats(chats)

    eraser(world, memories=Interrupted(world.memory)).erase([Forgettable(key=key, number="TWC1")])
    assert world.memory.recipients == {}
    assert world.memory.order_chats[key].ids == ()


def test_a_run_in_between_wins_and_the_erasure_judges_anew(world: World, key: str) -> None:
    class Beside(type(world.parcels)):  # type: ignore[misc]
        beaten = 0

        def commit(self, commit: Commit) -> None:
            if self.beaten < 2:
                self.beaten += 1
                state = world.memory.states[A]
                world.memory.states[A] = state.next(observed_at=state.observed_at + timedelta(seconds=1))
            super().commit(commit)

    before = world.memory.states[A]
    eraser(world, parcels=Beside(world.memory)).erase([Forgettable(key=key, number="TWC1")])
    after = world.memory.states[A]
    assert after.observed_at == before.observed_at + timedelta(seconds=2)
    assert world.memory.links[key, A].chat_id is None


def test_whoever_is_always_beaten_says_so_and_may_try_again(world: World, key: str) -> None:
    class Beaten(FakeMemories):
        def put_chats(self, chats: OrderChats) -> None:
            raise StoreConflict("somebody else wrote first")

    with pytest.raises(StoreConflict):
        eraser(world, memories=Beaten(world.memory)).erase([Forgettable(key=key, number="TWC1")])
    assert world.memory.order_chats[key].ids == (LINKED, SECOND)
    erase(world, key)
    assert world.memory.recipients == {}


def test_without_orders_a_chat_of_ours_is_not_a_recipient() -> None:
    now = World().clock.now()
    chat = Recipient(
        chat_id=LINKED,
        bot_id=BOT,
        opened_at=now,
        orders=(LinkedOrder(key="1", since=now), LinkedOrder(key="2", since=now)),
        revision=4,
    )
    left = chat.without_orders({"1"})
    assert left == replace(chat, orders=chat.orders[1:], revision=5)
    assert chat.without_orders({"3"}) == chat
    assert chat.without_orders({"1", "2"}) is None


def test_a_mute_of_the_shops_chat_goes_with_the_rest_and_is_counted(world: World) -> None:
    key = world.order("TWC1", A, chat=PROFILE)
    tell(world, "7")
    world.memory.order_chats[key] = OrderChats(order_key=key).with_shop_muted(muted=True)
    assert erase(world, key, dry_run=True).removed["mutes"] == 1
    assert erase(world, key).removed["mutes"] == 1
    assert not world.memory.order_chats[key].shop_muted
    # One that was set after an erasure too.
    world.memory.order_chats[key] = world.memory.order_chats[key].with_shop_muted(muted=True)
    assert +erase(world, key).removed == {"mutes": 1}
    assert not world.memory.order_chats[key].shop_muted
