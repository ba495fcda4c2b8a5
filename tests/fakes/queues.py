"""The queues in memory, as their senders see them; both pass tests.contracts.queues."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from vistka.ports import NoticeEntry, PollEntry

LARGEST_MESSAGE = 256 * 1024


@dataclass
class FakePollQueue:
    """`vistka.ports.PollQueue`. Bodies named in `refuses` are not taken."""

    sent: list[PollEntry] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def send(self, entries: Sequence[PollEntry]) -> list[int]:
        failed: list[int] = []
        for index, entry in enumerate(entries):
            if entry.body in self.refuses or len(entry.body.encode()) > LARGEST_MESSAGE:
                failed.append(index)
            else:
                self.sent.append(entry)
        return failed


@dataclass
class FakeNoticeQueue:
    """`vistka.ports.NoticeQueue`. What has a known deduplication id is taken, and dropped as SQS does."""

    sent: list[NoticeEntry] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def send(self, entries: Sequence[NoticeEntry]) -> list[int]:
        failed: list[int] = []
        blocked: set[str] = set()
        for index, entry in enumerate(entries):
            too_large = len(entry.body.encode()) > LARGEST_MESSAGE
            if entry.group in blocked or entry.body in self.refuses or too_large:
                failed.append(index)
                blocked.add(entry.group)
            elif entry.deduplication_id not in self.seen:
                self.seen.add(entry.deduplication_id)
                self.sent.append(entry)
        return failed


@dataclass
class FakeVisibility:
    """`vistka.ports.Visibility`."""

    changes: list[tuple[str, timedelta]] = field(default_factory=list)

    def change(self, receipt_handle: str, after: timedelta) -> None:
        self.changes.append((receipt_handle, after))
