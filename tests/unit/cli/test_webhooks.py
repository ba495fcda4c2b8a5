"""`vistka webhooks`: what became of the calls, one to try the program, and calls made again."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.clock import START
from tests.fakes.store import FakeLedger
from tests.unit.cli.scene import Scene
from tests.unit.usecases.test_calling_webhooks import CALL
from vistka.cli.functions import Function
from vistka.domain.notices import Audience, Kind, NoticeState

FAILED = replace(CALL, occurrence="3", version=3, state=NoticeState.FAILED, due_at=None, reason="503", attempt=12)
SENT = replace(CALL, state=NoticeState.SENT, due_at=None, attempt=1)
TOLD = replace(CALL, audience=Audience.BUYER, kind=Kind.WAITING, state=NoticeState.FAILED, due_at=None, chat_id=7001)


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.outputs["WebhooksFunction"] = "webhooks"
    for notice in (SENT, FAILED, TOLD):
        assert FakeLedger(scene.memory).put_new(notice)
    return scene


def test_calls_are_counted_and_those_in_trouble_named(scene: Scene) -> None:
    said = scene.run("webhooks")
    assert said.exit_code == 1
    assert "20450000000017-3" in said.stdout
    assert "503" in said.stdout
    assert "20450000000017-2" not in said.stdout
    assert "2 calls: 1 failed, 1 sent" in said.stderr
    told = json.loads(scene.run("webhooks", "--json").stdout)
    assert told["states"] == {"sent": 1, "failed": 1}
    assert [one["id"] for one in told["troubled"]] == ["20450000000017-3"]


def test_what_was_given_up_begins_anew_and_nothing_else(scene: Scene) -> None:
    said = scene.run("webhooks", "replay")
    assert said.exit_code == 0, said.stderr
    assert "1 call will be made anew" in said.stderr
    again = FakeLedger(scene.memory).get("1", FAILED.id)
    assert again is not None
    assert (again.state, again.attempt, again.reason, again.due_at) == (NoticeState.NEW, 0, "", scene.clock.now())
    assert FakeLedger(scene.memory).get("1", SENT.id) == SENT
    assert FakeLedger(scene.memory).get("1", TOLD.id) == TOLD


def test_what_the_program_declined_is_no_trouble_and_not_called_again(scene: Scene) -> None:
    """410 is an answer."""
    declined = replace(CALL, occurrence="4", version=4, state=NoticeState.UNDELIVERABLE, due_at=None, reason="410")
    scene.memory.notices.clear()
    assert FakeLedger(scene.memory).put_new(declined)
    said = scene.run("webhooks")
    assert said.exit_code == 0
    assert "1 call: 1 undeliverable" in said.stderr
    assert "0 calls" in scene.run("webhooks", "replay").stderr
    assert "1 call" in scene.run("webhooks", "replay", "--hours", "4", "--dry-run").stderr


def test_a_dry_run_begins_nothing(scene: Scene) -> None:
    assert "1 call would be made anew" in scene.run("webhooks", "replay", "--dry-run").stderr
    assert FakeLedger(scene.memory).get("1", FAILED.id) == FAILED


def test_all_of_the_last_hours_can_be_called_again(scene: Scene) -> None:
    scene.clock.advance(timedelta(hours=3))
    assert "0 calls" in scene.run("webhooks", "replay", "--hours", "2", "--dry-run").stderr
    assert "2 calls" in scene.run("webhooks", "replay", "--hours", "4", "--dry-run").stderr
    assert scene.run("webhooks", "replay", "--hours", "4", "--order", "TWC1").exit_code == 2
    assert scene.clock.now() > START


@pytest.mark.parametrize(("status", "code"), [(204, 0), (500, 1)])
def test_a_call_to_try_it_tells_what_was_answered(scene: Scene, status: int, code: int) -> None:
    scene.functions.answers[Function.WEBHOOKS] = {"status": status, "ok": status < 300}
    said = scene.run("webhooks", "test")
    assert said.exit_code == code
    assert f"answered {status}" in said.stdout
    assert scene.functions.of(Function.WEBHOOKS) == [{"test": True}]


def test_a_program_that_does_not_answer_is_a_failure(scene: Scene) -> None:
    answer = {"error": {"kind": "WebhookUnavailable", "text": "no whole answer within 10.0 s"}}
    scene.functions.answers[Function.WEBHOOKS] = answer
    said = scene.run("webhooks", "test")
    assert said.exit_code == 1
    assert "no whole answer" in said.stderr


@pytest.mark.parametrize("command", [["webhooks"], ["webhooks", "test"], ["webhooks", "replay"]])
def test_where_no_program_is_called_it_says_how_to_get_there(command: list[str]) -> None:
    said = Scene().run(*command)
    assert said.exit_code == 2
    assert "deploy with WebhookUrl" in said.stderr
