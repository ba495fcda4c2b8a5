"""`vistka redrive`: what lies in the dead-letter queues goes back to work."""

import click
from rich.text import Text

from vistka.cli.audit import note_act
from vistka.cli.dead_letters import QUEUES, Redriven
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside
from vistka.cli.render import count, errors, plain, print_json, show
from vistka.domain.audit import Act


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what lies there.")
@click.option("--parked", is_flag=True, help="Also what a function parked because it could not read it.")
@json_option
@deployment_options
@pass_outside
def redrive(outside: Outside, *, dry_run: bool, parked: bool, as_json: bool) -> None:
    """Send what lies in the dead-letter queues to work again.

    Nothing is told twice by it: the ledger knows what was sent, and a stale poll is dropped. Parked messages stay
    where they are, with their reason, until --parked: they would be parked again by the version that parked them.

    \b
    Examples:
      vistka redrive --dry-run
      vistka redrive
      vistka redrive --parked          after a deployment that can read them
    """
    deployment = outside.deployment()
    found = [deployment.dead_letters.redrive(queue, parked=parked, dry_run=dry_run) for queue in QUEUES]
    if not dry_run and (moved := sum(one.moved for one in found)):
        note_act(deployment, Act.REDRIVEN, messages=moved)
    if as_json:
        print_json({"dry_run": dry_run, "queues": [_to_dict(one) for one in found]})
        return
    for one in found:
        show(_line(one, dry_run=dry_run))
    if dry_run:
        errors().print("dry run, nothing was moved")


def _to_dict(one: Redriven) -> dict[str, object]:
    return {"queue": one.queue, "moved": one.moved, "parked": dict(one.parked)}


def _line(one: Redriven, *, dry_run: bool) -> Text:
    line = Text(f"{one.queue:<8} {count(one.moved, 'message')} {'to move' if dry_run else 'moved back'}")
    for reason, number in one.parked.items():
        line.append(f"\n         {number} parked: {plain(reason)}", style="yellow")
    return line
