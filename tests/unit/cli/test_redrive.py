"""What lies in the dead-letter queues goes back; what was parked stays until it is asked for."""

from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.unit.cli.scene import Scene
from vistka.adapters.queues import SqsParking
from vistka.cli.dead_letters import Redriven, SqsDeadLetters
from vistka.cli.functions import Function

REGION = "eu-central-1"
FIFO = {"FifoQueue": "true"}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.client("sqs", region_name=REGION)


@pytest.fixture
def outputs(sqs: Any) -> dict[str, str]:
    def url(name: str, **attributes: str) -> str:
        return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    return {
        "PollsQueueUrl": url("polls"),
        "PollsDeadLetterQueueUrl": url("polls-dead"),
        "NoticesQueueUrl": url("notices.fifo", **FIFO),
        "NoticesDeadLetterQueueUrl": url("notices-dead.fifo", **FIFO),
    }


def dead_letters(sqs: Any, outputs: dict[str, str]) -> SqsDeadLetters:
    numbers = count()
    return SqsDeadLetters(lambda _: sqs, outputs, new_id=lambda: f"id-{next(numbers)}")


def bodies(sqs: Any, url: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return sorted(message["Body"] for message in answer.get("Messages", ()))


def test_dead_letters_go_back_to_their_queue(sqs: Any, outputs: dict[str, str]) -> None:
    for n in range(23):
        sqs.send_message(QueueUrl=outputs["PollsDeadLetterQueueUrl"], MessageBody=f"{n}")

    assert dead_letters(sqs, outputs).redrive("polls", parked=False, dry_run=False) == Redriven(queue="polls", moved=23)
    assert bodies(sqs, outputs["PollsDeadLetterQueueUrl"]) == []
    assert len(bodies(sqs, outputs["PollsQueueUrl"])) == 10  # of 23: one answer holds ten


def test_a_notice_keeps_its_group_and_travels_under_a_new_id(sqs: Any, outputs: dict[str, str]) -> None:
    sqs.send_message(
        QueueUrl=outputs["NoticesDeadLetterQueueUrl"],
        MessageBody="notice",
        MessageGroupId="group-of-a-chat",
        MessageDeduplicationId="old",
    )
    dead_letters(sqs, outputs).redrive("notices", parked=False, dry_run=False)

    (message,) = sqs.receive_message(
        QueueUrl=outputs["NoticesQueueUrl"],
        MessageSystemAttributeNames=["MessageGroupId", "MessageDeduplicationId"],
    )["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "group-of-a-chat"
    assert message["Attributes"]["MessageDeduplicationId"] == "id-0"


def test_what_was_parked_stays_with_its_reason_until_it_is_asked_for(sqs: Any, outputs: dict[str, str]) -> None:
    dead = outputs["PollsDeadLetterQueueUrl"]
    SqsParking(sqs, dead).park("???", reason="a queue message is not JSON", message_id="1")
    letters = dead_letters(sqs, outputs)

    found = letters.redrive("polls", parked=False, dry_run=False)
    assert found == Redriven(queue="polls", moved=0, parked={"a queue message is not JSON": 1})
    assert bodies(sqs, dead) == ["???"]

    assert letters.redrive("polls", parked=True, dry_run=False).moved == 1
    assert bodies(sqs, outputs["PollsQueueUrl"]) == ["???"]


def test_a_dry_run_moves_nothing(sqs: Any, outputs: dict[str, str]) -> None:
    sqs.send_message(QueueUrl=outputs["PollsDeadLetterQueueUrl"], MessageBody="poll")

    assert dead_letters(sqs, outputs).redrive("polls", parked=False, dry_run=True).moved == 1
    assert bodies(sqs, outputs["PollsDeadLetterQueueUrl"]) == ["poll"]


def test_the_command_names_each_queue_and_what_stays() -> None:
    scene = Scene()
    scene.dead_letters.letters["notices"] = ["a", "b"]
    scene.dead_letters.parked["polls"] = {"a queue message is not JSON": 1}
    result = scene.run("redrive")

    assert result.exit_code == 0
    assert scene.dead_letters.moved == ["a", "b"]
    assert "notices  2 messages moved back" in result.stdout
    assert "1 parked: a queue message is not JSON" in result.stdout
    told = [{"audit": {"act": "redriven", "detail": {"messages": 2}}}]
    assert scene.functions.of(Function.DISPATCHER) == told
    scene.run("redrive")
    assert scene.functions.of(Function.DISPATCHER) == told  # nothing lay there


def test_its_json_is_one_object() -> None:
    scene = Scene()
    scene.dead_letters.letters["polls"] = ["a"]

    assert scene.json("redrive", "--dry-run") == (
        0,
        {
            "dry_run": True,
            "queues": [
                {"queue": "polls", "moved": 1, "parked": {}},
                {"queue": "notices", "moved": 0, "parked": {}},
            ],
        },
    )
