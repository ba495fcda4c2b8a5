"""What a month's report and a day's digest can tell, read from a payload that may lack anything."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from vistka.domain.kyiv import kyiv_date
from vistka.domain.parcels import from_iso
from vistka.domain.sums import first_sum


def report_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of the report's template; each is there, and None, 0 or empty where nothing is known."""
    first = _first_day(payload.get("month"))
    since = _day(payload.get("since"))
    gap = _number(payload.get("gap_minutes"))
    figures = payload.get("figures")
    outages = payload.get("outages")
    return {
        "month": first,
        # Told only where counting began later than the month.
        "since": since if first and since and since.replace(day=1) == first != since else None,
        "figures": _numbers(figures),
        "outages": [(one, hours) for one, hours in _numbers(outages).items() if hours],
        "gap_hours": gap // 60,
        "gap_minutes": gap % 60,
        "dollars": _dollars(payload.get("dollars")),
    }


def digest_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """As `report_of`, of the daily digest."""
    return {
        "day": _date(payload.get("day")),
        "figures": _numbers(payload.get("figures")),
        "longest": _number(payload.get("longest")),
        "late_days": _number(payload.get("late_days")),
        "created_days": _number(payload.get("created_days")),
        "risk": first_sum(payload.get("risk")),
        "owed": first_sum(payload.get("owed")),
    }


class _Figures(dict[str, int]):
    """Zero for what was not counted."""

    def __missing__(self, name: str) -> int:
        return 0


def _numbers(given: object) -> _Figures:
    data = given if isinstance(given, Mapping) else {}
    return _Figures({str(name): _number(value) for name, value in data.items()})


def _number(given: object) -> int:
    try:
        return max(int(str(given)), 0)
    except ValueError:
        return 0


def _first_day(given: object) -> date | None:
    try:
        return datetime.strptime(f"{given}-01", "%Y-%m-%d").date()  # noqa: DTZ007 -- a day, not a moment
    except ValueError:
        return None


def _day(given: object) -> date | None:
    try:
        return kyiv_date(from_iso(str(given))) if given else None
    except ValueError:
        return None


def _date(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None


def _dollars(given: object) -> Decimal | None:
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < 10**6 else None
