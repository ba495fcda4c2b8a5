"""Open orders become batches: at most a hundred parcels to ask, and no more bytes than a queue message takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from vistka.domain.messages import MOST_ASKED as MOST_ASKED  # noqa: PLC0414 -- the limit that packing keeps
from vistka.domain.messages import PollMessage, PollOrder, PollParcel
from vistka.domain.polling import EPOCH

#: Parcels in one message, those along for the shop's columns included.
MOST_PARCELS: Final = 200
#: Well below the 256 KiB of a queue message, and room for the envelope.
MOST_BYTES: Final = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Orders and parcels that belong together: an order never stands apart from one of its parcels."""

    orders: tuple[PollOrder, ...]
    parcels: tuple[PollParcel, ...]
    due: datetime

    @property
    def asked(self) -> int:
        return sum(parcel.ask for parcel in self.parcels)


def group(entries: Sequence[PollOrder]) -> list[tuple[tuple[PollOrder, ...], tuple[str, ...]]]:
    """Orders that share a number stand together, with all their numbers."""
    leader: dict[str, str] = {}

    def find(ttn: str) -> str:
        while leader[ttn] != ttn:
            leader[ttn] = leader[leader[ttn]]
            ttn = leader[ttn]
        return ttn

    for entry in entries:
        for ttn in entry.ttns:
            leader.setdefault(ttn, ttn)
        for ttn in entry.ttns[1:]:
            leader[find(ttn)] = find(entry.ttns[0])
    together: dict[str, list[PollOrder]] = {}
    for entry in entries:
        together.setdefault(find(entry.ttns[0]), []).append(entry)
    return [
        (tuple(orders), tuple(dict.fromkeys(ttn for order in orders for ttn in order.ttns)))
        for orders in together.values()
    ]


@dataclass(kw_only=True)
class _Bin:
    groups: list[Group] = field(default_factory=list)
    asked: int = 0
    parcels: int = 0
    size: int = 0

    def takes(self, found: Group, size: int) -> bool:
        return (
            self.asked + found.asked <= MOST_ASKED
            and self.parcels + len(found.parcels) <= MOST_PARCELS
            and self.size + size <= MOST_BYTES
        )

    def add(self, found: Group, size: int) -> None:
        self.groups.append(found)
        self.asked += found.asked
        self.parcels += len(found.parcels)
        self.size += size


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """A message ready for the queue; `due` is that of its most overdue group."""

    message: PollMessage
    due: datetime


def pack(groups: Iterable[Group], *, run: str, run_at: datetime, expires_at: datetime) -> list[Packed]:
    """Fill messages with groups, the most overdue first.

    A group too large for one message is cut apart: its orders then stand in several, each with all of its parcels.
    """
    bins: list[_Bin] = []
    for found, size in sorted(_cut(groups), key=lambda one: one[0].due):
        place = next((one for one in bins if one.takes(found, size)), None)
        if place is None:
            place = _Bin()
            bins.append(place)
        place.add(found, size)
    return [
        Packed(
            message=PollMessage(
                run=run,
                batch=number,
                run_at=run_at,
                expires_at=expires_at,
                parcels=_each_once(parcel for one in filled.groups for parcel in one.parcels),
                orders=tuple(order for one in filled.groups for order in one.orders),
            ),
            due=filled.groups[0].due,
        )
        for number, filled in enumerate(bins)
    ]


def _each_once(parcels: Iterable[PollParcel]) -> tuple[PollParcel, ...]:
    """Slices of one group may have parcels in common; the one that asks counts."""
    found: dict[str, PollParcel] = {}
    for parcel in parcels:
        if parcel.ttn not in found or parcel.ask:
            found[parcel.ttn] = parcel
    return tuple(found.values())


def size_of(found: Group) -> int:
    probe = PollMessage(
        run="", batch=0, run_at=found.due, expires_at=found.due, parcels=found.parcels, orders=found.orders
    )
    return len(probe.to_json().encode())


def _cut(groups: Iterable[Group]) -> Iterable[tuple[Group, int]]:
    """Groups that fit into a message, with their sizes."""
    for found in groups:
        size = size_of(found)
        if found.asked <= MOST_ASKED and len(found.parcels) <= MOST_PARCELS and size <= MOST_BYTES:
            yield found, size
            continue
        parcels: Mapping[str, PollParcel] = {parcel.ttn: parcel for parcel in found.parcels}
        asked: set[str] = set()
        for few in _slices(found, parcels):
            ttns = dict.fromkeys(ttn for entry in few for ttn in entry.ttns)
            cut = [parcels[ttn] for ttn in ttns]
            # A parcel that another slice asks about goes along with what is known of it.
            part = Group(orders=few, parcels=tuple(_once(parcel, asked) for parcel in cut), due=found.due)
            yield part, size_of(part)


def _once(parcel: PollParcel, asked: set[str]) -> PollParcel:
    if not parcel.ask or parcel.ttn in asked:
        return PollParcel(ttn=parcel.ttn, ask=False, known=parcel.known, phone=parcel.phone)
    asked.add(parcel.ttn)
    return parcel


def _slices(found: Group, parcels: Mapping[str, PollParcel]) -> Iterable[tuple[PollOrder, ...]]:
    few: list[PollOrder] = []
    numbers: set[str] = set()
    size = 0
    for entry in found.orders:
        more = _added(entry, numbers, parcels)
        full = len(numbers | set(entry.ttns)) > MOST_ASKED or len(few) >= MOST_ASKED or size + more > MOST_BYTES
        if few and full:
            yield tuple(few)
            few, numbers, size = [], set(), 0
            more = _added(entry, numbers, parcels)
        few.append(entry)
        numbers |= set(entry.ttns)
        size += more
    if few:
        yield tuple(few)


def _added(entry: PollOrder, numbers: set[str], parcels: Mapping[str, PollParcel]) -> int:
    """Bytes that an order and those of its parcels add which are not along yet, and a few more."""
    new = tuple(parcels[ttn] for ttn in entry.ttns if ttn not in numbers)
    return size_of(Group(orders=(entry,), parcels=new, due=EPOCH))
