"""What an erasure removes, from the store in memory; it passes tests.contracts.store_erasure."""

from dataclasses import replace

from tests.fakes.store import Memory
from vistka.domain.errors import StoreConflict
from vistka.domain.recipients import OrderChats, Recipient


class FakeMemories:
    """`vistka.usecases.erasing.Memories`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def put_chats(self, chats: OrderChats) -> None:
        self._memory.wrote()
        before = self._memory.order_chats.get(chats.order_key)
        if (before.revision if before else 0) != chats.revision - 1:
            raise StoreConflict("somebody else wrote first")
        self._memory.order_chats[chats.order_key] = chats

    def put_recipient(self, recipient: Recipient) -> None:
        self._memory.wrote()
        before = self._memory.recipients.get(recipient.chat_id)
        if (before.revision if before else 0) != recipient.revision - 1:
            raise StoreConflict("somebody else wrote first")
        self._memory.recipients[recipient.chat_id] = recipient

    def forget_recipient(self, recipient: Recipient) -> None:
        self._memory.wrote()
        before = self._memory.recipients.get(recipient.chat_id)
        if before is None or before.revision != recipient.revision:
            raise StoreConflict("somebody else wrote first")
        del self._memory.recipients[recipient.chat_id]

    def uses(self, order_key: str) -> list[str]:
        self._memory.read()
        uses = self._memory.uses.items()
        return sorted(fingerprint for fingerprint, use in uses if use.order_key == order_key and use.chat_id)

    def forget_use(self, order_key: str, fingerprint: str) -> None:
        self._memory.wrote()
        use = self._memory.uses.get(fingerprint)
        if use is not None and use.order_key == order_key:
            self._memory.uses[fingerprint] = replace(use, chat_id=0)

    def forget_history(self, ttn: str, *, dry_run: bool) -> int:
        self._memory.read()
        versions = [key for key in self._memory.changes if key[0] == ttn]
        for key in versions if not dry_run else ():
            self._memory.wrote()
            del self._memory.changes[key]
        return len(versions)
