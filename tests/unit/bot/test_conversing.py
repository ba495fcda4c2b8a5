"""What the bot replies to words, commands and buttons, and what it remembers of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.bot.scene import GROUP, ME, OTHER, Press, Scene
from tests.unit.usecases.world import BOT
from vistka.domain.recipients import Closed
from vistka.usecases.conversing import MOST_SHOWN

A, B = "20450000000017", "20450000000024"


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def linked(scene: Scene) -> Scene:
    key = scene.world.order("TWC1", A)
    scene.world.carrier.set(A, "5")
    scene.world.run(timedelta(minutes=1))
    scene.taps(scene.token(key))
    scene.world.notice_queue.sent.clear()
    return scene


def told(scene: Scene) -> list[int]:
    scene.world.clock.advance(timedelta(hours=2))
    scene.world.carrier.set(A, "7", place_number="1")
    scene.world.run()
    scene.world.deliver()
    return [chat for chat, _ in scene.world.texts()]


# --- words and commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["/start", "/status", "/help", "/other", "Привіт", "", "/", "/ start", "start"])
def test_a_stranger_gets_short_help_and_is_not_remembered(scene: Scene, typed: str) -> None:
    assert scene.says(typed) == "uk help"
    assert scene.world.memory.recipients == {}


@pytest.mark.parametrize("typed", ["/status", "/STATUS", "/status@vistka_local_bot", " /status  ", "/start"])
def test_whoever_has_orders_is_shown_them(linked: Scene, typed: str) -> None:
    assert linked.says(typed) == f"uk orders TWC1[{A}]"


def test_the_newest_orders_are_shown_and_the_others_counted(linked: Scene) -> None:
    for number in range(MOST_SHOWN):
        linked.taps(linked.token(f"later{number}"))
    assert linked.says("/status") == f"uk orders {' '.join(['?[]'] * MOST_SHOWN)} 1"


def test_an_order_shows_all_of_its_parcels_and_no_former_one(scene: Scene) -> None:
    key = scene.world.order("TWC1", f"{A}, {B}")
    for ttn in (A, B):
        scene.world.carrier.set(ttn, "5")
    scene.world.run()
    assert scene.taps(scene.token(key)) == f"uk linked TWC1[{A} {B}]"
    scene.world.shop.rows[int(key)]["tracking"] = B[:-2] + "31"
    scene.world.carrier.set(B[:-2] + "31", "5")
    scene.world.run()
    assert scene.says("/status") == f"uk orders TWC1[{B[:-2]}31]"


@pytest.mark.parametrize("typed", ["/status", "/stop", "/start"])
def test_in_a_group_a_command_is_refused_politely(linked: Scene, typed: str) -> None:
    before = dict(linked.world.memory.recipients)
    assert linked.says(typed, chat=GROUP) == "uk private_only"
    assert linked.world.memory.recipients == before


# --- stop, start, blocks ----------------------------------------------------------------------------------------------


def test_stop_ends_it(linked: Scene) -> None:
    assert linked.says("/stop") == "uk stopped"
    assert linked.recipient().closed is Closed.STOPPED
    assert told(linked) == []


def test_start_begins_it_again(linked: Scene) -> None:
    linked.says("/stop")
    assert linked.says("/start") == f"uk unmuted\n\nuk orders TWC1[{A}]"
    assert linked.recipient().closed is None
    assert told(linked) == [ME]


def test_start_ends_a_mute_and_says_that_news_come_again(linked: Scene) -> None:
    linked.presses(Press.MUTE)
    assert linked.says("/start") == f"uk unmuted\n\nuk orders TWC1[{A}]"
    assert linked.says("/start") == f"uk orders TWC1[{A}]"
    assert told(linked) == [ME]


def test_start_says_so_to_whom_no_order_is_linked(scene: Scene) -> None:
    scene.says("/stop")
    assert scene.says("/start") == "uk unmuted\n\nuk help"


def test_a_new_link_begins_it_again_too(linked: Scene) -> None:
    linked.says("/stop")
    linked.taps(linked.token("2"))
    assert linked.recipient().closed is None


def test_a_tap_on_a_link_ends_a_mute_since_it_says_that_news_come_here(linked: Scene) -> None:
    linked.presses(Press.MUTE)
    linked.taps(linked.token("2"))
    assert told(linked) == [ME]


def test_the_stop_of_a_profiles_owner_is_remembered_though_he_linked_nothing(scene: Scene) -> None:
    scene.world.order("TWC1", A, chat=ME)
    scene.world.carrier.set(A, "5")
    scene.says("/stop")
    scene.world.run()
    scene.world.deliver()
    assert scene.world.texts() == []


def test_who_blocks_the_bot_is_not_written_to_until_he_comes_back(linked: Scene) -> None:
    linked.member("kicked")
    assert linked.recipient().closed is Closed.BLOCKED
    assert told(linked) == []
    linked.member("member")
    assert linked.recipient().closed is None


def test_a_block_and_its_end_do_not_undo_a_stop(linked: Scene) -> None:
    linked.says("/stop")
    linked.member("kicked")
    linked.member("member")
    assert linked.recipient().closed is Closed.STOPPED


def test_start_after_a_block_opens_the_chat(linked: Scene) -> None:
    linked.member("kicked")
    before = linked.recipient().opened_at
    linked.world.clock.advance(timedelta(hours=1))
    linked.says("/start")
    assert linked.recipient().closed is None
    assert linked.recipient().opened_at > before


# --- buttons ----------------------------------------------------------------------------------------------------------


def test_a_reply_has_buttons_for_status_mute_and_language(linked: Scene) -> None:
    reply = linked.conversation.answer(linked.typed("/status"))
    assert reply is not None
    assert [[button.says for button in row] for row in reply.buttons] == [[Press.STATUS], [Press.MUTE, Press.LANGUAGE]]
    assert all(button.label.startswith("uk:") for row in reply.buttons for button in row)


def test_the_status_button_shows_the_orders_and_wants_to_be_seen(linked: Scene) -> None:
    reply = linked.presses(Press.STATUS)
    assert (reply.html, reply.query) == (f"uk orders TWC1[{A}]", "q1")


def test_mute_is_silence_and_the_button_offers_to_end_it(linked: Scene) -> None:
    reply = linked.presses(Press.MUTE)
    assert reply.html == "uk muted"
    assert Press.UNMUTE in [button.says for row in reply.buttons for button in row]
    assert told(linked) == []
    assert linked.presses(Press.UNMUTE).html == "uk unmuted"
    assert linked.recipient().muted is False


def test_who_stopped_is_offered_to_hear_again(linked: Scene) -> None:
    linked.says("/stop")
    reply = linked.presses(Press.STATUS)
    assert [button.says for button in reply.buttons[1]] == [Press.UNMUTE, Press.LANGUAGE]
    reply = linked.presses(Press.UNMUTE)
    assert [button.says for button in reply.buttons[1]] == [Press.MUTE, Press.LANGUAGE]


def test_unmute_opens_what_was_stopped(linked: Scene) -> None:
    """The button of an old message says that messages come again, and so they do."""
    linked.says("/stop")
    linked.presses(Press.UNMUTE)
    assert told(linked) == [ME]


def test_a_language_is_chosen_in_two_presses_and_kept(linked: Scene) -> None:
    reply = linked.presses(Press.LANGUAGE)
    assert [[button.says for button in row] for row in reply.buttons] == [[Press.UK, Press.EN, Press.RU]]
    assert linked.presses(Press.EN).html == "en language"
    assert linked.says("/help") == "en help"
    assert linked.recipient().language == "en"


def test_a_button_of_an_older_version_is_answered(linked: Scene) -> None:
    assert linked.presses("v:unheard-of").html == "uk help"


def test_a_button_in_a_group_is_refused(linked: Scene) -> None:
    assert linked.presses(Press.MUTE, chat=GROUP).html == "uk private_only"


# --- repeats and pace -------------------------------------------------------------------------------------------------


def test_an_update_delivered_again_has_no_effect_and_is_answered_again_r10(linked: Scene) -> None:
    linked.says("/stop", update=71)
    linked.says("/start", update=72)
    writes = len(linked.world.memory.writes)
    assert linked.says("/stop", update=71) == "uk stopped"
    assert linked.recipient().closed is None
    assert len(linked.world.memory.writes) == writes + 1  # the chat's slot


def test_what_changes_nothing_writes_nothing(linked: Scene) -> None:
    before = linked.recipient()
    for typed in ("/status", "/help", "Дякую!"):
        linked.says(typed)
    linked.presses(Press.UK)
    linked.presses(Press.UK)
    assert linked.recipient() == replace(before, language="uk", updates=linked.recipient().updates, revision=2)


def _stop(scene: Scene, update: int) -> None:
    scene.says("/stop", update=update)


def _start(scene: Scene, update: int) -> None:
    scene.says("/start", update=update)


def _tap(scene: Scene, update: int) -> None:
    scene.taps(scene.token("2"), update=update)


def _blocked(scene: Scene, update: int) -> None:
    scene.member("kicked", update=update)


def _opened(scene: Scene, update: int) -> None:
    scene.member("member", update=update)


def _mute(scene: Scene, update: int) -> None:
    scene.presses(Press.MUTE, update=update)


def _unmute(scene: Scene, update: int) -> None:
    scene.presses(Press.UNMUTE, update=update)


@pytest.mark.parametrize("closes", [_stop, _blocked, _mute])
@pytest.mark.parametrize("opens", [_start, _unmute, _tap])
def test_of_two_updates_in_the_wrong_order_the_later_counts_r10(
    linked: Scene, closes: Callable[[Scene, int], None], opens: Callable[[Scene, int], None]
) -> None:
    """An update that was answered 503 comes again after its successor."""
    opens(linked, 901)
    closes(linked, 900)
    assert (linked.recipient().closed, linked.recipient().silent) == (None, "")
    if closes is not _blocked:
        closes(linked, 903)
        opens(linked, 902)
        assert linked.recipient().silent != ""


def test_a_block_that_is_told_after_its_end_closes_nothing_r10(linked: Scene) -> None:
    _opened(linked, 901)
    _blocked(linked, 900)
    assert linked.recipient().closed is None
    _blocked(linked, 903)
    _opened(linked, 902)
    assert linked.recipient().closed is Closed.BLOCKED


def test_a_late_tap_links_its_order_and_leaves_the_chat_stopped_r10(linked: Scene) -> None:
    _stop(linked, 901)
    _tap(linked, 900)
    assert linked.chats_of("2") == (ME,)
    assert linked.recipient().closed is Closed.STOPPED


def test_a_choice_of_language_is_no_turn_and_loses_none(linked: Scene) -> None:
    linked.presses(Press.EN, update=901)
    _stop(linked, 900)
    assert (linked.recipient().language, linked.recipient().silent) == ("en", "stopped")


def test_after_a_day_a_lower_number_is_one_of_a_new_count(linked: Scene) -> None:
    """Telegram keeps no update for longer, and begins anywhere after a week without any."""
    _start(linked, 901)
    linked.world.clock.advance(timedelta(days=6))
    _stop(linked, 12)
    assert linked.recipient().closed is Closed.STOPPED


def test_the_numbers_of_two_bots_are_not_compared(linked: Scene) -> None:
    _start(linked, 901)
    linked.heard(replace(linked.typed("/stop", update=12), source="f"))
    assert linked.recipient().closed is Closed.STOPPED


def test_the_numbers_of_a_bot_that_took_anothers_place_are_not_compared(linked: Scene) -> None:
    _start(linked, 901)
    now_another = replace(linked.conversation, bot_id=lambda: BOT + 1)
    assert now_another.answer(linked.typed("/stop", update=12)) is not None
    assert linked.recipient().closed is Closed.STOPPED


def test_a_reply_keeps_its_chats_pace(linked: Scene) -> None:
    linked.world.clock.slept.clear()
    for _ in range(2):
        linked.conversation.answer(linked.typed("/help"))
    linked.conversation.answer(linked.typed("/help", chat=OTHER))
    assert linked.world.clock.slept == [timedelta(seconds=1)]


def test_a_reply_does_not_wait_for_ever(linked: Scene) -> None:
    linked.world.memory.slots[f"CHAT#chat:{ME}"] = linked.world.clock.now() + timedelta(minutes=1)
    assert linked.says("/help") == "uk help"
    assert linked.world.said[-1][0] == "a reply leaves in spite of its chat's pace"
