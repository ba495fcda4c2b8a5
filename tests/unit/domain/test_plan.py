"""How often a parcel is asked about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vistka.domain import polling
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.plan import RHYTHMS, PollingPlan
from vistka.domain.stages import Stage

#: Monday, noon in Kyiv, winter time.
NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
#: That night, 02:00 in Kyiv.
NIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def parcel(stage: Stage, *, moved: datetime = NOON, expected: datetime | None = None) -> ParcelState:
    return ParcelState(
        ttn="20450000000017",
        revision=1,
        version=1,
        observed_at=moved,
        first_seen_at=moved,
        changed_at=moved,
        facts=Facts(code="5", text="…", stage=stage, moved_at=moved, expected_at=expected),
        stage=stage,
    )


@pytest.mark.parametrize(
    ("stage", "day", "night"),
    [
        (Stage.CREATED, 30, 180),
        (Stage.IN_TRANSIT, 30, 60),
        (Stage.ARRIVED_CITY, 10, 60),
        (Stage.OUT_FOR_DELIVERY, 10, 120),
        (Stage.AT_BRANCH, 30, 180),
        (Stage.AT_LOCKER, 30, 180),
        (Stage.DELIVERED, 120, 360),
        (Stage.REFUSED, 60, 180),
        (Stage.STORAGE_ENDED, 180, 360),
        (Stage.REDIRECTED, 30, 120),
        (Stage.FAILED_ATTEMPT, 30, 120),
    ],
)
def test_each_stage_has_its_own_rhythm_by_day_and_at_night(stage: Stage, day: int, night: int) -> None:
    state = parcel(stage)

    assert PollingPlan().interval(state, NOON) == timedelta(minutes=day)
    assert PollingPlan().interval(state, NIGHT) == timedelta(minutes=night)


@pytest.mark.parametrize("stage", RHYTHMS)
def test_the_longer_a_parcel_is_silent_the_more_rarely_it_is_asked(stage: Stage) -> None:
    state = parcel(stage)
    pauses = [PollingPlan().interval(state, NOON + days * DAY) for days in range(20)]

    assert pauses == sorted(pauses)


def test_a_parcel_on_its_way_is_asked_in_every_run_on_its_expected_day() -> None:
    state = parcel(Stage.IN_TRANSIT, moved=NOON - DAY, expected=NOON + 4 * HOUR)

    assert PollingPlan().interval(state, NOON - DAY) == timedelta(minutes=30)
    assert PollingPlan().interval(state, NOON) == timedelta(minutes=10)
    assert PollingPlan().interval(state, NOON + DAY) == timedelta(minutes=10)
    assert PollingPlan().interval(state, NOON + 3 * DAY) == timedelta(minutes=60)


def test_the_expected_day_begins_at_midnight_in_kyiv() -> None:
    midnight = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    state = parcel(Stage.POSTPONED, expected=midnight + 12 * HOUR)

    assert PollingPlan().interval(state, midnight - timedelta(seconds=1)) == timedelta(hours=2)
    assert PollingPlan().interval(state, midnight) == timedelta(hours=1)


def test_what_waits_at_a_branch_has_no_expected_day_any_more() -> None:
    state = parcel(Stage.AT_BRANCH, expected=NOON)

    assert PollingPlan().interval(state, NOON) == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2026, 11, 23, 18, 59, tzinfo=UTC), False),  # 20:59 in winter
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 4, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 23, 17, 59, tzinfo=UTC), False),  # 20:59 in summer
        (datetime(2026, 7, 23, 18, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 23, 4, 0, tzinfo=UTC), False),
    ],
)
def test_night_is_kyivs_summer_time_too(moment: datetime, *, night: bool) -> None:
    state = parcel(Stage.OUT_FOR_DELIVERY, moved=moment)

    assert PollingPlan().interval(state, moment) == timedelta(minutes=120 if night else 10)


def test_a_parcel_due_at_night_is_due_by_the_rhythm_of_the_morning_once_it_has_come() -> None:
    state = parcel(Stage.AT_BRANCH)
    morning = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    due = polling.due_at(state, since=morning - timedelta(minutes=1), plan=PollingPlan())

    assert due is not None
    assert morning <= due <= morning + timedelta(minutes=30)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.NOT_FOUND])
@pytest.mark.parametrize(
    "plan", [PollingPlan(), PollingPlan(fixed=timedelta(minutes=7)), PollingPlan(night_from=3, night_to=3)]
)
def test_no_live_parcel_waits_longer_than_its_longest_interval_f27(stage: Stage, plan: PollingPlan) -> None:
    state = parcel(stage, expected=NOON + DAY)
    for number in range(40):  # each has a phase of its own
        moment = NOON
        for _ in range(60):
            due = polling.due_at(replace(state, ttn=f"{number:014}"), since=moment, plan=plan)
            assert due is not None
            assert moment < due <= moment + plan.longest(state)
            moment = due


def test_a_lost_run_moves_no_parcel_away_f30() -> None:
    state = parcel(Stage.IN_TRANSIT, expected=NOON + DAY)
    due = polling.due_at(state, since=NOON, plan=PollingPlan())
    assert due is not None

    assert polling.due_at(state, since=due - timedelta(seconds=1), plan=PollingPlan()) == due


def test_a_fixed_interval_knows_neither_night_nor_stage() -> None:
    plan = PollingPlan.parse("30")

    for stage in (Stage.CREATED, Stage.AT_BRANCH, Stage.IN_TRANSIT):
        assert plan.interval(parcel(stage, expected=NOON), NOON) == timedelta(minutes=30)
        assert plan.interval(parcel(stage), NIGHT + 30 * DAY) == timedelta(minutes=30)


def test_a_stage_of_ones_own_is_asked_so_by_day_and_never_more_often_at_night() -> None:
    plan = PollingPlan.parse("adaptive, at_branch=240, in_transit=20")

    assert plan.interval(parcel(Stage.AT_BRANCH), NOON) == timedelta(hours=4)
    assert plan.interval(parcel(Stage.AT_BRANCH), NIGHT) == timedelta(hours=4)
    assert plan.interval(parcel(Stage.IN_TRANSIT), NOON) == timedelta(minutes=20)
    assert plan.interval(parcel(Stage.IN_TRANSIT), NIGHT) == timedelta(hours=1)
    assert plan.interval(parcel(Stage.AT_LOCKER), NOON) == PollingPlan().interval(parcel(Stage.AT_LOCKER), NOON)
    assert plan.longest(parcel(Stage.AT_BRANCH)) == timedelta(hours=6 + 4)
    assert PollingPlan.parse("adaptive, at_branch=1440").longest(parcel(Stage.AT_BRANCH)) == DAY


def test_hours_of_the_night_may_be_named() -> None:
    plan = PollingPlan.parse("adaptive, night=0-8")
    state = replace(parcel(Stage.OUT_FOR_DELIVERY), changed_at=NIGHT - DAY)

    assert plan.interval(state, datetime(2026, 11, 23, 20, 0, tzinfo=UTC)) == timedelta(minutes=10)  # 22:00
    assert plan.interval(state, datetime(2026, 11, 24, 5, 59, tzinfo=UTC)) == timedelta(minutes=120)
    assert plan.interval(state, datetime(2026, 11, 24, 6, 0, tzinfo=UTC)) == timedelta(minutes=10)


def test_the_shortest_interval_that_a_person_asked_for_is_known() -> None:
    assert PollingPlan.parse("15").shortest() == timedelta(minutes=15)
    assert PollingPlan.parse("adaptive, at_branch=60, created=5").shortest() == timedelta(minutes=5)
    assert PollingPlan().shortest() == DAY


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither 'adaptive' nor a number of minutes"),
        ("often", "'often' is neither 'adaptive' nor a number of minutes"),
        ("0", "'0' is no number of minutes between 1 and 1440"),
        ("1441", "between 1 and 1440"),
        ("99999", "between 1 and 1440"),
        ("-5", "'-5' is neither"),
        ("30, night=21-7", "'30' is neither 'adaptive'"),
        ("adaptive, at_branch", "'at_branch' is no exception"),
        ("adaptive, branch=30", "'branch' is no stage; stages are created, in_transit"),
        ("adaptive, not_found=30", "'not_found' is no stage"),
        ("adaptive, at_branch=soon", "'soon' is no number of minutes"),
        ("adaptive, night=21", "'21' are no hours"),
        ("adaptive, night=21-24", "'21-24' are no hours"),
    ],
)
def test_a_plan_that_cannot_be_read_says_what_is_wrong_with_it(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$") as error:
        PollingPlan.parse(text)

    assert says in str(error.value)
