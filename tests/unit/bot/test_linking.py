"""A tap on a link: whose chat is bound to which order, who is told, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.chats import FakeChats
from tests.fakes.clock import START
from tests.unit.bot.scene import GROUP, ME, OTHER, Press, Scene
from tests.unit.usecases.world import SHOP_CHAT
from vistka.domain.errors import ChatUnreachable, ConfigurationError, StoreConflict
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.domain.recipients import MOST_CHATS, MOST_ORDERS, Closed, OrderChats
from vistka.domain.tokens import Purpose
from vistka.ports import Binding
from vistka.usecases.binding import ROUNDS

A = "20450000000017"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def order(scene: Scene, number: str = "TWC1", ttn: str = A, **row: object) -> str:
    """On its way, and seen by a run."""
    key = scene.world.order(number, ttn, **row)  # type: ignore[arg-type]
    scene.world.carrier.set(ttn, "5")
    scene.world.run(timedelta(minutes=1))
    return key


def of_kind(scene: Scene, kind: Kind) -> list[Notice]:
    return [notice for notice in scene.world.notices() if notice.kind is kind]


# --- one tap ----------------------------------------------------------------------------------------------------------


def test_one_tap_binds_a_guests_chat_and_shows_the_parcel_at_once_f18(scene: Scene) -> None:
    key = order(scene)
    assert scene.taps(scene.token(key)) == f"uk linked TWC1[{A}]"
    assert scene.chats_of(key) == (ME,)
    assert [one.key for one in scene.recipient().orders] == [key]


def test_after_the_tap_the_news_go_to_that_chat_f18(scene: Scene) -> None:
    key = order(scene)
    scene.taps(scene.token(key))
    scene.world.clock.advance(timedelta(hours=2))
    scene.world.carrier.set(A, "7", place_number="1")
    scene.world.run()
    scene.world.deliver()
    assert scene.world.texts()[-1] == (ME, f"buyer waiting TWC1 {A}")


@pytest.mark.parametrize("again", [False, True])
def test_what_the_chat_was_not_told_before_its_owner_opened_it_leaves_with_the_tap_f18(
    scene: Scene,
    again: bool,  # noqa: FBT001 -- a case
) -> None:
    """The shop's profile names the buyer's own chat, which the bot may not write to yet; or a link is tapped again."""
    key = scene.world.order("TWC1", A, chat=ME)
    if again:
        scene.taps(scene.token(key))
    scene.world.carrier.set(A, "5")
    scene.world.run(timedelta(minutes=1))
    scene.world.telegram.unreachable[ME] = ChatUnreachable("closed", reason="not_started")
    scene.world.deliver()
    scene.world.telegram.unreachable.clear()
    scene.world.clock.advance(timedelta(minutes=1))
    scene.taps(scene.token(key))
    scene.world.deliver()
    assert scene.world.texts() == [(ME, f"buyer on_its_way TWC1 {A}")]
    assert scene.world.sweep().untold == 0


def test_what_waited_for_a_chat_leaves_with_the_tap(scene: Scene) -> None:
    key = order(scene)
    (waiting,) = of_kind(scene, Kind.ON_ITS_WAY)
    assert (waiting.state, waiting.reason) == (NoticeState.WAITING, "no_user")
    scene.taps(scene.token(key))
    scene.world.deliver()
    assert scene.world.texts() == [(ME, f"buyer on_its_way TWC1 {A}")]
    assert of_kind(scene, Kind.ON_ITS_WAY)[0].state is NoticeState.SENT


def test_what_waits_for_its_hour_goes_on_waiting(scene: Scene) -> None:
    key = order(scene, chat=OTHER)
    (notice,) = of_kind(scene, Kind.ON_ITS_WAY)
    waits = notice.next(state=NoticeState.WAITING, due_at=START + timedelta(hours=9))
    scene.world.ledger.update(waits)
    scene.taps(scene.token(key))
    assert of_kind(scene, Kind.ON_ITS_WAY) == [waits]


def test_an_order_that_has_no_parcel_yet_is_linked_and_told_later(scene: Scene) -> None:
    key = scene.world.order("TWC1", "")
    assert scene.taps(scene.token(key)) == "uk linked ?[]"
    scene.world.shop.rows[int(key)]["tracking"] = A
    scene.world.carrier.set(A, "5")
    scene.world.run()
    scene.world.deliver()
    assert scene.world.texts() == [(ME, f"buyer on_its_way TWC1 {A}")]


def test_the_buyers_language_comes_with_the_link_of_the_order(scene: Scene) -> None:
    key = order(scene)
    link = scene.world.memory.links[key, A]
    scene.world.memory.links[key, A] = replace(link, language="ru")
    assert scene.taps(scene.token(key)).startswith("ru linked")
    scene.presses(Press.EN)
    assert scene.taps(scene.token(key)).startswith("en linked")


# --- the same link again ----------------------------------------------------------------------------------------------


def test_the_same_chat_may_tap_again(scene: Scene) -> None:
    key = order(scene)
    token = scene.token(key)
    scene.taps(token)
    assert scene.taps(token) == f"uk linked TWC1[{A}]"
    assert scene.chats_of(key) == (ME,)
    assert of_kind(scene, Kind.SECOND_CHAT) == of_kind(scene, Kind.LINK_REFUSED) == []


def test_another_chats_token_is_refused_and_the_shop_is_told_once_f19(scene: Scene) -> None:
    key = order(scene)
    token = scene.token(key)
    scene.taps(token)
    scene.world.notice_queue.sent.clear()
    for _ in range(3):
        assert scene.taps(token, chat=OTHER) == "uk refused used"
    assert scene.chats_of(key) == (ME,)
    assert OTHER not in scene.world.memory.recipients
    scene.world.deliver()
    assert scene.world.texts() == [(SHOP_CHAT, "shop link_refused TWC1 -")]


def test_without_a_shops_chat_a_refusal_is_told_to_nobody() -> None:
    scene = Scene()
    scene.world.shop_chat = None
    token = scene.token(order(scene))
    scene.taps(token)
    assert scene.taps(token, chat=OTHER) == "uk refused used"
    assert of_kind(scene, Kind.LINK_REFUSED) == []


def test_a_second_chat_is_announced_to_the_first(scene: Scene) -> None:
    key = order(scene)
    scene.taps(scene.token(key))
    scene.world.notice_queue.sent.clear()
    assert scene.taps(scene.token(key), chat=OTHER) == f"uk linked TWC1[{A}]"
    assert scene.chats_of(key) == (ME, OTHER)
    scene.world.deliver()
    assert scene.world.texts() == [(ME, "buyer second_chat TWC1 -")]
    scene.taps(scene.token(key), chat=OTHER)
    assert len(of_kind(scene, Kind.SECOND_CHAT)) == 1


def test_in_shadow_a_tap_links_and_nobody_is_told() -> None:
    scene = Scene()
    scene.world.live = False
    key = order(scene)
    token = scene.token(key)
    scene.taps(token)
    assert scene.taps(token, chat=OTHER) == "uk refused used"
    assert scene.taps(scene.token(key), chat=OTHER) == f"uk linked TWC1[{A}]"
    assert scene.chats_of(key) == (ME, OTHER)
    told = of_kind(scene, Kind.SECOND_CHAT) + of_kind(scene, Kind.LINK_REFUSED)
    assert [notice.state for notice in told] == [NoticeState.SHADOW] * 2
    assert scene.world.notice_queue.sent == []


def test_an_announcement_that_did_not_leave_is_swept(scene: Scene) -> None:
    key = order(scene)
    for chat in (ME, OTHER):
        scene.taps(scene.token(key), chat=chat)
    scene.world.notice_queue.sent.clear()
    scene.world.clock.advance(timedelta(minutes=6))
    scene.world.sweep()
    scene.world.deliver()
    assert (ME, "buyer second_chat TWC1 -") in scene.world.texts()


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "reply", "reason"),
    [
        (lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), "invalid", "forged"),
        (lambda token: token[:-4], "invalid", "malformed"),
        (lambda token: token[:20], "invalid", "malformed"),
        (lambda token: token + " and more", "invalid", "malformed"),
        (lambda _token: "x" * 4000, "invalid", "malformed"),
        (lambda _token: "<b>'; --", "invalid", "malformed"),
    ],
)
def test_a_forged_or_truncated_token_opens_nothing_and_says_no_more_than_that_f19(
    scene: Scene, spoil: object, reply: str, reason: str
) -> None:
    key = order(scene)
    token = spoil(scene.token(key))  # type: ignore[operator]
    assert scene.taps(token) == f"uk refused {reply}"
    assert scene.chats_of(key) == ()
    assert scene.world.memory.recipients == {}
    assert scene.world.said[-1] == ("a link was refused", {"reason": reason})


def test_an_expired_token_is_told_kindly(scene: Scene) -> None:
    key = order(scene)
    token = scene.token(key, expires_at=START)
    assert scene.taps(token) == "uk refused expired"
    assert scene.chats_of(key) == ()


def test_a_pages_token_links_nobody_f19(scene: Scene) -> None:
    key = order(scene)
    assert scene.taps(scene.token(key, purpose=Purpose.PAGE)) == "uk refused invalid"
    assert scene.chats_of(key) == ()


def test_a_typed_name_or_number_links_nobody_f19(scene: Scene) -> None:
    key = order(scene)
    for typed in ("TWC1", key, f"/start {key}", "/start TWC1", "/link TWC1", "@buyer"):
        scene.says(typed)
    assert scene.chats_of(key) == ()


def test_no_line_of_the_log_holds_a_chat_or_a_token_r9(scene: Scene) -> None:
    key = order(scene)
    token = scene.token(key)
    for chat in (ME, OTHER):
        scene.taps(token, chat=chat)
    scene.taps(token[:-3])
    said = str(scene.world.said)
    assert said.count("a link was refused") == 2
    for secret in (str(ME), str(OTHER), token[:20]):
        assert secret not in said


def test_a_chat_that_links_a_thousand_orders_is_refused_after_fifty(scene: Scene) -> None:
    replies = [scene.taps(scene.token(str(number))) for number in range(MOST_ORDERS + 3)]
    assert replies.count("uk linked ?[]") == MOST_ORDERS
    assert replies[-1] == "uk refused chat_full"
    assert len(scene.recipient().orders) == MOST_ORDERS
    assert scene.chats_of(str(MOST_ORDERS)) == ()
    assert scene.taps(scene.token("7")) == "uk linked ?[]"  # one that it has


def test_a_faithful_buyer_may_link_on_through_the_years(scene: Scene) -> None:
    for number in range(MOST_ORDERS):
        scene.taps(scene.token(str(number)))
    scene.world.clock.advance(timedelta(days=181))
    token = scene.token("next", expires_at=scene.world.clock.now() + timedelta(days=1))
    assert scene.taps(token) == "uk linked ?[]"
    assert [one.key for one in scene.recipient().orders][-1] == "next"
    assert len(scene.recipient().orders) == MOST_ORDERS


def test_an_order_has_few_chats(scene: Scene) -> None:
    key = order(scene)
    replies = [scene.taps(scene.token(key), chat=7000 + number) for number in range(MOST_CHATS + 1)]
    assert replies[-1] == "uk refused order_full"
    assert len(scene.chats_of(key)) == MOST_CHATS


def test_a_group_is_no_buyer(scene: Scene) -> None:
    key = order(scene)
    assert scene.taps(scene.token(key), chat=GROUP) == "uk private_only"
    assert scene.chats_of(key) == ()
    assert GROUP not in scene.world.memory.recipients


def test_keys_that_cannot_be_read_are_our_fault_and_not_the_buyers(scene: Scene) -> None:
    key = order(scene)
    scene.keys = ConfigurationError("LINK_KEYS: the SSM parameter cannot be used")
    assert scene.taps(scene.token(key)) == "uk refused sorry"
    assert scene.world.said[-1][0] == "links cannot be read"


# --- repeats, races, crashes ------------------------------------------------------------------------------------------


def test_an_update_that_comes_again_after_a_stop_reopens_nothing_r10(scene: Scene) -> None:
    key = order(scene)
    token = scene.token(key)
    scene.taps(token, update=41)
    scene.says("/stop", update=42)
    scene.taps(token, update=41)
    assert scene.recipient().closed is Closed.STOPPED
    scene.taps(token, update=43)
    assert scene.recipient().closed is None


def test_a_tap_that_loses_a_race_is_judged_again(scene: Scene) -> None:
    """Two chats tap one link at the same moment: one wins, the other is refused."""
    key = order(scene)
    token = scene.token(key)

    class Raced(FakeChats):
        raced = False

        def write(self, binding: Binding) -> None:
            if not self.raced:
                self.raced = True
                scene.taps(token, chat=OTHER)
            super().write(binding)

    scene.world.chats = Raced(scene.world.memory)
    assert scene.taps(token) == "uk refused used"
    assert scene.chats_of(key) == (OTHER,)


def test_others_that_keep_writing_first_end_in_a_retry_by_telegram(scene: Scene) -> None:
    tried: list[int] = []

    class Beaten(FakeChats):
        def write(self, binding: Binding) -> None:
            tried.append(1)
            raise StoreConflict("somebody else wrote first")

    scene.world.chats = Beaten(scene.world.memory)
    for typed in (f"/start {scene.token('1')}", "/stop"):
        with pytest.raises(StoreConflict):
            scene.says(typed)
    assert len(tried) == 2 * ROUNDS


def test_the_tap_and_all_that_follows_from_it_are_one_transaction(scene: Scene) -> None:
    key = order(scene)
    scene.taps(scene.token(key))
    before = len(scene.world.memory.writes)
    scene.taps(scene.token(key), chat=OTHER)
    # recipient, the order's chats, the token's use, the announcement, the audit trail; then the chat's slot
    assert scene.world.memory.writes[before:] == [5, 1]
    assert [(one.order_key, one.act, one.detail) for one in scene.world.memory.audits] == [
        (key, "linked", {"chats": 1}),
        (key, "linked", {"chats": 2}),
    ]


def test_a_chat_forgotten_by_hand_may_use_its_link_again(scene: Scene) -> None:
    key = order(scene)
    token = scene.token(key)
    scene.taps(token)
    scene.world.memory.order_chats[key] = OrderChats(order_key=key, revision=1)
    assert scene.taps(token) == f"uk linked TWC1[{A}]"
    assert scene.chats_of(key) == (ME,)
    assert [n for n in scene.world.notices() if n.audience is Audience.SHOP] == []
