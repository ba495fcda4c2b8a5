"""The shop's own program in memory: what it was called with, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from vistka.domain.errors import VistkaError


@dataclass
class FakeWebhook:
    """`vistka.ports.Webhook`. `answers` are given one by one, then 200; an error among them is raised. `meanwhile` is
    what happens while it is called."""

    answers: list[int | VistkaError] = field(default_factory=list)
    calls: list[tuple[str, bytes]] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def call(self, body: bytes, *, call_id: str, at: datetime) -> int:
        self.calls.append((call_id, body))
        self.moments.append(at)
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, VistkaError):
            raise answer
        return answer
