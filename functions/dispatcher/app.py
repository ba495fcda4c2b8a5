"""The dispatcher: sweeps overdue notices, then sends out what is due."""

from datetime import timedelta
from functools import cache, partial
from typing import Any

from vistka.domain.errors import BadMessage
from vistka.edge.auditing import audit_asked
from vistka.edge.direct import findings, read_request
from vistka.edge.erasing import erase_asked, eraser_of
from vistka.edge.invoking import invoke, remaining
from vistka.edge.outside import Outside
from vistka.edge.refreshing import is_refresh, orders_of
from vistka.edge.running import whole_run
from vistka.edge.shopside import dispatcher_of, open_shop, rivals_of
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.operating import dispatch_one, dispatch_some, plan_page


@cache
def outside() -> Outside:
    return Outside.of_function("POLLS_QUEUE_URL", "NOTICES_QUEUE_URL")


@cache
def dispatcher() -> Dispatcher:
    return dispatcher_of(outside(), open_shop(outside()))


def work(event: Any, left: timedelta) -> dict[str, Any]:
    match event:
        case {"erase": asked}:
            return erase_asked(eraser_of(outside()), lambda: dispatcher().shop, asked)
        case {"audit": asked}:
            return audit_asked(outside().auditor, asked)
    if is_refresh(event):
        return dispatch_some(dispatcher(), orders_of(event), auditor=outside().auditor)
    request = read_request(event)
    if request.check:
        return findings(lambda: dispatcher().shop.check(), lambda: rivals_of(outside(), dispatcher()))
    if request.plan:
        return plan_page(dispatcher(), after=request.after)
    if request.overwrite:
        raise BadMessage("overwrite is asked of the tracker; a queue does not carry it")
    if request.order_number:
        return dispatch_one(dispatcher(), request.order_number, dry_run=request.dry_run)
    return whole_run(outside(), dispatcher, left=left)


def handler(event: Any, context: Any) -> dict[str, Any]:
    return invoke(outside(), event, partial(work, left=remaining(context)))
