"""Orders in DynamoDB as they are shown to people: their links, and nothing of anybody's chats."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from vistka.adapters.store_items import link_of, number_key, order_pk, readable
from vistka.adapters.store_table import Key, Table
from vistka.ports import OrderRecord

#: What of a link is read; where its buyer's chat stands is not, and the role of the pages may not.
READ: Final = ("pk", "sk", "order_key", "order_number", "ttn", "current", "since", "root", "parent", "via")


class DynamoLinkedOrders:
    """`vistka.ports.LinkedOrders`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_key(self, order_key: str) -> OrderRecord | None:
        found = self._table.query(order_pk(order_key), prefix="LINK#", attributes=READ)
        links = tuple(readable(found, link_of))
        if not links:
            return None
        return OrderRecord(order_key=order_key, order_number=links[0].order_number, links=links, notices=())

    def of_numbers(self, order_numbers: Iterable[str]) -> dict[str, OrderRecord]:
        keys = {number_key(number): number for number in order_numbers}
        found = readable(self._table.get_many(keys).values(), lambda item: (_key_of(item), str(item["order_key"])))
        orders = {keys[key]: self.of_key(order_key) for key, order_key in found}
        return {number: order for number, order in orders.items() if order is not None}


def _key_of(item: Mapping[str, Any]) -> Key:
    return str(item["pk"]), str(item["sk"])
