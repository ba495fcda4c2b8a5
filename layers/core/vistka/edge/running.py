"""A whole run of the dispatcher, with all that hears of the orders that it lists."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from vistka.adapters.store_keeping import DynamoKeeping
from vistka.edge.announcing import digester_of
from vistka.edge.duties import duties_of
from vistka.edge.noticeside import sweeper_of
from vistka.edge.outside import Outside
from vistka.edge.shopside import releaser_of
from vistka.usecases.dispatching import Dispatcher
from vistka.usecases.keeping import Keeper
from vistka.usecases.operating import scheduled_run

#: What follows the dispatch and has to fit into the same invocation.
_AFTERWARDS: Final = timedelta(seconds=15)


def whole_run(outside: Outside, dispatcher: Callable[[], Dispatcher], *, left: timedelta) -> dict[str, Any]:
    """`left` is the invocation's time. A run ends before its interval too: the next one goes on where it
    stopped, and while it were still at work would read the same orders."""
    until = outside.clock.now() + min(left, outside.settings.interval) - _AFTERWARDS
    digester = digester_of(outside)
    return scheduled_run(
        lambda: sweeper_of(outside),
        dispatcher,
        lambda: releaser_of(outside, dispatcher().shop),
        outside.metrics,
        listed=[keeper_of(outside).listed, *([digester.listed] if digester else [])],
        after_listing=[digester.tell] if digester else [],
        duties=duties_of(outside, lambda: dispatcher().shop),
        until=until,
    )


def keeper_of(outside: Outside) -> Keeper:
    """One for each run."""
    return Keeper(
        keeping=DynamoKeeping(outside.table, group_of=outside.hash),
        now=outside.clock.now(),
        retention=outside.settings.retention,
        say=outside.say,
    )
