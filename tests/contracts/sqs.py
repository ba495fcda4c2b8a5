"""What SQS does of itself, as the simulation relies on it: of the model, of moto and of MiniStack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError


@dataclass(frozen=True, kw_only=True)
class Sqs:
    """Two empty queues behind a client like boto3's: messages are hidden for 2 s, and go to the dead letters when they
    would be received a third time."""

    client: Any
    standard: str
    fifo: str
    dead: Callable[[], list[str]]  # bodies among the standard queue's dead letters
    wait: Callable[[float], None]  # seconds


class SqsBehaviour:
    def test_what_was_received_is_hidden_and_comes_again_with_a_higher_count(self, sqs: Sqs) -> None:
        send(sqs, "a")
        (first,) = receive(sqs)
        assert receive(sqs) == []
        sqs.wait(2.2)
        (second,) = receive(sqs)
        assert (first["Attributes"]["ApproximateReceiveCount"], second["Attributes"]["ApproximateReceiveCount"]) == (
            "1",
            "2",
        )
        assert first["MessageId"] == second["MessageId"]
        assert first["ReceiptHandle"] != second["ReceiptHandle"]

    def test_what_was_deleted_does_not_come_again(self, sqs: Sqs) -> None:
        send(sqs, "a")
        (message,) = receive(sqs)
        sqs.client.delete_message(QueueUrl=sqs.standard, ReceiptHandle=message["ReceiptHandle"])
        sqs.wait(2.2)
        assert receive(sqs) == []

    def test_a_delayed_message_is_not_there_yet(self, sqs: Sqs) -> None:
        send(sqs, "a", DelaySeconds=1)
        assert receive(sqs) == []
        sqs.wait(1.2)
        assert bodies(receive(sqs)) == ["a"]

    def test_visibility_can_be_ended_and_prolonged(self, sqs: Sqs) -> None:
        send(sqs, "a")
        (message,) = receive(sqs)
        hide(sqs, sqs.standard, message, 0)
        (message,) = receive(sqs)
        hide(sqs, sqs.standard, message, 60)
        sqs.wait(2.2)
        assert receive(sqs) == []

    def test_nothing_is_hidden_for_more_than_twelve_hours(self, sqs: Sqs) -> None:
        send(sqs, "a")
        (message,) = receive(sqs)
        with pytest.raises(ClientError) as refused:
            hide(sqs, sqs.standard, message, 12 * 3600 + 1)
        assert "InvalidParameterValue" in refused.value.response["Error"]["Code"]

    def test_what_is_visible_again_cannot_be_hidden_by_its_old_receipt(self, sqs: Sqs) -> None:
        send(sqs, "a")
        (message,) = receive(sqs)
        hide(sqs, sqs.standard, message, 0)
        with pytest.raises(ClientError) as refused:
            hide(sqs, sqs.standard, message, 10)
        assert "MessageNotInflight" in refused.value.response["Error"]["Code"]

    def test_the_third_receipt_goes_to_the_dead_letters(self, sqs: Sqs) -> None:
        send(sqs, "a")
        for _ in range(2):
            (message,) = receive(sqs)
            hide(sqs, sqs.standard, message, 0)
        assert receive(sqs) == []
        assert sqs.dead() == ["a"]

    def test_a_batch_has_ten_entries_at_most_and_an_id_for_each(self, sqs: Sqs) -> None:
        entries = [{"Id": str(number), "MessageBody": "x"} for number in range(11)]
        with pytest.raises(ClientError) as refused:
            sqs.client.send_message_batch(QueueUrl=sqs.standard, Entries=entries)
        assert "TooManyEntriesInBatchRequest" in refused.value.response["Error"]["Code"]
        with pytest.raises(ClientError) as refused:
            sqs.client.send_message_batch(QueueUrl=sqs.standard, Entries=[entries[0], entries[0]])
        assert "BatchEntryIdsNotDistinct" in refused.value.response["Error"]["Code"]
        assert receive(sqs) == []

    # --- FIFO -------------------------------------------------------------------------------------------------------

    def test_a_group_comes_in_its_order(self, sqs: Sqs) -> None:
        for number in range(4):
            notice(sqs, f"a{number}", "a")
        assert bodies(receive(sqs, sqs.fifo)) == ["a0", "a1", "a2", "a3"]

    def test_a_group_with_a_message_in_flight_gives_no_other_and_holds_up_no_other_group(self, sqs: Sqs) -> None:
        notice(sqs, "a0", "a")
        notice(sqs, "a1", "a")
        (held,) = receive(sqs, sqs.fifo, most=1)
        assert held["Body"] == "a0"
        notice(sqs, "b0", "b")
        assert bodies(receive(sqs, sqs.fifo)) == ["b0"]
        sqs.client.delete_message(QueueUrl=sqs.fifo, ReceiptHandle=held["ReceiptHandle"])
        assert bodies(receive(sqs, sqs.fifo)) == ["a1"]

    def test_after_its_time_a_message_comes_again_before_those_behind_it(self, sqs: Sqs) -> None:
        notice(sqs, "a0", "a")
        notice(sqs, "a1", "a")
        assert bodies(receive(sqs, sqs.fifo, most=1)) == ["a0"]
        sqs.wait(2.2)
        assert bodies(receive(sqs, sqs.fifo)) == ["a0", "a1"]

    def test_one_deduplication_id_is_taken_once_though_its_message_is_gone(self, sqs: Sqs) -> None:
        notice(sqs, "a0", "a", key="one")
        (message,) = receive(sqs, sqs.fifo)
        sqs.client.delete_message(QueueUrl=sqs.fifo, ReceiptHandle=message["ReceiptHandle"])
        notice(sqs, "a0", "a", key="one")
        assert receive(sqs, sqs.fifo) == []
        notice(sqs, "a0", "a", key="two")
        assert bodies(receive(sqs, sqs.fifo)) == ["a0"]

    def test_a_fifo_message_needs_its_group(self, sqs: Sqs) -> None:
        with pytest.raises(ClientError):
            sqs.client.send_message(QueueUrl=sqs.fifo, MessageBody="x", MessageDeduplicationId="x")


def send(sqs: Sqs, body: str, **named: Any) -> None:
    sqs.client.send_message(QueueUrl=sqs.standard, MessageBody=body, **named)


def notice(sqs: Sqs, body: str, group: str, *, key: str = "") -> None:
    sqs.client.send_message(
        QueueUrl=sqs.fifo, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=key or body
    )


def receive(sqs: Sqs, url: str = "", *, most: int = 10) -> list[dict[str, Any]]:
    answer = sqs.client.receive_message(
        QueueUrl=url or sqs.standard, MaxNumberOfMessages=most, AttributeNames=["All"], WaitTimeSeconds=0
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def hide(sqs: Sqs, url: str, message: dict[str, Any], seconds: int) -> None:
    sqs.client.change_message_visibility(
        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
    )


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["Body"] for message in messages]
