"""What the demo shows a person: the shop's orders, the chats, and the figures."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.align import Align
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.demo.runs import Outcome

_SHOWN_CHATS: Final = 6


def title(console: Console) -> None:
    console.print("\n[bold cyan]Vistka[/] · a shop's parcels, tracked and told. Everything runs on this machine.\n")


def orders(console: Console, heading: str, rows: Sequence[Mapping[str, Any]]) -> None:
    table = Table(title=heading, title_justify="left", title_style="bold", expand=False)
    table.add_column("order", no_wrap=True)
    table.add_column("status", style="dim")
    table.add_column("tracking number", no_wrap=True, max_width=30)
    table.add_column("shipment_status", style="green", ratio=1)
    for row in rows:
        number = (row["tracking_number"] or "").replace("\n", "⏎")
        table.add_row(row["order_number"], row["status"], number, row["shipment_status"] or "–")
    console.print(table)


def chats(console: Console, outcome: Outcome) -> None:
    """A few messages as their readers see them, one of each kind first."""
    console.print(f"\n[bold]What arrived in Telegram[/] ({len(outcome.messages)} messages, some of them here)\n")
    panels = []
    for message in _of_each_kind(outcome.messages):
        name = outcome.names.get(message["chat_id"], "a buyer")
        shop = message["chat_id"] < 0
        panels.append(
            Panel(
                Text(str(message["text"])),
                title=name,
                title_align="left",
                border_style="yellow" if shop else "cyan",
                width=58,
            )
        )
    console.print(Align.left(Columns(panels, equal=False, expand=False)))


def figures(console: Console, outcome: Outcome, *, set_up: float, whole: float) -> None:
    console.print()
    for run in outcome.runs:
        console.print(
            f"  +{run.hours:>2} h: [bold]{run.parcels}[/] parcels in [bold]{run.requests}[/] carrier requests,"
            f" {run.seconds:.1f} s to the last message"
        )
    console.print(f"  set up in {set_up:.1f} s, all in all {whole:.1f} s")
    if outcome.good:
        console.print(
            f"\n[bold green]✓ Every expected message arrived: {outcome.expected}, and no other;"
            f" {outcome.summaries} summary of buyers without a chat. The shop shows every status.[/]\n"
        )
        return
    console.print(f"\n[bold red]✗ {len(outcome.wrong)} things are not as expected:[/]")
    for line in outcome.wrong[:30]:
        console.print(Text(f"  {line}"))


def _of_each_kind(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    first: dict[tuple[bool, str], Mapping[str, Any]] = {}
    for message in messages:
        first.setdefault((message["chat_id"] < 0, str(message["text"]).split("\n", 1)[0][:14]), message)
    return list(first.values())[:_SHOWN_CHATS]
