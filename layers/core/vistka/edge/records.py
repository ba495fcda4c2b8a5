"""Messages of a queue as Lambda hands them over, and the answer that says which of them stay there."""

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any


class ComesAgain(Exception):
    """The message stays in the queue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One message; `group` is empty where the queue keeps no order."""

    message_id: str
    receipt_handle: str
    body: str
    group: str


def records_of(event: Mapping[str, Any]) -> list[Record]:
    return [
        Record(
            message_id=one["messageId"],
            receipt_handle=one["receiptHandle"],
            body=one["body"],
            group=one.get("attributes", {}).get("MessageGroupId", ""),
        )
        for one in event["Records"]
    ]


def response_of(
    records: Iterable[Record], take: Callable[[Record], None], say: Callable[..., None], *, in_order: bool = False
) -> dict[str, Any]:
    """The partial batch response, once each was taken: what raised anything stays in the queue, and with `in_order`
    whatever is behind it in its group, which is not even looked at."""
    left: list[Record] = []
    held: set[str] = set()
    for record in records:
        if record.group not in held:
            try:
                take(record)
            except ComesAgain:
                pass
            except Exception as error:  # noqa: BLE001 -- one message takes no other with it
                # Not an error of ours to know: its text may hold anything, so only its kind and place are named.
                say("a message failed unexpectedly", kind=type(error).__name__, at=_place(error.__traceback__))
            else:
                continue
        left.append(record)
        if in_order:
            held.add(record.group)
    return {"batchItemFailures": [{"itemIdentifier": record.message_id} for record in left]}


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
