"""Plurals, days and sums, in Ukrainian."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from vistka.texts.language import Language

UK = Language("uk")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "днів"), (1, "день"), (2, "дні"), (4, "дні"), (5, "днів"), (11, "днів"), (12, "днів"), (14, "днів"),
        (20, "днів"), (21, "день"), (22, "дні"), (25, "днів"), (101, "день"), (111, "днів"), (1002, "дні"),
    ],
)  # fmt: skip
def test_plurals_are_those_of_the_language(number: int, expected: str) -> None:
    assert UK.plural(number, "день", "дні", "днів") == expected


def test_russian_and_english_are_ready_for_their_texts() -> None:
    assert [Language("ru").plural(n, "день", "дня", "дней") for n in (1, 3, 7, 21)] == ["день", "дня", "дней", "день"]
    assert [Language("en").plural(n, "day", "days") for n in (1, 2, 21)] == ["day", "days", "days"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 1, 13, 22, 30, tzinfo=UTC), "14\u00a0січня, 00:30"),
        (datetime(2026, 7, 13, 21, 30, tzinfo=UTC), "14\u00a0липня, 00:30"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29\u00a0березня, 02:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29\u00a0березня, 04:00"),
        (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "25\u00a0жовтня, 03:59"),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "25\u00a0жовтня, 03:00"),
    ],
)
def test_moments_are_in_kyiv_with_its_summer_time_f17(moment: datetime, expected: str) -> None:
    assert UK.moment(moment) == expected


def test_days_are_named_as_people_name_them() -> None:
    assert UK.day(date(2026, 5, 14)) == "14\u00a0травня"
    assert UK.weekday(date(2026, 5, 15)) == "п’ятниця, 15\u00a0травня"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("450", "450"),
        ("96.50", "96,50"),
        ("1250.00", "1\u00a0250"),
        ("0.5", "0,50"),
        ("1234567", "1\u00a0234\u00a0567"),
    ],
)
def test_sums_are_hryvnias(amount: str, expected: str) -> None:
    assert UK.money(Decimal(amount)) == expected
