"""How parcels, links and notices lie in the table: keys, documented attributes, time to live."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from vistka.adapters.store_table import Guard, Key, Put, expires
from vistka.adapters.store_values import Item
from vistka.domain.chains import is_followed
from vistka.domain.errors import RecordUnreadable
from vistka.domain.foreign import ForeignText
from vistka.domain.notices import Audience, Notice
from vistka.domain.parcels import Change, Facts, ParcelState, as_count, from_iso, to_iso
from vistka.domain.stages import Role, Stage
from vistka.ports import Link

#: After it was last dealt with, so long after the longest patience with it.
FOREIGN_DAYS: Final = 30
#: Of STATE. A program leaves what a newer one has written to that one, so a new version is for what an older program
#: would lose or misread; it reads, and keeps, attributes that it does not know of.
STATE_VERSION: Final = 2
#: What an older program reads rightly: all but waybills that stand in a chain, which it would take for received.
_PLAIN: Final = 1
#: The hash key of the sparse index: notices that wait, and effects on orders that do. Apart, as neither is to be found
#: behind a thousand of the others.
UNSETTLED: Final = "N"
UNSETTLED_EFFECT: Final = "E"
UNSETTLED_CALL: Final = "W"
_UNSETTLED_OF: Final = {Audience.ORDER: UNSETTLED_EFFECT, Audience.WEBHOOK: UNSETTLED_CALL}
#: That of the sparse index of parcels that are followed without an open order.
FOLLOWED: Final = "F"

#: Attributes of STATE that other programs of the shop read, lifted out of `facts`.
_READABLE: Final = ("code", "text", "city", "place")

_log = logging.getLogger(__name__)


def state_key(ttn: str) -> Key:
    return f"PARCEL#{ttn}", "STATE"


def ttn_of(item: Mapping[str, Any]) -> str:
    """The number of a parcel's item, by its key."""
    return str(item["pk"]).removeprefix("PARCEL#")


def order_pk(order_key: str) -> str:
    return f"ORDER#{order_key}"


def link_key(order_key: str, ttn: str) -> Key:
    return order_pk(order_key), f"LINK#{ttn}"


def notice_key(order_key: str, notice_id: str) -> Key:
    return order_pk(order_key), f"NOTICE#{notice_id}"


def number_key(order_number: str) -> Key:
    return f"NUMBER#{order_number}", "ORDER"


def state_put(state: ParcelState, guard: Guard | int) -> Put:
    chained = state.role is not None or state.chain or state.children
    item = {"v": STATE_VERSION if chained else _PLAIN, **state.to_dict()}
    if is_followed(state):
        item["followed"] = FOLLOWED
    item.update({name: value for name in _READABLE if (value := item.get("facts", {}).get(name))})
    return Put(key=state_key(state.ttn), item=item, guard=guard, kept=True)


def state_of(item: Mapping[str, Any]) -> ParcelState:
    if as_count(item.get("v", _PLAIN)) > STATE_VERSION:
        raise ValueError("a newer version")
    until = item.get("expires_at")
    kept_until = datetime.fromtimestamp(as_count(until), UTC) if until is not None else None
    return replace(ParcelState.from_dict(item), kept_until=kept_until)


def read[T](item: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], T]) -> T:
    """Raises RecordUnreadable, naming the item and what to do."""
    try:
        return parse(item)
    except (KeyError, ValueError, TypeError) as error:
        raise RecordUnreadable(_unreadable(item, error)) from None


def change_put(change: Change) -> Put:
    facts = change.facts.to_dict()
    item = {
        "ttn": change.ttn,
        "version": change.version,
        "at": to_iso(change.at),
        "observed_at": to_iso(change.observed_at),
        "facts": facts,
    }
    item.update({name: facts[name] for name in _READABLE if facts.get(name)})
    if change.stage is not None:
        item["stage"] = str(change.stage)
    return Put(key=(f"PARCEL#{change.ttn}", f"CHANGE#{change.version:09d}"), item=item, kept=True)


def change_of(item: Mapping[str, Any]) -> Change:
    return Change(
        ttn=item["ttn"],
        version=int(item["version"]),
        at=from_iso(item["at"]),
        observed_at=from_iso(item["observed_at"]),
        facts=Facts.from_dict(item["facts"]),
        stage=Stage(item["stage"]) if item.get("stage") else None,
    )


def link_put(link: Link) -> Put:
    item: Item = {
        "order_key": link.order_key,
        "order_number": link.order_number,
        "ttn": link.ttn,
        "current": link.current,
        "since": to_iso(link.since),
    }
    if link.chat_id is not None:
        item["chat_id"] = link.chat_id
    for name in ("language", "unreachable", "root", "parent", "via"):
        if value := getattr(link, name):
            item[name] = str(value)
    return Put(key=link_key(link.order_key, link.ttn), item=item, kept=True)


def link_of(item: Mapping[str, Any]) -> Link:
    return Link(
        order_key=item["order_key"],
        order_number=item["order_number"],
        ttn=item["ttn"],
        current=bool(item["current"]),
        since=from_iso(item["since"]),
        chat_id=int(item["chat_id"]) if item.get("chat_id") is not None else None,
        language=item.get("language", ""),
        unreachable=item.get("unreachable", ""),
        root=item.get("root", ""),
        parent=item.get("parent", ""),
        via=Role(item["via"]) if item.get("via") else None,
    )


def foreign_key(order_key: str) -> Key:
    return order_pk(order_key), "FOREIGN"


def foreign_put(order_key: str, found: ForeignText) -> Put:
    item: Item = {
        "mark": found.mark,
        "since": to_iso(found.since),
        "at": to_iso(found.at),
        "stopped": found.stopped,
        "tries": found.tries,
        "revision": found.revision,
        "expires_at": expires(found.at, FOREIGN_DAYS),
    }
    return Put(key=foreign_key(order_key), item=item, guard=found.revision - 1)


def foreign_of(item: Mapping[str, Any]) -> ForeignText:
    return ForeignText(
        mark=str(item["mark"]),
        since=from_iso(item["since"]),
        at=from_iso(item["at"]),
        stopped=bool(item["stopped"]),
        tries=int(item["tries"]),
        revision=int(item["revision"]),
    )


def number_put(order_number: str, order_key: str) -> Put:
    return Put(key=number_key(order_number), item={"order_key": order_key}, kept=True)


def notice_put(notice: Notice, guard: Guard | int) -> Put:
    """Raises ValueError for an unsettled notice without `due_at`: no sweep would ever find it (R3)."""
    item = notice.to_dict()
    if notice.settled:
        item.pop("due_at", None)
    elif notice.due_at is None:
        raise ValueError(f"a notice in state {notice.state} has no due_at")
    else:
        item["unsettled"] = _UNSETTLED_OF.get(notice.audience, UNSETTLED)
    return Put(key=notice_key(notice.order_key, notice.id), item=item, guard=guard, kept=notice.settled)


def readable[T](items: Iterable[Item], parse: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
    """What can be read; an item that was damaged by hand is named in the log and stops nothing else."""
    for item in items:
        try:
            yield parse(item)
        except (KeyError, ValueError, TypeError) as error:
            _log.warning("%s", _unreadable(item, error))


def _unreadable(item: Mapping[str, Any], error: Exception) -> str:
    # Not what stands in it, which may be anybody's.
    flaw = f"without {error.args[0]}" if isinstance(error, KeyError) and error.args else type(error).__name__
    version = item.get("v", _PLAIN)
    if isinstance(version, int) and version > STATE_VERSION:
        flaw = f"version {version}"
    remedy = "deploy the version that wrote it, or delete the item"
    return f"the store's item {item['pk']} {item['sk']} cannot be read ({flaw}); {remedy}"
