"""When an order was last asked about at somebody's wish, in DynamoDB."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from vistka.adapters.store_table import Key, Table, expires
from vistka.domain.errors import StoreConflict
from vistka.domain.parcels import from_iso, to_iso

_DAYS: Final = 1
_NEVER: Final = to_iso(datetime(1970, 1, 1, tzinfo=UTC))


class DynamoRefreshes:
    """`vistka.ports.Refreshes`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, order_number: str, *, now: datetime, interval: timedelta) -> datetime | None:
        values = {":now": to_iso(now), ":before": to_iso(now - interval), ":expires": expires(now, _DAYS)}
        # One that was taken by a clock that ran ahead holds nobody back.
        condition = "attribute_not_exists(pk) OR asked_at <= :before OR asked_at > :now"
        try:
            self._table.update(
                _key(order_number), "SET asked_at = :now, expires_at = :expires", values, condition=condition
            )
        except StoreConflict:
            found = self._table.get(_key(order_number))
            return (from_iso(found["asked_at"]) if found else now) + interval
        return None

    def give_back(self, order_numbers: Iterable[str]) -> None:
        for number in order_numbers:
            self._table.update(_key(number), "SET asked_at = :never", {":never": _NEVER})


def _key(order_number: str) -> Key:
    return f"REFRESH#{order_number}", "ORDER"
