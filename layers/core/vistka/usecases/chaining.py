"""Waybills that the carrier made on the basis of others: taken up in the store, and found behind an order's numbers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from vistka.domain.chains import MOST_LEVELS, awaited_child, take_up, with_descendants
from vistka.domain.errors import StoreConflict
from vistka.domain.messages import PollOrder
from vistka.domain.parcels import ParcelState
from vistka.domain.telling import CROWD
from vistka.ports import Commit, Link, ParcelStore

#: So often a child is taken up anew after somebody else wrote one of the two first.
ROUNDS: Final = 4
#: Waybills that are shown and asked about behind the numbers of one order.
MOST_BEHIND: Final = 20


def take_up_child(parcels: ParcelStore, parent: ParcelState, now: datetime) -> ParcelState:
    """The parent once its child is followed in its place, by the same orders: both STATEs and the links in one
    transaction. It follows from the parent's STATE alone, so that what a crash left undone is done with the next
    answer, and a second time there is nothing to do.

    Raises StoreConflict when others keep writing first, RecordUnreadable, StoreUnavailable.
    """
    for left in reversed(range(ROUNDS)):
        ttn = awaited_child(parent)
        if not ttn:
            return parent
        child = parcels.states([ttn]).get(ttn)
        links = _links_of_parent(parcels, parent, child)
        after, taken = take_up(parent, child, (link.order_key for link in links), now)
        anew = taken != child
        try:
            parcels.commit(
                Commit(
                    state=after,
                    expected=parent.revision,
                    child=taken if anew else None,
                    child_expected=child.revision if child else None,
                    links=tuple(_link_to_child(link, after, taken, now) for link in links) if anew else (),
                )
            )
        except StoreConflict:
            found = parcels.states([parent.ttn]).get(parent.ttn)
            if not left or found is None:
                raise
            parent = found
        else:
            return after
    return parent


def _links_of_parent(parcels: ParcelStore, parent: ParcelState, child: ParcelState | None) -> Sequence[Link]:
    """Of the orders that do not have the child yet; over a crowd the rest follow as orders that are new to it."""
    keys = sorted(parent.orders - (child.orders if child else frozenset()))[:CROWD]
    found = parcels.links((key, parent.ttn) for key in keys)
    return [link for key in keys if (link := found.get((key, parent.ttn))) is not None and link.current]


def _link_to_child(link: Link, parent: ParcelState, child: ParcelState, now: datetime) -> Link:
    return replace(link, ttn=child.ttn, since=now, root=link.listed, parent=parent.ttn, via=child.role)


def in_chains(links: Iterable[Link]) -> list[Link]:
    """An order's present links in the order in which its numbers came, each with what took its place behind it."""
    current = sorted((link for link in links if link.current), key=lambda link: (link.since, link.ttn))
    there = {link.ttn for link in current}

    def behind(link: Link) -> Iterator[Link]:
        yield link
        for child in current:
            if child.parent == link.ttn:
                yield from behind(child)

    return [one for link in current if link.parent not in there for one in behind(link)]


def with_children(
    entries: Iterable[PollOrder], parcels: ParcelStore
) -> tuple[list[PollOrder], Mapping[str, ParcelState]]:
    """The orders with all that has taken the place of their numbers, and the STATEs of all of it; more requests than
    one only where there are children. Raises StoreUnavailable."""
    listed = list(entries)
    states = dict(parcels.states({ttn: None for entry in listed for ttn in entry.ttns}))
    read = {ttn for entry in listed for ttn in entry.ttns}
    for _ in range(MOST_LEVELS):
        further = {child: None for state in states.values() for child in state.children if child not in read}
        if not further:
            break
        read |= further.keys()
        states.update(parcels.states(further))
    if not any(state.children for state in states.values()):
        return listed, states
    return [
        replace(entry, ttns=with_descendants(entry.ttns, states, most=len(entry.ttns) + MOST_BEHIND))
        for entry in listed
    ], states
