"""The queues in SQS: the contract, what becomes of answers that take only a part, and of errors."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.aws_stand_in import REGION, aws_stand_in
from tests.contracts.queues import LARGE, Queues, QueuesContract, entry
from tests.template import queue_attributes
from vistka.adapters import aws
from vistka.adapters.queues import LONGEST_HIDING, SqsNoticeQueue, SqsParking, SqsPollQueue, SqsVisibility
from vistka.domain.errors import QueueUnavailable
from vistka.ports import PollEntry


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_stand_in() as url:
        yield url


@pytest.fixture(scope="module")
def client(endpoint: str) -> Any:
    return aws.client("sqs", region=REGION, endpoint_url=endpoint)


@pytest.fixture(scope="module")
def attributes() -> tuple[dict[str, str], dict[str, str]]:
    """Of the polls queue and of the notices queue, as the template has them."""
    return queue_attributes("PollsQueue"), queue_attributes("NoticesQueue")


@pytest.fixture
def urls(client: Any, attributes: tuple[dict[str, str], dict[str, str]]) -> Iterator[tuple[str, str]]:
    """A fresh queue for polls, and a FIFO one for notices."""
    name = uuid.uuid4().hex[:12]
    polls = client.create_queue(QueueName=name, Attributes=attributes[0])["QueueUrl"]
    notices = client.create_queue(QueueName=f"{name}.fifo", Attributes=attributes[1])["QueueUrl"]
    yield polls, notices
    for url in (polls, notices):
        client.delete_queue(QueueUrl=url)


def received(client: Any, url: str) -> list[str]:
    """All bodies in the queue, taken out."""
    bodies: list[str] = []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


class TestSqsQueues(QueuesContract):
    @pytest.fixture
    def queues(self, client: Any, urls: tuple[str, str]) -> Queues:
        polls, notices = urls
        return Queues(
            polls=SqsPollQueue(client, polls),
            notices=SqsNoticeQueue(client, notices),
            polled=lambda: received(client, polls),
            noticed=lambda: received(client, notices),
        )


# --- requests -----------------------------------------------------------------------------------------------------


class Sqs:
    """A client of SQS that answers what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[list[dict[str, Any]]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        self.asked.append(Entries)
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        failed = {str(one["Id"]) for one in answer.get("Failed", [])} | set(answer.get("Silent", []))
        return {
            "Successful": [{"Id": one["Id"]} for one in Entries if one["Id"] not in failed],
            "Failed": answer.get("Failed", []),
        }

    @property
    def ids(self) -> list[list[str]]:
        return [[one["Id"] for one in entries] for entries in self.asked]


def failed(index: int, *, our_fault: bool = False) -> dict[str, Any]:
    return {"Id": str(index), "SenderFault": our_fault, "Code": "InternalError"}


def polls(count: int, body: str = "x") -> list[PollEntry]:
    return [PollEntry(body=body, delay=timedelta()) for _ in range(count)]


def test_polls_are_sent_ten_a_request() -> None:
    sqs = Sqs()
    assert SqsPollQueue(sqs, "u").send(polls(23)) == []
    assert [len(ids) for ids in sqs.ids] == [10, 10, 3]


def test_a_request_stays_below_the_bytes_that_sqs_takes() -> None:
    sqs = Sqs()
    assert SqsPollQueue(sqs, "u").send(polls(11, LARGE)) == []
    assert [len(ids) for ids in sqs.ids] == [5, 5, 1]


def test_delays_are_whole_seconds_up_to_what_sqs_takes() -> None:
    sqs = Sqs()
    seconds = [-1, 0, 0.2, 899.5, 5000]
    SqsPollQueue(sqs, "u").send([PollEntry(body="x", delay=timedelta(seconds=one)) for one in seconds])
    assert [one["DelaySeconds"] for one in sqs.asked[0]] == [0, 0, 1, 900, 900]


def test_what_failed_without_our_fault_is_sent_once_more() -> None:
    sqs = Sqs({"Failed": [failed(1), failed(2)]}, {"Failed": [failed(2)]})
    assert SqsPollQueue(sqs, "u").send(polls(3)) == [2]
    assert sqs.ids == [["0", "1", "2"], ["1", "2"]]


def test_what_failed_by_our_fault_is_named_and_not_sent_again() -> None:
    """F36, R7: `Failed` of every batch send is handled."""
    sqs = Sqs({"Failed": [failed(1, our_fault=True)]})
    assert SqsPollQueue(sqs, "u").send(polls(3)) == [1]
    assert len(sqs.ids) == 1


def test_what_an_answer_does_not_mention_was_not_taken() -> None:
    sqs = Sqs({"Silent": ["2"]})
    assert SqsPollQueue(sqs, "u").send(polls(3)) == [2]


def test_a_request_that_failed_names_all_its_messages_and_the_next_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    error = boto3.client("sqs", region_name=REGION).exceptions.ClientError(
        {"Error": {"Code": "AccessDenied", "Message": "380671234567"}}, "SendMessageBatch"
    )
    sqs = Sqs({}, error)
    assert SqsPollQueue(sqs, "u").send(polls(25)) == list(range(10, 20))
    assert "AccessDenied" in caplog.text
    assert "380671234567" not in caplog.text


def test_notices_of_one_group_never_share_a_request() -> None:
    """R4: of two in one request SQS may refuse the first and take the second."""
    sqs = Sqs()
    entries = [entry("0", "a"), entry("1", "a"), entry("2", "b"), entry("3", "a"), entry("4", "b")]
    assert SqsNoticeQueue(sqs, "u").send(entries) == []
    assert sqs.ids == [["0", "2"], ["1", "4"], ["3"]]


def test_a_group_that_failed_waits_and_the_others_go_on() -> None:
    sqs = Sqs({"Failed": [failed(0, our_fault=True)]})
    entries = [entry("0", "a"), entry("1", "a"), entry("2", "b"), entry("3", "a"), entry("4", "b")]
    assert SqsNoticeQueue(sqs, "u").send(entries) == [0, 1, 3]
    assert sqs.ids == [["0", "2"], ["4"]]


def test_a_notice_goes_with_its_group_and_deduplication_id() -> None:
    sqs = Sqs()
    SqsNoticeQueue(sqs, "u").send([entry("x", "g", "d")])
    assert sqs.asked == [[{"Id": "0", "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}]]


# --- holding and parking -------------------------------------------------------------------------------------------


def test_a_held_message_is_hidden_that_long(client: Any, urls: tuple[str, str]) -> None:
    url, _ = urls
    client.send_message(QueueUrl=url, MessageBody="x")
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    visibility = SqsVisibility(client, url)
    visibility.change(message["ReceiptHandle"], timedelta(days=3))  # capped at what SQS takes
    assert "Messages" not in client.receive_message(QueueUrl=url)
    visibility.change(message["ReceiptHandle"], timedelta(seconds=-1))
    assert [one["Body"] for one in client.receive_message(QueueUrl=url)["Messages"]] == ["x"]


def test_the_longest_hold_leaves_time_for_what_has_passed_since_the_receipt() -> None:
    assert timedelta(hours=11) < LONGEST_HIDING < timedelta(hours=12)


def test_a_message_that_is_ours_no_more_needs_no_holding(client: Any, urls: tuple[str, str]) -> None:
    url, _ = urls
    client.send_message(QueueUrl=url, MessageBody="x")
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    SqsVisibility(client, url).change(message["ReceiptHandle"], timedelta(seconds=5))
    SqsVisibility(client, url).change("no such handle", timedelta(seconds=5))


def test_a_queue_that_is_not_there_is_unavailable(client: Any, urls: tuple[str, str]) -> None:
    url = urls[0] + "-gone"
    with pytest.raises(QueueUnavailable):
        SqsVisibility(client, url).change("handle", timedelta(seconds=5))
    with pytest.raises(QueueUnavailable):
        SqsParking(client, url).park("x", reason="r", message_id="1")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_queue_that_does_not_answer_is_unavailable(endpoint: str) -> None:
    silent = aws.client("sqs", region=REGION, endpoint_url="http://127.0.0.1:9")
    url = "http://127.0.0.1:9/1/q"
    assert SqsPollQueue(silent, url).send(polls(2)) == [0, 1]
    with pytest.raises(QueueUnavailable, match="EndpointConnectionError"):
        SqsVisibility(silent, url).change("handle", timedelta(seconds=5))
    with pytest.raises(QueueUnavailable, match="EndpointConnectionError"):
        SqsParking(silent, url).park("x", reason="r", message_id="1")


def test_a_parked_message_tells_its_reason(client: Any, urls: tuple[str, str]) -> None:
    for url in urls:
        SqsParking(client, url).park(json.dumps({"a": 1}), reason="not ours to read", message_id="id-1")
        (message,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        assert json.loads(message["Body"]) == {"a": 1}
        assert message["MessageAttributes"]["reason"]["StringValue"] == "not ours to read"


def test_timeouts_are_short_enough_for_a_function(client: Any) -> None:
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (2, 4, 3)
