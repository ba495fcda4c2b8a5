"""What an order's tracking columns shall say, from the STATEs of its parcels."""

from collections.abc import Callable, Iterable, Mapping
from zlib import crc32

from vistka.domain.orders import Order, Projection
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage
from vistka.texts.labels import shipment_status

Fit = Callable[[str], str]

#: So many of our last texts are remembered by their fingerprints, to tell them from another program's.
WRITTEN_KEPT = 8


def text_of(state: ParcelState, fit: Fit) -> str | None:
    """The text of `shipment_status` for this parcel; None before the first real answer."""
    if state.stage is None or state.facts is None:
        return None
    return fit(shipment_status(state.stage, state.facts.text))


def fingerprint(text: str) -> str:
    return f"{crc32(text.encode()):08x}"


def remember(state: ParcelState, fit: Fit) -> tuple[str, ...]:
    """`ParcelState.written` with the parcel's present text as the newest."""
    text = text_of(state, fit)
    if text is None:
        return state.written
    mark = fingerprint(text)
    if state.written[-1:] == (mark,):
        return state.written
    return (*(old for old in state.written if old != mark), mark)[-WRITTEN_KEPT:]


def joined(former: Iterable[str], own: Iterable[str]) -> tuple[str, ...]:
    """`ParcelState.written` of a parcel whose order showed texts of others before it: those are ours as well."""
    kept = tuple(own)
    return (*(mark for mark in dict.fromkeys(former) if mark not in kept), *kept)[-WRITTEN_KEPT:]


def leading(ttns: Iterable[str], states: Mapping[str, ParcelState]) -> ParcelState | None:
    """The parcel that speaks for an order with several: a live one before an ended one, then the newest change. A
    number that the carrier does not know speaks when no other does: its silence is no news of the others. What has
    taken a parcel's place speaks for it."""
    speaking = [state for ttn in ttns if (state := states.get(ttn)) and state.stage is not None and state.changed_at]
    if not speaking:
        return None
    heard = [state for state in speaking if state.stage is not Stage.NOT_FOUND]
    replaced = {ttn for state in heard for ttn in state.chain}
    speaking = [state for state in speaking if state.ttn not in replaced] or speaking
    return max(speaking, key=lambda state: (state.stage is not Stage.NOT_FOUND, state.live, state.changed_at))


def project(order: Order, ttns: Iterable[str], states: Mapping[str, ParcelState], fit: Fit) -> Projection | None:
    """What the order's row shall say; None while nothing is known. Equal text: nothing to write."""
    state = leading(ttns, states)
    if state is None or state.changed_at is None:
        return None
    text = text_of(state, fit)
    if text is None:
        return None
    return Projection(
        order_key=order.key,
        order_number=order.number,
        tracking=order.tracking,
        shown=order.shown,
        text=text,
        changed_at=state.changed_at,
    )


def is_foreign(order: Order, ttns: Iterable[str], known: Mapping[str, ParcelState]) -> bool:
    """Whether the order shows a text that we did not write (F45), judged by the STATEs from before this batch.

    An order that we have not linked yet may show anything: what it shows is replaced without a word. One that is linked
    to any of its numbers may show what was written for each of them: a number that left it and came back is linked no
    more, and its text is ours all the same.
    """
    if not order.shown or not order.shown.strip():
        return False
    states = [state for ttn in ttns if (state := known.get(ttn))]
    if not any(order.key in state.orders and state.written for state in states):
        return False
    return not any(fingerprint(order.shown) in state.written for state in states)
