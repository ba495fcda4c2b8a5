"""Notices: one thing to tell, to one audience, and the ledger of what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self, TypeGuard

from vistka.domain.languages import DEFAULT_LANGUAGE
from vistka.domain.parcels import from_iso, to_iso

#: In place of an order's key: what concerns all of the shop's orders.
SHOP_KEY: Final = "-shop"
#: In place of a parcel's number: a notice of an order, or of all of them.
NO_PARCEL: Final = "-"


class Audience(StrEnum):
    BUYER = "buyer"
    SHOP = "shop"
    ORDER = "order"  # the order itself: an effect that a rule has on its status, told to nobody
    WEBHOOK = "webhook"  # a program of the shop's, called at its own address


class Kind(StrEnum):
    """What is told. Whether the buyer, the shop, both or nobody hear of a kind: `domain/audience.py`."""

    # A change of a parcel:
    ON_ITS_WAY = "on_its_way"
    WITH_COURIER = "with_courier"
    WAITING = "waiting"
    RECEIVED = "received"
    REFUSED = "refused"
    STORAGE_ENDED = "storage_ended"
    FAILED_ATTEMPT = "failed_attempt"
    POSTPONED = "postponed"  # the recipient moved the day
    REDIRECTED = "redirected"  # the address was changed
    COMING_BACK = "coming_back"
    RETURN_WAITING = "return_waiting"  # at the shop's branch, to be fetched by the shop
    RETURNED = "returned"  # back at the shop: never "received"
    MONEY_COMING = "money_coming"  # received, and the money is on its way to the shop
    MONEY_PAID = "money_paid"
    # Another date of a parcel that has not changed; occurrence: that date:
    EXPECTED_MOVED = "expected_moved"  # the expected day slipped
    # A moment that comes without a change; occurrence: that moment; checked against STATE when it is sent:
    LAST_DAY = "last_day"  # tomorrow is the last free day
    NOT_HANDED_OVER = "not_handed_over"
    WAITING_LONG = "waiting_long"
    MONEY_OVERDUE = "money_overdue"
    # To the first chat of an order: another one was linked to it:
    SECOND_CHAT = "second_chat"
    # To the shop's own program, each change of a parcel once:
    CHANGED = "changed"
    # Only ever to the shop:
    NUMBER_UNKNOWN = "number_unknown"  # quarantined: the carrier does not know the number
    AGED_OUT = "aged_out"  # given up
    CROWDED = "crowded"  # one number on too many orders
    LINK_REFUSED = "link_refused"  # a link that another chat has used already was tapped
    FOREIGN_TEXT = "foreign_text"  # another program writes shipment_status
    UNCONFIRMED = "unconfirmed"  # told twice, and no answer to either
    UNTOLD = "untold"  # buyers who could not be told, counted by reason
    KEY_REFUSED = "key_refused"  # the carrier takes the key no more
    CARRIER_SILENT = "carrier_silent"
    DIGEST = "digest"  # a day in figures
    REPORT = "report"  # a month in figures


class NoticeState(StrEnum):
    NEW = "new"
    WAITING = "waiting"
    SENDING = "sending"
    RETRY = "retry"
    UNKNOWN = "unknown"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    UNDELIVERABLE = "undeliverable"
    SUPERSEDED = "superseded"
    MUTED = "muted"
    SHADOW = "shadow"
    FAILED = "failed"
    # Of an effect alone:
    APPLYING = "applying"
    APPLIED = "applied"
    NOT_APPLICABLE = "not_applicable"


#: Where a notice ends (R3).
TERMINAL: Final = frozenset(
    {
        NoticeState.SENT,
        NoticeState.UNCONFIRMED,
        NoticeState.UNDELIVERABLE,
        NoticeState.SUPERSEDED,
        NoticeState.MUTED,
        NoticeState.SHADOW,
        NoticeState.FAILED,
        NoticeState.APPLIED,
        NoticeState.NOT_APPLICABLE,
    }
)

#: Ends in which nothing was told, so that an older notice is not superseded by them.
_TOLD_NOTHING: Final = frozenset(
    {NoticeState.SUPERSEDED, NoticeState.SHADOW, NoticeState.UNDELIVERABLE, NoticeState.MUTED, NoticeState.FAILED}
)

#: Kinds that tell of a parcel's changes: of these only the newest is told (R4).
OF_CHANGES: Final = frozenset(
    {
        Kind.ON_ITS_WAY,
        Kind.WITH_COURIER,
        Kind.WAITING,
        Kind.RECEIVED,
        Kind.REFUSED,
        Kind.STORAGE_ENDED,
        Kind.FAILED_ATTEMPT,
        Kind.POSTPONED,
        Kind.REDIRECTED,
        Kind.COMING_BACK,
        Kind.RETURN_WAITING,
        Kind.RETURNED,
        Kind.MONEY_COMING,
        Kind.MONEY_PAID,
    }
)

#: Kinds whose moment comes without a change: they wait in the ledger until then, and are told only if STATE still says
#: the same.
REMINDERS: Final = frozenset({Kind.LAST_DAY, Kind.NOT_HANDED_OVER, Kind.WAITING_LONG, Kind.MONEY_OVERDUE})

#: All that is told of a parcel to those whose parcel it is: not told of a number that their order has no longer.
OF_PARCELS: Final = OF_CHANGES | REMINDERS | {Kind.EXPECTED_MOVED}


#: Whatever is held back, a reminder excepted, is due again within this: a flood wait of Telegram's has at most 12 h, a
#: call's pause 11 h, and a night is shorter than a day. A moment further ahead comes from a clock that was wrong.
LONGEST_HOLD: Final = timedelta(days=1)


def holds(until: datetime | None, now: datetime) -> TypeGuard[datetime]:
    """Whether what was put off until that moment is still to be left alone."""
    return until is not None and now < until <= now + LONGEST_HOLD


class Unreachable(StrEnum):
    """Why a buyer has no chat to be told in."""

    NO_USER = "no_user"  # a guest's order
    NO_PROFILE = "no_profile"
    NO_CHAT = "no_chat"
    BAD_CHAT = "bad_chat"
    ERASED = "erased"  # the buyer asked to be forgotten


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One ledger entry.

    Its identity (R2) is order, parcel, kind, occurrence, audience and seat; the occurrence is the change's version, or
    the deadline for a reminder, and seat n is the nth chat linked to the order. `due_at` is when the sweep may take it
    up; None once it has ended. `not_before` is the moment that it waits for, or waited for: a reminder's own, or the
    end of the quiet hours that it met. `lease_until` holds other workers off while one sends. `payload` is what the
    text is made of, as it was when the change was stored; a reminder's is made anew when it is sent.
    """

    order_key: str
    order_number: str
    ttn: str
    kind: Kind
    occurrence: str
    audience: Audience
    version: int
    state: NoticeState
    created_at: datetime
    due_at: datetime | None = None
    not_before: datetime | None = None
    chat_id: int | None = field(default=None, repr=False)
    language: str = DEFAULT_LANGUAGE
    payload: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    attempt: int = 0
    sweeps: int = 0
    repeated: bool = False  # the one silent repeat after a send whose answer was lost (R2)
    #: superseded, or left without a chat, after such a send: it may have been told; of an effect: an attempt without an
    #: answer may have done it
    lost: bool = False
    lease_until: datetime | None = None
    reason: str = ""
    message_id: int | None = None
    settled_at: datetime | None = None
    seat: int = 1

    @property
    def id(self) -> str:
        seat = f"#{self.seat}" if self.seat > 1 else ""
        return f"{self.ttn}#{self.kind}#{self.occurrence}#{self.audience}{seat}"

    @property
    def is_effect(self) -> bool:
        """Whether it is to be done to the order, and told to nobody."""
        return self.audience is Audience.ORDER

    @property
    def is_of_one_order(self) -> bool:
        """Whether it tells of a single order, and not of all of them, or of several."""
        return self.order_key != SHOP_KEY and self.kind is not Kind.CROWDED

    @property
    def settled(self) -> bool:
        return self.state in TERMINAL

    @property
    def awakened(self) -> NoticeState:
        """What it is when it has waited long enough; what may have been told before is repeated without a sound."""
        return NoticeState.UNKNOWN if self.lost else NoticeState.NEW

    @property
    def _may_be_told(self) -> bool:
        return self.lost or self.state in (NoticeState.UNKNOWN, NoticeState.SENDING)

    def next(self, **changes: Any) -> "Notice":
        return replace(self, revision=self.revision + 1, **changes)

    def held(self, until: datetime) -> "Notice":
        """The same notice, to wait for that moment; what may have been told already is then repeated silently (R2)."""
        return self.next(
            state=NoticeState.WAITING,
            due_at=until,
            not_before=until,
            lease_until=None,
            lost=self._may_be_told,
        )

    def ended(self, state: NoticeState, at: datetime, *, reason: str = "", message_id: int | None = None) -> "Notice":
        """The same notice in a terminal state. One that is superseded may be made anew: then it counts whether it may
        have been told."""
        if state not in TERMINAL:
            raise ValueError(f"{state} does not end a notice")
        return self.next(
            state=state,
            lost=self._may_be_told if state is NoticeState.SUPERSEDED else self.lost,
            due_at=None,
            lease_until=None,
            settled_at=at,
            reason=reason or self.reason,
            message_id=message_id if message_id is not None else self.message_id,
        )

    def emptied(self) -> "Notice":
        """The same entry without what it says of anybody: that it was made, and how it ended, stays."""
        return replace(self, chat_id=None, message_id=None, payload={})

    def to_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "order_key": self.order_key,
            "order_number": self.order_number,
            "ttn": self.ttn,
            "kind": str(self.kind),
            "occurrence": self.occurrence,
            "audience": str(self.audience),
            "version": self.version,
            "state": str(self.state),
            "created_at": to_iso(self.created_at),
            "language": self.language,
            "payload": dict(self.payload),
            "revision": self.revision,
            "attempt": self.attempt,
            "sweeps": self.sweeps,
        }
        for name in ("repeated", "lost"):
            if getattr(self, name):
                out[name] = True
        if self.seat > 1:
            out["seat"] = self.seat
        for name in ("due_at", "not_before", "lease_until", "settled_at"):
            if (value := getattr(self, name)) is not None:
                out[name] = to_iso(value)
        for name in ("chat_id", "message_id"):
            if (value := getattr(self, name)) is not None:
                out[name] = value
        if self.reason:
            out["reason"] = self.reason
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError or ValueError for something that is not a notice."""

        def moment(name: str) -> datetime | None:
            return from_iso(data[name]) if data.get(name) else None

        return cls(
            order_key=str(data["order_key"]),
            order_number=str(data["order_number"]),
            ttn=str(data["ttn"]),
            kind=Kind(data["kind"]),
            occurrence=str(data["occurrence"]),
            audience=Audience(data["audience"]),
            version=int(data["version"]),
            state=NoticeState(data["state"]),
            created_at=from_iso(data["created_at"]),
            due_at=moment("due_at"),
            not_before=moment("not_before"),
            chat_id=int(data["chat_id"]) if data.get("chat_id") is not None else None,
            language=str(data.get("language") or DEFAULT_LANGUAGE),
            payload=dict(data.get("payload") or {}),
            revision=int(data.get("revision") or 0),
            attempt=int(data.get("attempt") or 0),
            sweeps=int(data.get("sweeps") or 0),
            repeated=bool(data.get("repeated")),
            lost=bool(data.get("lost")),
            lease_until=moment("lease_until"),
            reason=str(data.get("reason") or ""),
            message_id=int(data["message_id"]) if data.get("message_id") is not None else None,
            settled_at=moment("settled_at"),
            seat=int(data.get("seat") or 1),
        )


def is_superseded(notice: Notice, others: Iterable[Notice]) -> bool:
    """R4: of one parcel and audience only the newest is told. `others` are all of its order and parcel."""
    return any(
        is_newer(other, notice)
        and other.audience is notice.audience
        and other.seat == notice.seat
        and other.state not in _TOLD_NOTHING
        for other in others
    )


def is_newer(one: Notice, than: Notice) -> bool:
    """Whether what `one` tells of a parcel leaves nothing of what `than` tells (R4)."""
    if one.kind in OF_CHANGES:
        return one.version > than.version
    return one.kind is than.kind is Kind.EXPECTED_MOVED and one.occurrence > than.occurrence
