"""Turns rows of the shop's tables into orders, and names those that cannot be read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from vistka.domain.languages import LANGUAGES
from vistka.domain.notices import Unreachable
from vistka.domain.orders import MOST_CHARACTERS, Order, is_buyers_chat
from vistka.domain.parcels import is_sound

if TYPE_CHECKING:
    import sqlalchemy as sa  # a shop that is reached over HTTP does without

#: Characters that travel with an order through the queue and make its keys in the store. What is longer was not meant.
LONGEST: Final = {
    "orders.key": 500,
    "orders.number": MOST_CHARACTERS,
    "orders.tracking": 1000,
    "orders.shipment_status": 2000,
}

_CHAT: Final = re.compile(r"[0-9]{1,16}")  # what Python takes for a number besides, such as 7_001, was not meant

#: A user's profiles as (chat, language): None for a user there is none of, empty for one without a profile.
type People = Mapping[str, Sequence[tuple[Any, Any]]]


def read_order(row: "Mapping[str, Any] | sa.RowMapping", people: People, *, users_known: bool) -> Order | str:
    """One row of Statements.open_orders, or a line that names order key and field when it cannot be read.

    `users_known`: a user missing from `people` does not exist, rather than having no profile.
    """
    key = text_of(row["order_key"])
    if not key:
        return "an order: orders.key is empty or not text; the row is left out"
    number = text_of(row["order_number"])
    if not number.strip():
        return f"order with key {_shown(key)}: orders.number is empty or not text; the row is left out"
    tracking, shown = row["order_tracking"], row["order_shipment_status"]
    for field, value in (("orders.tracking", tracking), ("orders.shipment_status", shown)):
        if value is not None and text_of(value) != value:
            return f"order with key {_shown(key)}: {field} cannot be read as text; the row is left out"
    fields = {"orders.key": key, "orders.number": number, "orders.tracking": tracking, "orders.shipment_status": shown}
    for field, value in fields.items():
        if value is not None and len(value) > LONGEST[field]:
            return (
                f"order with key {_shown(key)}: {field} holds {len(value)} characters, at most {LONGEST[field]} are "
                "read; shorten it in the shop; the row is left out"
            )
    user = text_of(row["order_user"])
    rows = people.get(user) if user not in {"", "0"} else None
    chat_id: int | None = None
    unreachable: Unreachable | None
    if text_of(row["order_chat"]).strip():
        chat_id, unreachable = read_chat([row["order_chat"]])
    elif user in {"", "0"} or (rows is None and users_known):
        unreachable = Unreachable.NO_USER  # shops keep a guest as null, nothing or 0
    elif not rows:
        unreachable = Unreachable.NO_PROFILE
    else:
        chat_id, unreachable = read_chat(chat for chat, _ in rows)
    languages = [language for _, language in rows or ()]
    return Order(
        key=key,
        number=number,
        tracking=tracking or "",
        shown=shown,
        phone=text_of(row["order_phone"]),
        chat_id=chat_id,
        unreachable=unreachable,
        language=next((found for found in map(read_language, [*languages, row["order_language"]]) if found), ""),
        open=bool(row["order_open"]),
    )


def read_chat(values: Iterable[Any]) -> tuple[int | None, Unreachable | None]:
    """The one chat that these columns name, or why there is none.

    Two different ones are a mistake of the shop's: a stranger might be told of somebody's parcel. So is the id of a
    group, which is negative: a buyer's chat is a private one.
    """
    named = {text_of(value).strip() if not isinstance(value, bytes) else "?" for value in values if value is not None}
    named.discard("")
    if not named:
        return None, Unreachable.NO_CHAT
    chat = int(named.pop()) if len(named) == 1 and all(map(_CHAT.fullmatch, named)) else 0
    return (chat, None) if is_buyers_chat(chat) else (None, Unreachable.BAD_CHAT)


def read_language(value: Any) -> str:
    """uk, en or ru, also out of `uk-UA`; "" for anything else."""
    code = text_of(value).strip().lower().replace("_", "-").split("-")[0]
    return code if code in LANGUAGES else ""


def too_many(orders: int) -> str:
    """Of one phone: it is the shop's own, or stands there in place of one."""
    return f"more than {orders} orders have this phone, so it is no one person's; name the orders instead"


def text_of(value: Any) -> str:
    """A column's value as text, "" for none and for what is no text."""
    if value is None or isinstance(value, (bytes, bytearray, memoryview)):
        return ""
    text = str(value)
    return text if text.isascii() or is_sound(text) else ""


def _shown(key: str) -> str:
    return key if len(key) <= 40 else key[:39] + "…"
