"""Faults on request: what a service does wrong next, for a number of requests or until cleared."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: What `down` cannot be told per request: the address itself stops listening.
DOWN: Final = "down"

CARRIER_FAULTS: Final = frozenset(
    {
        DOWN,
        "stall",  # reads the request, answers nothing
        "close_after_body",  # the same, but hangs up at once
        "slow",  # slow:<ms>
        "http",  # http:<status>, an HTML body
        "http_502_html",
        "empty_success",
        "null_data",
        "missing_data",
        "half_json",  # a body that ends in the middle, with a matching length
        "half_body",  # fewer bytes than announced
        "rate_limit",  # rate_limit:<seconds> names them, without argument it does not
        "key_refused",
        "daily_limit",
        "unavailable",
        "errors_with_success",
        "errors_as_object",
        "listed",  # the envelope wrapped in a list
    }
)
TELEGRAM_FAULTS: Final = frozenset(
    {
        DOWN,
        "stall",  # reads the request, keeps nothing, answers nothing
        "close_after_body",  # keeps the message, answers nothing
        "slow",
        "429",  # 429:<retry_after>; without argument the answer names no time
        "500",
        "502",  # an HTML body, as from a proxy
        "403",  # a passing one, not about the chat
        "token_revoked",
        "half_json",
    }
)


@dataclass(slots=True)
class Fault:
    """`left` None: until cleared. `methods` and `chats` limit it; empty means all."""

    name: str
    argument: str = ""
    left: int | None = None
    methods: frozenset[str] = frozenset()
    chats: frozenset[int] = frozenset()
    hits: int = 0
    #: set when the fault is lifted: whoever hangs in it is let go
    lifted: threading.Event = field(default_factory=threading.Event)

    def number(self, default: float) -> float:
        return float(self.argument) if self.argument else default

    def concerns(self, method: str, chat: int | None) -> bool:
        return (not self.methods or method in self.methods) and (not self.chats or chat in self.chats)

    def shown(self) -> dict[str, Any]:
        return {"fault": self.name, "argument": self.argument, "left": self.left, "hits": self.hits}


class Faults:
    """The faults of one service, used up in the order in which they were set."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._queue: deque[Fault] = deque()
        self._lock = threading.Lock()

    def set(self, wanted: Mapping[str, Any]) -> Fault:
        """`{"fault": "slow:200", "count": 3, "methods": ["sendMessage"], "chats": [1]}`; raises ValueError."""
        name, _, argument = str(wanted.get("fault") or "").partition(":")
        if name not in self._known:
            raise ValueError(f"no fault {name!r}; there are: {', '.join(sorted(self._known))}")
        if argument:
            float(argument)
        count = wanted.get("count")
        if count is not None and (name == DOWN or int(count) < 1):
            raise ValueError("count is at least 1; 'down' lasts until it is cleared, or for 'seconds'")
        fault = Fault(
            name=name,
            argument=argument,
            left=None if count is None else int(count),
            methods=frozenset(wanted.get("methods") or ()),
            chats=frozenset(int(chat) for chat in wanted.get("chats") or ()),
        )
        with self._lock:
            self._queue.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            gone = list(self._queue)
            self._queue.clear()
        for fault in gone:
            fault.lifted.set()

    def take(self, method: str = "", chat: int | None = None) -> Fault | None:
        """The fault that this request meets, if any; counted."""
        with self._lock:
            for fault in self._queue:
                if fault.name == DOWN or not fault.concerns(method, chat):
                    continue
                fault.hits += 1
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self._queue.remove(fault)
                return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.shown() for fault in self._queue]
