"""The chats that a bot knows, and the messages they hold."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

CHAT_STATES: Final = frozenset({"active", "blocked", "deactivated", "not_started", "migrated", "kicked"})


@dataclass(slots=True)
class Chat:
    """`not_started`: Telegram knows the person, who never spoke to the bot."""

    id: int
    name: str = ""
    state: str = "active"
    migrated_to: int | None = None

    @property
    def kind(self) -> str:
        if self.id > 0:
            return "private"
        return "supergroup" if str(self.id).startswith("-100") else "group"

    def shown(self) -> dict[str, Any]:
        title = {"first_name": self.name} if self.id > 0 else {"title": self.name}
        return {"id": self.id, "type": self.kind} | title


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """`at` on the moved clock, ISO in UTC; `answered` False: kept, but the sender was never told."""

    message_id: int
    chat_id: int
    at: str
    text: str
    html: str
    entities: list[dict[str, Any]] = field(default_factory=list)
    silent: bool = False
    answered: bool = True
    markup: Mapping[str, Any] | None = None


class Chats:
    """Messages stay in memory; each is also written to `file`, a line each, so that they outlive a look."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.known: dict[int, Chat] = {}
        self.messages: list[Message] = []

    def put(self, wanted: Mapping[str, Any]) -> Chat:
        """Raises ValueError, KeyError."""
        chat = Chat(
            id=int(wanted["id"]),
            name=str(wanted.get("name") or "Чат"),
            state=str(wanted.get("state") or "active"),
            migrated_to=int(wanted["migrated_to"]) if wanted.get("migrated_to") else None,
        )
        if chat.state not in CHAT_STATES:
            raise ValueError(f"no chat state {chat.state!r}; there are: {', '.join(sorted(CHAT_STATES))}")
        with self._lock:
            self.known[chat.id] = chat
            if chat.state == "migrated" and chat.migrated_to is not None:
                self.known.setdefault(chat.migrated_to, Chat(id=chat.migrated_to, name=chat.name))
        return chat

    def keep(
        self, *, chat: Chat, at: datetime, text: str, html: str, entities: list[dict[str, Any]], **rest: Any
    ) -> Message:
        with self._lock:
            message = Message(
                message_id=len(self.messages) + 1,
                chat_id=chat.id,
                at=at.isoformat(timespec="seconds"),
                text=text,
                html=html,
                entities=entities,
                **rest,
            )
            self.messages.append(message)
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")
        return message

    def rewrite(self, message: Message) -> None:
        with self._lock:
            self.messages = [message if m.message_id == message.message_id else m for m in self.messages]

    def forget_messages(self) -> None:
        with self._lock:
            self.messages.clear()
            if self._file is not None:
                self._file.write_text("", encoding="utf-8")
