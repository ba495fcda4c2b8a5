"""Notices on their way to the queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Audience, Notice
from vistka.ports import NoticeEntry, NoticeQueue, PollEntry, PollQueue, recipient_of


@dataclass(frozen=True, kw_only=True)
class NoticeSender:
    """`group_of` hides the recipient behind a keyed hash. What a queue does not take is left to the sweep. `calls` is
    the queue of calls of the shop's own program, whose order is not kept; None where none is called."""

    queue: NoticeQueue
    shop_chat_id: int | None
    group_of: Callable[[str], str]
    say: Callable[..., None]
    calls: PollQueue | None = None

    def send(self, notices: Sequence[Notice]) -> int:
        """Send what is in the ledger already; returns how many the queues took."""
        told = [self._entry(notice) for notice in notices if notice.audience is not Audience.WEBHOOK]
        called = [_call(notice) for notice in notices if notice.audience is Audience.WEBHOOK]
        failed = len(self.queue.send(told)) if told else 0
        if called:
            failed += len(self.calls.send(called)) if self.calls is not None else len(called)
        if failed:
            self.say("notices left to the sweep", count=failed)
        return len(told) + len(called) - failed

    def _entry(self, notice: Notice) -> NoticeEntry:
        recipient = recipient_of(notice, self.shop_chat_id)
        return NoticeEntry(
            body=NoticeMessage(order_key=notice.order_key, notice_id=notice.id).to_json(),
            group=self.group_of(f"chat:{recipient}"),
            # A swept notice travels under a new id, or the queue would take it for a duplicate for five minutes.
            deduplication_id=self.group_of(f"{notice.order_key}|{notice.id}|{notice.sweeps}"),
        )


def _call(notice: Notice) -> PollEntry:
    return PollEntry(body=NoticeMessage(order_key=notice.order_key, notice_id=notice.id).to_json(), delay=timedelta())
