"""Which month is told of, and when: Kyiv's months, on the first at ten."""

from datetime import UTC, datetime

import pytest

from vistka.domain.months import month_of, month_to_tell


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 12, 1, 7, 59, 59, tzinfo=UTC), "2026-10"),  # 09:59:59 in Kyiv, winter
        (datetime(2026, 12, 1, 8, 0, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2026-11"),  # 1 January 01:00 in Kyiv
        (datetime(2027, 1, 1, 8, 0, tzinfo=UTC), "2026-12"),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), "2026-05"),  # 09:59 in Kyiv, summer
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), "2026-06"),
        (datetime(2026, 3, 15, tzinfo=UTC), "2026-02"),
    ],
)
def test_a_month_is_told_of_from_the_first_of_the_next_at_ten(now: datetime, month: str) -> None:
    assert month_to_tell(now) == month


def test_a_month_begins_at_kyivs_midnight() -> None:
    assert month_of(datetime(2026, 10, 31, 21, 59, tzinfo=UTC)) == "2026-10"
    assert month_of(datetime(2026, 10, 31, 22, 0, tzinfo=UTC)) == "2026-11"
