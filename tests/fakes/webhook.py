"""The shop's own program in memory: what it was called with, and what it answers."""

from dataclasses import dataclass, field
from datetime import datetime

from vistka.domain.errors import VistkaError


@dataclass
class FakeWebhook:
    """`vistka.ports.Webhook`. `answers` are given one by one, then 200; an error among them is raised."""

    answers: list[int | VistkaError] = field(default_factory=list)
    calls: list[tuple[str, bytes]] = field(default_factory=list)

    def call(self, body: bytes, *, call_id: str, at: datetime) -> int:
        self.calls.append((call_id, body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, VistkaError):
            raise answer
        return answer
