"""The shop's own chat mutes one order, and hears of it again."""

from datetime import timedelta

import pytest

from tests.fakes.store import FakeAudits
from tests.unit.bot.scene import GROUP, ME, Scene
from tests.unit.usecases.world import SHOP_CHAT, World
from vistka.domain.audit import Act, Actor
from vistka.domain.notices import NO_PARCEL, SHOP_KEY, Audience, Kind, Notice, NoticeState
from vistka.domain.presses import Press
from vistka.usecases.conversing import Reply

A, B = "20450000000017", "20450000000024"


@pytest.fixture
def scene() -> Scene:
    """An order that the shop's chat was told of: refused; and another one."""
    scene = Scene()
    for number, ttn in (("TWC1", A), ("TWC2", B)):
        scene.world.order(number, ttn)
        scene.world.carrier.set(ttn, "7", place_number="1")
    scene.world.run(timedelta(hours=12))
    scene.world.carrier.set(A, "102")
    scene.world.run(timedelta(minutes=1))
    scene.world.deliver()
    return scene


def key_of(scene: Scene, number: str) -> str:
    key = scene.world.parcels.order_key(number)
    assert key is not None
    return key


def button(scene: Scene) -> str:
    """What the button of the shop's last message says."""
    message = scene.world.telegram.arrived[-1]
    assert message.chat_id == SHOP_CHAT
    ((one,),) = message.buttons
    return one.says


def mute(scene: Scene, press: Press = Press.MUTE_ORDER, number: str = "TWC1", **where: int) -> Reply:
    return scene.presses(f"{press}:{key_of(scene, number)}", **{"chat": SHOP_CHAT, **where})


def is_muted(scene: Scene, number: str = "TWC1") -> bool:
    chats = scene.world.memory.order_chats.get(key_of(scene, number))
    return chats is not None and chats.shop_muted


def tell(world: World, **changes: object) -> Notice:
    """One more notice of the order to the shop, and what became of it."""
    notice = Notice(
        **{
            "order_key": world.parcels.order_key("TWC1"),
            "order_number": "TWC1",
            "ttn": A,
            "kind": Kind.RETURNED,
            "occurrence": "9",
            "audience": Audience.SHOP,
            "version": 9,
            "state": NoticeState.NEW,
            "created_at": world.clock.now(),
            "due_at": world.clock.now(),
            **changes,
        }  # type: ignore[arg-type]
    )
    world.ledger.put_new(notice)
    world.sender.send([notice])
    world.clock.advance(timedelta(seconds=2))
    world.deliver()
    found = world.ledger.get(notice.order_key, notice.id)
    assert found is not None
    return found


def test_the_button_under_a_notice_mutes_its_order_and_then_offers_to_end_it(scene: Scene) -> None:
    reply = scene.presses(button(scene), chat=SHOP_CHAT)
    assert (reply.html, reply.aside, reply.under) == ("uk order_muted TWC1", True, 17)
    ((other,),) = reply.buttons
    assert (other.label, other.says) == ("uk:v:unmute_order", f"v:unmute_order:{key_of(scene, 'TWC1')}")
    assert is_muted(scene)
    reply = scene.presses(other.says, chat=SHOP_CHAT)
    assert reply.html == "uk order_unmuted TWC1"
    assert [[one.says for one in row] for row in reply.buttons] == [[button(scene)]]
    assert not is_muted(scene)


def test_what_follows_of_a_muted_order_ends_muted_in_the_ledger_and_of_others_is_told(scene: Scene) -> None:
    mute(scene)
    before = len(scene.world.texts())
    ended = tell(scene.world)
    assert (ended.state, ended.reason) == (NoticeState.MUTED, "muted")
    assert len(scene.world.texts()) == before
    scene.world.carrier.set(B, "102")
    scene.world.clock.advance(timedelta(hours=3))
    scene.world.run()
    scene.world.deliver()
    assert scene.world.texts()[-1][1].startswith("shop refused TWC2")


def test_an_order_that_is_heard_again_is_told_of(scene: Scene) -> None:
    mute(scene)
    mute(scene, Press.UNMUTE_ORDER)
    assert tell(scene.world).state is NoticeState.SENT


def test_whether_it_is_muted_is_judged_when_the_notice_is_sent(scene: Scene) -> None:
    mute(scene)
    key = key_of(scene, "TWC1")
    notice = shop_notice_of(scene.world, key)
    scene.world.ledger.put_new(notice)
    mute(scene, Press.UNMUTE_ORDER)
    scene.world.sender.send([notice])
    scene.world.deliver()
    assert scene.world.texts()[-1][1].startswith("shop aged_out")


def shop_notice_of(world: World, key: str) -> Notice:
    now = world.clock.now()
    return Notice(
        order_key=key,
        order_number="TWC1",
        ttn=A,
        kind=Kind.AGED_OUT,
        occurrence="1",
        audience=Audience.SHOP,
        version=9,
        state=NoticeState.NEW,
        created_at=now,
        due_at=now,
    )


@pytest.mark.parametrize(
    ("kind", "order_key"), [(Kind.CARRIER_SILENT, SHOP_KEY), (Kind.DIGEST, SHOP_KEY), (Kind.CROWDED, "1")]
)
def test_a_mute_hides_nothing_that_concerns_more_than_the_order(scene: Scene, kind: Kind, order_key: str) -> None:
    key = key_of(scene, "TWC1")
    mute(scene)
    told = tell(scene.world, kind=kind, order_key=key if order_key != SHOP_KEY else SHOP_KEY, ttn=NO_PARCEL)
    assert told.state is NoticeState.SENT
    assert scene.world.telegram.arrived[-1].buttons == ()


def test_a_mute_of_the_shops_chat_is_none_of_the_buyers(scene: Scene) -> None:
    mute(scene)
    scene.taps(scene.token(key_of(scene, "TWC1")))
    assert tell(scene.world, audience=Audience.BUYER, chat_id=ME, kind=Kind.WAITING).state is NoticeState.SENT
    assert scene.world.telegram.arrived[-1].buttons == ()
    assert is_muted(scene)


@pytest.mark.parametrize(("chat", "said"), [(ME, "uk help"), (GROUP, "uk private_only"), (-SHOP_CHAT, "uk help")])
def test_a_press_from_another_chat_is_refused(scene: Scene, chat: int, said: str) -> None:
    assert mute(scene, chat=chat).html == said
    assert not is_muted(scene)


@pytest.mark.parametrize("order_key", ["999", SHOP_KEY, "№", "1#CHATS"])
def test_a_forged_press_of_an_order_that_there_is_not_changes_nothing(scene: Scene, order_key: str) -> None:
    before = dict(scene.world.memory.order_chats), dict(scene.world.memory.recipients)
    reply = scene.presses(f"{Press.MUTE_ORDER}:{order_key}", chat=SHOP_CHAT)
    assert (reply.html, reply.under) == ("uk order_unknown", None)
    assert (scene.world.memory.order_chats, scene.world.memory.recipients) == before


def test_no_shops_chat_hears_no_presses(scene: Scene) -> None:
    scene.world.shop_chat = None
    assert mute(scene).html == "uk private_only"
    assert not is_muted(scene)


def test_a_press_that_telegram_brings_again_does_not_undo_a_later_one_r10(scene: Scene) -> None:
    mute(scene, update=71)
    mute(scene, Press.UNMUTE_ORDER, update=72)
    reply = mute(scene, update=71)
    assert not is_muted(scene)
    assert [one.says for row in reply.buttons for one in row] == [f"{Press.MUTE_ORDER}:{key_of(scene, 'TWC1')}"]


def test_two_presses_of_one_button_are_one_mute(scene: Scene) -> None:
    mute(scene)
    mute(scene)
    assert [audit.act for audit in scene.world.memory.audits] == [Act.MUTED]


def test_the_trail_says_that_the_shops_chat_did_it_and_nothing_of_who(scene: Scene) -> None:
    mute(scene)
    mute(scene, Press.UNMUTE_ORDER)
    trail = FakeAudits(scene.world.memory).of(key_of(scene, "TWC1"))
    assert [(one.actor, one.act, dict(one.detail)) for one in trail] == [
        (Actor.SHOP_CHAT, Act.MUTED, {}),
        (Actor.SHOP_CHAT, Act.UNMUTED, {}),
    ]


def test_without_a_bot_that_hears_there_is_no_button(scene: Scene) -> None:
    scene.world.presses_heard = False
    assert tell(scene.world).state is NoticeState.SENT
    assert scene.world.telegram.arrived[-1].buttons == ()


def test_an_order_whose_key_a_button_cannot_hold_has_none(scene: Scene) -> None:
    assert tell(scene.world, order_key="9" * 50).state is NoticeState.SENT
    assert scene.world.telegram.arrived[-1].buttons == ()
