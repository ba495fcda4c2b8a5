"""Buyers in their chats: they tap links, say /stop and /start, mute and block; Telegram brings it until it is taken."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.stores import Watched
from vistka.domain.presses import Press
from vistka.domain.recipients import Closed, OrderChats, Recipient
from vistka.domain.tokens import KeyRing, Purpose, mint
from vistka.domain.updates import Update, What
from vistka.usecases.binding import Binder
from vistka.usecases.conversing import Conversation

if TYPE_CHECKING:
    from tests.simulation.world import World

BOT: Final = 8_100_000_007
_KEYS: Final = KeyRing(keys={1: bytes(32)}, signing=1)
_TAKEN: Final = "taken"
_LONGEST_PAUSE: Final = 60.0


class _Words:
    """`usecases.conversing.BotTexts`; nobody reads it here."""

    def reply(self, name: str, language: str, **_values: Any) -> str:
        return f"{language} {name}"

    def button(self, press: str, _language: str) -> str:
        return press


@dataclass
class People:
    """`linked`: order -> (chat, since when) in the order of their taps; `silent`: chat -> since when its owner wants to
    hear nothing; `once_silent`: chats whose owners ever did."""

    world: "World"
    linked: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    silent: dict[int, int] = field(default_factory=dict)
    once_silent: set[int] = field(default_factory=set)
    _updates: int = 1000
    _nonces: int = 0

    def __post_init__(self) -> None:
        memory = self.world.memory
        memory.order_chats = Watched(self._chats_seen)
        memory.recipients = Watched(self._recipient_seen)

    # --- what they do -----------------------------------------------------------------------------------------------

    def link(self, order_key: str) -> str:
        """A token of its own, as the shop gives it."""
        self._nonces += 1
        expires_at = self.world.clock.now() + timedelta(days=60)
        return mint(Purpose.LINK, order_key, expires_at=expires_at, nonce=self._nonces.to_bytes(8), keys=_KEYS)

    def taps(self, token: str, chat: int) -> None:
        self._does(chat, what=What.COMMAND, command="start", argument=token)

    def says(self, command: str, chat: int) -> None:
        self._does(chat, what=What.COMMAND, command=command)

    def presses(self, press: Press, chat: int) -> None:
        self._does(chat, what=What.PRESS, pressed=str(press), query="1")

    def blocks(self, chat: int) -> None:
        self.world.telegram.blocked.add(chat)
        self._does(chat, what=What.BLOCKED)

    def _does(self, chat: int, **named: Any) -> None:
        self._updates += 1
        self._bring(Update(id=self._updates, chat_id=chat, private=True, **named), pause=1.0)

    def _bring(self, update: Update, *, pause: float) -> None:
        """An update whose answer is lost, or is an error, comes again; now and then one comes twice."""
        world = self.world

        def ended(invocation: Any) -> None:
            world.watch.ended(invocation)
            if invocation.result != _TAKEN or world.gate.chance(world.gate.weather.twice * 0.3):
                world.scheduler.after(pause, lambda: self._bring(update, pause=min(pause * 2, _LONGEST_PAUSE)))

        def work() -> str:
            self.conversation().answer(update)
            return _TAKEN

        world.scheduler.invoke("bot", work, timeout=world.times.timeouts["bot"], ended=ended)

    # --- the bot ----------------------------------------------------------------------------------------------------

    def conversation(self) -> Conversation:
        world = self.world
        due = timedelta(seconds=world.times.due)
        return Conversation(
            binder=Binder(
                chats=world.chats,
                parcels=world.parcels,
                ledger=world.ledger,
                notices=world.sender(),
                clock=world.clock,
                bot_id=lambda: BOT,
                is_live=world.tells,
                notice_due=due,
                default_language="uk",
            ),
            chats=world.chats,
            parcels=world.parcels,
            runs=world.runs,
            paces=world.chat_paces,
            texts=_Words(),
            clock=world.clock,
            keys=lambda: _KEYS,
            bot_id=lambda: BOT,
            default_language="uk",
            shop_chat_id=world.shop_chat,
            group_of=world.hash,
            say=world.say,
        )

    # --- what became of it ------------------------------------------------------------------------------------------

    def _chats_seen(self, key: str, before: OrderChats | None, after: OrderChats) -> None:
        if after.ids[: len(before.ids) if before else 0] != (before.ids if before else ()):
            self.world.watch.breaks("R2", f"order {key}: a linked chat was lost, or has another seat")
        known = self.linked.setdefault(key, [])
        known.extend((chat, self.world.scheduler.now) for chat in after.ids[len(known) :])

    def _recipient_seen(self, chat: int, _before: Recipient | None, after: Recipient) -> None:
        if after.muted or after.closed is Closed.STOPPED:
            self.silent.setdefault(chat, self.world.scheduler.now)
            self.once_silent.add(chat)
        else:
            self.silent.pop(chat, None)
