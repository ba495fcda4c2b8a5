"""How the carrier is, in one item of DynamoDB."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from vistka.adapters.store_items import readable
from vistka.adapters.store_table import Key, Table
from vistka.domain.parcels import from_iso, to_iso
from vistka.usecases.carrier_health import Spell, Trouble

_KEY: Final[Key] = ("CARRIER", "HEALTH")


class DynamoHealth:
    """`vistka.usecases.carrier_health.HealthBook`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> dict[Trouble, Spell]:
        found = self._table.get(_KEY)
        return next(readable([found], _spells_of), {}) if found else {}

    def note(self, trouble: Trouble, at: datetime) -> None:
        expression = f"SET {trouble}_since = if_not_exists({trouble}_since, :at), {trouble}_at = :at"
        self._table.update(_KEY, expression, {":at": to_iso(at)})

    def clear(self, trouble: Trouble) -> None:
        self._table.update(_KEY, f"REMOVE {trouble}_since, {trouble}_at", {})


def _spells_of(item: Mapping[str, Any]) -> dict[Trouble, Spell]:
    return {
        trouble: Spell(since=from_iso(item[f"{trouble}_since"]), noted_at=from_iso(item[f"{trouble}_at"]))
        for trouble in Trouble
        if f"{trouble}_since" in item
    }
