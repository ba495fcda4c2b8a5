"""Updates as Telegram sends them, and whatever else may arrive in their place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vistka.domain.errors import BadMessage
from vistka.domain.updates import Update, What, read_update

ME = {"id": 7001, "type": "private", "first_name": "Олена", "username": "olena"}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Магазин"}


def message(text: object = "/start", chat: object = ME, **more: Any) -> dict[str, Any]:
    return {"update_id": 5, "message": {"message_id": 1, "from": ME, "date": 1, "chat": chat, "text": text, **more}}


def press(data: object = "v:mute", **more: Any) -> dict[str, Any]:
    query = {"id": "77", "from": ME, "message": {"message_id": 1, "chat": ME}, "data": data}
    return {"update_id": 6, "callback_query": query | more}


def member(status: object, chat: object = ME) -> dict[str, Any]:
    return {"update_id": 7, "my_chat_member": {"chat": chat, "from": ME, "new_chat_member": {"status": status}}}


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("/start", "start", ""),
        ("/start vQabc", "start", "vQabc"),
        ("/START@vistka_local_bot   vQabc ", "start", "vQabc"),
        ("/start\nvQabc", "start", "vQabc"),
        ("/stop now please", "stop", "now please"),
    ],
)
def test_a_command_is_read_with_what_follows_it(text: str, command: str, argument: str) -> None:
    assert read_update(message(text)) == Update(
        id=5, chat_id=7001, private=True, what=What.COMMAND, command=command, argument=argument
    )


@pytest.mark.parametrize("text", ["Привіт", "", None, 5, "/", "/ні", "//start", "start"])
def test_anything_else_that_a_person_sends_is_text(text: object) -> None:
    assert read_update(message(text)) == Update(id=5, chat_id=7001, private=True, what=What.TEXT)


def test_what_people_say_to_each_other_in_a_group_is_not_for_us() -> None:
    assert read_update(message("Привіт", GROUP)) is None
    command = read_update(message("/start x", GROUP))
    assert command is not None
    assert command.private is False


def test_a_press_is_read_and_a_button_of_others_is_not_ours() -> None:
    update = read_update(press())
    assert update == Update(id=6, chat_id=7001, private=True, what=What.PRESS, pressed="v:mute", under=1, query="77")
    assert read_update(press("order:17")) is None
    assert read_update(press(None)) is None
    assert read_update(press(message=None)) is None


@pytest.mark.parametrize("shown", [None, "1", 1.0, True, {}])
def test_a_press_under_a_message_without_a_number_is_under_none(shown: object) -> None:
    update = read_update(press(message={"message_id": shown, "chat": ME}))
    assert update is not None
    assert (update.pressed, update.under) == ("v:mute", None)


@pytest.mark.parametrize(
    ("status", "what"), [("kicked", What.BLOCKED), ("member", What.OPENED), ("left", None), (None, None)]
)
def test_blocks_and_their_ends_are_read(status: object, what: What | None) -> None:
    expected = Update(id=7, chat_id=7001, private=True, what=what) if what else None
    assert read_update(member(status)) == expected
    assert read_update(member(status, GROUP)) is None


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1])
def test_every_number_that_telegram_may_give_is_an_updates(number: int) -> None:
    update = read_update(message() | {"update_id": number})
    assert update is not None
    assert update.id == number


@pytest.mark.parametrize(
    ("chat_id", "kind", "private"),
    [(1, "private", True), (-1, "private", False), (7001, "group", False), (2**52 - 1, "private", True)],
)
def test_a_chat_is_private_by_its_type_and_by_its_id(chat_id: int, kind: str, private: bool) -> None:  # noqa: FBT001
    update = read_update(message(chat={"id": chat_id, "type": kind}))
    assert update is not None
    assert (update.chat_id, update.private) == (chat_id, private)


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "inline_query", "poll", "message_reaction"])
def test_an_update_without_a_message_is_none_of_ours(kind: str) -> None:
    assert read_update({"update_id": 8, kind: {"chat": ME}}) is None
    assert read_update({"update_id": 8}) is None


def test_the_updates_of_two_bots_are_told_apart() -> None:
    ours, theirs = read_update(message()), read_update(message(), source="f")
    assert ours is not None
    assert theirs is not None
    assert (ours.key, theirs.key) == ("5", "f5")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "not a JSON object"),
        ([], "not a JSON object"),
        ({}, "no update_id"),
        ({"update_id": "5"}, "no update_id"),
        ({"update_id": True}, "no update_id"),
        ({"update_id": -1}, "no update_id"),
        ({"update_id": 2**63}, "no update_id"),
        ({"update_id": 1, "message": "hello"}, "message is not an object"),
        ({"update_id": 1, "message": {}}, "chat is not an object"),
        (message(chat={"id": "7001", "type": "private"}), "chat has no id"),
        (message(chat={"id": 0, "type": "private"}), "chat has no id"),
        (message(chat={"id": 2**52, "type": "private"}), "chat has no id"),
        (message(chat={"type": "private"}), "chat has no id"),
        (press(id=None), "callback_query has no id"),
        (press(id=""), "callback_query has no id"),
        (press(id=77), "callback_query has no id"),
        ({"update_id": 1, "my_chat_member": {"chat": ME}}, "new_chat_member is not an object"),
    ],
)
def test_what_is_no_update_is_refused_naming_the_field_and_nothing_in_it(data: object, said: str) -> None:
    with pytest.raises(BadMessage, match=f"{said}$") as caught:
        read_update(data)
    assert "7001" not in str(caught.value)


def test_an_update_shows_neither_chat_nor_token_in_a_log_r9() -> None:
    assert "7001" not in repr(read_update(message("/start vQabc")))
    assert "vQabc" not in repr(read_update(message("/start vQabc")))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: _JSON | st.fixed_dictionaries({}, optional={"chat": _JSON, "text": _JSON, "data": _JSON, "id": _JSON})
            for name in ("update_id", "message", "callback_query", "my_chat_member")
        },
    )
)
def test_any_json_is_read_or_refused(data: dict[str, Any]) -> None:
    for number in (data.get("update_id"), 1):
        try:
            read_update({**data, "update_id": number})
        except BadMessage:
            continue
