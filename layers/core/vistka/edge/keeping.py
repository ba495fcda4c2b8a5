"""What is kept of open orders, renewed as they are listed."""

from vistka.adapters.store_keeping import DynamoKeeping
from vistka.edge.outside import Outside
from vistka.usecases.keeping import Keeper


def keeper_of(outside: Outside) -> Keeper:
    """One for each run."""
    return Keeper(
        keeping=DynamoKeeping(outside.table, group_of=outside.hash),
        now=outside.clock.now(),
        retention=outside.settings.retention,
        say=outside.say,
    )
