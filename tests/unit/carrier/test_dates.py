"""The carrier's dates."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vistka.carrier.dates import is_unreadable, moment_of


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-07 09:30:45", utc(2026, 1, 7, 7, 30, 45)),
        ("07-01-2026 09:30:45", utc(2026, 1, 7, 7, 30, 45)),
        ("07.01.2026 09:30:45", utc(2026, 1, 7, 7, 30, 45)),
        ("09:30 07.01.2026", utc(2026, 1, 7, 7, 30)),
        ("09:30:45 07.01.2026", utc(2026, 1, 7, 7, 30, 45)),
        ("07-01-2026 09:30", utc(2026, 1, 7, 7, 30)),
        ("2026-01-07", utc(2026, 1, 6, 22)),
        ("07-01-2026", utc(2026, 1, 6, 22)),
        ("07.01.2026", utc(2026, 1, 6, 22)),
        (" 2026-07-07 09:30:45 ", utc(2026, 7, 7, 6, 30, 45)),
        ("2026-07-07T09:30:45", utc(2026, 7, 7, 6, 30, 45)),
        ("2026-07-07T09:30:45+00:00", utc(2026, 7, 7, 9, 30, 45)),
    ],
)
def test_every_format_is_kyiv_wall_clock(text: str, moment: datetime) -> None:
    """F17"""
    assert moment_of(text) == moment
    assert moment_of(text).tzinfo is UTC  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        None,
        0,
        7,
        [],
        {},
        True,
        "0001-01-01 00:00:00",
        "0001-01-01",
        "0000-00-00 00:00:00",
        "00.00.0000 00:00:00",
        "01-01-0001 00:00:00",
        "1970-01-01 00:00:00",
        "9999-12-31 23:59:59",
        "2026-02-30 10:00:00",
        "31.02.2026 10:00:00",
        "07/01/2026",
        "07x01x2026",
        "09:30 07x01x2026",
        "07-01.2026 09:30",
        "20260107",
        "2026-W02-3",
        "20450000000011",
        "завтра",
        "2026-01-07 09:30:45" + " " * 100,
    ],
)
def test_what_names_no_day_is_no_date(value: Any) -> None:
    """F42"""
    assert moment_of(value) is None


@pytest.mark.parametrize(
    "value",
    ["", " ", None, 0, False, [], {}, "0001-01-01 00:00:00", "0001-01-01T00:00:00", "0000-00-00 00:00:00",
     "0000-00-00T00:00:00", "0000-00-00", "0000-00-00".ljust(40), "00.00.0000 00:00:00", "01-01-0001 00:00:00",
     "01.01.0001", "00:00 01.01.0001", "1970-01-01 00:00:00", "9999-12-31 23:59:59", "2026-01-07 09:30:45",
     "09:30 07.01.2026"],
)  # fmt: skip
def test_a_date_and_the_lack_of_one_are_read(value: Any) -> None:
    """F42"""
    assert not is_unreadable(value)


@pytest.mark.parametrize(
    "value",
    ["99.99.2026", "2026-02-30 10:00:00", "31.02.2026 10:00:00", "07/01/2026", "20260107", "завтра", "2126-01-07",
     "3026-01-07 10:00:00", "20450000000011", "2026-01-07 09:30:45" + " " * 100, 7, True, ["2026-01-07"], "?",
     "XX.XX.XXXX", "0000-00-00".ljust(41)],
)  # fmt: skip
def test_what_was_meant_for_a_date_and_is_none_is_told_from_its_lack(value: Any) -> None:
    assert is_unreadable(value)
    assert moment_of(value) is None


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    # 26 October 2025: 04:00 summer time becomes 03:00 winter time.
    assert moment_of("2025-10-26 03:30:00") == utc(2025, 10, 26, 0, 30)
    assert moment_of("2025-10-26 02:59:59") == utc(2025, 10, 25, 23, 59, 59)
    assert moment_of("2025-10-26 04:00:00") == utc(2025, 10, 26, 2, 0)


def test_an_hour_that_is_skipped_lies_behind_the_gap() -> None:
    # 29 March 2026: 03:00 winter time becomes 04:00 summer time.
    assert moment_of("2026-03-29 03:30:00") == utc(2026, 3, 29, 1, 30) == moment_of("2026-03-29 04:30:00")
    assert moment_of("2026-03-29 02:59:59") == utc(2026, 3, 29, 0, 59, 59)


@given(st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2099, 12, 30)))  # noqa: DTZ001
def test_all_formats_of_a_second_agree(wall: datetime) -> None:
    wall = wall.replace(microsecond=0)
    formats = ("%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%H:%M:%S %d.%m.%Y")
    moments = {moment_of(wall.strftime(form)) for form in formats}
    assert len(moments) == 1
    assert None not in moments


@given(st.one_of(st.text(max_size=50), st.from_regex(r"[0-9.:\- T]{8,25}")))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    moment = moment_of(text)
    assert moment is None or moment.tzinfo is UTC
