"""How long a live parcel may stand unasked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from zlib import crc32

import pytest

from vistka.domain.kyiv import kyiv
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.polling import backoff, due_at, longest_pause
from vistka.domain.stages import Stage

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FIXED = PollingPlan(fixed=timedelta(minutes=45))


def state(stage: Stage | None, *, not_found: int = 0) -> ParcelState:
    return ParcelState(
        ttn="20450000000017",
        revision=1,
        version=1,
        observed_at=NOW,
        first_seen_at=NOW,
        stage=stage,
        not_found=not_found,
    )


@pytest.mark.parametrize("stage", [None, Stage.CREATED, Stage.NOT_FOUND])
def test_a_number_that_is_not_found_pauses_as_long_as_its_misses_say_f24(stage: Stage | None) -> None:
    assert longest_pause(state(stage, not_found=3), FIXED) == backoff(3) == timedelta(hours=2)


def test_a_number_without_any_answer_pauses_as_after_a_first_miss() -> None:
    assert longest_pause(state(None), FIXED) == backoff(0) == timedelta(minutes=30)


def test_a_parcel_that_is_known_pauses_as_long_as_its_plan_says() -> None:
    assert longest_pause(state(Stage.AT_BRANCH), FIXED) == timedelta(minutes=45)
    assert longest_pause(state(Stage.AT_BRANCH), PollingPlan()) == timedelta(
        hours=6 + 3
    )  # where one gives way to the other


def test_the_shortest_interval_is_a_minute_and_the_longest_a_day() -> None:
    assert PollingPlan.parse("1").fixed == timedelta(minutes=1)
    assert PollingPlan.parse("1440").fixed == timedelta(days=1)
    for wrong in ("0", "1441"):
        with pytest.raises(ValueError, match="between 1 and 1440"):
            PollingPlan.parse(wrong)


def test_a_known_number_that_is_not_found_is_due_after_its_pause_f24() -> None:
    assert due_at(state(Stage.CREATED, not_found=6), since=NOW, plan=FIXED) == NOW + backoff(6)
    assert due_at(state(None), since=NOW, plan=FIXED) == NOW + backoff(0)


def test_a_parcel_that_falls_due_at_the_stroke_of_night_is_asked_then() -> None:
    nine = datetime(2026, 11, 23, 21, 0, tzinfo=kyiv())
    ttn = next(ttn for n in count() if not crc32((ttn := f"2045{n:010}").encode()) % 3600)
    facts = Facts(code="7", text="стан", stage=Stage.AT_BRANCH, moved_at=NOW)
    parcel = replace(state(Stage.AT_BRANCH), ttn=ttn, facts=facts)
    assert due_at(parcel, since=nine.astimezone(UTC) - timedelta(minutes=15), plan=PollingPlan()) == nine
