"""Once a month the shop's own chat hears that all of this lives: in figures, with what it cost."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Protocol

from vistka.domain.bill import Usage, bill, total
from vistka.domain.months import Counted, Month, month_to_tell
from vistka.domain.notices import SHOP_KEY, Audience, Kind, Notice, NoticeState
from vistka.domain.parcels import to_iso
from vistka.ports import Clock, Ledger
from vistka.usecases.queueing import NoticeSender

#: A shorter time without checks is no news.
_INTERVALS: Final = 3


class Months(Protocol):
    def read(self, name: str) -> Month | None:
        """None for a month in which nothing was counted."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """`live`: in shadow the report is written and told to nobody, like all else."""

    ledger: Ledger
    months: Months
    notices: NoticeSender
    clock: Clock
    live: bool
    interval: timedelta
    notice_due: timedelta
    language: str

    def report(self) -> bool:
        """Put the last month's report into the ledger, once, and send it on its way; whether this call did.

        The ledger has the last word: what is not sent is swept, as any notice. Raises StoreUnavailable.
        """
        now = self.clock.now()
        name = month_to_tell(now)
        notice = Notice(
            order_key=SHOP_KEY,
            order_number="",
            ttn="-",
            kind=Kind.REPORT,
            occurrence=name,
            audience=Audience.SHOP,
            version=0,
            state=NoticeState.NEW,
            created_at=now,
            due_at=now + self.notice_due,
            language=self.language,
        )
        if self.ledger.get(SHOP_KEY, notice.id) is not None:
            return False
        month = self.months.read(name)
        if month is None:
            return False
        notice = replace(notice, payload=payload_of(month, interval=self.interval))
        if not self.live:
            notice = replace(notice, state=NoticeState.SHADOW, due_at=None, settled_at=now)
        elif self.notices.shop_chat_id is None:
            notice = replace(
                notice, state=NoticeState.UNDELIVERABLE, due_at=None, settled_at=now, reason="no_shop_chat"
            )
        made = self.ledger.put_new(notice)
        if made and notice.state is NoticeState.NEW:
            self.notices.send([notice])
        return made


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
)
