"""A store and a queue in memory, as far away as those of AWS: each request takes its time, and no processor."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from vistka.adapters.queues import LARGEST_BATCH

#: What a request of a function takes, in milliseconds: some 10 to 25 for a transaction.
STORE_MS: Final = 15

#: The methods that are requests, by what they would ask AWS for; reads are not told to anybody.
REQUESTS: Final[Mapping[str, str]] = {
    "batch_done": "UpdateItem",
    "commit": "TransactWriteItems",
    "foreign_texts": "",
    "live_since": "",
    "latest": "",
    "links": "",
    "of_orders": "",
    "order": "",
    "put_foreign_text": "PutItem",
    "send": "SendMessageBatch",
    "sent": "UpdateItem",
    "start": "PutItem",
    "states": "",
}


_ONE_AT_A_TIME: Final = Lock()


@dataclass(frozen=True)
class Distant:
    """Stands before a part of the store; `made` hears of each request to write."""

    behind: Any
    made: Callable[[str], None]

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.behind, name)
        if name not in REQUESTS:
            return method

        def asked(*values: Any, **named: Any) -> Any:
            # A queue takes ten messages a request; no read here is of more than a request's hundred items.
            for _ in range(-(-len(values[0]) // LARGEST_BATCH) if name == "send" else 1):
                time.sleep(STORE_MS / 1000)
                if REQUESTS[name]:
                    self.made(REQUESTS[name])
            with _ONE_AT_A_TIME:  # the twins in memory bear no threads
                return method(*values, **named)

        return asked
