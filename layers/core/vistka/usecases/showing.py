"""The shop's two columns: what differs from STATE is written, with one statement a batch."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from vistka.domain.errors import ShopMismatch, ShopUnavailable
from vistka.domain.messages import PollOrder
from vistka.domain.notices import Kind, NoticeState
from vistka.domain.orders import Order, Projection, WriteResult
from vistka.domain.parcels import ParcelState
from vistka.domain.policy import Policy
from vistka.domain.projection import is_foreign, project
from vistka.domain.telling import shop_notice
from vistka.metrics import Metric
from vistka.ports import Clock, Ledger, Metrics, ParcelStore, Shop
from vistka.usecases.queueing import NoticeSender

#: A text that is not ours, found in this many runs running, stops the rewriting for that order (F45).
STRIKES = 2


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`texts`: order key -> what the row shows now (or would); `refused`: order number -> why it could not be
    written; `outage`: the shop could not be written at all."""

    texts: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    outage: bool = False


@dataclass(frozen=True, kw_only=True)
class ShopWriter:
    """`interval` is that of the runs: what is found at longer distances was not found twice running."""

    shop: Shop
    parcels: ParcelStore
    ledger: Ledger
    notices: NoticeSender
    clock: Clock
    metrics: Metrics
    interval: timedelta
    say: Callable[..., None]

    def show(
        self,
        orders: Iterable[PollOrder],
        states: Mapping[str, ParcelState],
        known: Mapping[str, ParcelState],
        run_at: datetime,
        policy: Policy,
        *,
        dry_run: bool,
    ) -> Shown:
        """Write the rows that differ. A shop that does not answer is counted and named, and healed by the next run."""
        texts: dict[str, str] = {}
        wanted: list[Projection] = []
        replaced: list[Order] = []
        within = self.interval * 2.5
        for entry in orders:
            projection = project(entry.order, entry.ttns, states, policy.fit)
            if projection is None:
                continue
            if projection.text == entry.order.shown:
                texts[entry.order.key] = projection.text
                continue
            if not policy.is_live(entry.order.number) and not dry_run:
                continue  # shadow writes no shop column
            if not dry_run and is_foreign(entry.order, entry.ttns, known):
                if self.parcels.foreign_runs(entry.order.key, run_at=run_at, within=within) + 1 >= STRIKES:
                    self.parcels.foreign_text(entry.order.key, run_at=run_at, at=run_at, within=within)
                    self._warn(entry.order, entry.ttns[0], policy)
                    continue
                replaced.append(entry.order)
            texts[entry.order.key] = projection.text
            wanted.append(projection)
        if not wanted or dry_run:
            return Shown(texts=texts)
        result, outage = self._write(wanted)
        for projection in wanted:
            if projection.order_number in result.refused:
                texts.pop(projection.order_key, None)
        if result.written + len(result.refused) >= len(wanted):
            # Only what we have replaced and find again is another program's: after an outage, or where a guard missed,
            # an old text may still stand there.
            at = self.clock.now()
            for order in replaced:
                if order.number not in result.refused:
                    self.parcels.foreign_text(order.key, run_at=run_at, at=at, within=within)
        return Shown(texts=texts, refused=result.refused, outage=outage)

    def _write(self, wanted: list[Projection]) -> tuple[WriteResult, bool]:
        """What was written, and whether the shop was away."""
        try:
            result = self.shop.write(wanted)
        except (ShopUnavailable, ShopMismatch) as error:
            self.metrics.count(Metric.SHOP_OUTAGES)
            self.say("the shop was not written; the next run writes it", error=type(error).__name__, reason=str(error))
            refused = {projection.order_number: str(error) for projection in wanted}
            return WriteResult(written=0, statements=0, refused=refused), True
        for number, reason in result.refused.items():
            self.say("the shop's database refused a row", order_number=number, reason=reason)
        return result, False

    def _warn(self, order: Order, ttn: str, policy: Policy) -> None:
        self.say("another program writes shipment_status: switch the old cron off", order_number=order.number, ttn=ttn)
        notice = shop_notice(Kind.FOREIGN_TEXT, ttn, order, policy, occurrence="1")
        if self.ledger.put_new(notice) and notice.state is NoticeState.NEW:
            self.notices.send([notice])
