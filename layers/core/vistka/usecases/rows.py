"""What the command line and a direct invocation show of each parcel."""

from collections.abc import Sequence
from typing import Any

from vistka.domain.decisions import Decision
from vistka.domain.orders import Order
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Stage


def row(
    order: Order,
    ttn: str,
    *,
    state: ParcelState | None = None,
    now: str | None = None,
    outcome: str,
    error: str | None = None,
    note: str = "",
    remarks: Sequence[str] = (),
) -> dict[str, Any]:
    """One parcel of one order; `now` is what the shop shows afterwards (unchanged where nothing else is known).
    A `note` stands in the row only where there is something to note, and so do `remarks`: what is wrong in the shop's
    or the carrier's words and stopped nothing."""
    return {
        "order_number": order.number,
        "ttn": ttn,
        "stage": str(state.stage) if state and state.stage else None,
        "code": state.facts.code if state and state.facts else None,
        "text": state.facts.text if state and state.facts else None,
        "was": order.shown,
        "now": order.shown if now is None else now,
        "changed": outcome == "changed",
        "error": error,
        "outcome": outcome,
        **({"note": note} if note else {}),
        **({"remarks": list(remarks)} if remarks else {}),
    }


def outcome_of(state: ParcelState | None, decision: Decision | None, *, asked: bool) -> str:
    if not asked:
        return "skipped" if state is not None and not state.live else "unchanged"
    if state is None or state.facts is None or state.stage is Stage.NOT_FOUND:
        return "not_found"
    return "changed" if decision is not None and decision.changed else "unchanged"
