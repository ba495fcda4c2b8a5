"""The sweep of overdue notices, which needs neither the shop nor Telegram."""

from vistka.edge.outside import Outside
from vistka.usecases.calling import CallSweeper
from vistka.usecases.reminding import Relevance
from vistka.usecases.sweeping import Sweeper


def relevance_of(outside: Outside) -> Relevance:
    settings = outside.settings
    return Relevance(
        ledger=outside.ledger,
        parcels=outside.parcels,
        runs=outside.runs,
        rules=settings.reminders,
        is_live=settings.tells,
    )


def sweeper_of(outside: Outside) -> Sweeper:
    settings = outside.settings
    return Sweeper(
        ledger=outside.ledger,
        chats=outside.chats,
        relevance=relevance_of(outside),
        circuits=outside.circuits,
        notices=outside.notices,
        clock=outside.clock,
        metrics=outside.metrics,
        interval=settings.interval,
        margin=settings.retry_margin,
        summary_every=settings.summary,
        overdue_after=settings.overdue,
        language=settings.default_language,
        shop_hears=settings.audiences.shop,
        say=outside.say,
    )


def sweep_calls(outside: Outside) -> int:
    """A duty of the dispatcher's run: calls of the shop's own program that nobody dealt with. Nothing where none is
    called."""
    if not outside.settings.webhooks_queue_url:
        return 0
    return CallSweeper(
        ledger=outside.ledger,
        notices=outside.notices,
        clock=outside.clock,
        margin=outside.settings.retry_margin,
        say=outside.say,
    ).sweep()
