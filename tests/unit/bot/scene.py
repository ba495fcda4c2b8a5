"""A conversation on fakes: a person types and presses, the bot replies."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.fakes.clock import START
from tests.fakes.store import FakeChatPaces
from tests.unit.usecases.world import BOT, World
from vistka.domain.presses import Press
from vistka.domain.recipients import OrderChats, Recipient
from vistka.domain.tokens import KeyRing, Purpose, mint
from vistka.domain.updates import Update, read_update
from vistka.usecases.binding import Binder
from vistka.usecases.conversing import Conversation, Reply

ME, OTHER = 7001, 7002
KEYS = KeyRing(keys={1: bytes(range(32))}, signing=1)
GROUP = -1001234567890


class Words:
    """`usecases.conversing.BotTexts`: says what it was asked to say."""

    def reply(self, name: str, language: str, *, now: datetime, **values: Any) -> str:
        orders = " ".join(
            f"{order.number or '?'}[{' '.join(parcel.ttn for parcel in order.parcels)}]"
            for order in values.get("orders", ())
        )
        rest = " ".join(str(values[key]) for key in ("reason", "more", "number") if values.get(key))
        return " ".join(filter(None, (language, name, orders, rest)))

    def button(self, name: str, language: str) -> str:
        return f"{language}:{name}"


@dataclass
class Scene:
    world: World = field(default_factory=World)
    keys: KeyRing | Exception = KEYS

    def __post_init__(self) -> None:
        self._updates = count(500)
        self._nonces = count(1)

    @property
    def conversation(self) -> Conversation:
        world = self.world
        return Conversation(
            binder=Binder(
                chats=world.chats,
                parcels=world.parcels,
                ledger=world.ledger,
                notices=world.sender,
                clock=world.clock,
                bot_id=lambda: BOT,
                is_live=lambda _number: world.live,
                notice_due=timedelta(minutes=5),
                default_language="uk",
            ),
            chats=world.chats,
            parcels=world.parcels,
            runs=world.runs,
            paces=FakeChatPaces(world.memory, clock=world.clock),
            texts=Words(),
            clock=world.clock,
            keys=self._keys,
            bot_id=lambda: BOT,
            default_language="uk",
            shop_chat_id=world.shop_chat,
            group_of=str,
            say=world.say,
        )

    def _keys(self) -> KeyRing:
        if isinstance(self.keys, Exception):
            raise self.keys
        return self.keys

    def token(self, order_key: str, *, purpose: Purpose = Purpose.LINK, expires_at: datetime | None = None) -> str:
        expires_at = expires_at or START + timedelta(days=30)
        return mint(purpose, order_key, expires_at=expires_at, nonce=next(self._nonces).to_bytes(8), keys=KEYS)

    def typed(self, text: str, *, chat: int = ME, update: int | None = None) -> Update:
        return self._read({"message": {"text": text, "chat": told(chat)}}, update)

    def says(self, text: str, *, chat: int = ME, update: int | None = None) -> str:
        return self.heard(self.typed(text, chat=chat, update=update))

    def taps(self, token: str, *, chat: int = ME, update: int | None = None) -> str:
        return self.says(f"/start {token}", chat=chat, update=update)

    def presses(self, press: str, *, chat: int = ME, update: int | None = None) -> Reply:
        message = {"chat": told(chat), "message_id": 17}
        data = {"callback_query": {"id": "q1", "data": str(press), "message": message}}
        reply = self.conversation.answer(self._read(data, update))
        assert reply is not None
        return reply

    def member(self, status: str, *, chat: int = ME, update: int | None = None) -> None:
        data = {"my_chat_member": {"chat": told(chat), "new_chat_member": {"status": status}}}
        assert self.conversation.answer(self._read(data, update)) is None

    def heard(self, update: Update) -> str:
        """The reply's words; the next one finds the chat's slot free."""
        reply = self.conversation.answer(update)
        self.world.clock.advance(timedelta(seconds=1))
        assert reply is not None
        assert reply.chat_id == update.chat_id
        return reply.html

    def _read(self, data: dict[str, Any], update: int | None) -> Update:
        read = read_update({"update_id": next(self._updates) if update is None else update, **data})
        assert read is not None
        return read

    def recipient(self, chat: int = ME) -> Recipient:
        return self.world.memory.recipients[chat]

    def chats_of(self, order_key: str) -> tuple[int, ...]:
        return self.world.memory.order_chats.get(order_key, OrderChats(order_key=order_key)).ids


def told(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private" if chat > 0 else "supergroup"}


__all__ = ["GROUP", "KEYS", "ME", "OTHER", "Press", "Scene", "Words", "told"]
