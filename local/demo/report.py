"""What the demo shows a person: the shop's orders, the chats, and the figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.demo.runs import Outcome

_SHOWN_CHATS: Final = 8
_BUBBLE: Final = 56
_PIPE: Final = 118
_STYLES: Final = {"bold": "bold", "italic": "italic", "text_link": "underline blue", "code": "cyan"}
_KYIV: Final = ZoneInfo("Europe/Kyiv")


def console() -> Console:
    """A terminal's own width; a pipe has none, and room enough."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_PIPE)


def title(console: Console) -> None:
    console.print("\n[bold cyan]Vistka[/] · a shop's parcels, tracked and told. Everything runs on this machine.\n")


def orders(console: Console, heading: str, rows: Sequence[Mapping[str, Any]], *, typed: bool = False) -> None:
    """`typed`: also the numbers as people typed them into the shop."""
    table = Table(title=heading, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("order", no_wrap=True)
    if typed:
        table.add_column("tracking_number", no_wrap=True)
    table.add_column("shipment_status", style="green")
    for row in rows:
        number = [Text((row["tracking_number"] or "").replace("\n", "⏎"))] if typed else []
        table.add_row(row["order_number"], *number, Text(row["shipment_status"] or "–"))
    console.print()
    console.print(table)


def chats(console: Console, outcome: Outcome) -> None:
    """A few messages as their readers see them, one of each kind first, side by side where there is room."""
    width = min(_BUBBLE, console.width)
    bubbles = [
        bubble(message, outcome.names.get(message["chat_id"], "a buyer"), width)
        for message in _of_each_kind(outcome.messages)
    ]
    said = f"({len(outcome.messages)} messages, {len(bubbles)} of them here)"
    console.print("\n[bold]What arrived in Telegram[/]", f"{said}\n")
    console.print(Columns(bubbles, padding=(0, 1)))


def figures(console: Console, outcome: Outcome, *, story: Sequence[str], set_up: float, whole: float) -> None:
    """`story`: what did not come about in the buyer's story."""
    console.print()
    for run in outcome.runs:
        console.print(
            f"  +{run.hours:>2} h  {_count(run.parcels, 'parcel')} in {_count(run.requests, 'carrier request')},"
            f" {_count(run.messages, 'message')}, {run.seconds:.1f} s"
        )
    console.print(f"  set up in {set_up:.1f} s, all in all {whole:.1f} s")
    if outcome.good and not story:
        console.print(
            f"\n[bold green]✓ All {outcome.expected} expected messages arrived, {outcome.summaries} of them the summary"
            " for the shop, and no other; the shop shows every status.[/]\n"
        )
        return
    wrong = [*outcome.wrong, *story]
    console.print(f"\n[bold red]✗ {len(wrong)} things are not as expected:[/]")
    for line in wrong[:30]:
        console.print(Text(f"  {line}"))
    for line in outcome.complaints:
        console.print(Text(f"  log: {line}"))


def _count(number: int, one: str) -> str:
    return f"[bold]{number}[/] {one}{'' if number == 1 else 's'}"


def bubble(message: Mapping[str, Any], name: str, width: int = _BUBBLE) -> Panel:
    """A message as its reader sees it."""
    # A table would cut a line short whose last blank is one cell too many: an emoji has two.
    text = Text(str(message["text"]), overflow="fold")
    for entity in message["entities"]:
        start = _index(text.plain, entity["offset"])
        text.stylize(_STYLES.get(entity["type"], ""), start, _index(text.plain, entity["offset"] + entity["length"]))
    return Panel(
        text,
        title=Text(name, style="bold"),
        title_align="left",
        subtitle=f"{datetime.fromisoformat(message['at']).astimezone(_KYIV):%d.%m %H:%M}",
        subtitle_align="right",
        border_style="yellow" if message["chat_id"] < 0 else "cyan",
        box=box.ROUNDED,
        width=width,
    )


def _index(text: str, units: int) -> int:
    """Telegram counts in UTF-16."""
    return len(text.encode("utf-16-le")[: units * 2].decode("utf-16-le"))


def _of_each_kind(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Messages that begin alike are of one kind; the buyers' come first."""
    first: dict[tuple[bool, str], Mapping[str, Any]] = {}
    for message in messages:
        first.setdefault((message["chat_id"] < 0, str(message["text"]).split("\n", 1)[0][:14]), message)
    return [first[key] for key in sorted(first, key=lambda key: key[0])][:_SHOWN_CHATS]
