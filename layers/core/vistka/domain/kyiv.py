"""Kyiv's wall clock, summer time included (F17, F41): the carrier's and the buyers'."""

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo


@cache
def kyiv() -> ZoneInfo:
    """Read from the time zone database when first asked for, not at import."""
    return ZoneInfo("Europe/Kyiv")


def kyiv_date(moment: datetime) -> date:
    """The day on which people in Ukraine see an aware moment."""
    return moment.astimezone(kyiv()).date()
