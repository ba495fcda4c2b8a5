"""`vistka audit`: who did what to an order, or to the deployment."""

from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from vistka.cli.deployment import Deployment, State
from vistka.cli.failures import Failure, WrongUse
from vistka.cli.functions import Function, ask
from vistka.cli.options import Outside, deployment_options, json_option, order_named, pass_outside, spelled
from vistka.cli.render import errors, iso, kyiv, plain, print_json, show
from vistka.domain.audit import Act, Audit, of_effect
from vistka.domain.notices import SHOP_KEY


@click.command(short_help="Who did what to an order.")
@click.argument("order", metavar="[ORDER]", required=False, callback=order_named)
@json_option
@deployment_options
@pass_outside
def audit(outside: Outside, *, order: str | None, as_json: bool) -> None:
    """Show what people made Vistka do to an order, and what it did to what is not its own: chats that were linked,
    questions out of turn, texts that were overwritten, statuses that a rule moved, erasures, mutes.

    Without an order: what was done to the deployment, such as going live. No entry names a person; who called the
    functions is in CloudTrail. What Vistka does by itself is shown by `vistka status` and `vistka notices`.

    \b
    Examples:
      vistka audit TWC09092025N01
      vistka audit --json
    """
    state = outside.deployment().state()
    number, found = ("", list(state.audits.of(SHOP_KEY))) if order is None else _of_order(state, order)
    if as_json:
        print_json({**({"order_number": number} if number else {}), "entries": [_to_dict(one) for one in found]})
        return
    if not found:
        errors().print("nobody did anything out of the ordinary")
        return
    table = Table.grid(padding=(0, 2))
    for one in found:
        detail = ", ".join(f"{name} {value}" for name, value in one.detail.items())
        table.add_row(kyiv(one.at), str(one.actor), str(one.act), Text(plain(detail), style="dim"))
    show(table)


def note_act(deployment: Deployment, act: Act, **detail: str | int) -> None:
    """Written into the trail, after the deed. Where that fails a line says so; what was done is done."""
    try:
        ask(deployment.functions, Function.DISPATCHER, {"audit": {"act": str(act), "detail": detail}})
    except Failure as failure:
        errors().print(plain(f"note: the audit trail lacks an entry ({failure.message})"), style="yellow")


def _of_order(state: State, order: str) -> tuple[str, Sequence[Audit]]:
    for number in spelled(order):
        if (key := state.parcels.order_key(number)) is not None:
            effects = (of_effect(notice) for notice in state.ledger.list(order_key=key))
            found = [*state.audits.of(key), *(one for one in effects if one is not None)]
            return number, sorted(found, key=lambda one: one.at)
    raise WrongUse(f"order {order}: the store knows nothing of it; it is misspelt, or was not asked about yet")


def _to_dict(one: Audit) -> dict[str, Any]:
    return {"at": iso(one.at), "actor": str(one.actor), "act": str(one.act), "detail": dict(one.detail)}
