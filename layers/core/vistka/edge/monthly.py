"""The dispatcher's duty of once a month."""

from vistka.edge.outside import Outside
from vistka.usecases.reporting import Reporter


def tell_of_month(outside: Outside) -> None:
    """Nothing where no report is wanted. Raises StoreUnavailable."""
    if outside.months is None:
        return
    settings = outside.settings
    reporter = Reporter(
        ledger=outside.ledger,
        months=outside.months,
        notices=outside.notices,
        clock=outside.clock,
        live=settings.live,
        interval=settings.interval,
        notice_due=settings.notice_due,
        language=settings.default_language,
    )
    if reporter.report():
        outside.say("the last month's report was made")
