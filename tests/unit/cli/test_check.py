"""`vistka check`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.store_samples import notice
from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.cli.failures import Failure, FunctionBroken
from vistka.cli.functions import OPTIONAL, Function
from vistka.cli.looks import Depth, Subscriptions
from vistka.domain.errors import StoreUnavailable
from vistka.domain.lags import Lags
from vistka.domain.load import Load
from vistka.ports import Circuit, Run

GOOD = {"findings": [{"name": "carrier", "ok": True, "text": "answers", "hint": ""}]}


@pytest.fixture
def well(scene: Scene) -> Scene:
    ran(scene, START)
    return scene


def ran(scene: Scene, at: Any) -> None:
    scene.memory.runs = {"r": (Run(id="r", started_at=at, covers=at, batches=0), frozenset())}


def wrong(data: dict[str, Any]) -> list[str]:
    return [finding["name"] for finding in data["findings"] if not finding["ok"]]


def hinted(data: dict[str, Any]) -> list[str]:
    return [finding["name"] for finding in data["findings"] if finding["ok"] and finding["hint"]]


def test_all_well_exits_0_with_one_line_each(well: Scene) -> None:
    well.functions.answers[Function.TRACKER] = GOOD
    result = well.run("check")
    assert result.exit_code == 0
    assert all(line.startswith("✓") for line in result.stdout.splitlines())
    assert "✓ carrier" in result.stdout
    assert [event for _, event in well.functions.events] == [{"check": True}] * len(set(Function) - OPTIONAL)


def test_what_is_wrong_comes_with_what_to_do(well: Scene) -> None:
    finding = {"name": "carrier key", "ok": False, "text": "refused", "hint": "renew it"}
    well.functions.answers[Function.TRACKER] = {"findings": [finding]}
    result = well.run("check")
    assert result.exit_code == 1
    assert "✗ carrier key" in result.stdout
    assert "refused → renew it" in result.stdout
    assert "1 thing wrong" in result.stderr


@pytest.mark.parametrize(
    "answer",
    [
        FunctionBroken("the tracker failed with Runtime.ImportModuleError; its log: …"),
        {"error": {"kind": "ConfigurationError", "text": "HASH_KEY is not set"}},
        {"findings": "nonsense"},
        {"parcels": []},
    ],
)
def test_a_broken_function_becomes_a_finding_and_the_rest_is_looked_at(well: Scene, answer: Any) -> None:
    well.functions.answers[Function.TRACKER] = answer
    code, data = well.json("check")
    assert (code, wrong(data)) == (1, ["tracker"])
    assert "alarms" in [finding["name"] for finding in data["findings"]]


def test_messages_given_up_are_wrong_and_waiting_ones_are_not(well: Scene) -> None:
    well.looks.depths = {
        "PollsQueueUrl": Depth(ready=5, in_flight=1, delayed=2),
        "NoticesDeadLetterQueueUrl": Depth(ready=1, in_flight=0, delayed=0),
    }
    code, data = well.json("check")
    assert (code, wrong(data)) == (1, ["notices dead letters"])


def test_a_look_that_is_not_allowed_is_a_finding(well: Scene) -> None:
    well.looks.alarms = Failure("reading the alarms: not allowed")
    code, data = well.json("check")
    assert (code, wrong(data)) == (1, ["alarms"])


def test_a_store_that_does_not_answer_is_a_finding(well: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(self: object, limit: int) -> list[Run]:
        raise StoreUnavailable("the store did not answer Query")

    monkeypatch.setattr("tests.fakes.store.FakeRuns.latest", unavailable)
    code, data = well.json("check")
    assert (code, wrong(data)) == (1, ["store"])


@pytest.mark.parametrize(("minutes", "found"), [(30, []), (31, ["last good run"])])
def test_f20_three_intervals_without_a_good_run_are_wrong(well: Scene, minutes: int, found: list[str]) -> None:
    well.clock.advance(timedelta(minutes=minutes))
    assert wrong(well.json("check")[1]) == found


def test_no_run_at_all_is_wrong(scene: Scene) -> None:
    assert wrong(scene.json("check")[1]) == ["last good run"]


def test_with_the_rule_disabled_a_missing_run_is_only_worth_knowing(scene: Scene) -> None:
    scene.parameters["ScheduleState"] = "DISABLED"
    code, data = scene.json("check")
    assert (code, wrong(data), hinted(data)) == (0, [], ["last good run"])


def test_a_run_whose_batches_are_not_all_in_is_not_good(scene: Scene) -> None:
    scene.memory.runs = {"r": (Run(id="r", started_at=START, covers=START, batches=2), frozenset({0}))}
    assert wrong(scene.json("check")[1]) == ["last good run"]


def test_an_open_circuit_is_wrong_and_says_why(well: Scene) -> None:
    well.memory.circuit = Circuit(open=True, reason="the token is refused", since=START)
    result = well.run("check")
    assert result.exit_code == 1
    assert "the token is refused" in result.stdout


def test_notices_overdue_for_more_than_an_hour_are_wrong(well: Scene) -> None:
    forgotten = notice(due_at=START - timedelta(hours=1))
    well.memory.notices[("1", forgotten.id)] = forgotten
    assert wrong(well.json("check")[1]) == ["overdue notices"]


@pytest.mark.parametrize(
    ("subscriptions", "is_wrong", "is_hinted"),
    [
        (Subscriptions(confirmed=1, pending=0), [], []),
        (Subscriptions(confirmed=0, pending=1), ["alarm address"], []),
        (Subscriptions(confirmed=0, pending=0), [], ["alarm address"]),
    ],
)
def test_an_alarm_address_must_be_confirmed(
    well: Scene, subscriptions: Subscriptions, is_wrong: list[str], is_hinted: list[str]
) -> None:
    well.looks.found = subscriptions
    _, data = well.json("check")
    assert (wrong(data), hinted(data)) == (is_wrong, is_hinted)


def test_ringing_alarms_are_named(well: Scene) -> None:
    well.looks.alarms = ["vistka-NoGoodRun"]
    result = well.run("check")
    assert result.exit_code == 1
    assert "in ALARM: vistka-NoGoodRun" in result.stdout


def test_shadow_mode_is_worth_knowing(well: Scene) -> None:
    well.parameters["Mode"] = "shadow"
    assert hinted(well.json("check")[1]) == ["mode"]


def test_a_test_alarm_is_sent_when_it_is_asked_for(well: Scene) -> None:
    assert well.run("check").exit_code == 0
    assert well.looks.rung == []
    code, data = well.json("check", "--alert")
    assert code == 0
    assert len(well.looks.rung) == 1
    assert data["findings"][-1]["name"] == "test alarm"
    assert "sent to 1 address:" in data["findings"][-1]["text"]


@pytest.mark.parametrize("pending", [0, 1])
def test_a_test_alarm_that_nobody_would_hear_is_not_sent(well: Scene, pending: int) -> None:
    well.looks.found = Subscriptions(confirmed=0, pending=pending)
    code, data = well.json("check", "--alert")
    assert code == 1
    assert "test alarm" in wrong(data)
    assert well.looks.rung == []


def test_how_long_news_take_is_said_of_the_last_seven_days(well: Scene) -> None:
    assert "no news in the last 7 days" in well.run("check").stdout
    today = START.date()
    well.memory.lags = {
        today - timedelta(days=8): Lags(count=100, seconds=10**6, within={}),
        today - timedelta(days=7): Lags(count=1, seconds=60, within={5: 1}),
        today: Lags(count=39, seconds=39 * 400, within={10: 37, 20: 2}),
    }
    line = "391 s on average, 19 of 20 within 10 min; 40 messages in 7 days"
    assert line.replace("391 s", "6 min") in well.run("check").stdout
    well.memory.lags[today] = Lags(count=39, seconds=39 * 400, within={10: 20})
    assert "1 of 20 in more than 240 min" in well.run("check").stdout


def loaded(scene: Scene, **changes: Any) -> None:
    """The last run was complete, and said what it found."""
    values: dict[str, Any] = {"orders": 300, "parcels": 226, "wanted": 9_904, "left": 0, "seconds": 3.2} | changes
    run = Run(id="r", started_at=START, covers=START, batches=0, load=Load(**values))
    scene.memory.runs = {"r": (run, frozenset())}


def test_what_the_parcels_want_stands_beside_what_the_pace_allows(well: Scene) -> None:
    loaded(well)
    shown = " ".join(well.run("check").stdout.split())
    assert (
        "✓ load 226 live parcels want 9 904 questions a day; 8 640 000 can be asked "
        "(600 requests of 100 in each run, one every 1 s)"
    ) in shown
    assert "✓ dispatcher's time 300 open orders read in 3 of 240 s" in shown


def test_a_load_that_cannot_be_met_is_told_with_its_arithmetic(well: Scene) -> None:
    well.parameters["PaceSeconds"] = "60"
    loaded(well, parcels=90_000, wanted=3_600_000)
    code, data = well.json("check")
    assert (code, wrong(data)) == (1, ["load"])
    (told,) = [finding for finding in data["findings"] if finding["name"] == "load"]
    assert told["text"] == (
        "90000 live parcels want 3 600 000 questions a day; 144 000 can be asked (10 requests of 100 in each run, "
        "one every 60 s): each is asked 25.0 times as rarely as Polling says, most overdue first"
    )
    assert "PaceSeconds" in told["hint"]


def test_every_key_has_a_pace_of_its_own(well: Scene) -> None:
    well.parameters |= {"PaceSeconds": "2", "CarrierKeys": "4"}
    loaded(well)
    assert "(1200 requests of 100 in each run, one every 0.5 s)" in " ".join(well.run("check").stdout.split())


def test_without_a_pace_nothing_holds_the_questions_back(well: Scene) -> None:
    well.parameters["PaceSeconds"] = "0"
    loaded(well, wanted=10**9)
    assert "no pace holds them back" in well.run("check").stdout


def test_a_shop_that_takes_several_runs_is_told_how_often_each_order_is_looked_at(well: Scene) -> None:
    loaded(well, seconds=200)
    run, done = well.memory.runs["r"]
    first = replace(run, id="q", after="17")
    well.memory.runs = {"q": (first, done), "r": (replace(run, continues="q"), done)}
    code, data = well.json("check")
    (told,) = [finding for finding in data["findings"] if finding["name"] == "dispatcher's time"]
    assert (code, told["text"]) == (1, "600 open orders read in 400 s by 2 runs: each is looked at every 20 min")
    assert "DispatcherTimeoutSeconds" in told["hint"]
    well.memory.runs = {"q": (first, done)}
    (told,) = [one for one in well.json("check")[1]["findings"] if one["name"] == "dispatcher's time"]
    assert told["text"] == (
        "300 open orders read in 200 of 240 s, then its time was up; not all open orders were read yet"
    )


@pytest.mark.parametrize(("seconds", "names"), [(168, []), (169, ["dispatcher's time"])])
def test_a_run_that_nearly_breaks_off_is_told_before_it_does(well: Scene, seconds: float, names: list[str]) -> None:
    loaded(well, seconds=seconds)
    assert wrong(well.json("check")[1]) == names
