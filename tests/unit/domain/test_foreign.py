"""When another program's text is replaced, when it is left alone, and when that is tried again (F45)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.clock import START
from vistka.domain.foreign import FIRST_PATIENCE, LONGEST_PATIENCE, RUNNING, ForeignText, find

ITS, ANOTHER = "8d777f38", "0badf00d"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REPLACED = ForeignText(mark=ITS, since=START, at=START + MINUTE)
STOPPED = replace(REPLACED, at=START, stopped=True, revision=1)


def test_the_first_find_is_replaced_f45() -> None:
    assert find(None, ITS, START) == ForeignText(mark=ITS, since=START, at=START)


@pytest.mark.parametrize("mark", [ITS, ANOTHER])
@pytest.mark.parametrize("after", [timedelta(microseconds=1), HOUR / 2, RUNNING])
def test_the_second_find_running_stops_the_rewriting_f45(mark: str, after: timedelta) -> None:
    run_at = REPLACED.at + after
    assert find(REPLACED, mark, run_at) == ForeignText(mark=mark, since=run_at, at=run_at, stopped=True, revision=1)


def test_a_cron_of_every_half_hour_is_found_running_f45() -> None:
    assert timedelta(hours=2) <= RUNNING


def test_a_find_long_after_the_one_before_is_a_first_one() -> None:
    run_at = REPLACED.at + RUNNING + timedelta(microseconds=1)
    tried = replace(REPLACED, tries=4)
    assert find(tried, ITS, run_at) == ForeignText(mark=ITS, since=run_at, at=run_at, revision=1)


@pytest.mark.parametrize("known", [REPLACED, STOPPED])
@pytest.mark.parametrize("before", [timedelta(), HOUR])
def test_a_run_that_read_the_shop_before_counts_for_nothing(known: ForeignText, before: timedelta) -> None:
    assert find(known, ANOTHER, known.at - before) == known


def test_while_the_same_text_stands_nothing_is_written_and_nothing_to_remember() -> None:
    assert find(STOPPED, ITS, START + FIRST_PATIENCE - timedelta(microseconds=1)) == STOPPED


def test_a_text_that_stood_long_enough_is_tried_again_f45() -> None:
    run_at = START + FIRST_PATIENCE
    assert find(STOPPED, ITS, run_at) == ForeignText(mark=ITS, since=run_at, at=run_at, tries=1, revision=2)


def test_a_text_that_changes_is_a_program_that_is_alive_and_begins_the_wait_anew() -> None:
    run_at = START + FIRST_PATIENCE * 2
    found = find(STOPPED, ANOTHER, run_at)
    assert found == ForeignText(mark=ANOTHER, since=run_at, at=run_at, stopped=True, revision=2)
    assert find(found, ANOTHER, run_at + FIRST_PATIENCE - MINUTE).stopped


def test_a_text_that_changes_is_waited_for_as_long_as_the_one_before() -> None:
    tried = replace(STOPPED, tries=2)
    assert find(tried, ANOTHER, START + HOUR).patience == tried.patience == 4 * FIRST_PATIENCE


def test_what_comes_back_is_tried_ever_more_rarely_f45() -> None:
    """A cron that is never switched off: the buyer whom it tells of each try is spared."""
    found = find(None, ITS, START)
    moment, tries = START, []
    while moment < START + timedelta(days=5):
        moment += timedelta(minutes=30)
        before = found
        found = find(before, ITS, moment)
        if before.stopped and not found.stopped:
            tries.append((moment - before.since) // HOUR)
    assert tries[:5] == [3, 6, 12, 24, 24]
    assert max(tries) * HOUR == LONGEST_PATIENCE


@pytest.mark.parametrize("mark", [ITS, ANOTHER])
def test_what_comes_back_after_a_try_has_the_longer_patience_of_that_try_f45(mark: str) -> None:
    tried = replace(REPLACED, tries=2)
    found = find(tried, mark, tried.at + HOUR)
    assert (found.stopped, found.tries, found.patience) == (True, 2, 4 * FIRST_PATIENCE)


def test_patience_ends_growing() -> None:
    assert replace(STOPPED, tries=1000).patience == LONGEST_PATIENCE


@pytest.mark.parametrize("known", [None, REPLACED, STOPPED, replace(STOPPED, tries=4)])
def test_a_person_who_switched_the_other_program_off_need_not_wait(known: ForeignText | None) -> None:
    run_at = START + 10 * MINUTE
    found = find(known, ITS, run_at, overwrite=True)
    revision = known.revision + 1 if known else 0
    assert found == ForeignText(mark=ITS, since=run_at, at=run_at, revision=revision)
