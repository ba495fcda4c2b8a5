"""A burst leaves within Telegram's limits, in its order, and whole; without the bot's pace it would take far longer."""

import pytest

from tests.simulation.burst import A_SECOND, Left, burst

COUNT = 600


def holds(left: Left) -> None:
    assert left.told == COUNT
    assert left.states == {"sent": COUNT}
    assert left.at_most <= A_SECOND
    assert left.closest >= 1
    assert left.disordered == 0


@pytest.mark.parametrize("senders", [None, 10])
def test_a_burst_leaves_whole_in_order_and_telegram_refuses_nothing(senders: int | None) -> None:
    left = burst(COUNT, senders=senders)
    holds(left)
    assert left.refused == 0
    assert left.a_second > (20 if senders else 14)


def test_a_burst_that_telegram_refuses_part_of_loses_nothing_f35() -> None:
    left = burst(COUNT, senders=20, bot_pause=0)
    holds(left)
    assert left.refused > 0


def test_a_night_leaves_in_the_morning_like_a_burst_f41() -> None:
    left = burst(COUNT, night=True)
    holds(left)
    assert left.refused == 0
