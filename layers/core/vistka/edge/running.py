"""A whole run of the dispatcher, with all that hears of the orders that it lists."""

from collections.abc import Callable
from typing import Any

from vistka.adapters.store_keeping import DynamoKeeping
from vistka.edge.announcing import digester_of
from vistka.edge.duties import duties_of
from vistka.edge.noticeside import sweeper_of
from vistka.edge.outside import Outside
from vistka.edge.shopside import releaser_of
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.keeping import Keeper
from vistka.usecases.operating import scheduled_run


def whole_run(outside: Outside, dispatcher: Callable[[], Dispatcher]) -> dict[str, Any]:
    digester = digester_of(outside)
    return scheduled_run(
        lambda: sweeper_of(outside),
        dispatcher,
        lambda: releaser_of(outside, dispatcher().shop),
        outside.metrics,
        listed=[keeper_of(outside).listed, *([digester.listed] if digester else [])],
        after_listing=[digester.tell] if digester else [],
        duties=duties_of(outside, lambda: dispatcher().shop),
    )


def keeper_of(outside: Outside) -> Keeper:
    """One for each run."""
    return Keeper(
        keeping=DynamoKeeping(outside.table, group_of=outside.hash),
        now=outside.clock.now(),
        retention=outside.settings.retention,
        say=outside.say,
    )
