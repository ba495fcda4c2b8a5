"""What belongs to open orders is kept in DynamoDB: its time to live is moved on."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from vistka.adapters.store_chats import DynamoChats, chats_key, recipient_key
from vistka.adapters.store_items import link_key, number_key, state_key
from vistka.adapters.store_table import Key, Table
from vistka.domain.errors import StoreConflict
from vistka.domain.messages import PollOrder

_THERE: Final = "attribute_exists(pk)"
#: What an earlier version wrote of a chat whose owner wants to hear nothing has no end, and gets none.
_ENDS: Final = "attribute_exists(expires_at)"


class DynamoKeeping:
    """`vistka.usecases.keeping.Keeping`. `group_of` as for DynamoChats."""

    def __init__(self, table: Table, *, group_of: Callable[[str], str]) -> None:
        self._table = table
        self._group_of = group_of

    def renew(self, orders: Iterable[PollOrder]) -> None:
        orders = list(orders)
        keys = [entry.order.key for entry in orders]
        chats = DynamoChats(self._table, group_of=self._group_of).of_orders(keys)
        for entry in orders:
            key = entry.order.key
            self._renew(number_key(entry.order.number))
            for ttn in entry.ttns:
                self._renew(link_key(key, ttn))
            if key in chats:
                self._renew(chats_key(key))
                for chat_id in chats[key].ids:
                    self._renew(recipient_key(self._group_of, chat_id), condition=_ENDS)
        for ttn in dict.fromkeys(ttn for entry in orders for ttn in entry.ttns):
            self._renew(state_key(ttn))

    def _renew(self, key: Key, *, condition: str = _THERE) -> None:
        with suppress(StoreConflict):  # it is not there, or written this moment, which renews it too
            self._table.update(key, "SET expires_at = :until", {":until": self._table.until()}, condition=condition)
