"""What the open parcels want, and what the pace allows."""

from datetime import UTC, datetime, timedelta

import pytest

from vistka.domain import polling
from vistka.domain.load import Load, batches_a_run, questions_a_day
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage

#: Monday, noon in Kyiv.
NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def parcel(stage: Stage | None, **changes: object) -> ParcelState:
    facts = Facts(code="5", text="…", stage=stage, moved_at=NOON) if stage else None
    values: dict[str, object] = {
        "ttn": "20450000000017",
        "revision": 1,
        "version": 1,
        "observed_at": NOON,
        "first_seen_at": NOON,
        "facts": facts,
        "stage": stage,
    }
    return ParcelState(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interval", "pace", "batches", "questions"),
    [
        (10 * MINUTE, SECOND, 600, 144 * 600 * 100),
        (10 * MINUTE, 0.4 * SECOND, 1500, 144 * 1500 * 100),
        (MINUTE, 45 * SECOND, 1, 1440 * 100),
        (MINUTE, 90 * SECOND, 1, 1440 * 100),
    ],
)
def test_the_pace_allows_so_many_questions(interval: timedelta, pace: timedelta, batches: int, questions: int) -> None:
    assert batches_a_run(interval, pace) == batches
    assert questions_a_day(interval, pace) == questions


def test_without_a_pace_there_is_no_limit() -> None:
    assert batches_a_run(10 * MINUTE, timedelta()) is None
    assert questions_a_day(10 * MINUTE, timedelta()) is None


@pytest.mark.parametrize(
    ("state", "plan", "wanted"),
    [
        # By day every 30 minutes, in ten hours of night every three.
        (parcel(Stage.AT_BRANCH), PollingPlan(), 14 * 2 + 10 / 3),
        (parcel(Stage.AT_BRANCH), PollingPlan(fixed=10 * MINUTE), 144),
        (parcel(Stage.AT_BRANCH), PollingPlan(stages={Stage.AT_BRANCH: 60 * MINUTE}), 14 + 10 / 3),
        (parcel(Stage.AT_BRANCH), PollingPlan(stages={Stage.AT_BRANCH: 240 * MINUTE}), 6),
        (parcel(Stage.AT_BRANCH), PollingPlan(night_from=23, night_to=7), 16 * 2 + 8 / 3),
        (parcel(Stage.AT_BRANCH), PollingPlan(night_from=1, night_to=1), 24 * 2),
        (parcel(Stage.AT_BRANCH, ended="final"), PollingPlan(), 0),
        (parcel(None, not_found=3), PollingPlan(), 12),
        (None, PollingPlan(), 48),
    ],
)
def test_a_parcel_wants_to_be_asked_about_so_often_a_day(
    state: ParcelState | None, plan: PollingPlan, wanted: float
) -> None:
    assert polling.questions_a_day(state, NOON, plan) == pytest.approx(wanted)


@pytest.mark.parametrize("stage", [Stage.IN_TRANSIT, Stage.AT_BRANCH, Stage.DELIVERED, Stage.REFUSED])
def test_that_is_how_often_it_falls_due(stage: Stage) -> None:
    state, since, due = parcel(stage), NOON, 0
    while (moment := polling.due_at(state, since=since, plan=PollingPlan())) and moment <= NOON + timedelta(days=1):
        since, due = moment, due + 1
    assert due == pytest.approx(polling.questions_a_day(state, NOON, PollingPlan()), abs=2)


def test_a_load_survives_the_store() -> None:
    load = Load(orders=5, parcels=4, wanted=123, left=0, seconds=2.4)
    assert load.to_dict()["seconds"] == 2
    assert Load.from_dict(load.to_dict()) == Load(orders=5, parcels=4, wanted=123, left=0, seconds=2.0)
