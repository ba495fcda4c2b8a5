"""Order rules: the events that may move an order's own status, and what became of such a move in the shop.

A rule is switched on in the shop's schema file, or on the shop's own side where that is reached over HTTP. It moves an
order from the statuses it names to another one; a cancelled order is never moved (R5, F9).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vistka.domain.chains import MOST_LEVELS
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage


class Event(StrEnum):
    """Named as the kinds of notices that tell of them."""

    RECEIVED = "received"
    REFUSED = "refused"
    RETURNED = "returned"  # back at the shop


#: By stage, never by words (F10): on its way back, a parcel is still refused.
_EVENT_OF_STAGE: Final = {
    Stage.DELIVERED: Event.RECEIVED,
    Stage.REFUSED: Event.REFUSED,
    Stage.RETURNING: Event.REFUSED,
    Stage.RETURN_WAITING: Event.REFUSED,
    Stage.RETURNED: Event.RETURNED,
}


def came_to(state: ParcelState | None) -> Event | None:
    """Where the parcel stands now; None for one under way, or unknown."""
    return _EVENT_OF_STAGE.get(state.stage) if state is not None and state.stage is not None else None


def standing_for(ttn: str, states: Mapping[str, ParcelState]) -> ParcelState | None:
    """The waybill that speaks for a number of the order's field now: itself, or the last that took its place and of
    which something is known; one in between may never have been understood."""
    speaking = last = states.get(ttn)
    for _ in range(MOST_LEVELS):
        last = states.get(last.children[-1]) if last is not None and last.children else None
        if last is None:
            break
        if last.stage not in {None, Stage.NOT_FOUND}:
            speaking = last
    return speaking


def all_came_to(event: Event, ttns: Iterable[str], states: Mapping[str, ParcelState]) -> bool:
    """Whether all of an order's parcels have come to this. A waybill that was deleted is no parcel any more; a refused
    one may be back at the shop already."""
    counted = _counted(ttns, states)
    return bool(counted) and all(_has_come_to(event, state) for state in counted)


def all_may_come_to(event: Event, ttns: Iterable[str], states: Mapping[str, ParcelState]) -> bool:
    """Whether those of an order's parcels that have not come to this may do so yet, or turn out to be none. One that
    has come to something else makes a mixture, whatever becomes of the others; its own next change is judged anew."""
    return all(_has_come_to(event, state) or _may_come_to(event, state) for state in _counted(ttns, states))


def _counted(ttns: Iterable[str], states: Mapping[str, ParcelState]) -> list[ParcelState | None]:
    present = [standing_for(ttn, states) for ttn in ttns]
    return [state for state in present if state is None or state.stage is not Stage.DELETED]


def _has_come_to(event: Event, state: ParcelState | None) -> bool:
    enough = {event, Event.RETURNED} if event is Event.REFUSED else {event}
    return came_to(state) in enough


def _may_come_to(event: Event, state: ParcelState | None) -> bool:
    if state is None:
        return True
    before = {None, Event.REFUSED} if event is Event.RETURNED else {None}
    return state.live and came_to(state) in before


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
    CHANGED = "changed"  # it is gone, or has another number or other waybills than the move was made for
    REFUSED = "refused"  # the database does not take it
    OFF = "off"  # no rule is switched on for the event


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """`text`: why the database does not take it."""

    outcome: Outcome
    text: str = ""
