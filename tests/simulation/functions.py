"""How AWS runs the functions: event source mappings that poll the queues, and the rule that starts the dispatcher."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from tests.simulation.chaos import Gate
from tests.simulation.scheduler import SECOND, Invocation
from tests.simulation.sqs import Message, Queue, as_received
from vistka.domain.errors import QueueUnavailable, VistkaError

type Handler = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class _NotTaken(VistkaError):
    """Becomes an error of the client's."""


@dataclass
class GatedClient:
    """The boto3 client of the functions: the queues behind the gate, with `Failed` in batches."""

    gate: Gate
    queues: dict[str, Queue]
    #: deduplication id -> the invocation that used it
    used: dict[str, int] = field(default_factory=dict)
    #: bodies that another invocation sent under an id that was used
    reused: list[str] = field(default_factory=list)

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        queue, gate = self.queues[QueueUrl], self.gate
        sender = gate.scheduler.active.number if gate.scheduler.active else 0
        for entry in Entries:
            if self.used.setdefault(entry.get("MessageDeduplicationId", entry["MessageBody"]), sender) != sender:
                self.reused.append(entry["MessageBody"])

        def effect() -> dict[str, Any]:
            refused = [entry for entry in Entries if gate.chance(gate.weather.fail)]
            taken = [entry for entry in Entries if entry not in refused]
            answer = queue.send_message_batch(QueueUrl=QueueUrl, Entries=taken) if taken else {"Successful": []}
            failed = [
                {"Id": entry["Id"], "Code": "InternalError", "SenderFault": gate.chance(0.5)} for entry in refused
            ]
            for entry in failed:
                gate.tell(f"queue {QueueUrl} does not take entry {entry['Id']}")
            return {**answer, "Failed": failed}

        return self._asked(f"send {len(Entries)} to {QueueUrl}", effect)

    def send_message(self, *, QueueUrl: str, MessageBody: str, **named: Any) -> dict[str, Any]:  # noqa: N803
        def effect() -> dict[str, Any]:
            return self.queues[QueueUrl].send_message(QueueUrl=QueueUrl, MessageBody=MessageBody, **named)

        return self._asked(f"send to {QueueUrl}", effect)

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803
        def effect() -> None:
            self.queues[QueueUrl].change_message_visibility(
                QueueUrl=QueueUrl, ReceiptHandle=ReceiptHandle, VisibilityTimeout=VisibilityTimeout
            )

        self._asked(f"hide {ReceiptHandle} of {QueueUrl} for {VisibilityTimeout} s", effect)

    def _asked[T](self, what: str, effect: Callable[[], T]) -> T:
        try:
            return self.gate.call("queue", what, effect, lambda: QueueUnavailable("SQS does not answer"))
        except QueueUnavailable:
            raise (
                EndpointConnectionError(endpoint_url="sqs")
                if self.gate.rng.random() < 0.5
                else ClientError({"Error": {"Code": "ThrottlingException"}}, "SQS")
            ) from None


@dataclass
class EventSource:
    """Receives from one queue and invokes one function, as Lambda does. `handled` is told, for each message that is to
    be deleted, which it is."""

    gate: Gate
    queue: Queue
    name: str
    handler: Callable[[], Handler]
    batch_size: int
    concurrency: int
    timeout: float
    fifo: bool
    handled: Callable[[Message], None] = lambda _message: None
    ended: Callable[[Invocation], None] = lambda _invocation: None
    active: int = 0
    #: when messages came twice
    doubled: list[int] = field(default_factory=list)
    _wake_at: int = -1
    _current: dict[int, list[Message]] = field(default_factory=dict)

    def changed(self) -> None:
        """Something may be there to receive."""
        if self.gate.quiet and (self.active >= self.concurrency or 0 <= self._wake_at <= self._soon):
            return  # it is looked at in any case
        at = self.queue.next_visible()
        if at is None:
            return
        latency = self.gate.rng.uniform(0.02, 2) if not self.gate.quiet else 0.05
        self._wake(max(int(at * SECOND), self.gate.scheduler.now) + int(latency * SECOND))

    @property
    def _soon(self) -> int:
        return self.gate.scheduler.now + int(0.05 * SECOND)

    def _wake(self, at: int) -> None:
        if self._wake_at >= 0 and self._wake_at <= at:
            return
        self._wake_at = at

        def pump() -> None:
            if self._wake_at == at:
                self._wake_at = -1
                self._pump()

        self.gate.scheduler.at(at, pump)

    def _pump(self) -> None:
        if "queue" in self.gate.down:
            self._wake(self.gate.scheduler.now + 10 * SECOND)
            return
        while self.active < self.concurrency:
            messages = self.queue.take(self.batch_size)
            if not messages:
                break
            self._invoke(messages, last=True)
            if self.gate.chance(self.gate.weather.twice):
                self._again(messages)
        if self.active < self.concurrency:
            self.changed()

    def _again(self, messages: list[Message]) -> None:
        """At least once: the queue gives the message a second time, or Lambda invokes a second time for it."""
        self.doubled.append(self.gate.scheduler.now)
        after = self.gate.rng.choice((0.1, 1.0, 5.0, 20.0))
        self.gate.tell(f"{self.queue.url}: {' '.join(message.id for message in messages)} comes twice")
        if not self.fifo:
            for message in messages:
                message.visible_at = min(message.visible_at, self.gate.scheduler.seconds + after)
        else:
            self.gate.scheduler.after(after, lambda: self._invoke(messages, last=False))

    def come_again(self, invocation: Invocation) -> None:
        """The messages of an invocation under way become visible before it is over."""
        for message in self._current.get(invocation.number, ()):
            message.visible_at = min(message.visible_at, self.gate.scheduler.seconds + self.gate.rng.uniform(0.1, 4))
        self.changed()

    def _invoke(self, messages: list[Message], *, last: bool) -> None:
        event = {"Records": [_record(message) for message in messages]}
        handles = [message.handle for message in messages]
        self.active += 1

        def work() -> object:
            return self.handler()(event)

        def ended(invocation: Invocation) -> None:
            self.active -= 1
            self._current.pop(invocation.number, None)
            self.ended(invocation)
            if isinstance(invocation.result, Mapping):
                self._delete(messages, handles, invocation.result)
            self.changed()

        # Known before it runs: its number is the next one.
        self._current[self.gate.scheduler.begun + 1] = messages
        self.gate.scheduler.invoke(self.name, work, timeout=self.timeout, ended=ended)

    def _delete(self, messages: list[Message], handles: list[str], answer: Mapping[str, Any]) -> None:
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for message, handle in zip(messages, handles, strict=True):
            if message.id in failed:
                continue
            self.handled(message)
            if self.gate.chance(self.gate.weather.lose):
                self.gate.tell(f"{self.queue.url}: {message.id} is done, but not deleted")
                continue
            try:
                self.queue.delete_message(QueueUrl=self.queue.url, ReceiptHandle=handle)
            except ClientError:
                continue


def _record(message: Message) -> dict[str, Any]:
    """As Lambda hands it over."""
    received = as_received(message)
    return {
        "messageId": received["MessageId"],
        "receiptHandle": received["ReceiptHandle"],
        "body": received["Body"],
        "attributes": received["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:queue",
    }
