"""An order and its parcels as they stand, for whoever may see them."""

from dataclasses import dataclass
from datetime import datetime

from vistka.domain.parcels import ParcelState


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelView:
    """`state` is None before the first answer; `checked_at` is when the carrier's word was last known to be current."""

    ttn: str
    state: ParcelState | None
    checked_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderView:
    """`number` is "" while the store does not know the order: it has no waybill number yet."""

    number: str
    parcels: tuple[ParcelView, ...]
