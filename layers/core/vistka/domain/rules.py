"""Order rules: the events that may move an order's own status, and what became of such a move in the shop.

A rule is switched on in the shop's schema file, or on the shop's own side where that is reached over HTTP. It moves an
order from the statuses it names to another one; a cancelled order is never moved (R5, F9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from vistka.domain.notices import Kind
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage


class Event(StrEnum):
    """Named as the kinds of notices that tell of them."""

    RECEIVED = "received"
    REFUSED = "refused"
    RETURNED = "returned"  # back at the shop


def event_of(kind: Kind) -> Event | None:
    return Event(str(kind)) if str(kind) in set(Event) else None


def came_to(state: ParcelState) -> Event | None:
    """Where the parcel stands now: by its stage, never by words (F10). Back at the shop is known by what was told, as
    the way back has a number of its own."""
    if state.stage is Stage.DELIVERED:
        return Event.RECEIVED
    if str(Event.RETURNED) in state.told:
        return Event.RETURNED
    return Event.REFUSED if state.stage is Stage.REFUSED else None


def all_came_to(event: Event, states: Iterable[ParcelState | None]) -> bool:
    """Whether all of an order's parcels have come to this. A waybill that was deleted is no parcel any more; a refused
    one may be back at the shop already."""
    enough = {event, Event.RETURNED} if event is Event.REFUSED else {event}
    counted = [state for state in states if state is None or state.stage is not Stage.DELETED]
    return bool(counted) and all(state is not None and came_to(state) in enough for state in counted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """What a rule is to do to one order's row, and the guard: the row has this key, this number, and this in its
    tracking field. From which statuses to which, the rule says."""

    order_key: str
    order_number: str
    tracking: str
    event: Event


class Outcome(StrEnum):
    MOVED = "moved"
    THERE = "there"  # the row has the rule's status already, and we did not set it now
    ELSEWHERE = "elsewhere"  # it has a status that the rule does not name
    OTHER = "other"  # it is gone, or has another number or other waybills than the move was made for
    REFUSED = "refused"  # the database does not take it
    OFF = "off"  # no rule is switched on for the event


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """`text`: why the database does not take it."""

    outcome: Outcome
    text: str = ""
