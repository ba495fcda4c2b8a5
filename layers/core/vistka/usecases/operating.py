"""What the dispatcher and the tracker do as a whole: a scheduled run, a page for a person, one order."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from vistka.domain.audit import Act, Actor
from vistka.domain.errors import OrderUnknown, ShopMismatch, ShopUnavailable, VistkaError
from vistka.domain.messages import PollMessage
from vistka.domain.orders import Order
from vistka.metrics import Metric
from vistka.ports import Metrics, Shop
from vistka.usecases.auditing import Auditor
from vistka.usecases.dispatching import Dispatcher, Listed
from vistka.usecases.releasing import Releaser, Waiting
from vistka.usecases.rows import row
from vistka.usecases.sweeping import Sweeper
from vistka.usecases.tracking import Tracker

#: Noted in the row of a parcel that is not taken up.
NEVER_SEEN: Final = "shown only: the order is done or cancelled and was never tracked; nothing is written, nobody told"


def scheduled_run(
    sweeper: Callable[[], Sweeper],
    dispatcher: Callable[[], Dispatcher],
    releaser: Callable[[], Releaser],
    metrics: Metrics,
    *,
    listed: Iterable[Listed] = (),
    after_listing: Iterable[Callable[[], object]] = (),
    duties: Iterable[Callable[[], object]] = (),
    until: datetime | None = None,
) -> dict[str, Any]:
    """Sweep first, before the shop is touched, then dispatch, and release what the shop has not listed, then the
    duties; the failure of one does not stop the others, that to set it up included.
    `listed` hears of the open orders; `after_listing` is done only where all of them were read in this run, which has
    time `until` then to read and send.

    Raises the first failure after all were tried: an outage is never a success (R7, F3).
    """
    failures: list[Exception] = []
    report: dict[str, Any] = {}
    try:
        report["sweep"] = asdict(sweeper().sweep())
    except Exception as error:  # noqa: BLE001 -- whatever it is, the dispatch goes on; it is raised below
        failures.append(error)
    waiting = Waiting(orders={})
    try:
        waiting = releaser().waiting()
    except Exception as error:  # noqa: BLE001 -- as above
        failures.append(error)
    # Whatever else failed: what was listed is so, and nobody is to be told in a chat that was corrected.
    duties = (lambda: releaser().readdress(waiting) if waiting.moved else None, *duties)
    try:
        done = dispatcher().run(listed=(waiting.listed, *listed), until=until)
        report["run"] = {
            "id": done.run,
            "orders": done.orders,
            "parcels_asked": done.asked,
            "followed": done.followed,
            "batches": done.batches,
            "left": done.left + done.untaken,
            "problems": done.problems,
            "cut": done.cut,
            "oldest_unchecked_seconds": round(done.oldest_unchecked.total_seconds()),
        }
    except Exception as error:  # noqa: BLE001 -- raised below, after the sweep's own
        failures.append(error)
    else:
        # Only where the open orders were read to their end is one that was not listed perhaps without its number.
        release = () if done.cut else (lambda: releaser().release(waiting),)
        duties = (*release, *(after_listing if done.whole else ()), *duties)
    for duty in duties:
        try:
            duty()
        except Exception as error:  # noqa: BLE001 -- raised below, after those of the run itself
            failures.append(error)
    if any(isinstance(error, ShopUnavailable | ShopMismatch) for error in failures):
        metrics.count(Metric.SHOP_OUTAGES)
    if failures:
        raise failures[0]
    return report


def plan_page(dispatcher: Dispatcher, *, after: str | None) -> dict[str, Any]:
    """One page of all open orders for `vistka update`, as messages to give to the tracker one by one."""
    messages, page = dispatcher.plan(after=after)
    return {
        "messages": [message.to_dict() for message in messages],
        "after": page.after,
        "parcels": list(page.rows),
        "problems": list(page.problems),
        "orders": page.orders,
    }


def dispatch_one(dispatcher: Dispatcher, number: str, *, dry_run: bool) -> dict[str, Any]:
    """Send out one order now, due or not; a dry run returns what it would have sent."""
    found = dispatcher.one(find_order(dispatcher.shop, number))
    left = [
        row(entry.order, ttn, outcome="skipped", note=NEVER_SEEN)
        for message in found.shown_only
        for entry in message.orders
        for ttn in entry.ttns
    ]
    return {
        "messages": [message.to_dict() for message in found.messages],
        "sent": 0 if dry_run else dispatcher.send(found.messages),
        "parcels": [*found.rows, *left],
        "dry_run": dry_run,
    }


def dispatch_some(dispatcher: Dispatcher, numbers: Iterable[str], *, auditor: Auditor) -> dict[str, Any]:
    """Send out these orders now, due or not, a hundred parcels a message. `unknown`: the shop has none such."""
    found: list[Order] = []
    unknown: list[str] = []
    for number in numbers:
        try:
            found.append(find_order(dispatcher.shop, number))
        except OrderUnknown:
            unknown.append(number)
    messages = dispatcher.some(found)
    for order in found if messages else ():
        auditor.note(order.key, Actor.SHOP, Act.ASKED)
    return {"orders": len(found), "sent": dispatcher.send(messages), "batches": len(messages), "unknown": unknown}


def track_one(
    dispatcher: Dispatcher,
    tracker: Tracker,
    number: str,
    *,
    auditor: Auditor,
    dry_run: bool,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Ask about one order now, and do all that follows. Of a done or cancelled order that was never seen the carrier's
    answer is shown, and nothing follows."""
    order = find_order(dispatcher.shop, number)
    found = dispatcher.one(order)
    if found.messages and not dry_run:
        auditor.note(order.key, Actor.OPERATOR, Act.ASKED)
    parcels = list(found.rows)
    error: VistkaError | None = None
    for message in found.messages:
        done = tracker.track(message, dry_run=dry_run, overwrite=overwrite)
        parcels.extend(done.rows)
        error = error or done.error
    for message in found.shown_only:
        done = tracker.track(message, dry_run=True)
        parcels.extend({**item, "note": NEVER_SEEN} for item in done.rows)
        error = error or done.error
    return _tracked(parcels, error)


def track_message(tracker: Tracker, message: PollMessage, *, dry_run: bool, overwrite: bool = False) -> dict[str, Any]:
    """One message of `plan_page`."""
    done = tracker.track(message, dry_run=dry_run, overwrite=overwrite)
    return _tracked(done.rows, done.error)


def _tracked(rows: list[dict[str, Any]], error: VistkaError | None) -> dict[str, Any]:
    """`kind` is that of the carrier's outage, None without one."""
    return {
        "parcels": rows,
        "error": str(error) if error is not None else None,
        "kind": type(error).__name__ if error is not None else None,
    }


def find_order(shop: Shop, number: str) -> Order:
    """The order with this number, as typed or without the blanks around it. Raises OrderUnknown, ShopUnavailable,
    ShopMismatch."""
    order = shop.order(number)
    if order is None and number != number.strip():
        order = shop.order(number.strip())
    if order is None:
        raise OrderUnknown(f"the shop has no order {number}")
    return order
