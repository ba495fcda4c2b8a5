"""The sweep of overdue notices, which needs neither the shop nor Telegram."""

from vistka.edge.outside import Outside
from vistka.usecases.reminding import Relevance
from vistka.usecases.sweeping import Sweeper


def relevance_of(outside: Outside) -> Relevance:
    settings = outside.settings
    return Relevance(parcels=outside.parcels, rules=settings.reminders, is_live=settings.tells)


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
        margin=settings.retry_margin,
        summary_every=settings.summary,
        overdue_after=settings.overdue,
        language="uk",
        say=outside.say,
    )
