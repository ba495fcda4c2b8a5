"""An order as its page tells it: each parcel as it stands, how far it has come, and what happened on the way."""

from dataclasses import dataclass

from vistka.domain.journeys import Journey
from vistka.domain.parcels import Change
from vistka.domain.views import ParcelView


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelStory:
    """`history` is oldest first."""

    view: ParcelView
    journey: Journey
    history: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderStory:
    """`number` is "" while the store does not know the order: it has no waybill number yet."""

    number: str
    parcels: tuple[ParcelStory, ...]
