"""When a parcel is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vistka.domain import polling
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import PollingPlan
from vistka.domain.stages import Stage

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PLAN = PollingPlan()


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
    assert polling.due_at(None, since=NOW, plan=PLAN) == polling.EPOCH


def test_a_parcel_is_counted_as_often_a_day_as_it_falls_due() -> None:
    """One whose code nobody knows is asked about like others, one that the carrier does not know ever more rarely."""
    day, by_plan = timedelta(days=1), PLAN.a_day(parcel(None), NOW)
    assert polling.questions_a_day(None, NOW, PLAN) == day / polling.FIRST_BACKOFF
    assert polling.questions_a_day(parcel(None, facts=None), NOW, PLAN) == day / polling.FIRST_BACKOFF
    assert polling.questions_a_day(parcel(not_found=2), NOW, PLAN) == day / (2 * polling.FIRST_BACKOFF)
    assert polling.questions_a_day(parcel(None), NOW, PLAN) == by_plan != day / polling.FIRST_BACKOFF
    assert polling.questions_a_day(parcel(ended="final"), NOW, PLAN) == 0


@pytest.mark.parametrize("ended", ["final", "aged_out"])
def test_a_finished_parcel_is_never_due_f2(ended: str) -> None:
    assert polling.due_at(parcel(ended=ended), since=polling.EPOCH, plan=PLAN) is None


def test_what_fell_due_in_a_run_that_was_lost_is_due_still_f30() -> None:
    state = parcel()
    due = polling.due_at(state, since=NOW, plan=PLAN)
    assert due is not None

    assert polling.due_at(state, since=due - timedelta(seconds=1), plan=PLAN) == due


def test_parcels_of_one_stage_do_not_fall_due_all_at_once() -> None:
    moments = {polling.due_at(parcel(ttn=f"2045000000{n:04}"), since=NOW, plan=PLAN) for n in range(200)}

    assert len(moments) > 150


def test_a_number_that_the_carrier_does_not_know_is_asked_ever_more_rarely_f24() -> None:
    pauses = [polling.backoff(n) for n in range(1, 12)]

    assert pauses[:4] == [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=24)


def test_a_stub_before_the_first_answer_backs_off_too() -> None:
    state = parcel(None, facts=None, not_found=2, observed_at=NOW)

    assert polling.due_at(state, since=polling.EPOCH, plan=PLAN) == NOW + timedelta(hours=1)


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


@pytest.mark.parametrize(("count", "pause"), [(0, 0.5), (1, 0.5), (2, 1), (5, 8), (6, 16), (7, 24), (500, 24)])
def test_the_pause_doubles_up_to_a_day_f24(count: int, pause: float) -> None:
    assert polling.backoff(count) == timedelta(hours=pause)


def test_a_parcel_falls_due_on_the_clock_of_its_phase() -> None:
    state = parcel(Stage.IN_TRANSIT)
    due = polling.due_at(state, since=NOW, plan=PLAN)
    assert due is not None
    assert polling.due_at(state, since=due - timedelta(microseconds=1), plan=PLAN) == due
    assert polling.due_at(state, since=due, plan=PLAN) == due + timedelta(minutes=30)
    # What was seen later than the last run counts from there.
    assert polling.due_at(parcel(observed_at=due), since=NOW, plan=PLAN) == due + timedelta(minutes=30)


def test_money_that_is_awaited_is_counted_from_the_receipt() -> None:
    received = NOW - timedelta(days=3)
    facts = Facts(code="10", text="…", stage=Stage.DELIVERED, received_at=received, moved_at=NOW)
    state = parcel(Stage.DELIVERED, facts=facts)
    assert not polling.aged_out(state, received + timedelta(days=polling.MONEY_DAYS))
    assert polling.aged_out(state, received + timedelta(days=polling.MONEY_DAYS, seconds=1))


@pytest.mark.parametrize(("code", "stage"), [("9", Stage.DELIVERED), ("10", Stage.DELIVERED), ("10", Stage.AT_BRANCH)])
def test_what_was_received_or_is_being_paid_is_given_up_after_two_weeks(code: str, stage: Stage) -> None:
    state = parcel(stage, code=code, changed_at=NOW, first_seen_at=NOW)
    assert polling.aged_out(state, NOW + timedelta(days=15))


def test_what_moved_last_is_what_counts() -> None:
    facts = Facts(code="5", text="…", stage=Stage.IN_TRANSIT, moved_at=NOW)
    state = parcel(facts=facts, first_seen_at=NOW - timedelta(days=80), changed_at=NOW - timedelta(days=70))
    assert not polling.aged_out(state, NOW + timedelta(days=60))
    assert polling.aged_out(state, NOW + timedelta(days=60, seconds=1))
    assert polling.aged_out(parcel(facts=None, first_seen_at=NOW), NOW + timedelta(days=14, seconds=1))
    assert polling.aged_out(parcel(None, first_seen_at=NOW), NOW + timedelta(days=14, seconds=1))
    assert not polling.aged_out(parcel(None, first_seen_at=NOW), NOW + timedelta(days=14))


def test_a_first_answer_that_nobody_understands_is_an_answer_and_asked_about_at_the_usual_hours() -> None:
    state = parcel(None, code="777")
    since = NOW + timedelta(hours=5)
    due = polling.due_at(state, since=since, plan=PLAN)

    assert due is not None
    assert due > since
    assert polling.longest_pause(state, PLAN) == PLAN.longest(state)


def test_what_was_named_in_place_of_another_is_due_at_once_and_then_after_its_pauses() -> None:
    named = parcel(None, facts=None, chain=("20450000000024",), changed_at=None)

    assert polling.due_at(named, since=NOW, plan=PLAN) == named.observed_at
    unknown = replace(named, not_found=2)
    assert polling.due_at(unknown, since=NOW, plan=PLAN) == unknown.observed_at + timedelta(hours=1)
