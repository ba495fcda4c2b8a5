"""Wishes about orders on their way to the dispatcher, over EventBridge."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from vistka.domain.errors import QueueUnavailable

#: What such an event is called (`detail-type`), in the template's rule too.
REFRESH: Final = "refresh"


class EventBridgeOrders:
    """`vistka.ports.OrderEvents`. `events` makes boto3's client; `source` is the deployment's own."""

    def __init__(self, events: Callable[[], Any], source: str) -> None:
        self._events = events
        self._source = source

    def refresh(self, order_numbers: Sequence[str]) -> None:
        detail = json.dumps({"orders": list(order_numbers)}, ensure_ascii=False)
        entry = {"Source": self._source, "DetailType": REFRESH, "Detail": detail}
        try:
            answer = self._events().put_events(Entries=[entry])
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            raise QueueUnavailable(f"EventBridge refuses the event: {code}") from None
        except BotoCoreError as error:
            raise QueueUnavailable(f"EventBridge does not answer: {type(error).__name__}") from None
        if answer.get("FailedEntryCount"):
            code = str(answer["Entries"][0].get("ErrorCode", "unknown"))
            raise QueueUnavailable(f"EventBridge did not take the event: {code}")
