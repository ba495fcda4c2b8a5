"""`vistka page`: a link to an order's page."""

from pathlib import Path
from typing import Final

import click

from vistka.cli.failures import WrongUse
from vistka.cli.functions import Function
from vistka.cli.link import link_options, made_by, show_link
from vistka.cli.options import Outside, pass_outside

#: The stack's output with the address that the pages have.
OWN_URL: Final = "WebUrl"


@click.command(short_help="A link to an order's page, with its QR code.")
@link_options(days=90)
@pass_outside
def page(outside: Outside, *, order: str, by_id: bool, days: int, save: Path | None, as_json: bool) -> None:
    """Print the link to an order's page, which needs no account; in a terminal with its QR code.

    Whoever has it sees the order's parcels, and nobody's name, phone or address. The shop can make links itself: see
    integrations/telegram.

    \b
    Examples:
      vistka page TWC09092025N01
      vistka page 1042 --id --days 7
      vistka page TWC09092025N01 --save slip.svg

    Exit code: 0 made, 1 something failed, 2 wrong use or configuration.
    """
    deployment = outside.deployment()
    address = deployment.outputs.get(OWN_URL, "")
    if not address:
        raise WrongUse("this stack has no pages; deploy the version of this command")
    made = made_by(Function.WEB, "page", deployment, order, by_id=by_id, days=days, save=save)
    url = f"{address.rstrip('/')}/{made.get('url')}"
    show_link({**made, "url": url}, save=save, as_json=as_json, note="whoever has it sees the order")
