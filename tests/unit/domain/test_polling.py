"""When a parcel is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vistka.domain import polling
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.stages import Stage

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def parcel(stage: Stage | None = Stage.IN_TRANSIT, *, code: str = "5", **changes: object) -> ParcelState:
    state = ParcelState(
        ttn="20450000000017",
        revision=1,
        version=1,
        observed_at=NOW - timedelta(days=1),
        first_seen_at=NOW - timedelta(days=1),
        changed_at=NOW - timedelta(days=1),
        facts=Facts(code=code, text="…", stage=stage),
        stage=stage,
    )
    return replace(state, **changes)  # type: ignore[arg-type]


def test_a_parcel_never_seen_is_due_at_once() -> None:
    assert polling.due_at(None, since=NOW) == polling.EPOCH


@pytest.mark.parametrize("ended", ["final", "aged_out"])
def test_a_finished_parcel_is_never_due_f2(ended: str) -> None:
    assert polling.due_at(parcel(ended=ended), since=polling.EPOCH) is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.NOT_FOUND])
def test_every_live_parcel_falls_due_once_in_its_interval_f27(stage: Stage) -> None:
    state = parcel(stage)
    first = polling.due_at(state, since=NOW)
    assert first is not None
    second = polling.due_at(state, since=first)
    assert second is not None

    assert NOW < first <= NOW + polling.interval_of(state)
    assert second - first == polling.interval_of(state)


def test_what_fell_due_in_a_run_that_was_lost_is_due_still_f30() -> None:
    state = parcel()
    due = polling.due_at(state, since=NOW)
    assert due is not None

    assert polling.due_at(state, since=due - timedelta(seconds=1)) == due


def test_parcels_of_one_stage_do_not_fall_due_all_at_once() -> None:
    moments = {polling.due_at(parcel(ttn=f"2045000000{n:04}"), since=NOW) for n in range(200)}

    assert len(moments) > 150


def test_a_number_that_the_carrier_does_not_know_is_asked_ever_more_rarely_f24() -> None:
    pauses = [polling.backoff(n) for n in range(1, 12)]

    assert pauses[:4] == [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=24)


def test_a_stub_before_the_first_answer_backs_off_too() -> None:
    state = parcel(None, facts=None, not_found=2, observed_at=NOW)

    assert polling.due_at(state, since=polling.EPOCH) == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("stage", "code", "days"),
    [
        (Stage.CREATED, "1", polling.CREATED_DAYS),
        (Stage.IN_TRANSIT, "5", polling.SILENT_DAYS),
        (Stage.DELIVERED, "10", polling.MONEY_DAYS),
        (Stage.NOT_FOUND, "3", polling.NOT_FOUND_DAYS),
    ],
)
def test_a_parcel_ages_out_after_the_days_of_its_stage(stage: Stage, code: str, days: int) -> None:
    state = parcel(stage, code=code, first_seen_at=NOW, changed_at=NOW)

    assert not polling.aged_out(state, NOW + timedelta(days=days))
    assert polling.aged_out(state, NOW + timedelta(days=days, seconds=1))
