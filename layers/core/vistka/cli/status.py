"""`vistka status`: what the store knows of one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import click
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vistka.cli.deployment import State
from vistka.cli.failures import WrongUse
from vistka.cli.notices import NOTICE_STYLES, notice_to_dict, recipient, why
from vistka.cli.options import Outside, deployment_options, json_option, order_named, pass_outside, spelled
from vistka.cli.render import STAGE_STYLES, age, count, iso, kyiv, plain, print_json, show
from vistka.domain.notices import Notice
from vistka.domain.parcels import Change, ParcelState
from vistka.domain.stages import Role
from vistka.usecases.chaining import in_chains
from vistka.usecases.freshness import RUNS, checked_at

_ENDS: Final = {
    "final": "yes, nothing more is asked",
    "continued": "goes on as {child}",
    "aged_out": "given up",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One parcel of the order; `state` is None for one that was never asked about. `via`: as what it took the place of
    its `parent`."""

    ttn: str
    parent: str
    via: Role | None
    state: ParcelState | None
    checked_at: datetime | None
    history: Sequence[Change]
    notices: Sequence[Notice]

    def to_dict(self) -> dict[str, Any]:
        state = self.state
        facts = state.facts if state else None
        return {
            "ttn": self.ttn,
            "parent": self.parent or None,
            "via": str(self.via) if self.via else None,
            "stage": str(state.stage) if state and state.stage else None,
            "code": facts.code if facts else None,
            "text": facts.text if facts else None,
            "place": (facts.place or facts.city or None) if facts else None,
            "status_at": iso(state.changed_at) if state else None,
            "checked_at": iso(self.checked_at),
            "history": [
                {
                    "version": change.version,
                    "at": iso(change.at),
                    "stage": str(change.stage) if change.stage else None,
                    "code": change.facts.code,
                    "text": change.facts.text,
                }
                for change in self.history
            ],
            "notices": [notice_to_dict(notice) for notice in self.notices],
        }


def known_of(state: State, order_number: str) -> tuple[str, list[Known]]:
    """The order's own number, and its parcels as `in_chains` has them. Raises WrongUse for an order
    never seen."""
    keys = ((number, state.parcels.order_key(number)) for number in spelled(order_number))
    number, key = next(((number, key) for number, key in keys if key is not None), (order_number, None))
    record = state.parcels.order(key) if key is not None else None
    if record is None:
        raise WrongUse(
            f"order {order_number}: the store knows nothing of it; it is misspelt, or has no waybill number, or was "
            f"not asked about yet: vistka update --order-number {order_number}"
        )
    links = in_chains(record.links)
    states = state.parcels.states([link.ttn for link in links])
    runs = state.runs.latest(RUNS)
    return number, [
        Known(
            ttn=link.ttn,
            parent=link.parent,
            via=link.via,
            state=states.get(link.ttn),
            checked_at=checked_at(states.get(link.ttn), runs),
            history=state.parcels.history(link.ttn),
            notices=sorted((n for n in record.notices if n.ttn == link.ttn), key=lambda n: (n.created_at, n.id)),
        )
        for link in links
    ]


@click.command(short_help="What is known of one order.")
@click.argument("order", metavar="ORDER", callback=order_named)
@json_option
@deployment_options
@pass_outside
def status(outside: Outside, *, order: str, as_json: bool) -> None:
    """Show what is known of one order: its parcels, their history, and what was told.

    Reads the store only; neither the carrier nor the shop is asked. JSON times are UTC, those for people Kyiv's.

    \b
    Examples:
      vistka status TWC09092025N01
      vistka status TWC09092025N01 --json
    """
    deployment = outside.deployment()
    number, parcels = known_of(deployment.state(), order)
    if as_json:
        print_json({"order_number": number, "parcels": [known.to_dict() for known in parcels]})
        return
    show(Text.assemble("Order ", (plain(number), "bold"), ("   times are Kyiv's", "dim")))
    if not parcels:
        show("  no parcel now; its former numbers were taken out of the order")
    for known in parcels:
        _print(known, deployment.clock.now())


def _print(known: Known, now: datetime) -> None:
    show("")
    state, facts = known.state, known.state.facts if known.state else None
    stage = str(state.stage) if state and state.stage else "not known yet"
    code = f" (code {facts.code})" if facts and facts.code else ""
    place = (f"  {known.via} of {known.parent}", "dim") if known.via else ""
    show(Text.assemble("Parcel ", (known.ttn, "bold"), "  ", (stage, STAGE_STYLES.get(stage, "")), code, place))
    table = Table.grid(padding=(0, 2))
    if state is not None:
        if facts and facts.text:
            table.add_row("says", Text(plain(facts.text)))
        if facts and (facts.place or facts.city):
            city = f"{facts.city}, " if facts.city and facts.place and facts.city not in facts.place else ""
            table.add_row("place", Text(plain(f"{city}{facts.place or facts.city}")))
        if state.changed_at is not None:
            table.add_row("since", kyiv(state.changed_at))
        if state.ended:
            table.add_row("ended", _ENDS.get(state.ended, "yes").format(child=", ".join(state.children)))
        if state.not_found and facts is None and state.stage is None:
            table.add_row("carrier", f"no answer yet, {state.not_found} in a row")
        elif state.not_found:
            table.add_row("unknown", f"to the carrier, {count(state.not_found, 'answer')} in a row")
    if known.checked_at is not None:
        ago = max(now - known.checked_at, timedelta())
        table.add_row("checked", f"{kyiv(known.checked_at)}, {age(ago)} ago")
    show(Padding(table, (0, 0, 0, 2)))
    _print_history(known.history)
    _print_notices(known.notices)


def _print_history(history: Sequence[Change]) -> None:
    if not history:
        return
    show("  history")
    table = Table.grid(padding=(0, 2))
    for change in history:
        stage = str(change.stage) if change.stage else "unknown code"
        table.add_row(
            kyiv(change.at),
            Text(stage, style=STAGE_STYLES.get(stage, "")),
            change.facts.code,
            Text(plain(change.facts.text)),
        )
    show(Padding(table, (0, 0, 0, 4)))


def _print_notices(notices: Sequence[Notice]) -> None:
    if not notices:
        return
    show("  notices")
    table = Table.grid(padding=(0, 2))
    for notice in notices:
        table.add_row(
            kyiv(notice.settled_at or notice.created_at),
            str(notice.kind),
            recipient(notice),
            Text(str(notice.state), style=NOTICE_STYLES.get(notice.state, "")),
            Text(why(notice), style="dim"),
        )
    show(Padding(table, (0, 0, 0, 4)))
