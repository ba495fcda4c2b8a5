"""What is wrong in the shop's or the carrier's words without stopping a parcel: a line for whoever can mend it."""

from dataclasses import dataclass, field

from vistka.domain.notices import Unreachable
from vistka.domain.parcels import Facts
from vistka.domain.poll_parts import PollOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A field of the carrier's answer that cannot be read. `value` is for the eyes of whoever asked, and in no log."""

    name: str
    value: str = field(repr=False)


#: By reason, as the log names it. No line holds a phone or a chat (R9).
OF_ORDER = {
    "bad_phone": "the phone is no Ukrainian number; asked without it, so a sum to pay may stay unknown: correct it",
    "bad_chat": "the chat id in the buyer's profile is no chat of a person; nothing is sent there: correct it",
}


def reasons_of(entry: PollOrder) -> tuple[str, ...]:
    """Keys of OF_ORDER."""
    bad_chat = entry.order.unreachable is Unreachable.BAD_CHAT
    return (*(["bad_phone"] if entry.bad_phone else ()), *(["bad_chat"] if bad_chat else ()))


def of_order(entry: PollOrder) -> tuple[str, ...]:
    return tuple(OF_ORDER[reason] for reason in reasons_of(entry))


def of_answer(facts: Facts | None, unread: tuple[Unread, ...], *, phoneless: bool) -> tuple[str, ...]:
    """Lines about the carrier's word on one parcel."""
    lines = [f"the carrier's {one.name} cannot be read ('{one.value}'); taken for empty" for one in unread]
    if facts is not None and facts.stage is None:
        lines.append(f"status code {facts.code} is unknown to this version; the stage stays")
    if phoneless:
        lines.append("the carrier does not take the phone of its order; asked without it: correct it in the order")
    return tuple(lines)
