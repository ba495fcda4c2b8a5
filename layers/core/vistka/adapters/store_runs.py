"""The dispatcher's runs in DynamoDB, and since when the shop is live."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from vistka.adapters.store_items import read, readable
from vistka.adapters.store_table import Key, Put, Table, expires
from vistka.adapters.store_values import Item
from vistka.domain.errors import RecordUnreadable, StoreConflict
from vistka.domain.load import Load
from vistka.domain.parcels import from_iso, to_iso
from vistka.domain.policy import is_back_in_shadow
from vistka.domain.runs import with_rounds
from vistka.ports import Run

_RUNS: Final = "RUN"
_RUN_DAYS: Final = 14
_LOAD: Final = "run_load"
_LIVE: Final = ("MODE", "LIVE")
#: Batches that are marked done in one item. Each mark costs what the item weighs, a run's one partition takes a
#: thousand writes a second, and an item 400 kB: so heavy would it be were all parcels of twice so many to fail. The
#: first ones stand in the run itself, so that a run of a usual shop is one item; the others in items beside it, which
#: tell the run when they are full.
TOGETHER: Final = 200
_DONE: Final = "DONE#"


class DynamoRuns:
    """`vistka.ports.Runs`. A run's id is its sort key, so it begins with the ISO moment of its start."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def start(self, run: Run) -> None:
        item: Item = {"started_at": to_iso(run.started_at), "expires_at": expires(run.started_at, _RUN_DAYS)}
        if run.continues is not None:
            item["continues"] = run.continues
        self._table.write([Put(key=(_RUNS, run.id), item=item)])

    def sent(
        self,
        run_id: str,
        *,
        batches: int,
        covers: datetime,
        left: Iterable[str] = (),
        load: Load | None = None,
        after: str | None = None,
    ) -> Run:
        """As the Protocol says. Raises StoreConflict if the run is unknown."""
        values: dict[str, Any] = {":batches": batches, ":covers": to_iso(covers)}
        expression = "SET batches = :batches, covers = :covers"
        if load is not None:
            # LOAD alone is a word of DynamoDB's own
            expression, values = f"{expression}, {_LOAD} = :load", {**values, ":load": load.to_dict()}
        if after is not None:
            expression, values = f"{expression}, stopped_behind = :after", {**values, ":after": after}
        sets: dict[str, set[Any]] = {"failed": set(left)}
        if (last := _last_beside(batches)) > 0:
            # Whichever comes last, this or the last mark there, finds it full and says so.
            beside = self._mark(run_id, last, "SET lot_size = :size,", {":size": batches - last * TOGETHER}, {})
            sets |= _of_lot(beside, last)
        return self._change(run_id, expression, values, sets)

    def batch_done(self, run_id: str, batch: int, *, failed: Iterable[str]) -> Run | None:
        sets: dict[str, set[Any]] = {"done": {batch}, "failed": set(failed)}
        try:
            if (place := batch // TOGETHER) > 0:
                sets = _of_lot(self._mark(run_id, place, "SET", {}, sets), place)
                if not sets:
                    return None
            return self._change(run_id, "", {}, sets)
        except (StoreConflict, RecordUnreadable, ValueError):
            return None

    def _mark(
        self, run_id: str, place: int, expression: str, values: Mapping[str, Any], sets: Mapping[str, set[Any]]
    ) -> Item:
        """Raises ValueError for a run whose id is not its moment, as nobody makes them."""
        until = expires(from_iso(run_id.partition("#")[0]), _RUN_DAYS)
        expression, values = _adding(f"{expression} expires_at = :until", {**values, ":until": until}, sets)
        return self._table.update(_beside(run_id, place), expression, values)

    def _change(self, run_id: str, expression: str, values: Mapping[str, Any], sets: Mapping[str, set[Any]]) -> Run:
        expression, values = _adding(expression, values, sets)
        item = self._table.update((_RUNS, run_id), expression, values, condition="attribute_exists(pk)")
        return self._with_failed(read(item, _run), item)

    def latest(self, limit: int) -> list[Run]:
        return with_rounds(self._read(self._table.query(_RUNS, newest_first=True, limit=limit)))

    def _read(self, items: Iterable[Item]) -> Iterator[Run]:
        for item in items:
            for run in readable([item], _run):
                yield self._with_failed(run, item)

    def _with_failed(self, run: Run, item: Mapping[str, Any]) -> Run:
        """What failed among the batches beside it too, which is asked for only where there is any."""
        if not (places := item.get("lots_failed")):
            return run
        beside = self._table.get_many(_beside(run.id, int(place)) for place in places).values()
        return replace(run, failed=run.failed.union(*(one.get("failed", ()) for one in beside)))

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


def _beside(run_id: str, place: int) -> Key:
    return f"{_DONE}{run_id}", f"{place:05}"


def _last_beside(batches: int) -> int:
    """The place of the last batches of a run; 0 where all stand in the run itself."""
    return max(0, batches - 1) // TOGETHER


def _of_lot(beside: Mapping[str, Any], place: int) -> dict[str, set[Any]]:
    """What the run is told of the batches at this place: nothing until all of them are done."""
    if len(beside.get("done", ())) < int(beside.get("lot_size", TOGETHER)):
        return {}
    return {"lots_done": {place}, **({"lots_failed": {place}} if beside.get("failed") else {})}


def _adding(expression: str, values: Mapping[str, Any], sets: Mapping[str, set[Any]]) -> tuple[str, Mapping[str, Any]]:
    """The expression that also adds these to their sets; DynamoDB has no empty ones."""
    added = {name: members for name, members in sets.items() if members}
    if not added:
        return expression, values
    adds = ", ".join(f"{name} :{name}" for name in added)
    return f"{expression} ADD {adds}".strip(), {**values, **{f":{name}": members for name, members in added.items()}}


def _done(item: Mapping[str, Any], batches: int | None) -> int:
    """How many batches are known to be done: of those beside the run only whole lots."""
    beside = {int(place) for place in item.get("lots_done", ())}
    last = _last_beside(batches) if batches is not None else -1
    lots = sum(batches - last * TOGETHER if place == last and batches else TOGETHER for place in beside)
    return len(item.get("done", ())) + lots


def _run(item: Mapping[str, Any]) -> Run:
    batches = int(item["batches"]) if item.get("batches") is not None else None
    return Run(
        id=item["sk"],
        started_at=from_iso(item["started_at"]),
        covers=from_iso(item["covers"]) if item.get("covers") else None,
        batches=batches,
        done=_done(item, batches),
        failed=frozenset(item.get("failed", ())),
        after=item.get("stopped_behind"),
        continues=item.get("continues"),
        load=Load.from_dict(item[_LOAD]) if item.get(_LOAD) else None,
    )
