"""`vistka erase`: a person is forgotten."""

from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from vistka.carrier.phones import phone_of
from vistka.cli.failures import Failure, WrongUse
from vistka.cli.functions import Function, ask
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside, yes_option
from vistka.cli.render import count, errors, plain, print_json, show
from vistka.domain.orders import MOST_CHARACTERS
from vistka.domain.parcels import is_sound
from vistka.ports import JsonObject

#: Orders whose numbers are named.
_NAMED: Final = 10
_MEANING: Final = {
    "linked chats": "links of chats to these orders",
    "chats": "what was known of chats: language, wishes, orders",
    "mutes": "wishes of the shop's chat to hear nothing of these orders",
    "chat numbers": "chats that the shop's profile named",
    "used links": "who used a link to an order first",
    "notices": "words and chats of messages; that they were told stays, so that none is told again",
    "changes": "history of the parcels",
    "places": "places and sums of parcels whose story has ended",
}


@click.command(short_help="Forget a buyer: chats, links, history.")
@click.option("--order", "orders", multiple=True, metavar="NUMBER", help="The buyer of this order; may be repeated.")
@click.option("--phone", metavar="PHONE", help="Whoever has this phone in the shop's orders, open or not.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, remove nothing.")
@yes_option
@json_option
@deployment_options
@pass_outside
def erase(
    outside: Outside, *, orders: tuple[str, ...], phone: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Remove what the store holds of a person, and say how much of each kind it was.

    The store holds no phones: the shop is asked which orders have this one. Of an order that it has no longer, name
    the number.

    Tracking of an open order goes on and the shop's columns are written; its buyer is told nothing more, also not in
    the chat that the shop's own database names. Only a new link, tapped after this, brings the news back, from then
    on: no reminder of a last day that was known before. What the shop itself knows of the buyer stays there.

    \b
    Examples:
      vistka erase --order TWC09092025N01 --dry-run
      vistka erase --phone +380670000001
      vistka erase --order TWC09092025N01 --order TWC10092025N02
      vistka erase --order TWC09092025N01 --yes --json

    Exit code: 0 removed, or nothing was left; 1 not confirmed or failed; 2 wrong use or configuration, such as an
    order that neither the store nor the shop has.
    """
    asked = _asked(orders, phone)
    functions = outside.deployment().functions
    if not (dry_run or yes):
        found = _erased(ask(functions, Function.DISPATCHER, {"erase": {**asked, "dry_run": True}}))
        _print(found)
        if found["removed"]:
            _confirm()
    done = _erased(ask(functions, Function.DISPATCHER, {"erase": {**asked, "dry_run": dry_run}}))
    if as_json:
        print_json(done)
    elif dry_run or yes:
        _print(done)
    _say(done)


def _asked(orders: tuple[str, ...], phone: str | None) -> JsonObject:
    if not orders and phone is None:
        raise click.UsageError("say whose data to remove: --phone PHONE, or --order NUMBER")
    for number in orders:
        if not (number.strip() and len(number) <= MOST_CHARACTERS and is_sound(number)):
            raise click.BadParameter(f"name an order, by its number of at most {MOST_CHARACTERS} characters")
    if phone is not None and not phone_of(phone):
        raise click.BadParameter("it is not a Ukrainian phone number, such as +380670000001", param_hint="--phone")
    return {"orders": list(dict.fromkeys(orders)), **({"phone": phone} if phone is not None else {})}


def _erased(answer: JsonObject) -> dict[str, Any]:
    found = answer.get("erased")
    if not isinstance(found, dict):
        raise Failure("the dispatcher cannot remove anything; is the deployed version the one of this command?")
    return found


def _confirm() -> None:
    try:
        sure = click.confirm("Remove it? It cannot be brought back.", err=True)
    except click.Abort:
        raise WrongUse("nothing was removed; give --yes where nobody can be asked") from None
    if not sure:
        errors().print("nothing was removed")
        raise SystemExit(1)


def _print(done: dict[str, Any]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for kind, number in done["removed"].items():
        table.add_row(str(number), plain(kind), Text(_MEANING.get(kind, ""), style="dim"))
    if table.row_count:
        show(table)


def _say(done: dict[str, Any]) -> None:
    console = errors()
    numbers = done["orders"]
    if not numbers:
        console.print("nothing is left to remove")
    else:
        named = ", ".join(numbers[:_NAMED]) + (f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else "")
        what = "would be removed" if done["dry_run"] else "removed"
        console.print(
            plain(f"{what}, of {count(len(numbers), 'order')}: {named}"), style="" if done["dry_run"] else "green"
        )
    if done["left"]:
        waits = count(done["left"], "message")
        console.print(f"note: {waits} to the shop still to be sent; run it again after that")
    if done["elsewhere"]:
        others = count(done["elsewhere"], "other order")
        console.print(f"note: a chat of these orders is linked to {others}, which stay; name them with --order too")
