"""What travels in the queues: polls (a batch of parcels to ask about) and notices (one ledger entry to send)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from vistka.domain.errors import BadMessage
from vistka.domain.parcels import as_count, as_text, from_iso, to_iso
from vistka.domain.poll_parts import PollOrder as PollOrder  # noqa: PLC0414 -- asked for here by who reads a poll
from vistka.domain.poll_parts import PollParcel as PollParcel  # noqa: PLC0414
from vistka.domain.poll_parts import key_of, order_of, order_to_dict, parcel_of, parcel_to_dict

VERSION: Final = 1

#: Documents in one carrier request.
MOST_ASKED: Final = 100
#: Bytes of a run's name and of a notice's: what the store's sort keys hold (1024), less our prefix.
LONGEST_NAME: Final = 1000

#: Raises ValueError, TypeError or RecursionError for what is no JSON.
type Decode = Callable[[str], object]

_BATCH: Final = re.compile(r'"batch":\d+')


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

    @staticmethod
    def numbered(body: str, batch: int) -> str:
        """The same poll as `to_json` wrote it, with another number, without reading all of it: what stands before the
        number is a text whose quotes are escaped."""
        return _BATCH.sub(f'"batch":{batch}', body, count=1)

    def to_dict(self) -> dict[str, Any]:
        return {
            "v": VERSION,
            "run": self.run,
            "batch": self.batch,
            "run_at": to_iso(self.run_at),
            "expires_at": to_iso(self.expires_at),
            "parcels": [parcel_to_dict(parcel) for parcel in self.parcels],
            "orders": [order_to_dict(entry) for entry in self.orders],
        }

    @classmethod
    def from_json(cls, body: str, *, decode: Decode = json.loads) -> Self:
        """Raises BadMessage, naming what is wrong but not what the message holds."""
        return cls.from_dict(_object(body, decode))

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Raises BadMessage."""
        if not isinstance(data, dict):
            raise BadMessage("a poll is not a JSON object")
        _check_version(data)
        try:
            poll = cls(
                run=as_text(data["run"]),
                batch=as_count(data["batch"]),
                run_at=from_iso(data["run_at"]),
                expires_at=from_iso(data["expires_at"]),
                parcels=tuple(parcel_of(parcel) for parcel in data["parcels"]),
                orders=tuple(order_of(entry) for entry in data["orders"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BadMessage(f"a poll cannot be read: {type(error).__name__} in {_field_of(error)}") from None
        if why := poll._impossible():
            raise BadMessage(f"a poll that cannot be: {why}")
        return poll

    def _impossible(self) -> str:
        ttns = [parcel.ttn for parcel in self.parcels]
        keys = [entry.order.key for entry in self.orders]
        asked = sum(parcel.ask for parcel in self.parcels)
        if not ttns:
            return "it has no parcel"
        if asked > MOST_ASKED:
            return f"{asked} parcels to ask, and one request takes {MOST_ASKED}"
        known = frozenset(ttns)
        if len(known) < len(ttns):
            return "the same parcel twice"
        if len(set(keys)) < len(keys):
            return "the same order twice"
        for entry in self.orders:
            if not entry.ttns or len(set(entry.ttns)) < len(entry.ttns) or not known.issuperset(entry.ttns):
                return "an order whose numbers are not those of its parcels"
        if len(self.run.encode()) > LONGEST_NAME:
            return "the name of its run is longer than a key of the store"
        return ""


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
        data = _object(body, json.loads)
        _check_version(data)
        try:
            order_key, notice_id = key_of(data.get("order_key")), key_of(data.get("notice_id"))
        except (TypeError, ValueError):
            raise BadMessage("a notice message names no ledger entry (order_key, notice_id)") from None
        if len(notice_id.encode()) > LONGEST_NAME:
            raise BadMessage("a notice message names no ledger entry: notice_id is longer than a key of the store")
        return cls(order_key=order_key, notice_id=notice_id)


def _object(body: str, decode: Decode) -> dict[str, Any]:
    try:
        data = decode(body)
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
