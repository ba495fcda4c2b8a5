"""All that the store keeps of the past, read through once for a person who asks."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from vistka.adapters.store_chats import DynamoChats
from vistka.adapters.store_items import change_of, link_of, readable
from vistka.adapters.store_table import Table
from vistka.domain.parcels import Change, to_iso
from vistka.domain.recipients import OrderChats
from vistka.ports import Link


class DynamoArchive:
    """`vistka.cli.replay.Archive`. Scans the whole table: for people, not for functions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def stored(self, *, since: datetime) -> tuple[list[Change], list[Link]]:
        request = {
            "FilterExpression": "begins_with(sk, :link) OR (begins_with(sk, :change) AND observed_at >= :since)",
            "ExpressionAttributeValues": {
                ":link": {"S": "LINK#"},
                ":change": {"S": "CHANGE#"},
                ":since": {"S": to_iso(since)},
            },
        }
        items = list(self._table.pages("Scan", request))
        changes = readable((item for item in items if item["sk"].startswith("CHANGE#")), change_of)
        return list(changes), list(readable((item for item in items if item["sk"].startswith("LINK#")), link_of))

    def chats(self, order_keys: Iterable[str]) -> Mapping[str, OrderChats]:
        # What hides a chat's number in keys is not needed to read by orders.
        return DynamoChats(self._table, group_of=lambda _: "").of_orders(order_keys)
