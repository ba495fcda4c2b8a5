"""The command `vistka`."""

import sys
from importlib import metadata
from typing import Any

import click

from vistka.cli.audit import audit
from vistka.cli.bot import bot
from vistka.cli.bot_install import install, remove
from vistka.cli.check import check
from vistka.cli.erase import erase
from vistka.cli.failures import of_package
from vistka.cli.link import link
from vistka.cli.migrate import migrate
from vistka.cli.modes import live, shadow
from vistka.cli.notices import notices
from vistka.cli.options import Outside, deployment_options
from vistka.cli.page import page
from vistka.cli.redrive import redrive
from vistka.cli.render import errors
from vistka.cli.replay import replay
from vistka.cli.run import run
from vistka.cli.setup.command import setup
from vistka.cli.status import status
from vistka.cli.texts.command import texts
from vistka.cli.update import update
from vistka.cli.webhooks import webhooks
from vistka.domain.errors import VistkaError


class Vistka(click.Group):
    """Ends every command with a line and an exit code: 1 failed, 2 wrong use or configuration, 130 interrupted."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            errors().print("interrupted", style="yellow")
            ctx.exit(130)
        except VistkaError as error:
            raise of_package(error) from error


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001
    if not value or context.resilient_parsing:
        return
    try:
        number = metadata.version("vistka")
    except metadata.PackageNotFoundError:
        number = "(not installed, run from its sources)"
    click.echo(f"vistka {number}")
    context.exit()


@click.group(cls=Vistka, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version."
)
@deployment_options
@click.pass_context
def cli(context: click.Context) -> None:
    """Watch a shop's Nova Poshta parcels.

    Which deployment: --stack or VISTKA_STACK names a CloudFormation stack, with the usual AWS settings
    (AWS_PROFILE, AWS_DEFAULT_REGION). Without one it is the local world, while `make up` keeps it running, else the
    one that `vistka setup` wrote into samconfig.toml.

    \b
    Examples:
      vistka update                    ask about all open orders now
      vistka update --dry-run          show what would change, write nothing
      vistka run --wait                one run now, as the timer starts it
      vistka status TWC09092025N01     what is known of one order
      vistka check                     is everything well, and what to do

    Exit code: 0 well, 1 something failed, 2 wrong use or configuration.
    """
    if context.obj is None:
        context.obj = Outside()


for command in (
    update,
    run,
    status,
    notices,
    replay,
    check,
    texts,
    setup,
    live,
    shadow,
    link,
    bot,
    webhooks,
    page,
    erase,
    audit,
    redrive,
    migrate,
):
    cli.add_command(command)
for command in (install, remove):
    bot.add_command(command)


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe that knows fewer letters than we print gets a question mark, not an error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    cli(prog_name="vistka")
