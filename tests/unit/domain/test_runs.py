"""When a run is complete, and what a round of several has."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.clock import START
from vistka.domain.load import Load
from vistka.domain.runs import Run, with_rounds

LOAD = Load(orders=5, parcels=4, wanted=123, left=0, seconds=2.0)
FIRST = Run(id="r00", started_at=START, covers=START, batches=1, done=1, after="3")
LAST = Run(id="r10", started_at=START + timedelta(minutes=10), batches=0, continues="r00")


def test_a_part_that_had_nothing_to_ask_adds_no_batch_to_its_round() -> None:
    whole = with_rounds([LAST, FIRST])[0]
    assert (whole.batches, whole.done, whole.complete) == (1, 1, True)


def test_a_round_covers_what_the_least_of_its_parts_covers_and_nothing_where_none_says_so() -> None:
    assert with_rounds([LAST, FIRST])[0].covers == START
    assert with_rounds([replace(LAST, covers=START + timedelta(minutes=9)), FIRST])[0].covers == START
    silent = with_rounds([LAST, replace(FIRST, covers=None)])[0]
    assert (silent.complete, silent.covers) == (True, None)


@pytest.mark.parametrize(
    ("run", "all_in", "complete"),
    [
        (Run(id="r", started_at=START), False, False),  # not all of them were sent yet
        (Run(id="r", started_at=START, batches=2, done=1), False, False),
        (Run(id="r", started_at=START, batches=2, done=2), True, True),
        (Run(id="r", started_at=START, batches=2, done=2, after="3"), True, False),
        (Run(id="r", started_at=START, batches=2, done=2, continues="q"), True, False),
        (Run(id="r", started_at=START, batches=2, done=1, continues="q"), False, False),
    ],
)
def test_a_run_is_complete_once_all_of_its_batches_are_in_and_it_read_all_orders(
    run: Run,
    all_in: bool,  # noqa: FBT001
    complete: bool,  # noqa: FBT001
) -> None:
    assert (run.all_in, run.complete) == (all_in, complete)


def test_a_round_is_what_its_parts_are_together_and_began_with_the_first() -> None:
    first = replace(FIRST, failed=frozenset({"20450000000011"}), load=LOAD)
    middle = replace(LAST, id="r05", started_at=START + timedelta(minutes=5), batches=2, done=2, after="6", load=LOAD)
    last = replace(LAST, continues="r05", covers=START, failed=frozenset({"59000000000022"}), load=LOAD)
    whole = with_rounds([last, middle, first])
    assert whole[0] == Run(
        id="r10",
        started_at=START,
        covers=START,
        batches=3,
        done=3,
        failed=frozenset({"20450000000011", "59000000000022"}),
        load=Load.of([LOAD, LOAD, LOAD]),
        parts=("r00", "r05", "r10"),
    )
    assert whole[1:] == [middle, first]


@pytest.mark.parametrize(
    "runs",
    [
        [LAST],
        [LAST, replace(FIRST, batches=None)],
        [replace(LAST, continues="r10")],
        [replace(LAST, continues="r20"), replace(FIRST, id="r20")],
        [replace(LAST, continues=None, after="9")],
    ],
    ids=["no_first_part", "a_part_is_not_in", "continues_itself", "continues_a_later_one", "alone"],
)
def test_what_makes_no_whole_round_stays_as_it_is(runs: list[Run]) -> None:
    assert with_rounds(runs) == runs
