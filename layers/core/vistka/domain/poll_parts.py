"""Parcels and orders as they travel in a poll."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from vistka.domain.notices import Unreachable
from vistka.domain.orders import Order, is_buyers_chat
from vistka.domain.parcels import ParcelState, as_text
from vistka.domain.records import record
from vistka.domain.waybills import is_ttn

#: Bytes of an order's key or number: what the store's partition keys hold (2048), less our prefix.
LONGEST_KEY: Final = 2000


@record
class PollParcel:
    """One parcel of a batch. `ask` is False for one that goes along only for its order's columns."""

    ttn: str
    ask: bool
    known: ParcelState | None
    phone: str = field(default="", repr=False)


@record
class PollOrder:
    """One order of a batch, with the numbers in its tracking field; all of them are parcels of the same batch.
    `bad_phone`: the order names a phone that the carrier would not take; the phone itself does not travel."""

    order: Order
    ttns: tuple[str, ...]
    bad_phone: bool = False


def parcel_to_dict(parcel: PollParcel) -> dict[str, Any]:
    out: dict[str, Any] = {"ttn": parcel.ttn, "ask": parcel.ask}
    if parcel.known is not None:
        out["known"] = parcel.known.to_dict()
    if parcel.phone:
        out["phone"] = parcel.phone
    return out


def parcel_of(data: Mapping[str, Any]) -> PollParcel:
    """Raises KeyError, TypeError or ValueError."""
    ttn, ask = _ttn(data["ttn"]), data["ask"]
    if not isinstance(ask, bool):
        raise TypeError("true or false expected")
    known = ParcelState.from_dict(data["known"]) if data.get("known") is not None else None
    if known is not None and known.ttn != ttn:
        raise ValueError("what is known is of another parcel")
    return PollParcel(ttn=ttn, ask=ask, known=known, phone=as_text(data.get("phone") or ""))


def order_to_dict(entry: PollOrder) -> dict[str, Any]:
    order = entry.order
    out: dict[str, Any] = {
        "key": order.key,
        "number": order.number,
        "tracking": order.tracking,
        "shown": order.shown,
        "ttns": list(entry.ttns),
    }
    if order.chat_id is not None:
        out["chat_id"] = order.chat_id
    if order.unreachable is not None:
        out["unreachable"] = str(order.unreachable)
    if order.language:
        out["language"] = order.language
    if entry.bad_phone:
        out["bad_phone"] = True
    return out


def order_of(data: Mapping[str, Any]) -> PollOrder:
    """Raises KeyError, TypeError or ValueError."""
    shown, chat_id, unreachable = data.get("shown"), data.get("chat_id"), data.get("unreachable")
    if chat_id is not None and not is_buyers_chat(chat_id):
        raise ValueError("no chat of a buyer")
    order = Order(
        key=key_of(data["key"]),
        number=key_of(data["number"]),
        tracking=as_text(data["tracking"]),
        shown=None if shown is None else as_text(shown),
        chat_id=chat_id,
        unreachable=Unreachable(unreachable) if unreachable else None,
        language=as_text(data.get("language") or ""),
    )
    ttns = tuple(_ttn(ttn) for ttn in data["ttns"])
    return PollOrder(order=order, ttns=ttns, bad_phone=data.get("bad_phone") is True)


def key_of(value: object) -> str:
    """An order's key or number, if the store can hold it. Raises TypeError or ValueError."""
    text = as_text(value)
    if not 0 < len(text.encode()) <= LONGEST_KEY:
        raise ValueError("empty, or longer than a key of the store")
    return text


def _ttn(value: object) -> str:
    if not is_ttn(as_text(value)):
        raise ValueError("no waybill number")
    return str(value)
