"""The dispatcher: sweeps overdue notices, then sends out what is due."""

from functools import cache
from typing import Any

from vistka.domain.errors import BadMessage
from vistka.edge.direct import findings, read_request
from vistka.edge.duties import duties_of
from vistka.edge.erasing import erase_asked, eraser_of
from vistka.edge.invoking import invoke
from vistka.edge.keeping import keeper_of
from vistka.edge.noticeside import sweeper_of
from vistka.edge.outside import Outside
from vistka.edge.refreshing import is_refresh, orders_of
from vistka.edge.shopside import dispatcher_of, open_shop, releaser_of, rivals_of
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.operating import dispatch_one, dispatch_some, plan_page, scheduled_run
from vistka.usecases.releasing import Releaser
from vistka.usecases.sweeping import Sweeper


@cache
def outside() -> Outside:
    return Outside.of_function("POLLS_QUEUE_URL", "NOTICES_QUEUE_URL")


@cache
def dispatcher() -> Dispatcher:
    return dispatcher_of(outside(), open_shop(outside()))


@cache
def sweeper() -> Sweeper:
    return sweeper_of(outside())


@cache
def releaser() -> Releaser:
    return releaser_of(outside(), dispatcher().shop)


def work(event: Any) -> dict[str, Any]:
    if isinstance(event, dict) and "erase" in event:
        return erase_asked(eraser_of(outside()), lambda: dispatcher().shop, event["erase"])
    if is_refresh(event):
        return dispatch_some(dispatcher(), orders_of(event))
    request = read_request(event)
    if request.check:
        return findings(lambda: dispatcher().shop.check(), lambda: rivals_of(outside(), dispatcher()))
    if request.plan:
        return plan_page(dispatcher(), after=request.after)
    if request.overwrite:
        raise BadMessage("overwrite is asked of the tracker; a queue does not carry it")
    if request.order_number:
        return dispatch_one(dispatcher(), request.order_number, dry_run=request.dry_run)
    duties = duties_of(outside(), lambda: dispatcher().shop)
    listed = [keeper_of(outside()).listed]
    return scheduled_run(sweeper, dispatcher, releaser, outside().metrics, listed=listed, duties=duties)


def handler(event: Any, _context: Any) -> dict[str, Any]:
    return invoke(outside(), event, work)
