"""Steps that do not depend on each other: the twin of the tests does them one by one, the functions at once."""

from collections.abc import Callable
from threading import Barrier, current_thread, main_thread

import pytest

from tests.fakes.together import OneByOne
from vistka.adapters.threads import Threads
from vistka.ports import Together


@pytest.fixture(params=[OneByOne(), OneByOne(order=lambda count: range(count)[::-1]), Threads(8)])
def together(request: pytest.FixtureRequest) -> Together:
    chosen: Together = request.param
    return chosen


def step(number: int, done: list[int]) -> Callable[[], int]:
    def do() -> int:
        if number % 3 == 1:
            raise ValueError(str(number))
        done.append(number)
        return number

    return do


def test_outcomes_come_in_the_order_of_the_steps_and_none_hinders_another(together: Together) -> None:
    done: list[int] = []
    outcomes = together.do([step(number, done) for number in range(7)])
    assert [str(outcome) for outcome in outcomes] == list("0123456")
    assert [type(outcome) for outcome in outcomes] == [int, ValueError, int, int, ValueError, int, int]
    assert sorted(done) == [0, 2, 3, 5, 6]


def test_a_step_alone_fails_alone(together: Together) -> None:
    (outcome,) = together.do([step(1, [])])
    assert isinstance(outcome, ValueError)
    assert together.do([]) == []


def test_the_functions_do_them_at_once() -> None:
    """None comes past the barrier before all have reached it."""
    barrier = Barrier(8)
    assert sorted(Threads(8).do([lambda: barrier.wait(timeout=10)] * 8)) == list(range(8))  # type: ignore[type-var]


def test_one_step_needs_no_thread() -> None:
    assert Threads(8).do([current_thread]) == [main_thread()]
