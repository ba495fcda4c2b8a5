"""`vistka link`: a link by which a buyer's chat finds its order."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from vistka.cli.deployment import Deployment
from vistka.cli.failures import Failure, WrongUse
from vistka.cli.functions import Function, ask
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside
from vistka.cli.render import errors, kyiv, print_json
from vistka.domain.parcels import from_iso
from vistka.ports import JsonObject

_PICTURES: Final = (".svg", ".png")
_MOST_DAYS: Final = 366


def link_options[C: Callable[..., Any]](*, days: int) -> Callable[[C], C]:
    """Of every command that makes a link to an order: which order, for how long, and where its QR code goes."""
    options = (
        deployment_options,
        json_option,
        click.option(
            "--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the QR code to a file, .svg or .png."
        ),
        click.option(
            "--days",
            type=click.IntRange(1, _MOST_DAYS),
            default=days,
            show_default=True,
            help="How long the link works.",
        ),
        click.option(
            "--id", "by_id", is_flag=True, help="ORDER is the row's id: for orders without a waybill number yet."
        ),
        click.argument("order", metavar="ORDER"),
    )

    def with_options(command: C) -> C:
        for option in options:
            command = option(command)
        return command

    return with_options


@click.command(short_help="A buyer's link to an order, with its QR code.")
@link_options(days=30)
@pass_outside
def link(outside: Outside, *, order: str, by_id: bool, days: int, save: Path | None, as_json: bool) -> None:
    """Print the link by which a buyer gets an order's news in Telegram; in a terminal with its QR code.

    The first chat that opens it is linked, and may open it again; another one is refused. Give each person a link of
    their own. The shop can make links itself: see integrations/telegram.

    \b
    Examples:
      vistka link TWC09092025N01
      vistka link 1042 --id --days 7
      vistka link TWC09092025N01 --save slip.svg

    Exit code: 0 made, 1 something failed, 2 wrong use or configuration.
    """
    made = made_by(Function.BOT, "link", outside.deployment(), order, by_id=by_id, days=days, save=save)
    show_link(made, save=save, as_json=as_json, note="the first chat that opens it is linked")


def made_by(
    function: Function, name: str, deployment: Deployment, order: str, *, by_id: bool, days: int, save: Path | None
) -> JsonObject:
    """The link that a function makes, by what its event calls it."""
    if save is not None and save.suffix.lower() not in _PICTURES:
        raise click.BadParameter("the file must end in .svg or .png", param_hint="--save")
    wanted = order.strip()
    if not wanted:
        raise click.BadParameter("name an order", param_hint="ORDER")
    asked = {("order_key" if by_id else "order_number"): wanted, "days": days}
    try:
        made = ask(deployment.functions, function, {name: asked}).get(name)
    except Failure as failure:
        raise _with_advice(failure, name) from failure
    if not isinstance(made, dict):
        raise Failure(f"the {function} gave no link; is the deployed version the one of this command?")
    return made


def show_link(made: JsonObject, *, save: Path | None, as_json: bool, note: str) -> None:
    """On a terminal with its QR code, in a pipe alone; `save` gets the code as a picture."""
    url, until = str(made["url"]), from_iso(str(made["expires_at"]))
    if save is not None:
        _save(url, save)
    if as_json:
        print_json(made)
        return
    if sys.stdout.isatty():
        _draw(url)
    click.echo(url)
    errors().print(f"works until {kyiv(until)} Kyiv time; {note}", style="dim")


def _with_advice(failure: Failure, name: str) -> Failure:
    match failure.kind:
        case "OrderUnknown":
            advice = f"it has no waybill number yet: `vistka {name} ID --id` with its row's id; or it is misspelt"
            return WrongUse(failure.message, kind=failure.kind, advice=advice)
        case "ConfigurationError" if "LINK_KEYS" in failure.message:
            return WrongUse(failure.message, kind=failure.kind, advice="`vistka bot install` makes the keys")
    return failure


def _draw(url: str) -> None:
    # Only here: most commands do without it.
    import segno  # noqa: PLC0415

    segno.make(url, error="m").terminal(compact=True, border=2)


def _save(url: str, file: Path) -> None:
    import segno  # noqa: PLC0415

    try:
        segno.make(url, error="m").save(str(file), scale=8, border=4)
    except OSError as error:
        raise WrongUse(f"{file} cannot be written: {error.strerror or type(error).__name__}") from None
