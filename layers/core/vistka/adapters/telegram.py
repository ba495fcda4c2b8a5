"""Telegram: one message at a time, in the form that Telegram takes, and what `vistka check` asks of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from requests.adapters import BaseAdapter

from vistka.adapters.telegram_answers import Answer, error_of, is_chat_id
from vistka.adapters.telegram_http import BotRequests, one_try
from vistka.adapters.telegram_keyboard import inline_keyboard
from vistka.domain.errors import ChatUnreachable, CredentialRefused, TelegramUnavailable, TelegramUnknown, VistkaError
from vistka.domain.orders import Finding
from vistka.ports import Buttons, Sent
from vistka.texts.markup import TELEGRAM_LIMIT, cut, plain

_FORMS: Final = 5  # as it is, to where the chat moved, without markup, cut, without buttons


class BotApi:
    """ports.Telegram. `total` bounds a whole call, name lookup and second attempts included; getMe, behind which a send
    may have to fit in, has a fifth of it."""

    def __init__(
        self,
        *,
        token: Callable[[], str],
        url: str = "https://api.telegram.org",
        connect_timeout: timedelta = timedelta(seconds=3),
        read_timeout: timedelta = timedelta(seconds=25),
        total: timedelta = timedelta(seconds=28),
        adapter: Callable[[], BaseAdapter] = one_try,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._question = total / 5
        self._requests = BotRequests(
            token=token,
            url=url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            total=total,
            adapter=adapter,
            monotonic=monotonic,
        )

    def send(self, chat_id: int, html: str, *, silent: bool = False, buttons: Buttons = ()) -> Sent:
        """Send HTML as the Bot API understands it.

        Sends at once again, within the same time, what Telegram refused for a reason that can be mended: to the
        supergroup that a group became, as plain text when it could not read the markup, cut when it was too long,
        without the buttons when it does not take them.
        Raises as ports.Telegram says, and ConfigurationError for an unusable address.
        """
        if not is_chat_id(chat_id):
            raise ChatUnreachable("the chat id is not one that Telegram gives", reason="bad_chat")
        deadline = self._requests.deadline()
        form: _Form | None = _Form(chat_id=chat_id, text=html, buttons=buttons)
        while form is not None:
            answer = self._requests.post("sendMessage", form.payload(silent=silent), deadline=deadline)
            if answer.done:
                number = answer.result.get("message_id")
                message_id = number if isinstance(number, int) else None
                return Sent(message_id=message_id, chat_id=form.chat_id, plain=form.plain, cut=form.cut)
            form = form.mended(answer)
        raise error_of(answer)

    def get_me(self) -> str:
        """The bot's @name. Raises CredentialRefused, TelegramLimited, TelegramUnavailable, ConfigurationError."""
        try:
            answer = self._requests.post("getMe", {}, deadline=self._requests.deadline(self._question))
            error = None if answer.done else error_of(answer)
        except TelegramUnknown as lost:
            error = lost
        if isinstance(error, TelegramUnknown):
            # A question may be asked again: a lost answer to it means no more than none.
            raise TelegramUnavailable(str(error))
        if error is not None:
            raise error
        return f"@{answer.result.get('username') or 'unnamed'}"

    def check(self, shop_chat_id: int | None) -> Sequence[Finding]:
        """The bot's token and the shop's chat, for `vistka check`. Nothing is written into the chat."""
        try:
            bot = Finding(name="bot token", ok=True, text=f"Telegram knows the bot as {self.get_me()}")
        except CredentialRefused as error:
            bot = Finding(name="bot token", ok=False, text=str(error), hint=_ASK_BOTFATHER)
        except VistkaError as error:
            bot = Finding(name="bot token", ok=False, text=str(error), hint=_TRY_AGAIN)
        if shop_chat_id is None:
            return [bot, _chat_finding("TELEGRAM_CHAT_ID is not set")]
        if not is_chat_id(shop_chat_id):
            return [bot, _chat_finding("TELEGRAM_CHAT_ID is not a chat's number")]
        if not bot.ok:
            return [bot, _chat_finding("not asked, since the bot cannot ask", hint=bot.hint)]
        return [bot, self._check_chat(shop_chat_id)]

    def _check_chat(self, chat_id: int) -> Finding:
        deadline = self._requests.deadline()
        try:
            found = refusal = self._requests.post("getChat", {"chat_id": chat_id}, deadline=deadline)
            if found.done:
                # getChat answers for a chat that the bot may not write to as well; «typing…» is refused there.
                action = {"chat_id": chat_id, "action": "typing"}
                refusal = self._requests.post("sendChatAction", action, deadline=deadline)
        except VistkaError as error:
            return _chat_finding(str(error), hint=_TRY_AGAIN)
        if refusal.migrate_to is not None:
            return _chat_finding("the group became a supergroup, which has another number")
        if refusal.code in {400, 403}:
            return _chat_finding(str(error_of(refusal)))
        if not found.done:
            return _chat_finding(str(error_of(found)), hint=_TRY_AGAIN)
        kind = str(found.result.get("type", "chat"))
        return Finding(name=_CHAT, ok=True, text=f"the bot may write to it ({kind})")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """One way to put the message; `left` bounds how many others are tried."""

    chat_id: int = field(repr=False)
    text: str = field(repr=False)
    plain: bool = False
    cut: bool = False
    buttons: Buttons = ()
    left: int = _FORMS - 1

    def payload(self, *, silent: bool) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "chat_id": self.chat_id,
            "text": self.text,
            "link_preview_options": {"is_disabled": True},
        }
        if not self.plain:
            payload["parse_mode"] = "HTML"
        if silent:
            payload["disable_notification"] = True
        if self.buttons:
            payload["reply_markup"] = inline_keyboard(self.buttons)
        return payload

    def mended(self, answer: Answer) -> "_Form | None":
        """Another form for a message that was refused; None when there is nothing to mend."""
        if not self.left:
            return None
        once = replace(self, left=self.left - 1)
        if answer.code == 400 and answer.migrate_to is not None and answer.migrate_to != self.chat_id:
            return replace(once, chat_id=answer.migrate_to)
        if answer.bad_buttons and self.buttons:
            return replace(once, buttons=())
        if answer.bad_markup and not self.plain:
            return replace(once, text=plain(self.text), plain=True)
        if answer.too_long and not self.cut:
            return replace(once, text=cut(self.text, TELEGRAM_LIMIT, markup=not self.plain), cut=True)
        return None


_CHAT: Final = "shop's chat"
_ASK_BOTFATHER: Final = (
    "Take the token from @BotFather (/mybots, the bot, API Token) and store it in the SSM parameter that "
    "TELEGRAM_BOT_TOKEN_PARAMETER names."
)
_TRY_AGAIN: Final = "Try again in a minute; if it stays so, see whether the functions reach the internet (VPC, NAT)."
_FIND_THE_CHAT: Final = (
    "Add the bot to the shop's chat and let it write there. Send a message that names it, then open getUpdates of the "
    "Bot API with its token: message.chat.id is the number for TELEGRAM_CHAT_ID (a group's begins with a minus)."
)


def _chat_finding(text: str, *, hint: str = _FIND_THE_CHAT) -> Finding:
    return Finding(name=_CHAT, ok=False, text=text, hint=hint)
