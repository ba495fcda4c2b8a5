"""A plan to the minute: where night, silence and the expected day begin and end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.kyiv import kyiv
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage, stage_of

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=kyiv())
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ADAPTIVE = PollingPlan()


def parcel(
    code: str, *, moved_at: datetime | None = NOON, changed_at: datetime | None = None, **facts: Any
) -> ParcelState:
    long_ago = NOON - 40 * DAY
    return ParcelState(
        ttn="20450000000017",
        revision=1,
        version=1,
        observed_at=NOON.astimezone(UTC),
        first_seen_at=long_ago,
        changed_at=changed_at or long_ago,
        stage=stage_of(code),
        facts=Facts(code=code, text="стан", stage=stage_of(code), moved_at=moved_at, **facts),
    )


def minutes(plan: PollingPlan, state: ParcelState, at: datetime) -> float:
    return plan.interval(state, at.astimezone(UTC)) / MINUTE


def kyiv_hour(hour: int, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, 0, tzinfo=kyiv())


# --- nights -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("night", "nightly"),
    [
        ("21-7", {21, 22, 23, *range(7)}),
        ("22-8", {22, 23, *range(8)}),
        ("1-5", {1, 2, 3, 4}),
        ("7-7", set()),
    ],
)
def test_night_is_from_its_first_hour_up_to_its_last_in_kyiv(night: str, nightly: set[int]) -> None:
    plan = PollingPlan.parse(f"adaptive, night={night}")
    assert {hour for hour in range(24) if minutes(plan, parcel("7"), kyiv_hour(hour)) == 180} == nightly


# --- silence and the expected day ---------------------------------------------------------------------------------


def test_silence_counts_from_the_carriers_last_movement_to_the_second() -> None:
    state = parcel("7", moved_at=NOON - 3 * DAY)
    assert minutes(ADAPTIVE, state, NOON - timedelta(seconds=1)) == 30
    assert minutes(ADAPTIVE, state, NOON) == 60


def test_a_movement_that_is_not_dated_happened_when_we_saw_it() -> None:
    assert minutes(ADAPTIVE, parcel("7", moved_at=None, changed_at=NOON), NOON) == 30
    assert minutes(ADAPTIVE, parcel("7", moved_at=None), NOON) == 60


@pytest.mark.parametrize(
    ("at", "interval"),
    [
        (kyiv_hour(20, day=22), 30),
        (kyiv_hour(9, day=23), 10),
        (kyiv_hour(20, day=24), 10),
        (kyiv_hour(0, day=25), 60),
        (kyiv_hour(9, day=25), 30),
    ],
)
def test_the_expected_day_and_the_next_are_watched_closely(at: datetime, interval: int) -> None:
    state = parcel("5", moved_at=at - MINUTE, expected_at=kyiv_hour(18).astimezone(UTC))
    assert minutes(ADAPTIVE, state, at) == interval


# --- boundaries ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "state", "next_one"),
    [
        (NOON, parcel("7"), kyiv_hour(21)),
        (kyiv_hour(21), parcel("7"), kyiv_hour(7, day=24)),
        (kyiv_hour(23), parcel("7"), kyiv_hour(7, day=24)),
        (kyiv_hour(3), parcel("7", moved_at=kyiv_hour(3)), kyiv_hour(7)),
        (NOON, parcel("7", moved_at=kyiv_hour(13, day=20)), kyiv_hour(13)),
        (kyiv_hour(22, day=22), parcel("5", expected_at=kyiv_hour(18).astimezone(UTC)), kyiv_hour(0)),
        (kyiv_hour(22, day=24), parcel("5", expected_at=kyiv_hour(18).astimezone(UTC)), kyiv_hour(0, day=25)),
        # Summer time ends on 25 October: the night is an hour longer.
        (
            datetime(2026, 10, 24, 21, 0, tzinfo=kyiv()),
            parcel("7"),
            datetime(2026, 10, 25, 5, 0, tzinfo=UTC),
        ),
    ],
)
def test_an_interval_holds_until_the_next_hour_silence_or_day_that_changes_it(
    at: datetime, state: ParcelState, next_one: datetime
) -> None:
    assert ADAPTIVE.boundary(state, at.astimezone(UTC)) == next_one


def test_a_fixed_interval_holds_for_good() -> None:
    at = NOON.astimezone(UTC)
    assert PollingPlan(fixed=MINUTE).boundary(parcel("7"), at) == at + 365 * DAY


# --- the longest interval -----------------------------------------------------------------------------------------


def test_the_longest_pause_is_what_was_left_of_one_interval_and_all_of_the_next() -> None:
    assert ADAPTIVE.longest(parcel("7")) == timedelta(hours=6 + 3)
    assert ADAPTIVE.longest(parcel("999")) == timedelta(hours=6 + 3)
    assert PollingPlan(stages={Stage.AT_BRANCH: timedelta(hours=8)}).longest(parcel("7")) == timedelta(hours=8)
    assert PollingPlan(stages={Stage.AT_BRANCH: MINUTE}).longest(parcel("7")) == timedelta(hours=6 + 3)
