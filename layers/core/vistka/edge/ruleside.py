"""Order rules: what a change does to the order itself. The tracker applies it at once, the dispatcher what is left."""

from vistka.edge.outside import Outside
from vistka.ports import Shop
from vistka.usecases.applying import Applier


def applier_of(outside: Outside, shop: Shop) -> Applier:
    settings = outside.settings
    return Applier(
        ledger=outside.ledger,
        parcels=outside.parcels,
        shop=shop,
        clock=outside.clock,
        metrics=outside.metrics,
        is_live=settings.tells,
        attempt=settings.notice_due,
        overdue_after=settings.overdue,
        say=outside.say,
    )
