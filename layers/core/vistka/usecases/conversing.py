"""The bot's side of a conversation: one update comes in, one reply goes out."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from vistka.domain.audit import Act, Actor, Audit
from vistka.domain.errors import ConfigurationError, SlotTaken, StoreConflict, TokenRefused
from vistka.domain.notices import SHOP_KEY
from vistka.domain.presses import Press, read_of_order
from vistka.domain.recipients import Closed, Recipient, Turn
from vistka.domain.tokens import KeyRing, Purpose, read
from vistka.domain.updates import BUTTON_PREFIX, Update, What
from vistka.ports import Binding, Button, Buttons, ButtonTexts, ChatPaces, Chats, Clock, ParcelStore, Runs
from vistka.usecases.binding import ROUNDS, Binder, Bound, Outcome
from vistka.usecases.buttons import of_order
from vistka.usecases.viewing import views

#: What people may write behind a slash; everything else is answered with help.
COMMANDS: Final = ("start", "status", "stop", "help")
#: Orders that one reply shows, the newest.
MOST_SHOWN: Final = 5
#: The longest that a reply waits for its chat's slot: Telegram waits for its webhook to answer.
LONGEST_WAIT: Final = timedelta(seconds=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """`query` is the press that wants to be seen, if there was one; `outcome` is for the log.

    What is said `aside` is no message: whoever pressed sees it for a moment, and `buttons` take the place of those of
    the message that they stand `under`, if one is named.
    """

    chat_id: int = field(repr=False)
    html: str
    outcome: str
    buttons: Buttons = ()
    aside: bool = False
    under: int | None = None
    query: str = field(default="", repr=False)


class BotTexts(ButtonTexts, Protocol):
    def reply(self, name: str, language: str, *, now: datetime, **values: Any) -> str:
        """A reply as Telegram HTML, in Ukrainian where the language has none. Raises ConfigurationError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """`keys` reads the ring that signs links, `group_of` hides a recipient; `shop_chat_id` is the shop's own chat, in
    which an order may be muted."""

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
    shop_chat_id: int | None
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
        named = read_of_order(update.pressed)
        if named is not None and update.chat_id == self.shop_chat_id:
            return self._pressed_of_order(update, *named)
        match update:
            case Update(private=False):
                return self._said(update, None, "private_only", bare=True)
            case Update(what=What.BLOCKED):
                self._take(update, lambda chat: chat if chat.closed else replace(chat, closed=Closed.BLOCKED))
                return None
            case Update(what=What.OPENED):
                self._take(update, lambda chat: chat if chat.closed is Closed.STOPPED else self._opened(chat))
                return None
            case Update(command="start", argument=argument) if argument:
                return self._start(update)
            case Update(command="start"):
                return self._start_again(update)
            case Update(command="stop"):
                closed = self._take(update, lambda chat: replace(chat, closed=Closed.STOPPED))
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
        bound = self.binder.bind(token, chat_id=update.chat_id, update=update.key, turn=self._turn(update))
        if bound.outcome not in {Outcome.LINKED, Outcome.AGAIN}:
            self.say("a link was refused", reason=str(bound.outcome))
            return self._said(update, bound.recipient, "refused", reason=str(bound.outcome))
        return self._linked(update, bound)

    def _start_again(self, update: Update) -> Reply:
        """It says that news come again, so they do: a mute ends with it, as it ends with a link's tap."""
        silent = False

        def opened(chat: Recipient) -> Recipient:
            nonlocal silent
            silent = chat.muted or chat.closed is not None
            return replace(self._opened(chat), muted=False)

        known = self._take(update, opened)
        reply = self._orders(update, known)
        return replace(reply, html=f"{self._said(update, known, 'unmuted').html}\n\n{reply.html}") if silent else reply

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
                known = self._take(update, lambda chat: replace(chat if muted else self._opened(chat), muted=muted))
                return self._said(update, known, "muted" if muted else "unmuted")
            case Press.LANGUAGE:
                return self._said(update, self._known(update), "languages", languages=True)
            case Press.UK | Press.EN | Press.RU:
                code = update.pressed.removeprefix(BUTTON_PREFIX)
                known = self._change(update, lambda chat: replace(chat, language=code))
                return self._said(update, known, "language")
        return self._said(update, self._known(update), "help")  # a button of an older version

    def _pressed_of_order(self, update: Update, press: Press, order_key: str) -> Reply:
        order = self.parcels.order(order_key) if order_key != SHOP_KEY else None
        if order is None:
            self.say("a press was refused", reason="the store knows no such order")
            return self._aside(update, "order_unknown", under=None)
        muted = self._mute(update, order_key, wished=press is Press.MUTE_ORDER)
        row = of_order(self.texts, order_key, self.default_language, muted=muted)
        name = "order_muted" if muted else "order_unmuted"
        return self._aside(update, name, under=update.under, buttons=(row,), number=order.order_number)

    def _mute(self, update: Update, order_key: str, *, wished: bool) -> bool:
        """Whether the shop's chat has the order muted, now that its wish is written, once for each press."""
        for attempt in range(ROUNDS):
            found, now = self.chats.hearer(order_key=order_key, chat_id=update.chat_id), self.clock.now()
            known = found.recipient or Recipient(chat_id=update.chat_id, bot_id=self.bot_id(), opened_at=now)
            if update.key in known.updates or found.chats.shop_muted == wished:
                return found.chats.shop_muted
            act = Act.MUTED if wished else Act.UNMUTED
            binding = Binding(
                recipient=known.after(update.key),
                chats=found.chats.with_shop_muted(muted=wished),
                audit=Audit(order_key=order_key, at=now, actor=Actor.SHOP_CHAT, act=act),
            )
            try:
                self.chats.write(binding)
            except StoreConflict:
                if attempt == ROUNDS - 1:
                    raise
                continue
            return wished
        raise AssertionError("every round returns or raises")

    def _aside(self, update: Update, name: str, *, under: int | None, buttons: Buttons = (), **values: Any) -> Reply:
        return Reply(
            chat_id=update.chat_id,
            html=self.texts.reply(name, self.default_language, now=self.clock.now(), **values),
            outcome=name,
            buttons=buttons,
            aside=True,
            under=under,
        )

    def _known(self, update: Update) -> Recipient | None:
        return self.chats.recipient(update.chat_id)

    def _opened(self, chat: Recipient) -> Recipient:
        return replace(chat, closed=None, opened_at=self.clock.now(), bot_id=self.bot_id()) if chat.closed else chat

    def _turn(self, update: Update) -> Turn:
        return Turn(bot=f"{self.bot_id()}{update.source}", number=update.id, at=self.clock.now())

    def _take(self, update: Update, change: Callable[[Recipient], Recipient]) -> Recipient:
        """As `_change`, of what opens, closes or silences the chat: no effect after a later one, whose number a chat
        that is stored remembers also where it changed nothing."""
        turn = self._turn(update)

        def taken(chat: Recipient) -> Recipient:
            if chat.is_past(turn):
                return chat
            after = change(chat)
            return replace(after, turn=turn) if after != chat or chat.revision else chat

        return self._change(update, taken)

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
            silent = known is not None and (known.muted or known.closed is Closed.STOPPED)
            rows = ((Press.STATUS,), (Press.UNMUTE if silent else Press.MUTE, Press.LANGUAGE))
        return Reply(
            chat_id=update.chat_id,
            html=self.texts.reply(name, language, now=self.clock.now(), **values),
            outcome=outcome or str(values.get("reason") or name),
            buttons=tuple(
                tuple(Button(label=self.texts.button(press, language), says=press) for press in row) for row in rows
            ),
        )
