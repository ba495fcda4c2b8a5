"""`vistka check`: is everything well, and what to do if not."""

from collections.abc import Iterable
from contextlib import nullcontext

import click
from rich.table import Table
from rich.text import Text

from vistka.cli.findings import findings_of
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside
from vistka.cli.render import count, errors, plain, print_json, show
from vistka.domain.orders import Finding


@click.command(short_help="Is everything well, and what to do if not.")
@click.option("--alert", is_flag=True, help="Send a test alarm too, to whoever hears the real ones.")
@json_option
@deployment_options
@pass_outside
def check(outside: Outside, *, alert: bool, as_json: bool) -> None:
    """Ask every part whether it is well: carrier and key, shop and schema, bot and chats, queues, runs, alarms.

    One line each: ✓ well, ! well but worth knowing, ✗ wrong, with what to do.

    \b
    Examples:
      vistka check
      vistka check --alert
      vistka check --json | jq '.findings[] | select(.ok | not)'

    Exit code: 0 all well, 1 something is wrong, 2 wrong use or configuration.
    """
    deployment = outside.deployment()
    console = errors()
    with console.status("checking") if console.is_terminal else nullcontext():
        found = list(findings_of(deployment, alert=alert))
    wrong = sum(not finding.ok for finding in found)
    if as_json:
        items = [{"name": f.name, "ok": f.ok, "text": f.text, "hint": f.hint} for f in found]
        print_json({"ok": not wrong, "findings": items})
    else:
        print_findings(found)
        if wrong:
            errors().print(f"{count(wrong, 'thing')} wrong", style="bold red")
        else:
            errors().print("all well", style="green")
    raise SystemExit(1 if wrong else 0)


def print_findings(found: Iterable[Finding]) -> None:
    """A line each, among the results."""
    show(findings_table(found))


def findings_table(found: Iterable[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for finding in found:
        text = Text(plain(finding.text))
        if finding.hint:
            text.append(f" → {plain(finding.hint)}", style="yellow")
        table.add_row(Text.assemble(_mark(finding), " ", (plain(finding.name), "bold")), text)
    return table


def _mark(finding: Finding) -> Text:
    if not finding.ok:
        return Text("✗", style="bold red")
    return Text("!", style="bold yellow") if finding.hint else Text("✓", style="green")
