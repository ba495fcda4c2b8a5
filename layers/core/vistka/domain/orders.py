"""The shop's orders, as far as we read and write them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from vistka.domain.notices import Unreachable
from vistka.domain.records import record

#: Characters of an order's number: a longer one cannot be named to any command.
MOST_CHARACTERS: Final = 100

#: Orders that one person may have; a phone in more is not a person's.
MOST_OF_ONE_PHONE: Final = 200

#: Telegram's ids have at most 52 significant bits.
_CHATS: Final = range(1, 2**52)


def is_buyers_chat(value: object) -> bool:
    """Whether this may be a buyer's chat: a private one, whose id is positive. Those of groups and channels are
    negative, and a group would read of one buyer's parcels."""
    return isinstance(value, int) and not isinstance(value, bool) and value in _CHATS


@record
class Order:
    """One order, as a rule an open one that has something in its tracking field.

    `key` is the row's id as text, `number` what people call the order. `tracking` is the field as the shop typed it
    and `shown` the text it shows now: both guard the write. `chat_id` is None when `unreachable` says why. `open` as
    the shop's schema file calls it; only an order that a person names may be otherwise.
    """

    key: str
    number: str
    tracking: str
    shown: str | None
    phone: str = field(default="", repr=False)
    chat_id: int | None = field(default=None, repr=False)
    unreachable: Unreachable | None = Unreachable.NO_CHAT
    language: str = ""
    open: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderPage:
    """Orders in the order of their keys; `after` fetches the next page, None when this was the last.

    `problems` name rows that could not be read (order and field), which stop nothing else.
    """

    orders: tuple[Order, ...]
    after: str | None
    problems: tuple[str, ...] = ()


@record
class Projection:
    """What one order's two columns shall say, and the guard: the row as the message knew it."""

    order_key: str
    order_number: str
    tracking: str
    shown: str | None
    text: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteResult:
    """`written` rows were changed; a guard that missed is no error. `refused`: order number -> why the database would
    not."""

    written: int
    statements: int
    refused: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of `vistka check`. `hint` says what to do when it is not ok."""

    name: str
    ok: bool
    text: str
    hint: str = ""
