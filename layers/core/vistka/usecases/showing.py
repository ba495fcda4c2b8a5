"""The shop's two columns: what differs from STATE is written, with one statement a batch."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from vistka.domain.audit import Act, Actor
from vistka.domain.errors import ShopMismatch, ShopUnavailable, StoreConflict
from vistka.domain.foreign import ForeignText, find
from vistka.domain.making import shop_notice
from vistka.domain.messages import PollOrder
from vistka.domain.notices import Kind, NoticeState
from vistka.domain.orders import Projection, WriteResult
from vistka.domain.parcels import ParcelState
from vistka.domain.policy import Policy
from vistka.domain.projection import fingerprint, is_foreign, project
from vistka.metrics import Metric
from vistka.ports import Clock, Ledger, Metrics, ParcelStore, Shop
from vistka.usecases.auditing import Auditor
from vistka.usecases.queueing import NoticeSender

#: The row of an order whose rewriting is stopped (F45).
STOPPED: Final = (
    "stopped: another program writes shipment_status; switch the old cron off, then run vistka update --overwrite"
)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`texts`: order key -> what the row shows now (or would); `unwritten`: order number -> why it does not;
    `outage`: the shop could not be written at all."""

    texts: Mapping[str, str]
    unwritten: Mapping[str, str] = field(default_factory=dict)
    outage: bool = False


@dataclass(frozen=True, kw_only=True)
class ShopWriter:
    shop: Shop
    parcels: ParcelStore
    ledger: Ledger
    notices: NoticeSender
    auditor: Auditor
    clock: Clock
    metrics: Metrics
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
        overwrite: bool = False,
    ) -> Shown:
        """Write the rows that differ. A shop that does not answer is counted and named, and healed by the next run.

        `overwrite`: a person says that whatever else wrote the column is switched off.
        """
        texts: dict[str, str] = {}
        stopped: dict[str, str] = {}
        wanted: list[Projection] = []
        replaced: dict[str, ForeignText] = {}
        differing = list(self._differing(orders, states, policy, texts, dry_run=dry_run))
        finds = self._finds(differing, known, run_at, overwrite=overwrite)
        for entry, projection in differing:
            order = entry.order
            before, found = finds.get(order.key, (None, None))
            if found is not None and found.stopped:
                stopped[order.number] = STOPPED
                if not dry_run:
                    self._stop(entry, before, found, policy)
                continue
            if found is not None:
                replaced[order.key] = found
            texts[order.key] = projection.text
            wanted.append(projection)
        if not wanted or dry_run:
            return Shown(texts=texts, unwritten=stopped)
        result, outage = self._write(wanted)
        for projection in wanted:
            if projection.order_number in result.refused:
                texts.pop(projection.order_key, None)
                replaced.pop(projection.order_key, None)
        if result.written + len(result.refused) >= len(wanted):
            # Only what we have replaced and find again is another program's: after an outage, or where a guard missed,
            # an old text may still stand there.
            at = self.clock.now()
            for key, found in replaced.items():
                self._remember(key, replace(found, at=at))
                self.auditor.note(key, Actor.OPERATOR if overwrite else Actor.TRACKER, Act.OVERWRITTEN)
        return Shown(texts=texts, unwritten={**stopped, **result.refused}, outage=outage)

    @staticmethod
    def _differing(
        orders: Iterable[PollOrder],
        states: Mapping[str, ParcelState],
        policy: Policy,
        texts: dict[str, str],
        *,
        dry_run: bool,
    ) -> Iterable[tuple[PollOrder, Projection]]:
        """Rows that show something else than they should; what the others show goes into `texts`."""
        for entry in orders:
            projection = project(entry.order, entry.ttns, states, policy.fit)
            if projection is None:
                continue
            if projection.text == entry.order.shown:
                texts[entry.order.key] = projection.text
            elif policy.is_live(entry.order.number) or dry_run:  # shadow writes no shop column
                yield entry, projection

    def _finds(
        self,
        differing: Iterable[tuple[PollOrder, Projection]],
        known: Mapping[str, ParcelState],
        run_at: datetime,
        *,
        overwrite: bool,
    ) -> Mapping[str, tuple[ForeignText | None, ForeignText]]:
        """By order key: what was known of another program's text in it, and what is with this find."""
        marks = {
            entry.order.key: fingerprint(entry.order.shown or "")
            for entry, _ in differing
            if is_foreign(entry.order, entry.ttns, known)
        }
        before = self.parcels.foreign_texts(marks) if marks else {}
        return {
            key: (before.get(key), find(before.get(key), mark, run_at, overwrite=overwrite))
            for key, mark in marks.items()
        }

    def _stop(self, entry: PollOrder, before: ForeignText | None, found: ForeignText, policy: Policy) -> None:
        order, ttn = entry.order, entry.ttns[0]
        self.say("another program writes shipment_status: switch the old cron off", order_number=order.number, ttn=ttn)
        if found == before:
            return
        # First the warning, then the record: a crash in between warns again, and that once.
        notice = shop_notice(Kind.FOREIGN_TEXT, ttn, order, policy, occurrence="1")
        if self.ledger.put_new(notice) and notice.state is NoticeState.NEW:
            self.notices.send([notice])
        self._remember(order.key, found)

    def _remember(self, order_key: str, found: ForeignText) -> None:
        try:
            self.parcels.put_foreign_text(order_key, found)
        except StoreConflict:
            return  # a run beside us dealt with the same find

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
