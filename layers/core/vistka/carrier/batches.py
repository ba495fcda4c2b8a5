"""Batches of numbers: answers put to the numbers that were asked, and what to ask next when one of them is wrong."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from vistka.carrier.items import facts_of, unread_in
from vistka.carrier.values import ttn_of
from vistka.domain.parcels import Facts
from vistka.domain.remarks import Unread

#: ttn -> phone, "" for none.
type Batch = Mapping[str, str]

#: Documents a request may hold; the 101st is an error.
MOST_DOCUMENTS: Final = 100

_DIGITS: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    """The numbers of one batch: what is known of some, and those of which this answer says nothing; `unread` names
    what could not be read of either."""

    facts: Mapping[str, Facts]
    stubs: frozenset[str]
    unread: Mapping[str, tuple[Unread, ...]] = field(default_factory=dict)


def sort_items(items: Iterable[Mapping[str, Any]], batch: Batch) -> Sorted | None:
    """Put items to the asked numbers by `Number`, never by position; None if none of them was answered.

    Nothing promises order, or one item for each document: an item without a number, or with one that was not asked,
    is ignored, and of two for one number the one that moved later counts.
    """
    found: dict[str, tuple[Facts | None, Mapping[str, Any]]] = {}
    for item in items:
        ttn = ttn_of(item.get("Number"))
        if ttn not in batch:
            continue
        facts = facts_of(item)
        if ttn not in found or _later(facts, found[ttn][0]):
            found[ttn] = facts, item
    if not found:
        return None
    known = {ttn: facts for ttn, (facts, _) in found.items() if facts is not None}
    unread = {ttn: fields for ttn, (_, item) in found.items() if (fields := tuple(unread_in(item)))}
    return Sorted(facts=known, stubs=frozenset(batch.keys() - known.keys()), unread=unread)


def _later(new: Facts | None, old: Facts | None) -> bool:
    if new is None or old is None:
        return old is None and new is not None
    if new.moved_at is None or old.moved_at is None:
        return old.moved_at is None and new.moved_at is not None
    return new.moved_at > old.moved_at


def named_in(lines: Sequence[str], batch: Batch) -> list[str]:
    """The numbers of the batch which these lines name, by themselves or by the phone that was sent with them."""
    digits = {run for line in lines for run in _DIGITS.findall(line)}
    return [ttn for ttn, phone in batch.items() if ttn in digits or (phone and phone in digits)]


def without(batch: Batch, ttns: Iterable[str]) -> Batch:
    dropped = set(ttns)
    return {ttn: phone for ttn, phone in batch.items() if ttn not in dropped}


def without_phones(batch: Batch, ttns: Iterable[str]) -> Batch:
    """The same numbers, these without their phones."""
    dropped = set(ttns)
    return {ttn: "" if ttn in dropped else phone for ttn, phone in batch.items()}


def halves(batch: Batch) -> list[Batch]:
    """Two batches of a batch of at least two, which keep its order."""
    entries = list(batch.items())
    middle = len(entries) // 2
    return [dict(entries[:middle]), dict(entries[middle:])]
