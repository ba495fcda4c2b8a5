"""The dead-letter queues: what lies there, and its way back to where it came from."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from vistka.cli.failures import WrongUse, of_aws

#: Dead-letter queue -> the queue it stands behind, by the stack's outputs.
QUEUES: Final = {
    "polls": ("PollsDeadLetterQueueUrl", "PollsQueueUrl"),
    "notices": ("NoticesDeadLetterQueueUrl", "NoticesQueueUrl"),
}
#: Only where a program of the shop's is called; `vistka webhooks replay` redrives it.
WEBHOOKS: Final = {"webhooks": ("WebhooksDeadLetterQueueUrl", "WebhooksQueueUrl")}
#: While they are looked through, messages are hidden from other readers for so many seconds.
_HIDDEN: Final = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Redriven:
    """`parked` messages were put there by the functions, by reason; they stay unless they were asked for."""

    queue: str
    moved: int
    parked: Mapping[str, int] = field(default_factory=dict)


class DeadLetters(Protocol):
    def redrive(self, queue: str, *, parked: bool, dry_run: bool) -> Redriven:
        """Send what lies behind `queue` there again; a parked message only with `parked`. Raises Failure."""
        ...


class SqsDeadLetters:
    """Each message is sent before it is deleted: one that is interrupted goes twice, and does no harm there."""

    def __init__(self, client: Callable[[str], Any], outputs: Mapping[str, str], *, new_id: Callable[[], str]) -> None:
        self._client = client
        self._outputs = outputs
        self._new_id = new_id

    def redrive(self, queue: str, *, parked: bool, dry_run: bool) -> Redriven:
        dead, source = (self._output(name) for name in (QUEUES | WEBHOOKS)[queue])
        sqs = self._client("sqs")
        reasons: Counter[str] = Counter()
        kept: list[str] = []
        moved = 0
        try:
            for message in _messages(sqs, dead):
                reason = _reason(message)
                if reason is not None and not parked:
                    reasons[reason] += 1
                    kept.append(message["ReceiptHandle"])
                    continue
                moved += 1
                if dry_run:
                    kept.append(message["ReceiptHandle"])
                    continue
                sqs.send_message(QueueUrl=source, MessageBody=message["Body"], **self._order(message, source))
                sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            for handle in kept:
                sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=handle, VisibilityTimeout=0)
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing=f"redriving the dead letters of {queue}") from error
        return Redriven(queue=queue, moved=moved, parked=dict(sorted(reasons.items())))

    def _order(self, message: Mapping[str, Any], source: str) -> dict[str, str]:
        if not source.endswith(".fifo"):
            return {}
        # Its group, so that it keeps its place behind others; a new id, or the queue might take it for a duplicate.
        return {
            "MessageGroupId": message["Attributes"]["MessageGroupId"],
            "MessageDeduplicationId": self._new_id(),
        }

    def _output(self, name: str) -> str:
        try:
            return self._outputs[name]
        except KeyError:
            raise WrongUse(f"the stack has no output {name}; deploy this version") from None


def _messages(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    """Every message once; what was seen stays hidden meanwhile."""
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HIDDEN,
            WaitTimeSeconds=1,  # long polling asks all of SQS's servers: a short one may miss some
            MessageAttributeNames=["reason"],
            MessageSystemAttributeNames=["MessageGroupId"],
        )
        fresh = [message for message in answer.get("Messages", ()) if message["MessageId"] not in seen]
        if not fresh:
            return
        seen.update(message["MessageId"] for message in fresh)
        yield from fresh


def _reason(message: Mapping[str, Any]) -> str | None:
    attribute = message.get("MessageAttributes", {}).get("reason")
    return str(attribute["StringValue"]) if attribute else None
