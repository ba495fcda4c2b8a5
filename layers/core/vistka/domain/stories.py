"""An order as its page tells it: each parcel as it stands, how far it has come, and what happened on the way."""

from collections.abc import Iterable
from dataclasses import dataclass

from vistka.domain.journeys import Journey
from vistka.domain.parcels import Change
from vistka.domain.views import ParcelView


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelStory:
    """One parcel under all the numbers that it has had. `view` is of the waybill that goes on with it, `replaced` are
    those whose place it took, the one of the order's field first; `history` is of all of them, oldest first."""

    view: ParcelView
    journey: Journey
    history: tuple[Change, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderStory:
    """`number` is "" while the store does not know the order: it has no waybill number yet."""

    number: str
    parcels: tuple[ParcelStory, ...]


def chained(views: Iterable[ParcelView]) -> list[tuple[ParcelView, ...]]:
    """Waybills as parcels: each with those that took its place behind it, as `views` have them."""
    found: list[list[ParcelView]] = []
    for view in views:
        forebears = set(view.state.chain) if view.state is not None else set()
        if found and any(one.ttn in forebears for one in found[-1]):
            found[-1].append(view)
        else:
            found.append([view])
    return [tuple(chain) for chain in found]


def present(chain: tuple[ParcelView, ...]) -> int:
    """The place in the chain of the waybill that goes on with the parcel: the last of which anything is known."""
    known = [place for place, view in enumerate(chain) if view.state is not None and view.state.stage is not None]
    return known[-1] if known else 0
