"""Parcels: what the carrier said of them, and what the store knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Self

from vistka.domain.records import record
from vistka.domain.stages import FINAL_CODES, Role, Stage


@record
class Facts:
    """What the carrier says of one parcel, as far as we keep it. Every field but code and text may be missing.

    `stage` is None for a code that we do not know; datetimes are aware (UTC); sums are hryvnias as decimal text
    ("450", "96.50"). Sources of the fields: carrier-api.md, "Item".
    """

    code: str
    text: str
    stage: Stage | None = None
    city_from: str = ""
    city: str = ""
    place: str = ""  # WarehouseRecipient, as the carrier writes it
    place_number: str = ""  # WarehouseRecipientNumber without 0
    courier: bool = False  # ServiceType ends in "Doors"
    reason: str = ""  # UndeliveryReasonsSubtypeDescription
    created_at: datetime | None = None  # DateCreated
    expected_at: datetime | None = None  # ScheduledDeliveryDate
    arrived_at: datetime | None = None  # ActualDeliveryDate: at the branch or locker
    received_at: datetime | None = None  # RecipientDateTime: handed over
    moved_at: datetime | None = None  # TrackingUpdateDate, else DateScan
    paid_storage_at: datetime | None = None  # DatePayedKeeping
    return_at: datetime | None = None  # DateReturnCargo
    to_pay: str = ""  # AmountToPay
    afterpayment: str = ""  # AfterpaymentOnGoodsCost
    redelivery: str = ""  # RedeliverySum
    child_ttn: str = ""  # LastCreatedOnTheBasisNumber
    child_type: str = ""  # LastCreatedOnTheBasisDocumentType
    return_of: str = ""  # LightReturnNumber

    def to_dict(self) -> dict[str, Any]:
        """Only what is set; datetimes as ISO text in UTC."""
        out: dict[str, Any] = {}
        for name in _FACT_NAMES:
            value = getattr(self, name)
            if value is None or value == "" or value is False:
                continue
            out[name] = to_iso(value) if name in _FACT_TIMES else value if value is True else str(value)
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Unknown keys are ignored, so that a newer writer does not stop an older reader. Raises TypeError or
        ValueError for what are no facts."""
        if not isinstance(data, dict):
            raise TypeError("no facts")
        values: dict[str, Any] = {"code": "", "text": ""}
        for name, value in data.items():
            if (read := _FACT_READERS.get(name)) is not None:
                values[name] = read(value)
        return cls(**values)


_FACT_TIMES: Final = frozenset(
    {"created_at", "expected_at", "arrived_at", "received_at", "moved_at", "paid_storage_at", "return_at"}
)
#: Of a parcel that ended, what its end and that of its chain are told by.
_REDUCED: Final = frozenset({"code", "text", "stage", "moved_at", "child_ttn", "child_type", "return_of"})
_FACT_NAMES: Final = tuple(f.name for f in fields(Facts))
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 3000
_LARGEST_COUNT: Final = 2**53


@record
class ParcelState:
    """STATE: the truth about one parcel.

    `revision` grows with every write and is the lock; `version` grows with every change (a new code or stage).
    `observed_at` is the moment the request was sent whose answer this is; `changed_at` is the time of the last
    change, `waits_since` that with which its wait began, where the last only goes on with it. `told` remembers, per
    kind of notice, what the buyer must do, so that what recurs is told again only if that has changed. `written` holds
    fingerprints of the last texts the shop was shown, newest last.

    A waybill that the carrier made on the basis of another, and that is followed in its place, has a `role`, its
    forebears in `chain` (that of the order's field first), and in `chain_since` when the first of them was first seen;
    `children` are those made on the basis of this one, newest last.
    """

    ttn: str
    revision: int
    version: int
    observed_at: datetime
    facts: Facts | None = None
    stage: Stage | None = None  # ours: outlives a code that we do not know
    first_seen_at: datetime
    changed_at: datetime | None = None
    waits_since: datetime | None = None
    orders: frozenset[str] = frozenset()
    told: Mapping[str, str] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    not_found: int = 0  # answers in a row that knew nothing of the number
    ended: str = ""  # "" while live, else why nobody asks any more: "final", "continued" by a child, "aged_out"
    role: Role | None = None
    chain: tuple[str, ...] = ()
    chain_since: datetime | None = None
    children: tuple[str, ...] = ()
    #: until when the store keeps it, as it was read; None where nothing is known of that
    kept_until: datetime | None = field(default=None, compare=False)

    @property
    def live(self) -> bool:
        return not self.ended

    def reduced(self) -> "ParcelState":
        """Of a parcel whose story has ended: what is needed so that nobody asks about it or tells of it again."""
        facts = self.facts
        if facts is not None:
            facts = Facts.from_dict({name: value for name, value in facts.to_dict().items() if name in _REDUCED})
        return replace(self, facts=facts, told=dict.fromkeys(self.told, ""))

    def next(self, **changes: Any) -> "ParcelState":
        return replace(self, revision=self.revision + 1, **changes)

    def to_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "ttn": self.ttn,
            "revision": self.revision,
            "version": self.version,
            "observed_at": to_iso(self.observed_at),
            "first_seen_at": to_iso(self.first_seen_at),
        }
        if self.facts is not None:
            out["facts"] = self.facts.to_dict()
        if self.stage is not None:
            out["stage"] = str(self.stage)
        if self.orders:
            out["orders"] = sorted(self.orders)
        if self.told:
            out["told"] = dict(self.told)
        if self.written:
            out["written"] = list(self.written)
        if self.not_found:
            out["not_found"] = self.not_found
        if self.ended:
            out["ended"] = self.ended
        if self.role is not None:
            out["role"] = str(self.role)
        for name in ("chain", "children"):
            if ttns := getattr(self, name):
                out[name] = list(ttns)
        for name in ("changed_at", "waits_since", "chain_since"):
            if (moment := getattr(self, name)) is not None:
                out[name] = to_iso(moment)
        return out

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for something that is not a STATE."""
        stage, role = data.get("stage"), data.get("role")
        changed_at, chain_since = data.get("changed_at"), data.get("chain_since")
        waits_since = data.get("waits_since")
        observed_at, first_seen_at = from_iso(data["observed_at"]), from_iso(data["first_seen_at"])
        return cls(
            ttn=as_text(data["ttn"]),
            revision=as_count(data["revision"]),
            version=as_count(data["version"]),
            observed_at=observed_at,
            first_seen_at=first_seen_at,
            facts=Facts.from_dict(data["facts"]) if data.get("facts") else None,
            stage=Stage(stage) if stage else None,
            changed_at=from_iso(changed_at) if changed_at else None,
            waits_since=from_iso(waits_since) if waits_since else None,
            orders=frozenset(map(as_text, data.get("orders") or ())),
            told={kind: as_text(told) for kind, told in dict(data.get("told") or {}).items()},
            written=tuple(map(as_text, data.get("written") or ())),
            not_found=as_count(data.get("not_found") or 0),
            ended=as_text(data.get("ended") or ""),
            role=Role(role) if role else None,
            chain=tuple(map(as_text, data.get("chain") or ())),
            chain_since=from_iso(chain_since) if chain_since else None,
            children=tuple(map(as_text, data.get("children") or ())),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A new code or stage of a parcel, numbered; kept as its history."""

    ttn: str
    version: int
    at: datetime  # the carrier's last movement where it named one, else when we asked
    observed_at: datetime
    facts: Facts
    stage: Stage | None


def is_final(facts: Facts, role: Role | None = None) -> bool:
    """Whether the parcel's story has ended: nothing more comes from the carrier under this number.

    Code 9 is final unless money is to come back (then 10, 11 or 106 follow); for a return nobody pays.
    """
    if role is Role.RETURN and facts.stage is Stage.DELIVERED:
        return True
    if facts.code == "9":
        return not facts.redelivery
    return facts.code in FINAL_CODES


def to_iso(moment: datetime) -> str:
    """UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


@lru_cache(maxsize=4096)  # one text is read again on every poll of a parcel that stands still
def from_iso(text: str) -> datetime:
    """Raises ValueError or TypeError for anything else than what `to_iso` wrote."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    if not _FIRST_YEAR < moment.year < _LAST_YEAR:
        raise ValueError("a moment that no parcel saw")  # and with which there is no reckoning
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def as_text(value: Any) -> str:
    """The value, if it is text that can be written anywhere. Raises TypeError or ValueError: what a record holds
    instead would break whoever reads on."""
    if not isinstance(value, str):
        raise TypeError("text expected")
    if not value.isascii() and not is_sound(value):
        raise ValueError("half a character")
    return value


def is_sound(text: str) -> bool:
    """Whether the text can be UTF-8: half a character, which JSON can hold, no queue and no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_count(value: Any) -> int:
    """The value, if it is a number to count on with. Raises TypeError or ValueError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("whole number expected")
    if not 0 <= value <= _LARGEST_COUNT:
        raise ValueError("a number that counts nothing")
    return value


_FACT_READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    **dict.fromkeys(_FACT_NAMES, as_text),
    **dict.fromkeys(_FACT_TIMES, from_iso),
    "courier": bool,
    "stage": lambda value: Stage(text) if (text := as_text(value)) else None,
}
