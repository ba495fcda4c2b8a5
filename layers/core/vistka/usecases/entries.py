"""The shop's orders with the numbers that stand in their fields, and what is wrong there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vistka.carrier.phones import phone_of
from vistka.domain.messages import PollOrder
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.waybills import parse_numbers
from vistka.usecases.rows import row

#: Numbers of one order: more than these, with all that is known of them, may not fit into a message.
MOST_NUMBERS: Final = 20


@dataclass(kw_only=True)
class Entries:
    """Orders with their numbers; `rows` and `problems` name what stands in a field in place of a number."""

    entries: list[PollOrder] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    flaws: list[Mapping[str, str]] = field(default_factory=list)

    def left_out(self, order: Order, ttn: str, problem: str, *, reason: str) -> None:
        self.problems.append(f"order {order.number}: {problem}")
        self.flaws.append({"order_number": order.number, "reason": reason})
        self.rows.append(row(order, ttn, outcome="failed", error=problem))


def entries_of(orders: Iterable[Order]) -> Entries:
    read = Entries()
    keys: set[str] = set()
    for order in orders:
        if order.key in keys:
            text = f"orders.key: {order.key!r} is the key of another order too; keys must be unique"
            read.left_out(order, "", text, reason="key_twice")
            continue
        keys.add(order.key)
        numbers = parse_numbers(order.tracking)
        for problem in numbers.problems:
            read.left_out(order, _typed(problem), problem, reason="bad_number")
        for ttn in numbers.ttns[MOST_NUMBERS:]:
            text = f"{ttn}: of one order {MOST_NUMBERS} numbers are tracked; leave out those that have ended"
            read.left_out(order, ttn, text, reason="too_many_numbers")
        if numbers.ttns:
            bad = bool(order.phone.strip()) and not phone_of(order.phone)
            read.entries.append(PollOrder(order=order, ttns=numbers.ttns[:MOST_NUMBERS], bad_phone=bad))
    return read


def split_linked(
    entries: Iterable[PollOrder], states: Mapping[str, ParcelState]
) -> tuple[list[PollOrder], list[PollOrder]]:
    """The entries with the parcels that are linked to their order, and those with the others."""
    linked, others = list[PollOrder](), list[PollOrder]()
    for entry in entries:
        known = [ttn for ttn in entry.ttns if (state := states.get(ttn)) and entry.order.key in state.orders]
        for ttns, part in ((known, linked), ([ttn for ttn in entry.ttns if ttn not in known], others)):
            if ttns:
                part.append(replace(entry, ttns=tuple(ttns)))
    return linked, others


def _typed(problem: str) -> str:
    """What stands in the field in place of a number, if it may be shown."""
    typed = problem.partition(":")[0]
    return typed.strip("'") if typed.startswith("'") else ""
