"""Chains of waybills: those that the carrier makes on the basis of another, and that are followed in its place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from vistka.domain.notices import OF_CHANGES, Kind
from vistka.domain.parcels import ParcelState, is_final
from vistka.domain.projection import joined
from vistka.domain.stages import ROLE_OF_TYPE, Role, Stage, in_role
from vistka.domain.waybills import is_ttn

#: Forebears that a followed waybill may have (carrier-api.md, "Children").
MOST_LEVELS: Final = 5
#: Waybills made on the basis of one that are followed; the carrier has one as a rule.
MOST_CHILDREN: Final = 3

#: What a parcel is done with once a child goes on in its place; after any other code the number itself may go on.
_GOES_ON_ELSEWHERE: Final = frozenset({Stage.REFUSED, Stage.REDIRECTED, Stage.STORAGE_ENDED})
#: Stages in which a live parcel is followed whatever became of its orders: the return may still be made, the money
#: may still come (`is_final` ends those that were received and paid for).
_STAYS: Final = _GOES_ON_ELSEWHERE | {Stage.DELIVERED}

#: What a child need not tell again. That the parent was given up, or not known at first, is no news of the child.
_INHERITED: Final = OF_CHANGES | {Kind.CROWDED}


def awaited_child(state: ParcelState) -> str:
    """The number of a waybill that is to be followed too and is not yet; "" for none (F31, F32)."""
    facts = state.facts
    if facts is None or facts.child_type not in ROLE_OF_TYPE or not is_ttn(facts.child_ttn):
        return ""
    seen = facts.child_ttn in {state.ttn, *state.chain, *state.children}
    full = len(state.chain) >= MOST_LEVELS or len(state.children) >= MOST_CHILDREN
    return "" if seen or full else facts.child_ttn


def ending(state: ParcelState) -> str:
    """Why nobody asks about this parcel any more, "" for one that goes on. With a child to be taken up it does, or the
    child would be lost."""
    if state.facts is None or awaited_child(state):
        return ""
    if is_final(state.facts, state.role):
        return "final"
    return "continued" if state.children and state.stage in _GOES_ON_ELSEWHERE else ""


def is_followed(state: ParcelState) -> bool:
    """Whether it is followed from the store to its end or age-out, whatever became of its orders: it is coming back,
    redirected, or waiting for its money. One that no order has any more is nobody's."""
    wanted = state.role is not None or state.stage in _STAYS or bool(awaited_child(state))
    return state.live and wanted and bool(state.orders)


def take_up(
    parent: ParcelState, child: ParcelState | None, orders: Iterable[str], at: datetime
) -> tuple[ParcelState, ParcelState]:
    """Parent and child as they are once the child is followed in the parent's place, for these of the parent's orders.
    `child` is its STATE if it has one: then an order may list its number itself.

    The child inherits what was told, so that nothing is told twice, and the fingerprints of what the orders show.
    Raises ValueError for a parent without a child that is awaited.
    """
    ttn, facts = awaited_child(parent), parent.facts
    if not ttn or facts is None:
        raise ValueError("there is no child to take up")
    parent = parent.next(children=(*parent.children, ttn))
    parent = replace(parent, ended=parent.ended or ending(parent))
    known = child or ParcelState(ttn=ttn, revision=0, version=0, observed_at=at, first_seen_at=at)
    if known.chain or parent.ttn in known.children or ttn in parent.chain:
        return parent, known  # it has another parent already, or is one of our forebears: it is followed as it is
    returns = Role.RETURN in {parent.role, ROLE_OF_TYPE[facts.child_type]}
    role = Role.RETURN if returns else Role.REDIRECT
    reads_otherwise = known.facts is not None and in_role(known.facts.stage, role) not in {None, known.stage}
    return parent, known.next(
        role=role,
        chain=(*parent.chain, parent.ttn),
        chain_since=parent.chain_since or parent.first_seen_at,
        orders=known.orders | frozenset(orders),
        told={**{kind: told for kind, told in parent.told.items() if kind in _INHERITED}, **known.told},
        written=joined(parent.written, known.written),
        ended="" if reads_otherwise else known.ended,  # asked once more, so that what it is becomes a change
    )


def with_descendants(
    ttns: Iterable[str], states: Mapping[str, ParcelState], *, most: int | None = None
) -> tuple[str, ...]:
    """The numbers and, behind them, all that have taken their places, as far as `states` knows; each once."""
    out = dict.fromkeys(ttns)
    for ttn in _descendants(tuple(out), states):
        if most is not None and len(out) >= most:
            break
        out.setdefault(ttn)
    return tuple(out)


def _descendants(ttns: Iterable[str], states: Mapping[str, ParcelState]) -> Iterator[str]:
    level = list(ttns)
    seen = set(level)
    for _ in range(MOST_LEVELS):
        level = [child for ttn in level if (state := states.get(ttn)) for child in state.children if child not in seen]
        seen.update(level)
        yield from level
