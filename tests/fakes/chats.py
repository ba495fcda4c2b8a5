"""Chats in memory, under the same conditions as those in DynamoDB; both pass tests.contracts.store_chats."""

from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import datetime

from tests.fakes.store import Memory, check_due, check_keys, keep
from vistka.domain.errors import StoreConflict
from vistka.domain.recipients import Closed, OrderChats, Recipient
from vistka.ports import Binding, Hearer, Tapped


class FakeChats:
    """`vistka.ports.Chats`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def of_orders(self, order_keys: Iterable[str]) -> dict[str, OrderChats]:
        wanted = set(order_keys)
        self._memory.read(len(wanted))
        return {key: self._memory.order_chats[key] for key in sorted(wanted) if key in self._memory.order_chats}

    def recipient(self, chat_id: int) -> Recipient | None:
        self._memory.read()
        return self._memory.recipients.get(chat_id)

    def recipients(self, chat_ids: Iterable[int]) -> dict[int, Recipient]:
        wanted = set(chat_ids)
        self._memory.read(len(wanted))
        known = self._memory.recipients
        return {chat_id: known[chat_id] for chat_id in sorted(wanted) if chat_id in known}

    def hearer(self, *, order_key: str, chat_id: int) -> Hearer:
        self._memory.read(2)
        return Hearer(
            recipient=self._memory.recipients.get(chat_id),
            chats=self._memory.order_chats.get(order_key, OrderChats(order_key=order_key)),
        )

    def tapped(self, *, order_key: str, fingerprint: str, chat_id: int) -> Tapped:
        self._memory.read(3)
        use = self._memory.uses.get(fingerprint)
        return Tapped(
            recipient=self._memory.recipients.get(chat_id),
            chats=self._memory.order_chats.get(order_key, OrderChats(order_key=order_key)),
            used_by=use.chat_id if use else None,
        )

    def write(self, binding: Binding) -> None:
        memory, chats, use = self._memory, binding.chats, binding.use
        keys: list[Hashable] = [
            binding.recipient.chat_id,
            *((notice.order_key, notice.id) for notice in binding.notices),
        ]
        check_keys(keys)
        for notice in binding.notices:
            check_due(notice)
        memory.wrote(len(keys) + sum(one is not None for one in (chats, use, binding.audit)))
        found = memory.recipients.get(binding.recipient.chat_id)
        taken = [
            (found.revision if found else 0) != binding.recipient.revision - 1,
            use is not None and use.fingerprint in memory.uses,
            *((notice.order_key, notice.id) in memory.notices for notice in binding.notices),
        ]
        if chats is not None:
            before = memory.order_chats.get(chats.order_key)
            taken.append((before.revision if before else 0) != chats.revision - 1)
        if any(taken):
            raise StoreConflict("somebody else wrote first")
        memory.recipients[binding.recipient.chat_id] = binding.recipient
        if chats is not None:
            memory.order_chats[chats.order_key] = chats
        if use is not None:
            memory.uses[use.fingerprint] = use
        for notice in binding.notices:
            keep(memory, notice)
        if binding.audit is not None:
            memory.audits.append(binding.audit)

    def close(self, chat_id: int, reason: Closed, *, asked_at: datetime) -> None:
        self._memory.wrote()
        found = self._memory.recipients.get(chat_id)
        if found is not None and found.closed is None and found.opened_at < asked_at:
            self._memory.recipients[chat_id] = replace(found, closed=reason, revision=found.revision + 1)
