"""`vistka run`: one run as the timer starts it, and its way to the end."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.cli.functions import Function
from vistka.domain.notices import Audience, Kind, Notice, NoticeState
from vistka.ports import Circuit, Run

RUN = Run(id="2026-01-13T08:00:00.000000Z#0001", started_at=START, covers=START, batches=3, done=3)
NOTICE = Notice(
    order_key="1",
    order_number="TWC1",
    ttn="20450000000017",
    kind=Kind.WAITING,
    occurrence="1",
    audience=Audience.BUYER,
    version=1,
    state=NoticeState.NEW,
    created_at=START,
    due_at=START + timedelta(minutes=5),
    chat_id=7001,
)


def answer(*, swept: int = 0, untold: int = 0, **changes: Any) -> dict[str, Any]:
    """The dispatcher's."""
    sweep = {"sent": swept, "overdue": 0, "untold": untold, "circuit_open": False}
    run = {"id": RUN.id, "orders": 256, "parcels_asked": 228, "batches": 3, "left": 0, "problems": []}
    return {"sweep": sweep, "run": run | changes}


@dataclass
class Line(Scene):
    """A deployment whose run is through; `later` happens while it is waited for, one step between two looks."""

    later: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.functions.answers[Function.DISPATCHER] = answer()
        self.run_is()
        sleep = self.clock.sleep

        def step(duration: timedelta) -> None:
            sleep(duration)
            if self.later:
                self.later.pop(0)()

        self.clock.sleep = step  # type: ignore[method-assign]

    def run_is(self, **changes: Any) -> None:
        self.memory.runs[RUN.id] = (replace(RUN, **changes), frozenset())

    def put(self, notice: Notice) -> None:
        self.memory.notices[notice.order_key, notice.id] = notice


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_run_is_started_as_by_the_timer_and_what_it_sent_is_told(line: Line) -> None:
    result = line.run("run")
    assert result.exit_code == 0
    assert line.functions.events == [(Function.DISPATCHER, {"run": True})]
    assert result.stdout == "sent    228 parcels of 256 open orders in 3 batches\n"


def test_a_run_without_anything_due_says_so(line: Line) -> None:
    line.functions.answers[Function.DISPATCHER] = answer(batches=0, parcels_asked=0)
    assert line.run("run").stdout == "sent    nothing: no parcel is due\n"


def test_numbers_that_nobody_can_ask_about_are_failures_that_stop_nothing(line: Line) -> None:
    problem = "order TWC1: '2O45': not a waybill number (14 digits); correct it in the order"
    line.functions.answers[Function.DISPATCHER] = answer(problems=[problem], left=2)
    result = line.run("run")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"failed  {problem}",
        "sent    228 parcels of 256 open orders in 3 batches",
        "left    2 batches, for the next run",
    ]


def test_what_the_sweep_took_up_is_told(line: Line) -> None:
    line.functions.answers[Function.DISPATCHER] = answer(swept=1, untold=30)
    assert line.run("run").stdout.splitlines()[1:] == [
        "swept   1 notice sent that waited for their hour or are overdue",
        "swept   30 buyers without a chat, into one summary",
    ]


def test_a_run_that_fails_says_why(line: Line) -> None:
    line.functions.answers[Function.DISPATCHER] = {"error": {"kind": "ShopUnavailable", "text": "the shop is away"}}
    result = line.run("run", "--wait")
    assert result.exit_code == 1
    assert "error: the shop is away" in result.stderr
    assert result.stdout == ""


def test_waiting_ends_when_every_batch_is_in_and_every_notice_has_gone_out(line: Line) -> None:
    line.run_is(done=1)
    line.put(replace(NOTICE, occurrence="0", created_at=START - timedelta(hours=1)).ended(NoticeState.SENT, START))
    line.later = [
        lambda: line.run_is(done=3),
        lambda: line.put(NOTICE),
        lambda: line.put(NOTICE.ended(NoticeState.SENT, START)),
    ]
    line.put(NOTICE)
    code, data = line.json("run", "--wait")
    assert code == 0
    assert (data["batches"], data["done"], data["failed"], data["stopped"]) == (3, 3, [], None)
    assert data["notices"] == {"sent": 2}
    assert not line.later


def test_what_was_told_before_the_run_is_not_counted_to_it(line: Line) -> None:
    before = START - timedelta(hours=1)
    line.put(replace(NOTICE, created_at=before).ended(NoticeState.SENT, before))
    assert line.json("run", "--wait")[1]["notices"] == {}


def test_without_waiting_nothing_is_told_of_the_end(line: Line) -> None:
    _, data = line.json("run")
    assert [data[name] for name in ("done", "failed", "notices", "stopped")] == [None] * 4


def test_a_notice_that_waits_on_purpose_is_not_waited_for(line: Line) -> None:
    line.put(NOTICE.next(state=NoticeState.WAITING))
    code, data = line.json("run", "--wait")
    assert (code, data["notices"]) == (0, {"waiting": 1})


def test_an_open_circuit_ends_the_waiting(line: Line) -> None:
    line.put(NOTICE)
    line.memory.circuit = Circuit(open=True, revision=1)
    result = line.run("run", "--wait")
    assert result.exit_code == 1
    assert "Telegram is left alone for now: 1 to be told wait; `vistka check` tells more" in result.stderr


def test_what_does_not_move_is_not_waited_for_for_ever(line: Line) -> None:
    line.run_is(done=1)
    result = line.run("run", "--wait")
    assert result.exit_code == 1
    assert "asked   1 of 3 batches" in result.stdout
    assert "nothing moves any more" in result.stderr


def test_parcels_without_an_answer_are_named(line: Line) -> None:
    line.run_is(failed=frozenset({"20450000000024"}))
    result = line.run("run", "--wait")
    assert result.exit_code == 1
    assert "no answer about 1 parcel, the next run asks again: 20450000000024" in result.stderr


def test_an_interrupted_wait_leaves_the_run_alone(line: Line) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    line.run_is(done=1)
    line.later = [stop]
    result = line.run("run", "--wait")
    assert result.exit_code == 130
    assert "the run goes on by itself" in result.stderr


def test_an_answer_of_another_version_is_a_failure(line: Line) -> None:
    line.functions.answers[Function.DISPATCHER] = {"sweep": {}}
    result = line.run("run")
    assert result.exit_code == 1
    assert "deploy this version" in result.stderr
