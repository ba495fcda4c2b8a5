"""The bot itself, for the command line: who it is, where its webhook leads, and which chat it may write to."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from requests.adapters import BaseAdapter

from vistka.adapters.telegram_answers import Answer, error_of, is_chat_id
from vistka.adapters.telegram_http import BotRequests, one_try
from vistka.domain.errors import ChatUnreachable, TelegramUnavailable, TelegramUnknown

#: Telegram's own default of updates that it delivers at once.
_CONNECTIONS: Final = 40
#: Characters (core.telegram.org/bots/api#answercallbackquery).
_LONGEST_TOAST: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """`id` is the number before the colon of every token that the bot has ever had."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """Where Telegram sends what people write to the bot; an empty `url` is none.

    The path of somebody's webhook often is a secret, or the token itself: `place` is what may be shown.
    """

    url: str = field(default="", repr=False)
    waiting: int = 0
    last_error: str = field(default="", repr=False)
    last_error_at: datetime | None = None
    allowed_updates: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        if not self.url:
            return ""
        try:
            parts = urlsplit(self.url)
            host = f"{parts.hostname or '?'}{f':{parts.port}' if parts.port else ''}"
        except ValueError:
            return "an address that cannot be read"
        return f"{parts.scheme}://{host}{'/…' if parts.path.strip('/') or parts.query else ''}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chat:
    """`kind` as Telegram says: private, group, supergroup, channel."""

    id: int = field(repr=False)
    kind: str
    title: str = field(default="", repr=False)


class BotAccount:
    """Every question may be asked again, and each raises CredentialRefused for a token that Telegram does not take,
    TelegramLimited, TelegramUnavailable, and ConfigurationError for an unusable address. No error text holds the
    token, an address or a chat.
    """

    def __init__(
        self,
        *,
        token: Callable[[], str],
        url: str = "https://api.telegram.org",
        total: timedelta = timedelta(seconds=20),
        adapter: Callable[[], BaseAdapter] = one_try,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._requests = BotRequests(
            token=token,
            url=url,
            connect_timeout=timedelta(seconds=5),
            read_timeout=total,
            total=total,
            adapter=adapter,
            monotonic=monotonic,
        )

    def me(self) -> Identity:
        """Who the token belongs to (getMe)."""
        found = self._ask("getMe").result
        return Identity(id=_number(found.get("id")), name=f"@{found.get('username') or 'unnamed'}")

    def webhook(self) -> Webhook:
        """getWebhookInfo."""
        found = self._ask("getWebhookInfo").result
        moment = _number(found.get("last_error_date"))
        allowed = found.get("allowed_updates")
        return Webhook(
            url=str(found.get("url") or ""),
            waiting=_number(found.get("pending_update_count")),
            last_error=str(found.get("last_error_message") or ""),
            last_error_at=datetime.fromtimestamp(moment, UTC) if moment else None,
            allowed_updates=tuple(str(one) for one in allowed) if isinstance(allowed, list) else (),
        )

    def set_webhook(
        self, url: str, *, secret: str, allowed_updates: Sequence[str], connections: int = _CONNECTIONS
    ) -> None:
        """Let Telegram send what people write to `url`, with `secret` in X-Telegram-Bot-Api-Secret-Token (1 to 256 of
        A–Z a–z 0–9 _ -). It takes the place of any webhook that there is. Raises TelegramRejected for an address that
        Telegram does not take."""
        self._ask(
            "setWebhook",
            {
                "url": url,
                "secret_token": secret,
                "allowed_updates": list(allowed_updates),
                "max_connections": connections,
            },
        )

    def delete_webhook(self) -> None:
        """What waits for delivery stays with Telegram, for whoever asks for it next."""
        self._ask("deleteWebhook")

    def commands(self, language: str) -> dict[str, str]:
        """Command -> what its menu says, for readers of that language ("": for all others; getMyCommands)."""
        found = self._ask("getMyCommands", {"language_code": language}).items
        return {str(one.get("command")): str(one.get("description")) for one in found if isinstance(one, Mapping)}

    def set_commands(self, language: str, commands: Mapping[str, str]) -> None:
        """setMyCommands; none takes the menu away."""
        menu = [{"command": name, "description": text} for name, text in commands.items()]
        self._ask("setMyCommands", {"commands": menu, "language_code": language})

    def description(self, language: str) -> str:
        """What an empty chat with the bot says (getMyDescription)."""
        return str(self._ask("getMyDescription", {"language_code": language}).result.get("description") or "")

    def set_description(self, language: str, text: str) -> None:
        """setMyDescription: at most 512 characters."""
        self._ask("setMyDescription", {"description": text, "language_code": language})

    def press_seen(self, query: str, text: str = "") -> None:
        """Let the button that was pressed stop turning (answerCallbackQuery); `text`, up to 200 characters, is shown to
        whoever pressed it. Raises TelegramRejected for a press that lies too far back."""
        shown = {"text": text[:_LONGEST_TOAST]} if text else {}
        self._ask("answerCallbackQuery", {"callback_query_id": query, **shown})

    def chat(self, chat_id: int) -> Chat:
        """A chat that the bot may write to; nothing is written there (getChat, and «typing…», which is refused where
        a message would be). Raises ChatUnreachable with the reason, TelegramRejected."""
        if not is_chat_id(chat_id):
            raise ChatUnreachable("this is no chat's number", reason="bad_chat")
        found = self._ask("getChat", {"chat_id": chat_id}).result
        self._ask("sendChatAction", {"chat_id": chat_id, "action": "typing"})
        title = found.get("title") or found.get("first_name") or ""
        return Chat(id=chat_id, kind=str(found.get("type") or "chat"), title=str(title))

    def _ask(self, method: str, payload: Mapping[str, Any] | None = None) -> Answer:
        try:
            answer = self._requests.post(method, payload or {}, deadline=self._requests.deadline())
            error = None if answer.done else _error_of(answer)
        except TelegramUnknown as lost:
            error = lost
        if isinstance(error, TelegramUnknown):
            # Each of these may be asked again: a lost answer means no more than none.
            raise TelegramUnavailable(str(error))
        if error is not None:
            raise error
        return answer


def _error_of(answer: Answer) -> Exception:
    if answer.migrate_to is not None:
        return ChatUnreachable("the group became a supergroup, which has another number", reason="migrated")
    return error_of(answer)


def bot_id(token: str) -> int | None:
    """The bot that a token belongs to; None for what cannot be a token."""
    digits, colon, rest = token.strip().partition(":")
    return int(digits) if colon and rest and digits.isascii() and digits.isdecimal() else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
