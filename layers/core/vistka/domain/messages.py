"""What travels in the queues: polls (a batch of parcels to ask about) and notices (one ledger entry to send)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from vistka.domain.errors import BadMessage
from vistka.domain.notices import Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState, as_text, from_iso, to_iso

VERSION: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PollParcel:
    """One parcel of a batch. `ask` is False for one that goes along only for its order's columns."""

    ttn: str
    ask: bool
    known: ParcelState | None
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PollOrder:
    """One order of a batch, with the numbers in its tracking field; all of them are parcels of the same batch."""

    order: Order
    ttns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PollMessage:
    """One batch: at most 100 parcels to ask, one carrier request. After `expires_at` it is stale and dropped: the
    next run asks again. `run` is empty when a person asked (then no run waits for the batch)."""

    run: str
    batch: int
    run_at: datetime
    expires_at: datetime
    parcels: tuple[PollParcel, ...]
    orders: tuple[PollOrder, ...]

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def to_dict(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "run": self.run,
            "batch": self.batch,
            "run_at": to_iso(self.run_at),
            "expires_at": to_iso(self.expires_at),
            "parcels": [_parcel_to_dict(parcel) for parcel in self.parcels],
            "orders": [_order_to_dict(entry) for entry in self.orders],
        }

    @classmethod
    def from_json(cls, body: str) -> Self:
        """Raises BadMessage, naming what is wrong but not what the message holds."""
        return cls.from_dict(_object(body))

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Raises BadMessage."""
        if not isinstance(data, dict):
            raise BadMessage("a poll is not a JSON object")
        _check_version(data)
        try:
            return cls(
                run=str(data["run"]),
                batch=int(data["batch"]),
                run_at=from_iso(data["run_at"]),
                expires_at=from_iso(data["expires_at"]),
                parcels=tuple(_parcel(parcel) for parcel in data["parcels"]),
                orders=tuple(_order(entry) for entry in data["orders"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BadMessage(f"a poll cannot be read: {type(error).__name__} in {_field_of(error)}") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeMessage:
    """Points at one ledger entry; what to say stands there."""

    order_key: str
    notice_id: str

    def to_json(self) -> str:
        return json.dumps(
            {"v": VERSION, "order_key": self.order_key, "notice_id": self.notice_id},
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, body: str) -> Self:
        """Raises BadMessage."""
        data = _object(body)
        _check_version(data)
        order_key, notice_id = data.get("order_key"), data.get("notice_id")
        if not isinstance(order_key, str) or not isinstance(notice_id, str) or not order_key or not notice_id:
            raise BadMessage("a notice message names no ledger entry (order_key, notice_id)")
        return cls(order_key=order_key, notice_id=notice_id)


def _object(body: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, TypeError, RecursionError):
        raise BadMessage("a queue message is not JSON") from None
    if not isinstance(data, dict):
        raise BadMessage("a queue message is not a JSON object")
    return data


def _check_version(data: Mapping[str, Any]) -> None:
    if data.get("v") != VERSION:
        found = data.get("v")
        shown = str(found) if isinstance(found, int) else "none"
        raise BadMessage(f"a queue message of version {shown}, this program reads version {VERSION}: deploy it again")


def _field_of(error: Exception) -> str:
    return repr(error.args[0]) if isinstance(error, KeyError) and error.args else "one of its fields"


def _parcel_to_dict(parcel: PollParcel) -> dict[str, Any]:
    out: dict[str, Any] = {"ttn": parcel.ttn, "ask": parcel.ask}
    if parcel.known is not None:
        out["known"] = parcel.known.to_dict()
    if parcel.phone:
        out["phone"] = parcel.phone
    return out


def _parcel(data: Mapping[str, Any]) -> PollParcel:
    known = data.get("known")
    return PollParcel(
        ttn=as_text(data["ttn"]),
        ask=bool(data["ask"]),
        known=ParcelState.from_dict(known) if known is not None else None,
        phone=str(data.get("phone") or ""),
    )


def _order_to_dict(entry: PollOrder) -> dict[str, Any]:
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
    return out


def _order(data: Mapping[str, Any]) -> PollOrder:
    shown, chat_id, unreachable = data.get("shown"), data.get("chat_id"), data.get("unreachable")
    order = Order(
        key=as_text(data["key"]),
        number=as_text(data["number"]),
        tracking=as_text(data["tracking"]),
        shown=None if shown is None else as_text(shown),
        chat_id=None if chat_id is None else int(chat_id),
        unreachable=Unreachable(unreachable) if unreachable else None,
        language=str(data.get("language") or ""),
    )
    return PollOrder(order=order, ttns=tuple(as_text(ttn) for ttn in data["ttns"]))
