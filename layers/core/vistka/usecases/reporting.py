"""Once a month the shop's own chat hears that all of this lives: in figures, with what it cost."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from vistka.domain.bill import Usage, bill, total
from vistka.domain.months import Counted, Month, month_to_tell
from vistka.domain.notices import Kind
from vistka.domain.parcels import to_iso
from vistka.ports import Clock
from vistka.usecases.announcing import Announcer

#: A shorter time without checks is no news.
_INTERVALS: Final = 3


class Months(Protocol):
    def read(self, name: str) -> Month | None:
        """None for a month in which nothing was counted."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reporter:
    announcer: Announcer
    months: Months
    clock: Clock
    interval: timedelta

    def report(self) -> bool:
        """Tell the last month's report, once; whether this call did. Raises StoreUnavailable."""
        name = month_to_tell(self.clock.now())
        if self.announcer.knows(Kind.REPORT, name):
            return False
        month = self.months.read(name)
        if month is None:
            return False
        return self.announcer.announce(Kind.REPORT, name, payload_of(month, interval=self.interval))


def payload_of(month: Month, *, interval: timedelta) -> dict[str, Any]:
    """What the text is made of: whole numbers, and dollars as text."""
    told = {str(what): month.count(what) for what in _TOLD if month.count(what)}
    payload: dict[str, Any] = {
        "month": month.name,
        "since": to_iso(month.first_at),
        "figures": told,
        "dollars": f"{total(bill(usage_of(month))):.2f}",
    }
    if month.outages:
        payload["outages"] = {str(outage): hours for outage, hours in month.outages.items()}
    if month.longest_gap > _INTERVALS * interval:
        payload["gap_minutes"] = round(month.longest_gap.total_seconds() / 60)
    return payload


def usage_of(month: Month) -> Usage:
    return Usage(
        runs=month.count(Counted.RUNS),
        states=month.count(Counted.STATES),
        batches=month.count(Counted.BATCHES),
        parcels=month.count(Counted.PARCELS),
        changes=month.count(Counted.CHANGES),
        notices=month.count(Counted.TO_BUYERS) + month.count(Counted.TO_SHOP),
    )


_TOLD: Final = (
    Counted.PARCELS,
    Counted.RECEIVED,
    Counted.REFUSED,
    Counted.TO_BUYERS,
    Counted.TO_SHOP,
    Counted.UNTOLD,
    Counted.UNCONFIRMED,
    Counted.BROKEN_TEXTS,
)
