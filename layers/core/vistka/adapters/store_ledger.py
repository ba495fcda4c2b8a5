"""The ledger of notices in DynamoDB, with its sparse index of those that have not ended."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from vistka.adapters.store_items import (
    UNSETTLED,
    UNSETTLED_CALL,
    UNSETTLED_EFFECT,
    notice_key,
    notice_put,
    order_pk,
    readable,
)
from vistka.adapters.store_table import Guard, Table
from vistka.domain.errors import StoreConflict
from vistka.domain.notices import Notice, NoticeState
from vistka.domain.parcels import to_iso


class DynamoLedger:
    """`vistka.ports.Ledger`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, order_key: str, notice_id: str) -> Notice | None:
        item = self._table.get(notice_key(order_key, notice_id))
        return next(readable([item], Notice.from_dict), None) if item else None

    def put_new(self, notice: Notice) -> bool:
        try:
            self._table.write([notice_put(notice, Guard.ABSENT)])
        except StoreConflict:
            return False
        return True

    def update(self, notice: Notice) -> None:
        self._table.write([notice_put(notice, notice.revision - 1)])

    def update_all(self, notices: Sequence[Notice], summary: Notice | None = None) -> None:
        puts = [notice_put(notice, notice.revision - 1) for notice in notices]
        if summary is not None:
            puts.append(notice_put(summary, summary.revision - 1 if summary.revision else Guard.ABSENT))
        self._table.write(puts)

    def of_parcel(self, order_key: str, ttn: str) -> list[Notice]:
        return list(readable(self._table.query(order_pk(order_key), prefix=f"NOTICE#{ttn}#"), Notice.from_dict))

    def due(self, *, before: datetime, limit: int) -> list[Notice]:
        """As the Protocol says; the index may lag behind by moments, which the conditional writes after it bear."""
        return self._due(UNSETTLED, before, limit)

    def effects_due(self, *, before: datetime, limit: int) -> list[Notice]:
        return self._due(UNSETTLED_EFFECT, before, limit)

    def calls_due(self, *, before: datetime, limit: int) -> list[Notice]:
        return self._due(UNSETTLED_CALL, before, limit)

    def put_off(self, *, beyond: datetime, limit: int) -> list[Notice]:
        kinds = (UNSETTLED, UNSETTLED_EFFECT, UNSETTLED_CALL)
        return [notice for kind in kinds for notice in self._indexed(kind, ">", beyond, limit, furthest_first=True)]

    def _due(self, unsettled: str, before: datetime, limit: int) -> list[Notice]:
        return self._indexed(unsettled, "<=", before, limit)

    def _indexed(
        self, unsettled: str, compared: str, moment: datetime, limit: int, *, furthest_first: bool = False
    ) -> list[Notice]:
        request = {
            "IndexName": "unsettled",
            "KeyConditionExpression": f"unsettled = :unsettled AND due_at {compared} :moment",
            "ExpressionAttributeValues": {":unsettled": {"S": unsettled}, ":moment": {"S": to_iso(moment)}},
            "ScanIndexForward": not furthest_first,
        }
        return list(readable(self._table.pages("Query", request, limit=limit), Notice.from_dict))

    def list(self, *, state: NoticeState | None = None, order_key: str | None = None) -> Iterable[Notice]:
        if order_key is None:
            request = {
                "FilterExpression": "begins_with(sk, :prefix)",
                "ExpressionAttributeValues": {":prefix": {"S": "NOTICE#"}},
            }
            items = self._table.pages("Scan", request)
        else:
            items = self._table.query(order_pk(order_key), prefix="NOTICE#")
        return (notice for notice in readable(items, Notice.from_dict) if state is None or notice.state is state)
