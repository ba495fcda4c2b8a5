"""The circuit to Telegram: what opens it, what it keeps, and what closes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.usecases.world import World
from vistka.domain.errors import CredentialRefused, StoreConflict, TelegramLimited, TelegramUnavailable
from vistka.domain.notices import LONGEST_HOLD
from vistka.metrics import Metric
from vistka.ports import Circuit
from vistka.usecases.circuit import STREAK, Breaker

PROBE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
FLOOD_WINDOW = timedelta(minutes=1)
OPENED = "the circuit to Telegram is open"


class Line:
    def __init__(self) -> None:
        self.world = World()

    @property
    def breaker(self) -> Breaker:
        return replace(self.world.notifier.breaker, jitter=lambda longest: longest)

    @property
    def circuit(self) -> Circuit:
        return self.world.memory.circuit

    def set(self, **values: Any) -> None:
        self.world.memory.circuit = replace(self.circuit, **values)

    def contend(self) -> None:
        """Somebody else always writes first."""

        def beaten(circuit: Circuit) -> None:
            raise StoreConflict("somebody else")

        self.world.circuits.write = beaten  # type: ignore[method-assign]


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_closed_circuit_holds_nothing_and_is_not_written(line: Line) -> None:
    assert line.breaker.hold() is None
    assert line.world.telegram.probes == 0
    assert line.circuit == Circuit()


@pytest.mark.parametrize("left", [timedelta(microseconds=1), timedelta(seconds=20), LONGEST_HOLD])
def test_until_the_probe_is_due_everybody_waits_for_it(line: Line, left: timedelta) -> None:
    line.set(open=True, probe_at=START + left)
    assert line.breaker.hold() == left + 2 * SECOND
    assert line.world.telegram.probes == 0


@pytest.mark.parametrize("probe_at", [START, START - SECOND, None, START + LONGEST_HOLD + SECOND])
def test_a_probe_that_is_answered_closes_the_circuit_and_forgets(line: Line, probe_at: Any) -> None:
    line.set(open=True, probe_at=probe_at, reason="x", since=START, unknown_streak=3, revision=4)
    assert line.breaker.hold() is None
    assert line.circuit == Circuit(revision=6)
    assert line.world.said == [("Telegram answers again", {})]
    assert line.world.telegram.probes == 1


@pytest.mark.parametrize(
    ("fault", "metric"),
    [
        (TelegramUnavailable("502"), Metric.TELEGRAM_OUTAGES),
        (CredentialRefused("401"), Metric.CREDENTIALS_REFUSED),
    ],
)
def test_a_probe_that_fails_is_counted_and_moves_the_next_one(line: Line, fault: Any, metric: Metric) -> None:
    line.set(open=True, probe_at=START, since=START, reason="x", unknown_streak=3)
    line.world.telegram.down = fault
    assert line.breaker.hold() == PROBE
    assert line.circuit == Circuit(
        open=True, probe_at=START + PROBE, since=START, reason="x", unknown_streak=3, revision=1
    )
    assert line.world.metrics.values == {metric: [1]}
    assert line.breaker.hold() == PROBE + 2 * SECOND
    assert line.world.telegram.probes == 1


def test_while_another_probes_nobody_else_does(line: Line) -> None:
    line.set(open=True, probe_at=START)
    line.contend()
    assert line.breaker.hold() == PROBE
    assert line.world.telegram.probes == 0


# --- before a repeat ----------------------------------------------------------------------------------------------


def test_a_telegram_that_says_who_we_are_may_be_sent_a_repeat(line: Line) -> None:
    assert line.breaker.hold(asks=True) is None
    assert line.world.telegram.probes == 1
    assert line.circuit == Circuit()


def test_an_answer_that_closed_the_circuit_is_answer_enough_for_a_repeat(line: Line) -> None:
    line.set(open=True, probe_at=START)
    assert line.breaker.hold(asks=True) is None
    assert line.world.telegram.probes == 1


def test_questions_without_an_answer_hold_the_repeat_and_open_the_circuit_for_all(line: Line) -> None:
    line.world.telegram.down = TelegramUnavailable("502")
    assert [line.breaker.hold(asks=True) for _ in range(STREAK)] == [PROBE] * STREAK
    assert (line.circuit.open, line.circuit.reason) == (True, "Telegram cannot be reached")
    assert line.world.metrics.values == {Metric.TELEGRAM_OUTAGES: [1, 1, 1]}
    assert line.breaker.hold() == PROBE + 2 * SECOND


def test_a_question_that_is_limited_holds_the_repeat_for_as_long_as_it_says(line: Line) -> None:
    line.world.telegram.down = TelegramLimited("429", retry_after=timedelta(seconds=37))
    assert line.breaker.hold(asks=True) == timedelta(seconds=38)
    assert line.circuit == Circuit()


def test_a_question_with_a_revoked_token_opens_the_circuit(line: Line) -> None:
    line.world.telegram.down = CredentialRefused("401")
    assert line.breaker.hold(asks=True) == PROBE
    assert (line.circuit.open, line.circuit.reason) == (True, "the token was refused")
    assert line.world.metrics.values == {Metric.CREDENTIALS_REFUSED: [1]}


# --- lost answers and unreachable Telegram ------------------------------------------------------------------------


def test_three_lost_answers_in_a_row_open_it(line: Line) -> None:
    assert [line.breaker.unknown() for _ in range(STREAK)] == [None, None, PROBE]
    assert line.circuit == Circuit(
        open=True,
        reason="answers are lost",
        since=START,
        probe_at=START + PROBE,
        unknown_streak=3,
        revision=3,
    )
    assert line.world.said == [(OPENED, {"reason": "answers are lost"})]


def test_three_sends_that_cannot_be_made_open_it(line: Line) -> None:
    for _ in range(STREAK):
        line.breaker.failed()
    assert (line.circuit.open, line.circuit.reason) == (True, "Telegram cannot be reached")
    assert line.world.said == [(OPENED, {"reason": "Telegram cannot be reached"})]


def test_an_answer_in_between_begins_the_count_anew(line: Line) -> None:
    line.breaker.unknown()
    line.breaker.unknown()
    line.breaker.answered()
    assert line.circuit == Circuit(revision=3)
    assert line.breaker.unknown() is None
    assert line.breaker.unknown() is None
    assert not line.circuit.open


def test_an_answer_with_nothing_to_forget_writes_nothing(line: Line) -> None:
    line.breaker.answered()
    assert line.circuit == Circuit()
    line.set(open=True, unknown_streak=3)
    line.breaker.answered()  # of a send that was under way: the probe decides
    assert line.circuit == Circuit(open=True, unknown_streak=3)


def test_what_fails_while_it_is_open_is_not_counted_again(line: Line) -> None:
    line.set(open=True, probe_at=START + PROBE, unknown_streak=3)
    before = line.circuit
    assert line.breaker.unknown() == PROBE
    assert line.circuit == before


def test_a_revoked_token_opens_it_at_once(line: Line) -> None:
    assert line.breaker.refused() == PROBE
    assert line.circuit == Circuit(
        open=True, reason="the token was refused", since=START, probe_at=START + PROBE, revision=1
    )
    assert line.world.said == [(OPENED, {"reason": "the token was refused"})]


def test_a_circuit_that_opens_again_is_open_since_the_first_time(line: Line) -> None:
    line.breaker.refused()
    line.world.clock.advance(PROBE)
    line.breaker.refused()
    assert (line.circuit.since, line.circuit.probe_at) == (START, START + 2 * PROBE)


def test_since_when_it_was_open_before_counts_no_more_once_it_was_closed(line: Line) -> None:
    line.set(open=False, since=START - PROBE)
    line.breaker.refused()
    assert line.circuit.since == START


# --- flood limits -------------------------------------------------------------------------------------------------


def test_the_limit_of_one_chat_is_noted_and_holds_nobody_else(line: Line) -> None:
    line.breaker.limited("a", timedelta(seconds=30))
    assert line.circuit == Circuit(limited_at=START, limited_group="a", revision=1)
    line.breaker.limited("a", timedelta(seconds=30))
    assert not line.circuit.open
    assert line.world.said == []


@pytest.mark.parametrize(
    ("after", "opens"), [(timedelta(), True), (FLOOD_WINDOW, True), (FLOOD_WINDOW + SECOND, False)]
)
def test_a_second_chats_limit_within_a_minute_is_the_bots(line: Line, after: timedelta, opens: bool) -> None:  # noqa: FBT001
    line.breaker.limited("a", timedelta(seconds=30))
    line.world.clock.advance(after)
    line.breaker.limited("b", timedelta(seconds=45))
    assert line.circuit.open is opens
    if opens:
        assert line.circuit.probe_at == START + after + timedelta(seconds=45)
        assert line.circuit.reason == "Telegram limits the bot"
        assert line.world.metrics.values == {Metric.TELEGRAM_OUTAGES: [1]}
    else:
        assert (line.circuit.limited_at, line.circuit.limited_group) == (START + after, "b")


def test_a_limit_noted_by_a_clock_that_was_ahead_is_nobodys_beside_it(line: Line) -> None:
    line.set(limited_at=START + timedelta(days=30), limited_group="a")
    line.breaker.limited("b", SECOND)
    assert line.circuit == Circuit(limited_at=START, limited_group="b", revision=1)


def test_a_count_lost_to_a_worker_beside_us_is_no_error(line: Line) -> None:
    line.contend()
    line.breaker.limited("a", SECOND)
    line.breaker.failed()
    assert line.breaker.refused() == PROBE
    assert line.circuit == Circuit()
