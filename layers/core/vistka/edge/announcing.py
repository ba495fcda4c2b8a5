"""What the dispatcher tells the shop's own chat beside orders and parcels."""

from vistka.adapters.store_health import DynamoHealth
from vistka.adapters.store_months import DynamoMonths
from vistka.edge.outside import Outside
from vistka.usecases.announcing import Announcer
from vistka.usecases.carrier_health import HealthWatch
from vistka.usecases.digesting import Digester
from vistka.usecases.reporting import Reporter


def announcer_of(outside: Outside) -> Announcer:
    settings = outside.settings
    return Announcer(
        ledger=outside.ledger,
        notices=outside.notices,
        clock=outside.clock,
        live=settings.live,
        notice_due=settings.notice_due,
        language=settings.default_language,
    )


def tell_of_month(outside: Outside) -> None:
    """Nothing where no report is wanted. Raises StoreUnavailable."""
    if outside.months is not None and _reporter(outside, outside.months).report():
        outside.note("the last month's report was made")


def _reporter(outside: Outside, months: DynamoMonths) -> Reporter:
    return Reporter(
        announcer=announcer_of(outside), months=months, clock=outside.clock, interval=outside.settings.interval
    )


def tell_of_carrier(outside: Outside) -> None:
    """Raises StoreUnavailable."""
    settings = outside.settings
    watch = HealthWatch(
        book=DynamoHealth(outside.table),
        announcer=announcer_of(outside),
        clock=outside.clock,
        silent_after=settings.carrier_silent,
        refused_after=2 * settings.health_noted,
        stale=2 * settings.health_noted + 2 * settings.interval,
    )
    if watch.tell():
        outside.say("the shop's chat hears that the carrier is unwell")


def digester_of(outside: Outside) -> Digester | None:
    """One for each run; None where no digest is wanted."""
    if outside.settings.digest_hour is None:
        return None
    return Digester(
        announcer=announcer_of(outside),
        ledger=outside.ledger,
        parcels=outside.parcels,
        now=outside.clock.now(),
        hour=outside.settings.digest_hour,
        rules=outside.settings.reminders,
        say=outside.say,
    )
