"""The bot's door: requests at the Function URL, of which only those with a secret are read."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vistka.adapters.telegram_keyboard import inline_keyboard
from vistka.domain.errors import BadMessage, ConfigurationError, VistkaError
from vistka.domain.updates import read_update
from vistka.texts.markup import TELEGRAM_LIMIT, cut, plain
from vistka.usecases.conversing import COMMANDS, Conversation, Reply

#: core.telegram.org/bots/api#setwebhook
TELEGRAM_HEADER: Final = "x-telegram-bot-api-secret-token"
#: For a bot of the shop's own, which passes on what it does not know.
FORWARD_HEADER: Final = "x-vistka-forward-secret"
#: Bytes. A message is 4 096 characters with its entities; nothing that Telegram sends comes near.
LARGEST: Final = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A header, the secret that must stand in it, and what the numbers of that bot's updates begin with."""

    header: str
    secret: Callable[[], str]
    source: str


@dataclass(frozen=True, kw_only=True)
class Door:
    """`seen` tells Telegram that a press was seen, and what to show for it; that may fail. `note` logs what went well,
    `say` what did not."""

    expected: tuple[Expected, ...]
    conversation: Callable[[], Conversation]
    seen: Callable[[str, str], None]
    note: Callable[..., None]
    say: Callable[..., None]

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The response. The reply is a method in it, which Telegram then calls itself: it costs no request.

        403 without a secret, 400 and 413 for what no bot sends, 503 for what may pass or be mended: Telegram then comes
        again, for a day.
        """
        try:
            source = self._source(event)
            if source is None:
                return _response(403)
            reply = self._reply(event, source)
        except BadMessage as error:
            self.say("an update was refused", reason=str(error))
            return _response(413 if isinstance(error, _TooLarge) else 400, {"error": str(error)})
        except VistkaError as error:
            self.say("an update comes again", kind=type(error).__name__, reason=str(error))
            return _response(503)
        return _response(200, _method(reply) if reply is not None else None)

    def _source(self, event: Mapping[str, Any]) -> str | None:
        headers = event.get("headers")
        for expected in self.expected:
            given = headers.get(expected.header) if isinstance(headers, Mapping) else None
            # Without the header no secret is read: strangers cost as little as can be.
            if isinstance(given, str) and given and self._is(given, expected):
                return expected.source
        return None

    def _is(self, given: str, expected: Expected) -> bool:
        try:
            secret = expected.secret()
        except ConfigurationError as error:
            self.say("the door is closed: its secret cannot be read", header=expected.header, reason=str(error))
            return False
        return bool(secret) and hmac.compare_digest(given.encode(), secret.encode())

    def _reply(self, event: Mapping[str, Any], source: str) -> Reply | None:
        update = read_update(_json(event), source=source)
        if update is None:
            self.note("an update that is not for us")
            return None
        reply = self.conversation().answer(update)
        outcome = reply.outcome if reply else "no reply"
        # Only commands that we know: a person may write anything behind a slash.
        command = update.command if update.command in COMMANDS else ""
        self.note("an update", what=str(update.what), command=command, outcome=outcome)
        if reply is not None and reply.query:
            try:
                self.seen(reply.query, plain(reply.html) if reply.aside else "")
            except VistkaError as error:
                self.say("a press was not confirmed", kind=type(error).__name__)
        return reply


class _TooLarge(BadMessage):
    pass


def _json(event: Mapping[str, Any]) -> Any:
    body = event.get("body") or ""
    if not isinstance(body, str) or len(body) > LARGEST * 4 // 3 + 4:
        raise _TooLarge(f"an update is larger than {LARGEST // 1024} KiB")
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, ValueError):
        raise BadMessage("an update is not JSON") from None
    if len(raw) > LARGEST:
        raise _TooLarge(f"an update is larger than {LARGEST // 1024} KiB")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise BadMessage("an update is not JSON") from None


def _method(reply: Reply) -> dict[str, Any] | None:
    """core.telegram.org/bots/api#making-requests-when-getting-updates"""
    if reply.aside:
        return None if reply.under is None else _changed_buttons(reply, reply.under)
    method: dict[str, Any] = {
        "method": "sendMessage",
        "chat_id": reply.chat_id,
        "text": cut(reply.html, TELEGRAM_LIMIT),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if reply.buttons:
        method["reply_markup"] = inline_keyboard(reply.buttons)
    return method


def _changed_buttons(reply: Reply, message_id: int) -> dict[str, Any]:
    return {
        "method": "editMessageReplyMarkup",
        "chat_id": reply.chat_id,
        "message_id": message_id,
        "reply_markup": inline_keyboard(reply.buttons),
    }


def _response(status: int, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body or {}, ensure_ascii=False),
    }
