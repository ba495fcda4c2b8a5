"""From scan to notice: what is counted, and how."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import notice
from tests.fakes.clock import START
from vistka.domain.lags import BOUNDS, Lags, bound_of, lag_of, together
from vistka.domain.notices import Audience, Kind, Notice
from vistka.domain.parcels import to_iso

MINUTE = timedelta(minutes=1)


def told(**changes: Any) -> Notice:
    facts = {"facts": {"moved_at": to_iso(START - 7 * MINUTE)}}
    return replace(notice(payload=facts), **changes)


def test_a_lag_runs_from_the_carriers_last_movement_to_the_moment_of_sending() -> None:
    assert lag_of(told(), START) == 7 * MINUTE


def test_a_carriers_clock_that_is_ahead_makes_no_negative_lag() -> None:
    assert lag_of(told(), START - 20 * MINUTE) == timedelta()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.LAST_DAY},
        {"kind": Kind.EXPECTED_MOVED},
        {"audience": Audience.SHOP},
        {"seat": 2},
        {"sweeps": 1},
        {"payload": {}},
        {"payload": {"facts": {}}},
        {"payload": {"facts": {"moved_at": to_iso(START)}, "first_sight": True}},
    ],
)
def test_what_says_nothing_of_the_polling_is_not_counted(changes: dict[str, Any]) -> None:
    assert lag_of(told(**changes), START) is None


@pytest.mark.parametrize(
    ("minutes", "bound"), [(0, 5), (5, 5), (5.1, 10), (10, 10), (59, 60), (240, 240), (240.1, None)]
)
def test_a_lag_is_counted_under_the_first_bound_it_keeps(minutes: float, bound: int | None) -> None:
    assert bound_of(minutes * MINUTE) == bound


def test_days_are_added_up() -> None:
    days = [Lags(count=2, seconds=600, within={5: 1, 10: 1}), Lags(count=2, seconds=1800, within={10: 1, 20: 1})]
    found = together(days)
    assert (found.count, found.mean, found.within[10]) == (4, 10 * MINUTE, 2)
    assert {bound for bound, count in found.within.items() if count} == {5, 10, 20}
    assert together([]).mean == timedelta()


@pytest.mark.parametrize(("share", "bound"), [(0.5, 5), (0.51, 10), (0.95, 60), (0.96, None)])
def test_the_bound_of_a_share_is_the_first_within_which_so_many_were_told(share: float, bound: int | None) -> None:
    assert Lags(count=100, seconds=0, within={5: 50, 10: 40, 60: 5}).bound_of(share) == bound


def test_bounds_rise() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
