"""The Bot API's methods: what each answers, and what it refuses in which words."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from local.standins.bot_chats import Chat, Chats, Message
from local.standins.bot_people import People
from local.standins.bot_webhook import Webhook
from local.standins.clock import MovedClock
from local.standins.telegram_html import MarkupError, Parsed, parse_html, units

_LONGEST: Final = 4096
#: Bytes of a button's callback_data.
_MOST_SAID: Final = 64
_STATES: Final = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "not_started": (403, "Forbidden: bot can't initiate conversation with a user"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
}


class ApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        out: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return out | ({"parameters": self.parameters} if self.parameters else {})


@dataclass(slots=True)
class BotSettings:
    """Limits in real seconds; 0 switches one off. A chat may have one message per `chat_interval`."""

    chat_interval: float = 1.0
    per_second: int = 30


#: Of the stand-in bot.
USERNAME: Final = "vistka_local_bot"


@dataclass(slots=True)
class Bot:
    chats: Chats
    clock: MovedClock
    settings: BotSettings
    id: int = 7000000001
    username: str = USERNAME
    webhook: Webhook = field(init=False)
    people: People = field(init=False)
    #: (what, language) -> as it was set
    profile: dict[tuple[str, str], Any] = field(default_factory=dict)
    answered_queries: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: dict[int, float] = field(default_factory=dict)
    _recent: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.webhook = Webhook(clock=self.clock, call=self.call)
        self.people = People(chats=self.chats, clock=self.clock, webhook=self.webhook)

    def call(self, method: str, fields: Mapping[str, Any], *, answered: bool = True) -> Any:
        """The `result` of a method. Raises ApiError. `answered` False: the answer will not reach its caller."""
        known: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "getme": self._get_me,
            "getchat": lambda f: self._chat(f).shown(),
            "sendmessage": lambda f: self._send(f, answered=answered),
            "sendchataction": self._act,
            "editmessagetext": self._edit,
            "editmessagereplymarkup": self._edit_buttons,
            "setwebhook": self._set_webhook,
            "deletewebhook": lambda f: self._set_webhook({**f, "url": ""}),
            "getwebhookinfo": lambda _f: self.webhook.info(),
            "getupdates": self._get_updates,
            "answercallbackquery": self._answer_query,
            "deletemycommands": lambda f: self._describe("commands", {**f, "commands": []}),
            "getmycommands": lambda f: self.profile.get(("commands", _language(f)), []),
        }
        for what in ("commands", "description", "short_description", "name"):
            name = what.replace("_", "")
            known[f"setmy{name}"] = lambda f, what=what: self._describe(what, f)  # type: ignore[misc]
            if what != "commands":
                known[f"getmy{name}"] = lambda f, what=what: {what: self.profile.get((what, _language(f)), "")}  # type: ignore[misc]
        run = known.get(method.lower())
        if run is None:
            raise ApiError(404, "Not Found")
        return run(fields)

    def _get_me(self, _fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": "Вістка", "username": self.username}

    def _chat(self, fields: Mapping[str, Any]) -> Chat:
        typed = str(fields.get("chat_id") or "").strip()
        if not typed:
            raise ApiError(400, "Bad Request: chat_id is empty")
        chat = self.chats.known.get(int(typed)) if typed.lstrip("-").isdigit() else None
        if chat is None:
            raise ApiError(400, "Bad Request: chat not found")
        return chat

    def _writable(self, fields: Mapping[str, Any]) -> Chat:
        chat = self._chat(fields)
        if chat.state == "migrated":
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, said, **({"migrate_to_chat_id": chat.migrated_to} if chat.migrated_to else {}))
        if chat.state in _STATES:
            raise ApiError(*_STATES[chat.state])
        return chat

    def _act(self, fields: Mapping[str, Any]) -> bool:
        self._writable(fields)
        if not fields.get("action"):
            raise ApiError(400, "Bad Request: wrong parameter action in request")
        return True

    def _send(self, fields: Mapping[str, Any], *, answered: bool) -> dict[str, Any]:
        parsed = _text(fields)
        chat = self._writable(fields)
        self._limit(chat.id)
        markup = _markup(fields)
        message = self.chats.keep(
            chat=chat,
            at=self.clock.now(),
            text=parsed.text,
            html=str(fields.get("text")),
            entities=parsed.entities,
            silent=str(fields.get("disable_notification", False)).lower() in {"true", "1"},
            answered=answered,
            markup=markup,
        )
        return self._shown(message, chat)

    def _edit(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        parsed = _text(fields)
        chat = self._chat(fields)
        found = self._kept(chat, fields)
        if (found.text, found.entities) == (parsed.text, parsed.entities):
            raise ApiError(400, "Bad Request: message is not modified")
        changed = replace(found, text=parsed.text, html=str(fields.get("text")), entities=parsed.entities)
        self.chats.rewrite(changed)
        return self._shown(changed, chat)

    def _edit_buttons(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        chat = self._chat(fields)
        found, markup = self._kept(chat, fields), _markup(fields)
        if found.markup == markup:
            raise ApiError(400, "Bad Request: message is not modified")
        changed = replace(found, markup=markup)
        self.chats.rewrite(changed)
        return self._shown(changed, chat)

    def _kept(self, chat: Chat, fields: Mapping[str, Any]) -> Message:
        wanted = int(fields.get("message_id") or 0)
        found = next((m for m in self.chats.messages if m.message_id == wanted and m.chat_id == chat.id), None)
        if found is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        return found

    def _set_webhook(self, fields: Mapping[str, Any]) -> bool:
        url = str(fields.get("url") or "")
        if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = str(fields.get("secret_token") or "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        allowed = fields.get("allowed_updates")
        self.webhook.set(
            url,
            secret=secret,
            allowed=tuple(str(one) for one in allowed) if isinstance(allowed, list) else (),
            drop=str(fields.get("drop_pending_updates", False)).lower() in {"true", "1"},
        )
        return True

    def _get_updates(self, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        if self.webhook.url:
            said = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            raise ApiError(409, said)
        return self.webhook.take(int(fields.get("offset") or 0), int(fields.get("limit") or 100))

    def _answer_query(self, fields: Mapping[str, Any]) -> bool:
        self.answered_queries.append(dict(fields))
        return True

    def _describe(self, what: str, fields: Mapping[str, Any]) -> bool:
        self.profile[what, _language(fields)] = fields.get(what) or ([] if what == "commands" else "")
        return True

    def _shown(self, message: Message, chat: Chat) -> dict[str, Any]:
        out = {
            "message_id": message.message_id,
            "from": self._get_me({}),
            "chat": chat.shown(),
            "date": int(self.clock.now().timestamp()),
            "text": message.text,
        }
        return out | ({"entities": message.entities} if message.entities else {})

    def _limit(self, chat: int) -> None:
        with self._lock:
            now = self.clock.ticks()
            self._recent = [at for at in self._recent if now - at < 1]
            over = self.settings.per_second and len(self._recent) >= self.settings.per_second
            # A tenth of the interval is forgiven: clocks and networks jitter.
            if over or now - self._last.get(chat, -1e9) < self.settings.chat_interval * 0.9:
                raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
            self._recent.append(now)
            self._last[chat] = now


def _language(fields: Mapping[str, Any]) -> str:
    return str(fields.get("language_code") or "")


def _markup(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The buttons, refused as Telegram refuses what it cannot take."""
    markup = fields.get("reply_markup")
    if not isinstance(markup, dict):
        return None
    for one in (one for row in markup.get("inline_keyboard", ()) for one in row):
        said = str(one.get("callback_data") or "")
        if "url" not in one and not 1 <= len(said.encode()) <= _MOST_SAID:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup


def _text(fields: Mapping[str, Any]) -> Parsed:
    text, mode = str(fields.get("text") or ""), str(fields.get("parse_mode") or "").lower()
    if mode not in {"", "html"}:
        raise ApiError(400, "Bad Request: unsupported parse_mode")
    try:
        parsed = parse_html(text) if mode else Parsed(text=text)
    except MarkupError as refused:
        raise ApiError(400, f"Bad Request: can't parse entities: {refused}") from None
    if not parsed.text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if units(parsed.text) > _LONGEST:
        raise ApiError(400, "Bad Request: message is too long")
    return parsed
