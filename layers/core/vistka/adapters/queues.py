"""The two queues in SQS: what was not taken is always named, and the order within a group is kept."""

import logging
import math
from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from vistka.domain.errors import QueueUnavailable
from vistka.ports import NoticeEntry, PollEntry

#: SQS takes ten messages a request, and this many bytes in all of them (the older and smaller of its limits).
LARGEST_BATCH: Final = 10
LARGEST_REQUEST: Final = 256 * 1024
LONGEST_DELAY: Final = timedelta(minutes=15)
#: SQS counts 12 h from the receipt; part of that has passed when we ask.
LONGEST_HIDING: Final = timedelta(hours=12) - timedelta(minutes=15)

#: The message is visible again, gone, or was received by somebody else meanwhile: nothing is left to change.
_NOT_OURS: Final = frozenset(
    {
        "AWS.SimpleQueueService.MessageNotInflight",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
    }
)

_log = logging.getLogger(__name__)


class SqsPollQueue:
    """`vistka.ports.PollQueue`. `client` is a boto3 client of SQS."""

    def __init__(self, client: Any, url: str) -> None:
        self._sender = _Sender(client, url)

    def send(self, entries: Sequence[PollEntry]) -> list[int]:
        delays = [min(max(entry.delay, timedelta()), LONGEST_DELAY) for entry in entries]
        messages = [
            {"MessageBody": entry.body, "DelaySeconds": math.ceil(delay.total_seconds())}
            for entry, delay in zip(entries, delays, strict=True)
        ]
        return self._sender.send(messages, groups=range(len(messages)))


class SqsNoticeQueue:
    """`vistka.ports.NoticeQueue` on a FIFO queue.

    A request holds one message of each group only: of two in one request SQS may refuse the first and take the
    second. After one that was not taken, the later ones of its group are not sent in this call.
    """

    def __init__(self, client: Any, url: str) -> None:
        self._sender = _Sender(client, url)

    def send(self, entries: Sequence[NoticeEntry]) -> list[int]:
        messages = [
            {
                "MessageBody": entry.body,
                "MessageGroupId": entry.group,
                "MessageDeduplicationId": entry.deduplication_id,
            }
            for entry in entries
        ]
        return self._sender.send(messages, groups=[entry.group for entry in entries])


class SqsVisibility:
    """`vistka.ports.Visibility`. Raises QueueUnavailable when SQS does not answer; the message then comes back after
    the queue's own visibility timeout."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def change(self, receipt_handle: str, after: timedelta) -> None:
        seconds = math.ceil(min(max(after, timedelta()), LONGEST_HIDING).total_seconds())
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )
        except ClientError as error:
            code = _code(error)
            if code not in _NOT_OURS:
                raise QueueUnavailable(f"SQS did not change a message's visibility: {code}") from None
            _log.info("a message's visibility was not changed, it is not held by us any more: %s", code)
        except BotoCoreError as error:
            raise QueueUnavailable(f"SQS did not change a message's visibility: {type(error).__name__}") from None


class SqsParking:
    """`vistka.ports.Parking`. For a FIFO dead-letter queue each message is a group of its own."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def park(self, body: str, *, reason: str, message_id: str) -> None:
        fifo = {"MessageGroupId": message_id, "MessageDeduplicationId": message_id}
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
                **(fifo if self._url.endswith(".fifo") else {}),
            )
        except (ClientError, BotoCoreError) as error:
            code = _code(error) if isinstance(error, ClientError) else type(error).__name__
            raise QueueUnavailable(f"SQS did not take a message to park: {code}") from None


class _Sender:
    """Sends messages in as few requests as the limits and the order within their groups allow."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, messages: Sequence[dict[str, Any]], *, groups: Sequence[Hashable]) -> list[int]:
        """Returns the indexes of the messages that SQS did not take, in order."""
        sizes = [len(message["MessageBody"].encode()) for message in messages]
        pending = list(range(len(messages)))
        failed: list[int] = []
        blocked: set[Hashable] = set()
        while pending:
            request, pending = _next_request(pending, sizes, groups)
            refused = [index for index in request if groups[index] in blocked or sizes[index] > LARGEST_REQUEST]
            refused += self._request([index for index in request if index not in refused], messages)
            failed += refused
            blocked.update(groups[index] for index in refused)
        return sorted(failed)

    def _request(self, indexes: Sequence[int], messages: Sequence[dict[str, Any]]) -> list[int]:
        """One request, and one more for what SQS says was not our fault."""
        refused, again = self._once(indexes, messages)
        if again:
            more, still = self._once(again, messages)
            refused += more + still
        return refused

    def _once(self, indexes: Sequence[int], messages: Sequence[dict[str, Any]]) -> tuple[list[int], list[int]]:
        """The messages not taken: those not to be tried again, and those worth another request."""
        if not indexes:
            return [], []
        entries = [{"Id": str(index), **messages[index]} for index in indexes]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except ClientError as error:
            return self._none_taken(indexes, _code(error))
        except BotoCoreError as error:
            return self._none_taken(indexes, type(error).__name__)
        taken = {int(entry["Id"]) for entry in answer.get("Successful", ())}
        faults = {int(entry["Id"]): entry for entry in answer.get("Failed", ())}
        for entry in faults.values():
            _log.warning("SQS did not take a message: %s", entry.get("Code", "unknown"))
        again = [index for index in indexes if index in faults and not faults[index].get("SenderFault")]
        # One that the answer does not mention is not known to be in the queue.
        return [index for index in indexes if index not in taken and index not in again], again

    def _none_taken(self, indexes: Sequence[int], why: str) -> tuple[list[int], list[int]]:
        _log.warning("SQS did not take %d messages: %s", len(indexes), why)
        return list(indexes), []


def _next_request(
    pending: Sequence[int], sizes: Sequence[int], groups: Sequence[Hashable]
) -> tuple[list[int], list[int]]:
    """The indexes of the next request, and what is left: ten messages at most, each of another group."""
    request: list[int] = []
    left: list[int] = []
    passed: set[Hashable] = set()
    size = 0
    for index in pending:
        fits = not request or size + sizes[index] <= LARGEST_REQUEST
        if len(request) < LARGEST_BATCH and groups[index] not in passed and fits:
            request.append(index)
            size += sizes[index]
        else:
            left.append(index)
        passed.add(groups[index])
    return request, left


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
