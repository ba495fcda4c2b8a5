"""What a round has, where its parts had nothing to ask."""

from dataclasses import replace
from datetime import timedelta

from tests.fakes.clock import START
from vistka.domain.runs import Run, with_rounds

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
