"""`vistka update`: ask the carrier now."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from vistka.cli.failures import say_error
from vistka.cli.options import Outside, deployment_options, json_option, order_named, pass_outside
from vistka.cli.render import STAGE_STYLES, count, errors, plain, print_json, results, show
from vistka.cli.rows import Report, Row
from vistka.cli.updating import Progress, Update

#: Changes of a whole update that are listed; more are only counted.
_LISTED = 20
#: Failures for one and the same reason that are listed.
_ALIKE = 3
#: What differs between two remarks of one kind.
_DIFFERS = re.compile(r"(?<=\(').*(?='\))|[0-9]+")

_WORDS = {
    "changed": ("changed", "green"),
    "unchanged": ("same", "dim"),
    "not_found": ("not found", "yellow"),
    "skipped": ("final", "dim"),
    "failed": ("failed", "red"),
}
#: The carrier's answer is still to come, which is not its word "not found".
_NO_ANSWER = ("no answer yet", "yellow")


@click.command()
@click.option("--order-number", metavar="NUMBER", callback=order_named, help="Only this order, open or not.")
@click.option("--dry-run", is_flag=True, help="Ask the carrier, but write and send nothing; print was → now.")
@click.option("--overwrite", is_flag=True, help="Replace what another program wrote, once it is switched off.")
@json_option
@deployment_options
@pass_outside
def update(outside: Outside, *, order_number: str | None, dry_run: bool, overwrite: bool, as_json: bool) -> None:
    """Ask the carrier about all open orders now, due or not.

    Parcels whose story has ended are not asked about again. The carrier's pace is kept (one request a second for
    up to 100 parcels), so some thousands of orders take a minute.

    An order into whose shipment_status another program keeps writing is left alone and shown as failed: switch the
    old cron off, then --overwrite. Without it, it is tried again every few hours.

    \b
    Examples:
      vistka update
      vistka update --order-number TWC09092025N01
      vistka update --dry-run --json | jq '.parcels[] | select(.changed)'

    changed counts codes or stages that differ from the store's; a parcel may be changed and not found, or failed.

    Exit code: 0 all well, 1 anything failed (a bad number, an outage), 2 wrong use or configuration, such as an
    order that the shop does not have.
    """
    deployment = outside.deployment()
    with _progress(order_number) as progress:
        work = Update(
            deployment.functions,
            dry_run=dry_run,
            overwrite=overwrite,
            progress=progress,
            sleep=deployment.clock.sleep,
        )
        try:
            if order_number is None:
                work.everything()
            else:
                work.one(order_number)
        except KeyboardInterrupt:
            work.report.interrupted = True
    report = work.report
    if as_json:
        # Wrong use of one order has no result; anything else has, so that scripts can read how far it came.
        if order_number is None or report.rows or report.exit_code != 2:
            print_json(report.to_dict())
    else:
        _print_rows(report, whole=order_number is None)
    _print_remarks(report, brief=order_number is None and not dry_run)
    _print_summary(report, rows_seen=not as_json)
    raise SystemExit(report.exit_code)


class _BarProgress:
    def __init__(self, bar: Bar, task: TaskID) -> None:
        self._bar, self._task, self._total = bar, task, 0

    def planned(self, parcels: int) -> None:
        self._total += parcels
        self._bar.update(self._task, total=self._total)

    def done(self, parcels: int) -> None:
        self._bar.advance(self._task, parcels)


@contextmanager
def _progress(order_number: str | None) -> Iterator[Progress]:
    console = errors()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        what = plain(f"order {order_number}") if order_number else "parcels"
        yield _BarProgress(bar, bar.add_task(f"Asking about {what}", total=None))


def _print_rows(report: Report, *, whole: bool) -> None:
    brief = whole and not report.dry_run
    table = Table.grid(padding=(0, 2))
    for row in _notable(report) if brief else report.rows:
        word, style = _NO_ANSWER if row.unanswered else _WORDS[row.outcome]
        number = Text(plain(row.order_number), overflow="fold")
        said = _was_now(row)
        if row.note:
            said.append(f" ({plain(row.note)})", style="yellow")
        table.add_row(Text(word, style=style), number, Text(plain(row.ttn)), said)
    if table.row_count:
        show(table)


def _notable(report: Report) -> list[Row]:
    """Failures and changes; of failures for one reason only the first few, of changes on a terminal the first."""
    reasons = Counter(row.error for row in report.rows if row.outcome == "failed")
    shown: Counter[str | None] = Counter()
    out = []
    for row in report.rows:
        if row.outcome == "failed":
            shown[row.error] += 1
            if shown[row.error] <= _ALIKE:
                out.append(row)
    for reason, number in reasons.items():
        if number > _ALIKE:
            more = f"{count(number - _ALIKE, 'parcel')} more: {reason}"
            out.append(Row(order_number="…", ttn="", error=more, outcome="failed"))
    changed = [row for row in report.rows if row.outcome != "failed" and (row.changed or row.rewritten)]
    if len(changed) > _LISTED and results().is_terminal:
        errors().print(f"the first {_LISTED} of {len(changed)} changes; a pipe or --json gets all", style="dim")
        del changed[_LISTED:]
    return out + changed


def _was_now(row: Row) -> Text:
    if row.error:
        return Text(plain(row.error), style="red")
    if not row.rewritten:
        return Text(f"stays {_shown(row.now)}", style="dim")
    style = STAGE_STYLES.get(row.stage or "", "bold")
    return Text.assemble((_shown(row.was), "dim"), " → ", (_shown(row.now), style))


def _shown(text: str | None) -> str:
    return plain(text) if text else "(nothing)"


def _print_reasons(report: Report, *, rows_seen: bool) -> None:
    """What failed, on standard error too: with `--json` nobody may read the rows."""
    for failure in report.failures:
        say_error(failure.line)
    failed = [row for row in report.rows if row.outcome == "failed"]
    if failed and not report.failures and not rows_seen:
        first = failed[0]
        whose = f"order {first.order_number}: " if first.order_number else ""
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        say_error(f"{whose}{first.error or 'no reason told'}{more}")


def _print_remarks(report: Report, *, brief: bool) -> None:
    """What is wrong in the shop's or the carrier's words and stopped nothing: one line each, of many alike a few."""
    console = errors()
    alike: Counter[str] = Counter()
    for row in report.rows:
        for remark in row.remarks:
            kind = _DIFFERS.sub("…", remark)
            alike[kind] += 1
            if brief and alike[kind] > _ALIKE:
                continue
            line = Text.assemble(("note:", "yellow"), plain(f" {row.order_number} {row.ttn}: {remark}"))
            console.print(line, soft_wrap=True)
    for kind, number in alike.items():
        if brief and number > _ALIKE:
            more = plain(f" {number - _ALIKE} more, which --dry-run names: {kind}")
            console.print(Text.assemble(("note:", "yellow"), more), soft_wrap=True)


def _print_summary(report: Report, *, rows_seen: bool) -> None:
    _print_reasons(report, rows_seen=rows_seen)
    console = errors()
    if report.interrupted:
        stands = "" if report.dry_run else ": what was asked before stands; a batch under way goes on to its end"
        console.print(f"interrupted{stands}", style="yellow")
    if not report.rows and report.exit_code == 0:
        console.print("nothing to ask about: no order with a waybill number")
        return
    if not report.rows:
        return
    unanswered = sum(row.unanswered for row in report.rows)
    parts = [
        (f"{count(report.checked, 'parcel')} checked", "bold"),
        (f"{report.count('changed')} changed", "green"),
        (f"{report.count('unchanged')} unchanged", ""),
        (f"{report.count('not_found') - unanswered} not found", "yellow"),
        *([(f"{unanswered} no answer yet", "yellow")] if unanswered else []),
        (f"{report.count('skipped')} skipped (final)", "dim"),
        (f"{report.count('failed')} failed", "bold red"),
    ]
    line = Text()
    for text, style in parts:
        nothing = text.startswith("0 ") and style != "bold"
        line.append(", " if line else "").append(text, style="dim" if nothing else style)
    if report.dry_run:
        line.append("; dry run, nothing written or sent", style="italic")
    console.print(line)
