"""What an erasure removes from DynamoDB."""

from collections.abc import Callable
from contextlib import suppress

from vistka.adapters.store_chats import USE, chats_put, recipient_key, recipient_puts, use_key
from vistka.adapters.store_items import order_pk
from vistka.adapters.store_table import Table
from vistka.domain.errors import StoreConflict
from vistka.domain.recipients import OrderChats, Recipient


class DynamoMemories:
    """`vistka.usecases.erasing.Memories`. `group_of` as for DynamoChats."""

    def __init__(self, table: Table, *, group_of: Callable[[str], str]) -> None:
        self._table = table
        self._group_of = group_of

    def put_chats(self, chats: OrderChats) -> None:
        self._table.write([chats_put(chats)])

    def put_recipient(self, recipient: Recipient) -> None:
        self._table.write(recipient_puts(recipient_key(self._group_of, recipient.chat_id), recipient))

    def forget_recipient(self, recipient: Recipient) -> None:
        self._table.delete(recipient_key(self._group_of, recipient.chat_id), revision=recipient.revision)

    def uses(self, order_key: str) -> list[str]:
        items = self._table.query(order_pk(order_key), prefix=USE)
        return [item["sk"].removeprefix(USE) for item in items if "chat_id" in item]

    def forget_use(self, order_key: str, fingerprint: str) -> None:
        with suppress(StoreConflict):  # it has expired meanwhile
            self._table.update(use_key(order_key, fingerprint), "REMOVE chat_id", {}, condition="attribute_exists(pk)")

    def forget_history(self, ttn: str, *, dry_run: bool) -> int:
        keys = [(item["pk"], item["sk"]) for item in self._table.query(f"PARCEL#{ttn}", prefix="CHANGE#")]
        for key in keys if not dry_run else ():
            self._table.delete(key)
        return len(keys)
