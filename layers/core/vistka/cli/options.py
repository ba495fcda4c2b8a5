"""Options that every command shares, and what the commands get from outside."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from vistka.cli.deployment import Deployment, connect
from vistka.cli.prompt import Prompt, Terminal
from vistka.cli.render import errors, plain
from vistka.cli.setup.ground import Ground, aws_ground
from vistka.cli.target import Choice, Target, choose
from vistka.domain.orders import MOST_CHARACTERS
from vistka.domain.parcels import is_sound


@dataclass(kw_only=True)
class Outside:
    """Where the commands look; tests pass their own. `choice` is what the options said so far."""

    folder: Path = field(default_factory=Path.cwd)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    choose: Callable[..., Target] = choose
    connect: Callable[[Target], Deployment] = connect
    prompt: Prompt = field(default_factory=Terminal)
    ground: Callable[[Target, Path, Path, Mapping[str, str]], Ground] = aws_ground
    choice: Choice = field(default_factory=Choice)

    def target(self) -> Target:
        return self.choose(self.choice, folder=self.folder, environ=self.environ)

    def deployment(self) -> Deployment:
        """The one that is meant, named on standard error before it is spoken to. Raises Failure."""
        target = self.target()
        errors().print(plain(f"deployment: {target.title}"), style="dim", soft_wrap=True)
        return self.connect(target)


pass_outside = click.make_pass_decorator(Outside)


def _chosen(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    # Both `vistka --stack X update` and `vistka update --stack X`; the nearer one wins.
    if value is not None:
        root = context.find_root()
        if root.obj is None:
            root.obj = Outside()
        root.obj.choice = replace(root.obj.choice, **{str(parameter.name): value})
    return value


def deployment_options[C: Callable[..., Any]](command: C) -> C:
    """--stack, --region and --profile; their values end in `Outside.choice`."""
    options = (
        click.option(
            "--profile", metavar="NAME", expose_value=False, callback=_chosen, help="AWS profile; goes with --stack."
        ),
        click.option(
            "--region", metavar="NAME", expose_value=False, callback=_chosen, help="AWS region; goes with --stack."
        ),
        click.option(
            "--stack",
            metavar="NAME",
            expose_value=False,
            callback=_chosen,
            help="CloudFormation stack to speak to. Default: VISTKA_STACK, the local world if up, samconfig.toml.",
        ),
    )
    for option in options:
        command = option(command)
    return command


def order_named(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    """The number of an order as typed, blanks included, if an order can have it."""
    if value is not None and not (value.strip() and len(value) <= MOST_CHARACTERS and is_sound(value)):
        raise click.BadParameter(f"name an order, by its number of at most {MOST_CHARACTERS} characters")
    return value


def spelled(number: str) -> tuple[str, ...]:
    """What may have been meant: the number as typed, and without the blanks around it."""
    return tuple(dict.fromkeys((number, number.strip())))


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask, for scripts.")
