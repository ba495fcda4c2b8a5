"""Polling plans over invented lives of parcels (`make bench`)."""

from statistics import fmean

import pytest

from benchmarks.lives import PLANS, Assumptions, Course, compare
from vistka.domain.stages import Stage


@pytest.fixture(scope="module")
def courses() -> dict[str, Course]:
    return compare(Assumptions(parcels=120), PLANS)


def test_the_adaptive_plan_asks_a_third_as_often_as_every_ten_minutes(courses: dict[str, Course]) -> None:
    assert courses["adaptive"].polls <= courses["every 10 minutes"].polls / 3


def test_waiting_for_you_is_told_within_ten_minutes_on_average(courses: dict[str, Course]) -> None:
    delays = courses["adaptive"].delays
    waiting = [*delays[Stage.AT_BRANCH], *delays[Stage.AT_LOCKER]]

    assert len(waiting) > 50
    assert fmean(waiting) <= 10


def test_every_plan_hears_of_every_end(courses: dict[str, Course]) -> None:
    ends = {name: len(course.delays[Stage.DELIVERED]) for name, course in courses.items()}

    assert len(set(ends.values())) == 1
