"""What the functions share to hold back: the pace of the carrier's key, of each chat, and the circuit to Telegram."""

from datetime import datetime, timedelta
from typing import Any, Final, TypeGuard

from vistka.adapters.store_table import Key, Put, Table, expires
from vistka.adapters.store_values import Item
from vistka.domain.errors import SlotTaken, StoreConflict
from vistka.domain.parcels import as_count, from_iso, to_iso
from vistka.ports import Circuit, Clock

_ATTEMPTS: Final = 8
_CHAT_DAYS: Final = 1
#: Nobody reserves a slot further ahead than an invocation lasts, 15 minutes.
_FURTHEST: Final = timedelta(hours=1)
_CIRCUIT: Final = ("CIRCUIT", "TELEGRAM")
_CIRCUIT_TIMES: Final = ("since", "probe_at", "limited_at")


class _Slots:
    """One slot an interval for each key, reserved by a conditional update."""

    def __init__(self, table: Table, *, clock: Clock, interval: timedelta, days: int | None = None) -> None:
        self._table = table
        self._clock = clock
        self._interval = interval
        self._days = days

    def take(self, key: Key, longest: timedelta) -> timedelta:
        if self._interval <= timedelta():
            return timedelta()
        for _ in range(_ATTEMPTS):
            now = self._clock.now()
            found = self._table.get(key)
            before = found.get("next_at") if found else None
            slot = _slot(before, now)
            wait = slot - now
            if wait > longest:
                raise SlotTaken("the pace has no slot soon enough", wait=wait)
            try:
                self._reserve(key, slot + self._interval, before)
            except StoreConflict:
                continue
            return wait
        raise SlotTaken("too many ask for a slot at once", wait=self._interval)

    def _reserve(self, key: Key, next_at: datetime, before: object | None) -> None:
        values: dict[str, Any] = {":next_at": to_iso(next_at)}
        expression, condition = "SET next_at = :next_at", "attribute_not_exists(next_at)"
        if before is not None:
            values[":before"] = before
            condition = "next_at = :before"
        if self._days is not None:
            values[":expires_at"] = expires(next_at, self._days)
            expression += ", expires_at = :expires_at"
        self._table.update(key, expression, values, condition=condition)


class DynamoPace:
    """`vistka.ports.Pace` of one key of the carrier; `group` is that key's keyed hash. No interval, no waiting."""

    def __init__(self, table: Table, *, clock: Clock, group: str, interval: timedelta) -> None:
        self._slots = _Slots(table, clock=clock, interval=interval)
        self._key = (f"PACE#{group}", "PACE")

    def take(self, *, longest: timedelta) -> timedelta:
        return self._slots.take(self._key, longest)


class DynamoChatPaces:
    """`vistka.ports.ChatPaces`: by default one message a second to a chat, which is what Telegram bears."""

    def __init__(self, table: Table, *, clock: Clock, interval: timedelta = timedelta(seconds=1)) -> None:
        self._slots = _Slots(table, clock=clock, interval=interval, days=_CHAT_DAYS)

    def take(self, group: str, *, longest: timedelta) -> timedelta:
        return self._slots.take((f"CHAT#{group}", "PACE"), longest)


class DynamoCircuits:
    """`vistka.ports.Circuits`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> Circuit:
        item = self._table.get(_CIRCUIT)
        if item is None:
            return Circuit()
        # Read gently: an item that somebody edited by hand must not stop every run.
        times = {name: from_iso(item[name]) for name in _CIRCUIT_TIMES if _is_moment(item.get(name))}
        return Circuit(
            open=item.get("open") is True,
            reason=str(item.get("reason") or ""),
            unknown_streak=_count(item, "unknown_streak"),
            limited_group=str(item.get("limited_group") or ""),
            revision=_count(item, "revision"),
            **times,
        )

    def write(self, circuit: Circuit) -> None:
        item: dict[str, Any] = {
            "open": circuit.open,
            "reason": circuit.reason,
            "unknown_streak": circuit.unknown_streak,
            "limited_group": circuit.limited_group,
            "revision": circuit.revision,
        }
        item.update({name: to_iso(at) for name in _CIRCUIT_TIMES if (at := getattr(circuit, name)) is not None})
        put = Put(key=_CIRCUIT, item=item, guard=circuit.revision - 1)
        if circuit.revision == 1:
            self._table.write_first(put, is_damaged=lambda found: not _count(found, "revision"))
        else:
            self._table.write([put])


def _slot(next_at: object, now: datetime) -> datetime:
    """The next free slot. A moment that cannot be read, or that only a clock running ahead can have written, holds
    nobody up: it is replaced by the next one."""
    if not _is_moment(next_at):
        return now
    free = from_iso(next_at)
    return now if free > now + _FURTHEST else max(now, free)


def _count(item: Item, name: str) -> int:
    try:
        return as_count(item.get(name))
    except (TypeError, ValueError):
        return 0


def _is_moment(value: object) -> TypeGuard[str]:
    try:
        return isinstance(value, str) and bool(from_iso(value))
    except ValueError:
        return False
