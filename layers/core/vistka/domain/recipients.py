"""People's chats: which of them an order's news go to, and what their owners wish."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vistka.domain.notices import REMINDERS, Audience, Notice, Unreachable
from vistka.domain.orders import Order

#: Chats of one order: the buyer's, and those of the people who fetch it.
MOST_CHATS: Final = 3
#: Orders that one chat may link in half a year; whoever links more is no buyer.
MOST_ORDERS: Final = 50
_LONG_AGO: Final = timedelta(days=180)
#: Updates of a chat that are remembered, so that one that Telegram delivers again has no effect a second time.
_UPDATES: Final = 8
#: Telegram keeps an update no longer (core.telegram.org/bots/api#getting-updates), and counts anew only after a week
#: without any: a lower number is an older update within that time, and one of a new count after it.
_DELIVERED_WITHIN: Final = timedelta(days=1)


class Closed(StrEnum):
    """Why nothing may be sent to a chat until its owner opens it again with /start."""

    STOPPED = "stopped"  # the owner said /stop
    BLOCKED = "blocked"  # these three are Telegram's word
    DEACTIVATED = "deactivated"
    NOT_STARTED = "not_started"


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedOrder:
    key: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """An update that opens, closes or silences a chat: its number among those of one `bot`, and when it was heard."""

    bot: str
    number: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One chat as its bot knows it. `language` is "" until the owner chooses one; `opened_at` is when it was last
    known to be open to the bot `bot_id`; `orders` are those linked here, the newest last; `turn` is the last that this
    chat took, also if it changed nothing; `wished`: its owner wants to hear nothing, or did once, which the store keeps
    longer than the rest; `revision` 0: not stored."""

    chat_id: int = field(repr=False)
    bot_id: int
    opened_at: datetime
    language: str = ""
    muted: bool = False
    closed: Closed | None = None
    orders: tuple[LinkedOrder, ...] = ()
    updates: tuple[str, ...] = ()
    turn: Turn | None = None
    wished: bool = False
    revision: int = 0

    @property
    def silent(self) -> str:
        """Why the owner wants to hear nothing; "" for one who does not mind."""
        if self.closed is Closed.STOPPED:
            return "stopped"
        return "muted" if self.muted else ""

    def after(self, update: str) -> "Recipient":
        """To be written with the effect of this update."""
        updates = (*self.updates, update)[-_UPDATES:]
        return replace(self, revision=self.revision + 1, updates=updates, wished=self.wished or bool(self.silent))

    def is_past(self, turn: Turn) -> bool:
        """Whether the owner has said something else since: Telegram delivers one update after a later one (R10)."""
        last = self.turn
        if last is None or last.bot != turn.bot:
            return False
        return turn.number < last.number and turn.at - last.at < _DELIVERED_WITHIN

    def with_order(self, key: str, now: datetime) -> "Recipient":
        orders = tuple(order for order in self.orders if order.key != key)
        return replace(self, orders=(*orders, LinkedOrder(key=key, since=now))[-MOST_ORDERS:])

    def is_full(self, now: datetime) -> bool:
        return sum(now - order.since < _LONG_AGO for order in self.orders) >= MOST_ORDERS

    def without_orders(self, keys: Set[str]) -> "Recipient | None":
        """What is left when these orders are forgotten: None if nothing is, the bare wish to hear nothing if that is
        all, the same where none of them is known here."""
        orders = tuple(order for order in self.orders if order.key not in keys)
        if orders:
            left = replace(self, orders=orders)
        elif self.muted or self.closed is not None:
            left = replace(self, orders=(), language="", updates=(), turn=None)
        else:
            return None
        return left if left == self else replace(left, revision=self.revision + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedChat:
    chat_id: int = field(repr=False)
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderChats:
    """The chats that were linked to an order by a tap, the first one first, and who is told nothing of it; `revision`
    0: not stored.

    `erased_at` is when its buyer was forgotten: from then on only chats linked since are told, not the one in the
    shop's profile either. `shop_muted`: the shop's own chat wants to hear nothing more of this order."""

    order_key: str
    chats: tuple[LinkedChat, ...] = ()
    revision: int = 0
    erased_at: datetime | None = None
    shop_muted: bool = False

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(chat.chat_id for chat in self.chats)

    def with_chat(self, chat_id: int, now: datetime) -> "OrderChats":
        chats = (*self.chats, LinkedChat(chat_id=chat_id, since=now))
        return replace(self, chats=chats, revision=self.revision + 1)

    def erased(self, now: datetime) -> "OrderChats":
        return replace(self, chats=(), erased_at=now, shop_muted=False, revision=self.revision + 1)

    def with_shop_muted(self, *, muted: bool) -> "OrderChats":
        return replace(self, shop_muted=muted, revision=self.revision + 1)

    def keeps_from(self, chat_id: int) -> bool:
        """Whether this chat belongs to a buyer who was forgotten, and is told nothing more of this order."""
        return self.erased_at is not None and chat_id not in self.ids


def addressed(order: Order, linked: Mapping[str, OrderChats]) -> Order:
    """The order with the chat that its buyer linked in place of the one that the shop has in its profile; with none
    where the buyer was forgotten."""
    chats = linked.get(order.key)
    if chats is None:
        return order
    if chats.ids:
        return replace(order, chat_id=chats.ids[0], unreachable=None)
    return order if chats.erased_at is None else replace(order, chat_id=None, unreachable=Unreachable.ERASED)


def with_further_seats(notices: Iterable[Notice], linked: Mapping[str, OrderChats]) -> tuple[Notice, ...]:
    """The notices, and behind them those for further chats of their orders; a reminder's are looked up when it is
    due."""
    first = tuple(notices)
    further = [seat for notice in first if notice.kind not in REMINDERS for seat in further_seats(notice, linked)]
    return (*first, *further)


def further_seats(notice: Notice, linked: Mapping[str, OrderChats]) -> tuple[Notice, ...]:
    """One more of a buyer's notice for each further chat of its order (`Notice.seat`)."""
    if notice.audience is not Audience.BUYER or notice.settled or notice.order_key not in linked:
        return ()
    chats = enumerate(linked[notice.order_key].ids[1:], start=2)
    return tuple(replace(notice, seat=seat, chat_id=chat_id) for seat, chat_id in chats)


def as_in_profile(notice: Notice, order: Order) -> Notice | None:
    """A buyer's notice that waits, with the chat that the shop has for its order now, or the reason why it has none;
    None where that is what it has already."""
    same = order.chat_id == notice.chat_id
    why = "" if order.chat_id is not None else str(order.unreachable or Unreachable.NO_CHAT)
    if same and (order.chat_id is not None or notice.reason == why):
        return None
    return notice.next(chat_id=order.chat_id, reason=why, language=order.language or notice.language)


def readdressed(notice: Notice, linked: Mapping[str, OrderChats], opened: Set[int] = frozenset()) -> Notice | None:
    """A buyer's notice that waited, with the chat that was linked meanwhile, or with its own where that is one of those
    that are `opened` again; None where there is neither."""
    if notice.audience is not Audience.BUYER:
        return None
    chats = linked.get(notice.order_key)
    has_seat = chats is not None and len(chats.ids) >= notice.seat
    chat_id = chats.ids[notice.seat - 1] if chats is not None and has_seat else notice.chat_id
    if chat_id == notice.chat_id and chat_id not in opened:
        return None
    return replace(notice, chat_id=chat_id, reason="")
