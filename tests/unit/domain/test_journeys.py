"""The steps that a page draws fit the parcel's story, and say no more than is known."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from vistka.domain.journeys import Course, Journey, Progress, Step, journey
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.stages import STAGE_OF_CODE, Stage

LOCKER = "Поштомат №4711: вул. Вигадана, 5"


def state(code: str = "5", stage: Stage | None = None, **facts: Any) -> ParcelState:
    stage = stage or STAGE_OF_CODE.get(code)
    known = Facts(code=code, text="", stage=STAGE_OF_CODE.get(code), **facts)
    return ParcelState(ttn="1", revision=0, version=1, observed_at=START, first_seen_at=START, facts=known, stage=stage)


def history(*codes: str) -> list[Change]:
    return [
        Change(
            ttn="1",
            version=number,
            at=START + timedelta(hours=number),
            observed_at=START,
            facts=Facts(code=code, text=""),
            stage=STAGE_OF_CODE.get(code),
        )
        for number, code in enumerate(codes)
    ]


def drawn(found: Journey) -> str:
    """done steps, then [the current one], then those ahead"""
    signs = {Progress.DONE: "{}", Progress.CURRENT: "[{}]", Progress.AHEAD: "({})"}
    return " ".join(signs[mark.progress].format(mark.step) for mark in found.marks)


def test_a_parcel_to_a_branch_has_the_steps_of_a_branch() -> None:
    found = journey(state("7"), history("1", "5", "6", "7"))
    assert found.course is Course.BRANCH
    assert drawn(found) == "created on_its_way in_city [at_branch] (received)"


@pytest.mark.parametrize(
    ("code", "facts", "course"),
    [
        ("5", {}, Course.BRANCH),
        ("5", {"courier": True}, Course.COURIER),
        ("5", {"place": LOCKER}, Course.LOCKER),
        ("5", {"place": "Відділення №3: вул. Вигадана, 5"}, Course.BRANCH),
        ("7", {"courier": True}, Course.BRANCH),
        ("8", {}, Course.LOCKER),
        ("101", {}, Course.COURIER),
        ("111", {}, Course.COURIER),
    ],
)
def test_the_course_is_what_the_carrier_says_of_place_and_service(
    code: str, facts: dict[str, Any], course: Course
) -> None:
    assert journey(state(code, **facts), []).course is course


@pytest.mark.parametrize(
    ("codes", "course"),
    [
        (("8", "9"), Course.LOCKER),
        (("101", "9"), Course.COURIER),
        (("111", "7", "9"), Course.BRANCH),  # where it was handed over, not where it was to be
    ],
)
def test_a_received_parcel_keeps_the_course_by_which_it_came(codes: tuple[str, ...], course: Course) -> None:
    found = journey(state("9"), history(*codes))
    assert found.course is course
    assert all(mark.progress is Progress.DONE for mark in found.marks)


@pytest.mark.parametrize(
    ("code", "current"),
    [
        ("1", Step.CREATED),
        ("4", Step.ON_ITS_WAY),
        ("104", Step.ON_ITS_WAY),
        ("6", Step.IN_CITY),
        ("112", Step.IN_CITY),
        ("101", Step.WITH_COURIER),
        ("111", Step.WITH_COURIER),
    ],
)
def test_the_mark_stands_where_the_stage_is(code: str, current: Step) -> None:
    found = journey(state(code, courier=True), [])
    assert [mark.step for mark in found.marks if mark.progress is Progress.CURRENT] == [current]


def test_a_carrier_that_goes_back_takes_the_mark_back_with_it() -> None:
    found = journey(state("5"), history("1", "5", "7", "5"))
    assert drawn(found) == "created [on_its_way] (in_city) (at_branch) (received)"
    assert [mark.at for mark in found.marks[2:]] == [None] * 3


def test_a_step_has_the_hour_at_which_it_was_first_reached() -> None:
    found = journey(state("7"), history("5", "6", "5", "7"))
    assert [mark.at and (mark.at - START) // timedelta(hours=1) for mark in found.marks] == [None, 0, 1, 3, None]


@pytest.mark.parametrize(
    ("code", "facts", "expected"),
    [
        ("103", {}, "created on_its_way [not_received] (coming_back) (back)"),
        ("105", {}, "created on_its_way [not_received] (coming_back) (back)"),
        ("102", {}, "created on_its_way not_received [coming_back] (back)"),
        (
            "103",
            {"child_ttn": "20450000000099", "child_type": "CargoReturn"},
            "created on_its_way not_received [coming_back] (back)",
        ),
        (
            "103",
            {"child_ttn": "20450000000099", "child_type": "MoneyTransfer"},
            "created on_its_way [not_received] (coming_back) (back)",
        ),
    ],
)
def test_a_return_has_steps_of_its_own_and_is_never_received_f31(
    code: str, facts: dict[str, Any], expected: str
) -> None:
    found = journey(state(code, **facts), history("1", "5", "6", "7", code))
    assert found.course is Course.RETURN
    assert drawn(found) == expected
    assert [mark.at and (mark.at - START) // timedelta(hours=1) for mark in found.marks[:3]] == [0, 1, 4]


def test_of_a_refused_parcel_of_which_no_more_is_known_nothing_says_that_it_comes_back() -> None:
    found = journey(replace(state("103"), facts=None), [])
    assert drawn(found) == "created on_its_way [not_received] (coming_back) (back)"


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.RETURNING, "created on_its_way not_received [coming_back] (back)"),
        (Stage.RETURN_WAITING, "created on_its_way not_received [coming_back] (back)"),
        (Stage.RETURNED, "created on_its_way not_received coming_back back"),
    ],
)
def test_a_waybill_that_goes_back_goes_on_where_the_refused_one_stopped_f31(stage: Stage, expected: str) -> None:
    changes = [replace(change, stage=Stage.RETURNING) for change in history("1", "5")]
    found = journey(state("9", stage), [*changes, *(replace(one, stage=stage) for one in history("9"))])
    assert found.course is Course.RETURN
    assert drawn(found) == expected
    assert found.marks[3].at == START


@pytest.mark.parametrize("code", ["2", "3", "124"])
def test_a_parcel_that_goes_nowhere_has_no_steps(code: str) -> None:
    assert journey(state(code), history("1", code)).marks == ()


def test_before_the_first_answer_there_are_no_steps() -> None:
    assert journey(None, []) == Journey(course=Course.BRANCH)
    assert journey(state("", None), []) == Journey(course=Course.BRANCH)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_its_place_or_none(stage: Stage) -> None:
    found = journey(state("0", stage), [])
    assert len(found.marks) in {0, 5}
    assert sum(mark.progress is Progress.CURRENT for mark in found.marks) <= 1
