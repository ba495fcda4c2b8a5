"""Hours by Kyiv's wall clock: over midnight, and on the two days of the year that have 23 or 25 of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from vistka.domain.hours import NO_HOURS, Hours, at_hour
from vistka.domain.kyiv import kyiv

NIGHT = Hours(start=21, end=9)
MINUTE = timedelta(minutes=1)


def wall(day: int, hour: int, minute: int = 0, *, month: int = 11, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=kyiv(), fold=fold)


def utc(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        (NIGHT, (21, 23, 0, 8), (9, 12, 20)),
        (Hours(start=1, end=6), (1, 5), (0, 6, 23)),
        (Hours(start=9, end=8), (9, 23, 0, 7), (8,)),
        (NO_HOURS, (), tuple(range(24))),
        (Hours(start=21, end=21), (), tuple(range(24))),
    ],
)
def test_hours_reach_from_their_first_up_to_their_end(
    hours: Hours, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    assert all(hours.cover(wall(23, hour, 59)) for hour in inside)
    assert not any(hours.cover(wall(23, hour, 59)) for hour in outside)


def test_the_night_has_the_same_hours_in_summer_and_in_winter() -> None:
    assert [NIGHT.end_after(wall(23, 22)), NIGHT.end_after(wall(23, 22, month=7))] == [
        utc(24, 7),
        utc(24, 6, month=7),
    ]


@pytest.mark.parametrize(("at", "end"), [(wall(23, 21), 24), (wall(23, 23, 59), 24), (wall(24, 0), 24)])
def test_the_night_ends_in_the_morning(at: datetime, end: int) -> None:
    assert NIGHT.end_after(at) == wall(end, 9)


def test_by_day_nothing_has_to_end() -> None:
    assert NIGHT.end_after(wall(23, 9)) == wall(23, 9)
    assert NIGHT.last_before(wall(23, 9)) == wall(23, 9)


@pytest.mark.parametrize("at", [wall(23, 21), wall(23, 23), wall(24, 0), wall(24, 8, 59)])
def test_the_last_hour_before_the_night_is_that_of_the_evening(at: datetime) -> None:
    assert NIGHT.last_before(at) == wall(23, 20)


def test_moments_come_back_in_utc_and_go_in_from_any_zone() -> None:
    assert NIGHT.end_after(utc(23, 20)).tzinfo is UTC
    assert NIGHT.end_after(wall(23, 12)).tzinfo is UTC
    assert NIGHT.last_before(wall(23, 22)).tzinfo is UTC
    assert NIGHT.last_before(wall(23, 12)).tzinfo is UTC
    assert NIGHT.cover(utc(23, 19)) is True
    assert NIGHT.cover(utc(23, 18)) is False


def test_the_night_in_which_an_hour_is_skipped_is_as_long_as_the_clock_says() -> None:
    # 29 March 2026: at 03:00 it becomes 04:00.
    assert NIGHT.end_after(wall(28, 21, month=3)) - wall(28, 21, month=3).astimezone(UTC) == timedelta(hours=11)
    assert NIGHT.end_after(wall(28, 21, month=3)) == utc(29, 6, month=3)


def test_the_night_in_which_an_hour_comes_twice_is_as_long_as_the_clock_says() -> None:
    # 25 October 2026: at 04:00 it becomes 03:00.
    assert NIGHT.end_after(wall(24, 21, month=10)) - wall(24, 21, month=10).astimezone(UTC) == timedelta(hours=13)
    assert NIGHT.end_after(wall(25, 3, 30, month=10, fold=1)) == utc(25, 7, month=10)


def test_quiet_until_an_hour_that_is_skipped_ends_where_the_clock_jumps() -> None:
    till_three = Hours(start=22, end=3)
    assert till_three.end_after(wall(29, 2, 59, month=3)) == utc(29, 1, month=3) == wall(29, 4, month=3)
    assert not till_three.cover(utc(29, 1, month=3))


def test_quiet_until_an_hour_that_comes_twice_ends_with_its_first() -> None:
    till_three, till_four = Hours(start=22, end=3), Hours(start=22, end=4)
    assert till_three.end_after(wall(25, 2, month=10)) == utc(25, 0, month=10)
    assert not till_three.cover(wall(25, 3, 30, month=10, fold=1))
    assert till_four.cover(wall(25, 3, 30, month=10, fold=1))
    assert till_four.end_after(wall(25, 3, 30, month=10)) == utc(25, 2, month=10)


@pytest.mark.parametrize("start", range(24))
@pytest.mark.parametrize("day", [wall(28, 12, month=3), wall(24, 12, month=10), wall(23, 12)])
def test_whatever_the_hours_their_end_is_not_quiet_and_lies_within_a_day(start: int, day: datetime) -> None:
    hours = Hours(start=start, end=(start + 12) % 24)
    for minutes in range(0, 36 * 60, 20):
        at = day.astimezone(UTC) + minutes * MINUTE
        end, before = hours.end_after(at), hours.last_before(at)
        assert not hours.cover(end)
        assert not hours.cover(before)
        assert timedelta() <= end - at <= timedelta(hours=13)
        assert timedelta() <= at - before <= timedelta(hours=14)


def test_a_full_hour_of_a_day_is_kyivs() -> None:
    assert at_hour(date(2026, 11, 23), 10) == utc(23, 8)
    assert at_hour(date(2026, 7, 23), 10) == utc(23, 7, month=7)
    assert at_hour(date(2026, 3, 29), 3) == utc(29, 1, month=3)
    assert at_hour(date(2026, 10, 25), 3) == utc(25, 0, month=10)
    assert at_hour(date(2026, 11, 23), 10).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "21", "21-", "24-9", "9-24", "21:00-9:00", "-21-9", "21-9 "])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no hours; write them as 22-8"):
        Hours.parse(text)


def test_hours_are_read_as_people_write_them() -> None:
    assert Hours.parse("21-9") == Hours(start=21, end=9) == Hours.parse("21-09")
