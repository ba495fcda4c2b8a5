"""What our buttons in Telegram say to us when they are pressed."""

from enum import StrEnum
from typing import Final

from vistka.domain.updates import BUTTON_PREFIX

#: Bytes that a button may say (core.telegram.org/bots/api#inlinekeyboardbutton).
_MOST_SAID: Final = 64


class Press(StrEnum):
    STATUS = f"{BUTTON_PREFIX}status"
    MUTE = f"{BUTTON_PREFIX}mute"
    UNMUTE = f"{BUTTON_PREFIX}unmute"
    LANGUAGE = f"{BUTTON_PREFIX}language"
    UK = f"{BUTTON_PREFIX}uk"
    EN = f"{BUTTON_PREFIX}en"
    RU = f"{BUTTON_PREFIX}ru"
    # In the shop's own chat, of one order, whose key stands behind them:
    MUTE_ORDER = f"{BUTTON_PREFIX}mute_order"
    UNMUTE_ORDER = f"{BUTTON_PREFIX}unmute_order"


_OF_ORDERS: Final = frozenset({Press.MUTE_ORDER, Press.UNMUTE_ORDER})


def said_of_order(press: Press, order_key: str) -> str:
    """What a button says of this order; "" for an order whose key is too long for a button."""
    # What one of them has room for, its counterpart must have too.
    longest = max(len(f"{one}:{order_key}".encode()) for one in _OF_ORDERS)
    return f"{press}:{order_key}" if longest <= _MOST_SAID else ""


def read_of_order(said: str) -> tuple[Press, str] | None:
    """Which button of which order says so; None for what is no button of an order."""
    for press in _OF_ORDERS:
        order_key = said.removeprefix(f"{press}:")
        if order_key and order_key != said:
            return press, order_key
    return None
