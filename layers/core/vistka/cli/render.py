"""How the command line speaks: results on standard output, everything else on standard error."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final

import click
from rich.console import Console, RenderableType
from rich.text import Text

from vistka.domain.kyiv import kyiv as kyiv_zone

#: Beyond a terminal nothing is folded: lines are for grep.
_PIPE_WIDTH: Final = 500

STAGE_STYLES: Final = {
    "delivered": "green",
    "at_branch": "cyan",
    "at_locker": "cyan",
    "out_for_delivery": "cyan",
    "refused": "red",
    "destroyed": "red",
    "storage_ended": "red",
    "failed_attempt": "yellow",
    "postponed": "yellow",
    "redirected": "yellow",
    "not_found": "yellow",
    "deleted": "yellow",
    "returning": "yellow",
    "return_waiting": "yellow",
    "returned": "red",
}


def results() -> Console:
    """For what a command was asked for, when people read it."""
    return _console(sys.stdout)


def errors() -> Console:
    """For the deployment's name, progress, summaries and errors."""
    return _console(sys.stderr)


def _console(stream: IO[str]) -> Console:
    terminal = stream.isatty()
    # Said outright, so that FORCE_COLOR and the like bring no colours into a pipe.
    return Console(
        file=stream,
        force_terminal=terminal,
        width=None if terminal else _PIPE_WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
    )


def show(what: RenderableType) -> None:
    """A table or the like among the results; in a pipe without the blanks that fill its columns."""
    console = results()
    if console.is_terminal:
        console.print(what)
        return
    with console.capture() as captured:
        console.print(what)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def say_pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Names and what is said of them, on standard error."""
    console, pairs = errors(), [(plain(name), plain(text)) for name, text in rows]
    width = max((len(name) for name, _ in pairs), default=0)
    for name, text in pairs:
        console.print(Text.assemble((f"{name:<{width}}", "bold"), f"  {text}"), soft_wrap=True)


def print_json(data: Mapping[str, Any]) -> None:
    """One object on standard output, in UTF-8 whatever the locale says."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2).encode())


def plain(text: str, *, lines: bool = False) -> str:
    """Text of others without control characters, which a terminal would obey, and halves of characters, which it could
    not take."""
    kept = {"\n"} if lines else set()
    return "".join(c if c in kept or unicodedata.category(c) not in {"Cc", "Cs"} else " " for c in text)


def iso(moment: datetime | None) -> str | None:
    """UTC to the second, for scripts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def kyiv(moment: datetime | None) -> str:
    """Kyiv time, for people."""
    return moment.astimezone(kyiv_zone()).strftime("%Y-%m-%d %H:%M") if moment else "-"


def age(duration: timedelta) -> str:
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"


def count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")
