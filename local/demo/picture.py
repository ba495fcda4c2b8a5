"""The demo's output as a picture for the README: `python -m local.demo --picture docs/demo.svg`."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme

#: Colours that are read on any page, in the dark and in the light.
_THEME: Final = TerminalTheme(
    (31, 35, 40),
    (197, 200, 198),
    [
        (75, 78, 85),
        (204, 85, 90),
        (120, 170, 60),
        (208, 179, 68),
        (96, 138, 177),
        (152, 114, 159),
        (104, 160, 179),
        (197, 200, 198),
    ],
)
#: As rich's own, without the fonts that it would fetch from elsewhere.
_FRAME: Final = """<svg viewBox="0 0 {width} {height}" role="img" xmlns="http://www.w3.org/2000/svg">
<title>The output of make demo</title>
<style>
.{unique_id}-matrix {{ font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: {char_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; }}
{styles}
</style>
{chrome}
<g class="{unique_id}-matrix" transform="translate({terminal_x}, {terminal_y})">
{matrix}
</g>
</svg>
"""
_TEXT: Final = re.compile(
    r'<text class="([\w-]+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)" clip-path="[^"]*">(.*?)</text>'
)


def recorder() -> Console:
    """A console of the picture's width that keeps what it shows."""
    return Console(highlight=False, width=118, record=True, force_terminal=False, color_system=None)


@contextmanager
def aside(console: Console) -> Iterator[None]:
    """What is shown meanwhile is no part of the picture."""
    recorded, console.record = console.record, False
    try:
        yield
    finally:
        console.record = recorded


def draw(console: Console, file: Path) -> None:
    drawn = console.export_svg(title="make demo", theme=_THEME, code_format=_FRAME, unique_id="demo")
    file.write_text(_TEXT.sub(_words, drawn), encoding="utf-8")


def _words(text: re.Match[str]) -> str:
    """Each word in its own place, for some programs drop the blanks at the edges of a text."""
    style, left, y, length, escaped = text.groups()
    line = html.unescape(escaped)
    cell = float(length) / max(1, cell_len(line))
    return "\n".join(
        f'<text class="{style}" x="{float(left) + cell * cell_len(line[: word.start()]):.1f}" y="{y}"'
        f' textLength="{cell * cell_len(word[0]):.1f}">{html.escape(word[0], quote=False)}</text>'
        for word in re.finditer(r"[^\s\xa0]+", line)
    )
