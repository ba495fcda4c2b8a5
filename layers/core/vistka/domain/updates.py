"""What Telegram tells the bot: who wrote what, who pressed which button, who blocked it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from vistka.domain.errors import BadMessage

#: The kinds of updates that are asked for; Telegram delivers no other (core.telegram.org/bots/api#update).
ALLOWED: Final = ("message", "callback_query", "my_chat_member")
#: What our buttons say to us begins so: whoever else has buttons in the same bot can tell them apart.
BUTTON_PREFIX: Final = "v:"

_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w{1,64})?(?:\s+(\S.*))?", re.DOTALL)
#: Telegram's ids fit in 52 bits (its documentation of Chat.id), numbers of updates in 63.
_LARGEST_ID: Final = 2**52


class What(StrEnum):
    COMMAND = "command"
    TEXT = "text"  # a message that is no command: words, a picture, a sticker
    PRESS = "press"
    BLOCKED = "blocked"
    OPENED = "opened"


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """`source` tells the numbers of one bot from those of another. `command` is without its slash and in lower case,
    `argument` what followed it; `pressed` what the button says, `under` the message that shows it, where Telegram names
    one, and `query` the name under which Telegram wants to hear that the press was seen."""

    id: int
    source: str = ""
    chat_id: int = field(repr=False)
    private: bool
    what: What
    command: str = ""
    argument: str = field(default="", repr=False)
    pressed: str = ""
    under: int | None = None
    query: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        return f"{self.source}{self.id}"


def read_update(data: Any, *, source: str = "") -> Update | None:
    """None for an update that is none of ours to answer. Raises BadMessage for what is no update, naming the field
    that is wrong and nothing that stands in it."""
    if not isinstance(data, Mapping):
        raise BadMessage("an update is not a JSON object")
    number = data.get("update_id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**63:
        raise BadMessage("an update has no update_id")
    if "message" in data:
        update = _of_message(number, _object(data, "message"))
    elif "callback_query" in data:
        update = _of_press(number, _object(data, "callback_query"))
    elif "my_chat_member" in data:
        update = _of_member(number, _object(data, "my_chat_member"))
    else:
        return None
    return replace(update, source=source) if update is not None else None


def _of_message(number: int, message: Mapping[str, Any]) -> Update | None:
    chat_id, private = _chat(message)
    text = message.get("text")
    match = _COMMAND.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is not None:
        command, argument = match[1].lower(), (match[2] or "").strip()
        return Update(
            id=number, chat_id=chat_id, private=private, what=What.COMMAND, command=command, argument=argument
        )
    # What people say to each other in a group, and Telegram's own notes (somebody joined), are not for us.
    return Update(id=number, chat_id=chat_id, private=True, what=What.TEXT) if private else None


def _of_press(number: int, query: Mapping[str, Any]) -> Update | None:
    pressed, name = query.get("data"), query.get("id")
    if not isinstance(name, str) or not name:
        raise BadMessage("a callback_query has no id")
    if (
        not isinstance(pressed, str)
        or not pressed.startswith(BUTTON_PREFIX)
        or not isinstance(query.get("message"), Mapping)
    ):
        return None
    chat_id, private = _chat(query["message"])
    shown = query["message"].get("message_id")
    return Update(
        id=number,
        chat_id=chat_id,
        private=private,
        what=What.PRESS,
        pressed=pressed,
        under=shown if isinstance(shown, int) and not isinstance(shown, bool) else None,
        query=name,
    )


def _of_member(number: int, change: Mapping[str, Any]) -> Update | None:
    chat_id, private = _chat(change)
    member = _object(change, "new_chat_member")
    what = {"kicked": What.BLOCKED, "member": What.OPENED}.get(str(member.get("status")))
    return Update(id=number, chat_id=chat_id, private=True, what=what) if private and what else None


def _chat(holder: Mapping[str, Any]) -> tuple[int, bool]:
    chat = _object(holder, "chat")
    chat_id = chat.get("id")
    if not isinstance(chat_id, int) or isinstance(chat_id, bool) or not 0 < abs(chat_id) < _LARGEST_ID:
        raise BadMessage("an update's chat has no id")
    return chat_id, chat.get("type") == "private" and chat_id > 0


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if not isinstance(value, Mapping):
        raise BadMessage(f"an update's {name} is not an object")
    return value
