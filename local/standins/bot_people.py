"""What people do in their chats with the bot: they type, press buttons, block it and come back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.standins.bot_chats import Chat, Chats
from local.standins.bot_webhook import Webhook
from local.standins.clock import MovedClock


@dataclass(slots=True)
class People:
    """Each method returns the number of the update that it makes. Raises ValueError for what a person cannot do."""

    chats: Chats
    clock: MovedClock
    webhook: Webhook
    _numbers: "count[int]" = field(default_factory=lambda: count(100_001))
    _messages: "count[int]" = field(default_factory=lambda: count(50_001))

    def type(self, chat_id: int, text: str, *, name: str = "") -> int:
        """A person's first message makes a chat of them."""
        chat = self.chats.known.get(chat_id) or self.chats.put({"id": chat_id, "name": name or "Людина"})
        if chat.state == "not_started":
            chat.state = "active"
        if chat.state != "active":
            raise ValueError(f"in a chat that is {chat.state} nobody can type; unblock the bot first")
        message: dict[str, Any] = {
            "message_id": next(self._messages),
            "from": _person(chat),
            "chat": chat.shown(),
            "date": self._now(),
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return self._update({"message": message})

    def press(self, chat_id: int, button: str) -> int:
        """Press a button of the newest message that has it, by what stands on it or what it says to the bot."""
        for message in reversed(self.chats.messages):
            if message.chat_id != chat_id or not message.markup:
                continue
            for one in (one for row in message.markup.get("inline_keyboard", ()) for one in row):
                if button in {one.get("text"), one.get("callback_data")}:
                    chat = self.chats.known[chat_id]
                    shown = {
                        "message_id": message.message_id,
                        "chat": chat.shown(),
                        "date": self._now(),
                        "text": message.text,
                    }
                    query = {
                        "from": _person(chat),
                        "message": shown,
                        "chat_instance": "1",
                        "data": one["callback_data"],
                    }
                    return self._update({"callback_query": {"id": str(next(self._messages)), **query}})
        raise ValueError(f"no message of the bot shows a button {button!r} there")

    def block(self, chat_id: int) -> int:
        return self._membership(chat_id, "blocked", "member", "kicked")

    def unblock(self, chat_id: int) -> int:
        return self._membership(chat_id, "active", "kicked", "member")

    def _membership(self, chat_id: int, state: str, old: str, new: str) -> int:
        chat = self.chats.known.get(chat_id)
        if chat is None:
            raise ValueError("who never spoke to the bot cannot block it")
        chat.state = state
        who = {"user": {"id": 7000000001, "is_bot": True, "first_name": "Вістка"}}
        change = {"chat": chat.shown(), "from": _person(chat), "date": self._now()}
        statuses = {"old_chat_member": who | {"status": old}, "new_chat_member": who | {"status": new}}
        return self._update({"my_chat_member": change | statuses})

    def _update(self, kind: Mapping[str, Any]) -> int:
        number = next(self._numbers)
        self.webhook.put({"update_id": number, **kind})
        return number

    def _now(self) -> int:
        return int(self.clock.now().timestamp())


def _person(chat: Chat) -> dict[str, Any]:
    return {"id": abs(chat.id), "is_bot": False, "first_name": chat.name, "language_code": "uk"}
