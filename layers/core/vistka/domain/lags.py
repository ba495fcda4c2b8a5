"""How long news takes from the carrier's scan to the buyer's chat: the live figure of what polling is worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vistka.domain.notices import OF_CHANGES, Audience, Notice
from vistka.domain.parcels import from_iso

#: Upper bounds of the classes in which lags are counted, in minutes; above the last one there is no bound.
BOUNDS: Final = (5, 10, 20, 30, 60, 120, 240)


def lag_of(notice: Notice, sent_at: datetime) -> timedelta | None:
    """From the carrier's last movement (TrackingUpdateDate, else DateScan) to the moment the notice was sent.

    None for what says nothing of the polling: a reminder, the shop's own news, a second chat of the same order, news of
    an order that was new to the parcel, and what did not leave by itself but was swept: it had waited for the morning,
    for a chat, or for a message that the queue lost.
    """
    if notice.kind not in OF_CHANGES or notice.audience is not Audience.BUYER or notice.seat > 1:
        return None
    if notice.sweeps or notice.payload.get("first_sight"):
        return None
    moved = (notice.payload.get("facts") or {}).get("moved_at")
    return max(timedelta(), sent_at - from_iso(moved)) if moved else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lags:
    """Lags of so many news, as counts: `within` says how many took at most a bound (in minutes) and more than the one
    before."""

    count: int = 0
    seconds: int = 0
    within: Mapping[int, int] = field(default_factory=dict)

    @property
    def mean(self) -> timedelta:
        return timedelta(seconds=self.seconds / self.count) if self.count else timedelta()

    def bound_of(self, share: float) -> int | None:
        """Minutes within which at least this share of the news was told; None if no bound says so."""
        told = 0
        for bound in BOUNDS:
            told += self.within.get(bound, 0)
            if told >= share * self.count:
                return bound
        return None


def bound_of(lag: timedelta) -> int | None:
    """The class that a lag is counted in; None above all of them."""
    return next((bound for bound in BOUNDS if lag <= timedelta(minutes=bound)), None)


def together(days: Iterable[Lags]) -> Lags:
    known = list(days)
    return Lags(
        count=sum(day.count for day in known),
        seconds=sum(day.seconds for day in known),
        within={bound: sum(day.within.get(bound, 0) for day in known) for bound in BOUNDS},
    )
