"""What an answer of Telegram's Bot API means for one message."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from vistka.domain.errors import (
    ChatUnreachable,
    CredentialRefused,
    TelegramLimited,
    TelegramRejected,
    TelegramUnavailable,
    TelegramUnknown,
    VistkaError,
)

#: How long to wait after a 429 that does not say; how long at most, whatever it says (a queue message can be hidden
#: no longer).
RETRY_AFTER_DEFAULT: Final = timedelta(seconds=30)
RETRY_AFTER_MOST: Final = timedelta(hours=12)

#: The only 403 texts after which nothing arrives until the chat's owner acts. Any other has been a passing fault (F39).
_GONE: Final = {
    "bot was blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "bot can't initiate conversation with a user": "not_started",
    "bot can't initiate conversation": "not_started",
}
_NO_CHAT: Final = ("chat not found", "peer_id_invalid")
_BAD_MARKUP: Final = ("can't parse",)
_BAD_BUTTONS: Final = ("button", "reply markup", "reply_markup")
_TOO_LONG: Final = ("message is too long", "message_too_long", "text is too long")
_EMPTY: Final = ("text is empty", "text must be non-empty", "message_empty")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`code` is what decides: 200 for done, a 4xx for a refusal, 0 when nobody knows what became of the request.

    `enveloped` says that it is the Bot API that speaks, and nothing between us and it.
    """

    code: int
    status: int
    enveloped: bool = False
    description: str = field(default="", repr=False)
    result: Mapping[str, Any] = field(default_factory=dict, repr=False)
    items: tuple[Any, ...] = field(default=(), repr=False)  # of a result that is a list
    retry_after: timedelta = RETRY_AFTER_DEFAULT
    migrate_to: int | None = field(default=None, repr=False)

    @property
    def done(self) -> bool:
        return self.code == 200

    @property
    def bad_markup(self) -> bool:
        return self.code == 400 and self._says(_BAD_MARKUP)

    @property
    def bad_buttons(self) -> bool:
        return self.code == 400 and self._says(_BAD_BUTTONS)

    @property
    def too_long(self) -> bool:
        return self.code in {400, 413} and self._says(_TOO_LONG)

    @property
    def empty(self) -> bool:
        return self.code == 400 and self._says(_EMPTY)

    @property
    def no_chat(self) -> bool:
        return self.code == 400 and self._says(_NO_CHAT)

    @property
    def gone(self) -> str | None:
        """Why the chat is closed to us for good; None for any 403 that does not say exactly that."""
        return _GONE.get(self._bare) if self.code == 403 else None

    @property
    def _bare(self) -> str:
        return re.sub(r"^(forbidden|bad request):\s*", "", self.description.casefold().strip()).rstrip(". ")

    def _says(self, texts: tuple[str, ...]) -> bool:
        said = self.description.casefold()
        return any(text in said for text in texts)


def read_answer(status: int, body: bytes | None, *, retry_after: str | None = None) -> Answer:
    """Read what came back. `body` is None when it could not be read whole; `retry_after` is the header of that name."""
    envelope = _envelope(body)
    if 200 <= status < 300:
        if envelope is None:
            return Answer(code=0, status=status)
        if envelope["ok"]:
            result = envelope.get("result")
            return Answer(
                code=200,
                status=status,
                enveloped=True,
                result=result if isinstance(result, Mapping) else {},
                items=tuple(result) if isinstance(result, list) else (),
            )
    elif not 400 <= status < 500:
        return Answer(code=0, status=status)
    if envelope is None or envelope["ok"]:
        return Answer(code=status, status=status, retry_after=_wait(retry_after))
    code = envelope.get("error_code")
    if not isinstance(code, int) or not 400 <= code < 500:
        code = status if status >= 400 else 0
    given = envelope.get("parameters")
    parameters = given if isinstance(given, Mapping) else {}
    moved = parameters.get("migrate_to_chat_id")
    return Answer(
        code=code,
        status=status,
        enveloped=True,
        description=str(envelope.get("description") or ""),
        retry_after=_wait(parameters.get("retry_after", retry_after)),
        migrate_to=moved if is_chat_id(moved) else None,
    )


def error_of(answer: Answer) -> VistkaError:
    """The error for an answer that is not `done`. Its text holds no URL, no chat and no part of our message."""
    match answer.code:
        case 401 | 404:
            return CredentialRefused("Telegram does not accept the bot token")
        case 429:
            seconds = answer.retry_after.total_seconds()
            return TelegramLimited(f"Telegram asks to wait {seconds:g} s", retry_after=answer.retry_after)
        case 403 if answer.gone:
            return ChatUnreachable(f"the chat is closed to the bot: {answer.gone}", reason=answer.gone)
        case 403:
            return TelegramUnavailable(f"Telegram refused, perhaps in passing: 403{_said(answer)}")
        case 0:
            return TelegramUnknown(f"Telegram's answer says nothing: HTTP {answer.status}")
    if not answer.enveloped:
        return TelegramUnavailable(f"something before Telegram refused: HTTP {answer.status}")
    if answer.no_chat:
        return ChatUnreachable("Telegram knows no such chat", reason="not_found")
    if answer.empty:
        return TelegramRejected("the message is empty", reason="empty")
    if answer.too_long:
        return TelegramRejected("the message is too long", reason="too_long")
    if answer.bad_markup:
        return TelegramRejected("Telegram cannot read the message", reason="markup")
    return TelegramRejected(f"Telegram will not take this message: {answer.code}{_said(answer)}", reason="rejected")


def is_chat_id(value: object) -> bool:
    """Whether this can be a chat: a whole number of at most 52 bits, as the Bot API documents, and not 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < abs(value) < 2**52


def _envelope(body: bytes | None) -> dict[str, Any] | None:
    try:
        data = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("ok"), bool) else None


def _wait(given: object) -> timedelta:
    try:
        seconds = float(str(given))
    except ValueError:
        return RETRY_AFTER_DEFAULT
    if not seconds > 0:  # NaN as well
        return RETRY_AFTER_DEFAULT
    return timedelta(seconds=min(max(seconds, 1), RETRY_AFTER_MOST.total_seconds()))


def _said(answer: Answer) -> str:
    # Telegram quotes what it did not like, and that is ours; long numbers may be a chat.
    said = re.sub(r'"[^"]*"|\d{5,}|@\w+|https?:\S+', "…", " ".join(answer.description.split()))[:120]
    return f" {said}" if said else ""
