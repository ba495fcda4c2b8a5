"""Notices on their way to the queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vistka.domain.messages import NoticeMessage
from vistka.domain.notices import Notice
from vistka.ports import NoticeEntry, NoticeQueue, recipient_of


@dataclass(frozen=True, kw_only=True)
class NoticeSender:
    """`group_of` hides the recipient behind a keyed hash. What the queue does not take is left to the sweep."""

    queue: NoticeQueue
    shop_chat_id: int | None
    group_of: Callable[[str], str]
    say: Callable[..., None]

    def send(self, notices: Sequence[Notice]) -> int:
        """Send what is in the ledger already; returns how many the queue took."""
        entries = [self._entry(notice) for notice in notices]
        if not entries:
            return 0
        failed = self.queue.send(entries)
        if failed:
            self.say("notices left to the sweep", count=len(failed))
        return len(entries) - len(failed)

    def _entry(self, notice: Notice) -> NoticeEntry:
        recipient = recipient_of(notice, self.shop_chat_id)
        return NoticeEntry(
            body=NoticeMessage(order_key=notice.order_key, notice_id=notice.id).to_json(),
            group=self.group_of(f"chat:{recipient}"),
            # A swept notice travels under a new id, or the queue would take it for a duplicate for five minutes.
            deduplication_id=self.group_of(f"{notice.order_key}|{notice.id}|{notice.sweeps}"),
        )
