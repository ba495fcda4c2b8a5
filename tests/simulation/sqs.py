"""SQS in memory, as a boto3 client sees it: a standard queue and a FIFO queue, with their limits and their habits."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

LONGEST_HIDING: Final = 12 * 3600.0
LONGEST_DELAY: Final = 900
LARGEST_BATCH: Final = 10
LARGEST_MESSAGE: Final = 256 * 1024
DEDUPLICATION: Final = 300.0


@dataclass(slots=True)
class Message:
    """`visible_at` seconds; `handle` is that of the last receipt, "" before the first."""

    id: str
    body: str
    sent_at: float
    visible_at: float
    group: str = ""
    receives: int = 0
    received_at: float = 0.0
    handle: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Queue:
    """What both kinds share. `now` tells seconds; `changed` is called when something may have become visible."""

    url: str
    now: Callable[[], float]
    rng: random.Random
    visibility: float = 30.0
    retention: float = 345_600.0
    max_receives: int = 0
    dead_letters: "Queue | None" = None
    changed: Callable[[], None] = lambda: None
    messages: list[Message] = field(default_factory=list)
    made: int = 0

    # --- what a boto3 client has ------------------------------------------------------------------------------------

    def send_message(self, *, QueueUrl: str, MessageBody: str, **named: Any) -> dict[str, Any]:  # noqa: N803
        if self.too_large(MessageBody):
            raise refusal("InvalidParameterValue", "SendMessage")
        return {"MessageId": self.put(MessageBody, **named)}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if not Entries:
            raise refusal("AWS.SimpleQueueService.EmptyBatchRequest", "SendMessageBatch")
        if len(Entries) > LARGEST_BATCH:
            raise refusal("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "SendMessageBatch")
        if len({entry["Id"] for entry in Entries}) < len(Entries):
            raise refusal("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "SendMessageBatch")
        if sum(len(entry["MessageBody"].encode()) for entry in Entries) > LARGEST_MESSAGE:
            raise refusal("AWS.SimpleQueueService.BatchRequestTooLong", "SendMessageBatch")
        taken = [
            {"Id": entry["Id"], "MessageId": self.put(**{k: v for k, v in entry.items() if k != "Id"})}
            for entry in Entries
        ]
        return {"Successful": taken, "Failed": []}

    def receive_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MaxNumberOfMessages: int = 1,  # noqa: N803
        **_named: Any,
    ) -> dict[str, Any]:
        found = self.take(MaxNumberOfMessages)
        return {"Messages": [as_received(message) for message in found]} if found else {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        raise NotImplementedError

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803
        """From now on; no longer than 12 h from the receipt."""
        message = self._of(ReceiptHandle)
        if message is None or message.visible_at <= self.now():
            raise refusal("AWS.SimpleQueueService.MessageNotInflight", "ChangeMessageVisibility")
        until = self.now() + VisibilityTimeout
        if not 0 <= VisibilityTimeout <= LONGEST_HIDING or until > message.received_at + LONGEST_HIDING:
            raise refusal("InvalidParameterValue", "ChangeMessageVisibility")
        message.visible_at = until
        self.changed()

    def purge_queue(self, *, QueueUrl: str) -> None:  # noqa: N803
        self.messages.clear()
        self.changed()

    # --- the queue itself -------------------------------------------------------------------------------------------

    def put(self, MessageBody: str, **named: Any) -> str:  # noqa: N803
        raise NotImplementedError

    def take(self, limit: int) -> list[Message]:
        raise NotImplementedError

    def next_visible(self) -> float | None:
        """When there may be something to receive."""
        return min((message.visible_at for message in self.messages), default=None)

    @staticmethod
    def too_large(body: str) -> bool:
        return len(body.encode()) > LARGEST_MESSAGE

    def _new(self, body: str, **named: Any) -> Message:
        self.made += 1
        now = self.now()
        delay = float(named.get("DelaySeconds", 0))
        if not 0 <= delay <= LONGEST_DELAY:
            raise refusal("InvalidParameterValue", "SendMessage")
        message = Message(
            f"{self.made:06}", body, now, now + delay, attributes=dict(named.get("MessageAttributes", {}))
        )
        self.messages.append(message)
        return message

    def _received(self, message: Message) -> bool:
        """Count the receipt; False for one that goes to the dead letters instead."""
        message.receives += 1
        if self.max_receives and message.receives > self.max_receives and self.dead_letters is not None:
            self.messages.remove(message)
            self.dead_letters.messages.append(message)
            return False
        now = self.now()
        message.received_at = now
        message.visible_at = now + self.visibility
        message.handle = f"{message.id}/{message.receives}"
        return True

    def _expire(self) -> None:
        now = self.now()
        if any(now - message.sent_at > self.retention for message in self.messages):
            self.messages = [message for message in self.messages if now - message.sent_at <= self.retention]

    def _of(self, handle: str) -> Message | None:
        number = handle.partition("/")[0]
        return next((message for message in self.messages if message.id == number), None)


class StandardQueue(Queue):
    """At least once, in any order."""

    def put(self, MessageBody: str, **named: Any) -> str:  # noqa: N803
        message = self._new(MessageBody, **named)
        self.changed()
        return message.id

    def take(self, limit: int) -> list[Message]:
        self._expire()
        now = self.now()
        visible = [message for message in self.messages if message.visible_at <= now]
        if len(visible) > 1:
            self.rng.shuffle(visible)
        return [message for message in visible[:limit] if self._received(message)]

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        """An older receipt deletes too, as a rule."""
        if (message := self._of(ReceiptHandle)) is not None:
            self.messages.remove(message)


@dataclass(kw_only=True)
class FifoQueue(Queue):
    """In the order of each group; a group with a message in flight gives no other. `swallowed` names the bodies that
    deduplication dropped though the first of them was never received to its end nor is in the queue."""

    known: dict[str, tuple[float, str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    swallowed: list[str] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)

    def put(self, MessageBody: str, **named: Any) -> str:  # noqa: N803
        group, key = named.get("MessageGroupId"), named.get("MessageDeduplicationId")
        if not group or not key:
            raise refusal("MissingParameter", "SendMessage")
        if named.get("DelaySeconds"):
            raise refusal("InvalidParameterValue", "SendMessage")
        at, first = self.known.get(key, (-DEDUPLICATION, ""))
        if self.now() - at < DEDUPLICATION:
            if first not in self.deleted and all(message.id != first for message in self.messages):
                self.swallowed.append(MessageBody)
            return first
        message = self._new(MessageBody, **named)
        message.group = str(group)
        self.groups.add(message.group)
        self.known[key] = (message.sent_at, message.id)
        self.changed()
        return message.id

    def take(self, limit: int) -> list[Message]:
        self._expire()
        now = self.now()
        held = {message.group for message in self.messages if message.visible_at > now}
        groups: dict[str, list[Message]] = {}
        for message in self.messages:
            if message.group not in held:
                groups.setdefault(message.group, []).append(message)
        order = list(groups)
        if len(order) > 1:
            self.rng.shuffle(order)
        found: list[Message] = []
        for group in order:
            for message in groups[group]:
                if len(found) < limit and self._received(message):
                    found.append(message)
        return found

    def next_visible(self) -> float | None:
        ready: dict[str, float] = {}
        for message in self.messages:
            ready[message.group] = max(ready.get(message.group, 0.0), message.visible_at)
        return min(ready.values(), default=None)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        """Only the last receipt deletes."""
        message = self._of(ReceiptHandle)
        if message is None:
            return
        if message.handle != ReceiptHandle or message.visible_at <= self.now():
            raise refusal("InvalidParameterValue", "DeleteMessage")
        self.messages.remove(message)
        self.deleted.add(message.id)
        self.changed()


def as_received(message: Message) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(message.receives)}
    if message.group:
        attributes["MessageGroupId"] = message.group
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.handle,
        "Body": message.body,
        "Attributes": attributes,
        "MessageAttributes": message.attributes,
    }


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)
