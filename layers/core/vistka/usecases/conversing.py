"""The bot's side of a conversation: one update comes in, one reply goes out."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from vistka.domain.errors import ConfigurationError, SlotTaken, StoreConflict, TokenRefused
from vistka.domain.recipients import Closed, Recipient
from vistka.domain.tokens import KeyRing, Purpose, read
from vistka.domain.updates import BUTTON_PREFIX, Update, What
from vistka.ports import Binding, ChatPaces, Chats, Clock, ParcelStore, Runs
from vistka.usecases.binding import ROUNDS, Binder, Bound, Outcome
from vistka.usecases.viewing import views

#: What people may write behind a slash; everything else is answered with help.
COMMANDS: Final = ("start", "status", "stop", "help")
#: Orders that one reply shows, the newest.
MOST_SHOWN: Final = 5
#: The longest that a reply waits for its chat's slot: Telegram waits for its webhook to answer.
LONGEST_WAIT: Final = timedelta(seconds=2)


class Press(StrEnum):
    """What our buttons say to us."""

    STATUS = f"{BUTTON_PREFIX}status"
    MUTE = f"{BUTTON_PREFIX}mute"
    UNMUTE = f"{BUTTON_PREFIX}unmute"
    LANGUAGE = f"{BUTTON_PREFIX}language"
    UK = f"{BUTTON_PREFIX}uk"
    EN = f"{BUTTON_PREFIX}en"
    RU = f"{BUTTON_PREFIX}ru"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """`buttons` are rows of (label, what it says to us); `query` is the press that wants to be seen, if there was one;
    `outcome` is for the log."""

    chat_id: int = field(repr=False)
    html: str
    outcome: str
    buttons: tuple[tuple[tuple[str, Press], ...], ...] = ()
    query: str = field(default="", repr=False)


class BotTexts(Protocol):
    def reply(self, name: str, language: str, *, now: datetime, **values: Any) -> str:
        """A reply as Telegram HTML, in Ukrainian where the language has none. Raises ConfigurationError."""
        ...

    def button(self, press: str, language: str) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """`keys` reads the ring that signs links, `group_of` hides a recipient."""

    binder: Binder
    chats: Chats
    parcels: ParcelStore
    runs: Runs
    paces: ChatPaces
    texts: BotTexts
    clock: Clock
    keys: Callable[[], KeyRing]
    bot_id: Callable[[], int]
    default_language: str
    group_of: Callable[[str], str]
    say: Callable[..., None]

    def answer(self, update: Update) -> Reply | None:
        """What to reply; None for what wants no reply. What the update changes is stored before this returns, and a
        second time it changes nothing. Raises StoreUnavailable, StoreConflict."""
        reply = self._reply(update)
        if reply is None:
            return None
        try:
            wait = self.paces.take(self.group_of(f"chat:{update.chat_id}"), longest=LONGEST_WAIT)
            if wait:
                self.clock.sleep(wait)
        except SlotTaken:
            self.say("a reply leaves in spite of its chat's pace")
        return replace(reply, query=update.query)

    def _reply(self, update: Update) -> Reply | None:
        match update:
            case Update(private=False):
                return self._said(update, None, "private_only", bare=True)
            case Update(what=What.BLOCKED):
                self._change(update, lambda chat: chat if chat.closed else replace(chat, closed=Closed.BLOCKED))
                return None
            case Update(what=What.OPENED):
                self._change(update, lambda chat: chat if chat.closed is Closed.STOPPED else self._opened(chat))
                return None
            case Update(command="start", argument=argument) if argument:
                return self._start(update)
            case Update(command="start"):
                return self._orders(update, self._change(update, self._opened))
            case Update(command="stop"):
                closed = self._change(update, lambda chat: replace(chat, closed=Closed.STOPPED))
                return self._said(update, closed, "stopped", bare=True)
            case Update(command="status"):
                return self._orders(update, self._known(update))
            case Update(what=What.PRESS):
                return self._pressed(update)
        return self._said(update, self._known(update), "help")

    def _start(self, update: Update) -> Reply:
        try:
            token = read(update.argument, Purpose.LINK, keys=self.keys(), now=self.clock.now())
        except TokenRefused as refused:
            self.say("a link was refused", reason=refused.reason)
            reason = "expired" if refused.reason == "expired" else "invalid"
            return self._said(update, self._known(update), "refused", reason=reason)
        except ConfigurationError as error:
            self.say("links cannot be read", reason=str(error))
            return self._said(update, self._known(update), "refused", reason="sorry")
        bound = self.binder.bind(token, chat_id=update.chat_id, update=update.key)
        if bound.outcome not in {Outcome.LINKED, Outcome.AGAIN}:
            self.say("a link was refused", reason=str(bound.outcome))
            return self._said(update, bound.recipient, "refused", reason=str(bound.outcome))
        return self._linked(update, bound)

    def _linked(self, update: Update, bound: Bound) -> Reply:
        shown = views([bound.order], self.parcels, self.runs)
        return self._said(update, bound.recipient, "linked", orders=shown, outcome=str(bound.outcome))

    def _orders(self, update: Update, known: Recipient | None) -> Reply:
        if known is None or not known.orders:
            return self._said(update, known, "help")
        newest = known.orders[-MOST_SHOWN:][::-1]
        shown = views([self.parcels.order(order.key) for order in newest], self.parcels, self.runs)
        return self._said(update, known, "orders", orders=shown, more=len(known.orders) - len(newest))

    def _pressed(self, update: Update) -> Reply:
        match update.pressed:
            case Press.STATUS:
                return self._orders(update, self._known(update))
            case Press.MUTE | Press.UNMUTE:
                muted = update.pressed == Press.MUTE
                known = self._change(update, lambda chat: replace(chat if muted else self._opened(chat), muted=muted))
                return self._said(update, known, "muted" if muted else "unmuted")
            case Press.LANGUAGE:
                return self._said(update, self._known(update), "languages", languages=True)
            case Press.UK | Press.EN | Press.RU:
                code = update.pressed.removeprefix(BUTTON_PREFIX)
                known = self._change(update, lambda chat: replace(chat, language=code))
                return self._said(update, known, "language")
        return self._said(update, self._known(update), "help")  # a button of an older version

    def _known(self, update: Update) -> Recipient | None:
        return self.chats.recipient(update.chat_id)

    def _opened(self, chat: Recipient) -> Recipient:
        return replace(chat, closed=None, opened_at=self.clock.now(), bot_id=self.bot_id()) if chat.closed else chat

    def _change(self, update: Update, change: Callable[[Recipient], Recipient]) -> Recipient:
        """The chat after the change, which is written with the update's number: the same again has no effect."""
        for attempt in range(ROUNDS):
            known = self._known(update)
            now = self.clock.now()
            before = known or Recipient(chat_id=update.chat_id, bot_id=self.bot_id(), opened_at=now)
            after = before if update.key in before.updates else change(before)
            if after == before:
                return before
            try:
                written = after.after(update.key)
                self.chats.write(Binding(recipient=written))
            except StoreConflict:
                if attempt == ROUNDS - 1:
                    raise
                continue
            return written
        raise AssertionError("every round returns or raises")

    def _said(
        self,
        update: Update,
        known: Recipient | None,
        name: str,
        *,
        bare: bool = False,
        languages: bool = False,
        outcome: str = "",
        **values: Any,
    ) -> Reply:
        language = (known.language if known else "") or self.default_language
        rows: tuple[tuple[Press, ...], ...] = ()
        if languages:
            rows = ((Press.UK, Press.EN, Press.RU),)
        elif not bare:
            rows = ((Press.STATUS,), (Press.UNMUTE if known and known.muted else Press.MUTE, Press.LANGUAGE))
        return Reply(
            chat_id=update.chat_id,
            html=self.texts.reply(name, language, now=self.clock.now(), **values),
            outcome=outcome or str(values.get("reason") or name),
            buttons=tuple(tuple((self.texts.button(press, language), press) for press in row) for row in rows),
        )
