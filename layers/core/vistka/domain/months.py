"""A month in figures: what was counted of it, and when it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vistka.domain.kyiv import kyiv

#: On the first of the next month, Kyiv time: a message at a decent hour.
TOLD_AT_HOUR: Final = 10


class Counted(StrEnum):
    RUNS = "runs"
    BATCHES = "batches"
    STATES = "states"  # STATEs read by runs
    PARCELS = "parcels"  # seen for the first time
    CHANGES = "changes"
    RECEIVED = "received"  # parcels that became so, whoever hears of it
    REFUSED = "refused"
    TO_BUYERS = "to_buyers"  # sent
    TO_SHOP = "to_shop"
    UNTOLD = "untold"  # buyers' notices that reached nobody
    UNCONFIRMED = "unconfirmed"
    BROKEN_TEXTS = "broken_texts"  # of the shop's own: the built-in ones were told


class Outage(StrEnum):
    CARRIER = "carrier"
    TELEGRAM = "telegram"
    SHOP = "shop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """`name` as 2026-11, Kyiv's. `first_at`: when the first thing was counted. `outages`: clock hours in which such a
    one was met. `longest_gap`: the longest time for which live parcels were unchecked."""

    name: str
    first_at: datetime
    counts: Mapping[Counted, int] = field(default_factory=dict)
    outages: Mapping[Outage, int] = field(default_factory=dict)
    longest_gap: timedelta = timedelta()

    def count(self, what: Counted) -> int:
        return self.counts.get(what, 0)


def month_of(moment: datetime) -> str:
    return f"{moment.astimezone(kyiv()):%Y-%m}"


def month_to_tell(now: datetime) -> str:
    """The last month whose report is due."""
    local = now.astimezone(kyiv()).replace(tzinfo=None) - timedelta(hours=TOLD_AT_HOUR)
    return f"{local.replace(day=1) - timedelta(days=1):%Y-%m}"
