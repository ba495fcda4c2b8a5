"""The audit trail in DynamoDB, beside the order that it is about, and forgotten with it."""

from collections.abc import Mapping
from typing import Any, Final

from vistka.adapters.store_items import order_pk, readable
from vistka.adapters.store_table import Put, Table
from vistka.domain.audit import Act, Actor, Audit
from vistka.domain.parcels import from_iso, to_iso

_AUDIT: Final = "AUDIT#"


class DynamoAudits:
    """`vistka.ports.Audits`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, audit: Audit) -> None:
        self._table.write([audit_put(audit)])

    def of(self, order_key: str) -> list[Audit]:
        return list(readable(self._table.query(order_pk(order_key), prefix=_AUDIT), _audit_of))


def audit_put(audit: Audit) -> Put:
    at = to_iso(audit.at)
    item = {
        "order_key": audit.order_key,
        "at": at,
        "actor": str(audit.actor),
        "act": str(audit.act),
        "detail": dict(audit.detail),
    }
    return Put(key=(order_pk(audit.order_key), f"{_AUDIT}{at}#{audit.act}"), item=item, kept=True)


def _audit_of(item: Mapping[str, Any]) -> Audit:
    return Audit(
        order_key=str(item["order_key"]),
        at=from_iso(item["at"]),
        actor=Actor(item["actor"]),
        act=Act(item["act"]),
        detail=dict(item.get("detail") or {}),
    )
