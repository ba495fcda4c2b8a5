"""The dispatcher's runs in DynamoDB, and since when the shop is live."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from vistka.adapters.store_items import read, readable
from vistka.adapters.store_table import Put, Table, expires
from vistka.adapters.store_values import Item
from vistka.domain.errors import RecordUnreadable, StoreConflict
from vistka.domain.load import Load
from vistka.domain.parcels import from_iso, to_iso
from vistka.domain.policy import is_back_in_shadow
from vistka.ports import Run

_RUNS: Final = "RUN"
_RUN_DAYS: Final = 14
_LOAD: Final = "run_load"
_LIVE: Final = ("MODE", "LIVE")


class DynamoRuns:
    """`vistka.ports.Runs`. A run's id is its sort key, so it begins with the ISO moment of its start."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def start(self, run: Run) -> None:
        item: Item = {"started_at": to_iso(run.started_at), "expires_at": expires(run.started_at, _RUN_DAYS)}
        if run.batches is not None:
            item["batches"] = run.batches
        if run.covers is not None:
            item["covers"] = to_iso(run.covers)
        self._table.write([Put(key=(_RUNS, run.id), item=item)])

    def sent(
        self, run_id: str, *, batches: int, covers: datetime, left: Iterable[str] = (), load: Load | None = None
    ) -> Run:
        """As the Protocol says. Raises StoreConflict if the run is unknown."""
        values: dict[str, Any] = {":batches": batches, ":covers": to_iso(covers)}
        expression = "SET batches = :batches, covers = :covers"
        if load is not None:
            # LOAD alone is a word of DynamoDB's own
            expression, values = f"{expression}, {_LOAD} = :load", {**values, ":load": load.to_dict()}
        return self._change(run_id, expression, values, failed=left)

    def batch_done(self, run_id: str, batch: int, *, failed: Iterable[str]) -> Run | None:
        try:
            return self._change(run_id, "ADD done :batch", {":batch": {batch}}, failed=failed)
        except (StoreConflict, RecordUnreadable):
            return None

    def _change(self, run_id: str, expression: str, values: Mapping[str, Any], *, failed: Iterable[str]) -> Run:
        key, names = (_RUNS, run_id), set(failed)
        if names:  # DynamoDB has no empty sets
            joint = "," if expression.startswith("ADD") else " ADD"
            expression, values = f"{expression}{joint} failed :failed", {**values, ":failed": names}
        return read(self._table.update(key, expression, values, condition="attribute_exists(pk)"), _run)

    def latest(self, limit: int) -> list[Run]:
        return list(readable(self._table.query(_RUNS, newest_first=True, limit=limit), _run))

    def live_since(self, now: datetime, *, live: bool) -> datetime | None:
        found = self._table.get(_LIVE)
        if live and found:
            return read(found, lambda item: from_iso(item["since"]))
        if live:
            # Two first runs at once: the moment that was written first stays.
            expression = "SET since = if_not_exists(since, :now)"
            return from_iso(self._table.update(_LIVE, expression, {":now": to_iso(now)})["since"])
        if found and _ended(found, now):
            self._table.delete(_LIVE)
        return None


def _ended(found: Mapping[str, Any], now: datetime) -> bool:
    try:
        since = read(found, lambda item: from_iso(item["since"]))
    except RecordUnreadable:
        return True  # nothing to keep
    return is_back_in_shadow(since, now)


def _run(item: Mapping[str, Any]) -> Run:
    return Run(
        id=item["sk"],
        started_at=from_iso(item["started_at"]),
        covers=from_iso(item["covers"]) if item.get("covers") else None,
        batches=int(item["batches"]) if item.get("batches") is not None else None,
        done=len(item.get("done", ())),
        failed=frozenset(item.get("failed", ())),
        load=Load.from_dict(item[_LOAD]) if item.get(_LOAD) else None,
    )
