"""What a run of many seeds shows: results on standard output, how far it is on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

#: The exit code of what was ended by Ctrl-C, as shells have it.
INTERRUPTED: Final = 130
#: Seconds between two signs of life where no bar can be drawn.
_SIGN: Final = 30


class Teller:
    """Colours and a bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._aside = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        self._out.print(text, style=style or None, markup=False, emoji=False)

    def good(self, text: str) -> None:
        self.say(text, "green")

    def bad(self, text: str) -> None:
        self.say(text, "bold red")

    @contextmanager
    def watching(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Yields what is called with so many more that are done."""
        if not self._aside.is_terminal:
            yield self._signs(what, total)
            return
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        both = self._out.is_terminal  # else what is piped would come to the terminal
        with Progress(*columns, console=self._aside, transient=True, redirect_stdout=both) as bars:
            task = bars.add_task(what, total=total)
            out, self._out = self._out, bars.console if both else self._out
            try:
                yield lambda more: bars.advance(task, more)
            finally:
                self._out = out

    def _signs(self, what: str, total: int) -> Callable[[int], None]:
        done, said = 0, time.monotonic()

        def ahead(more: int) -> None:
            nonlocal done, said
            done += more
            if time.monotonic() - said >= _SIGN:
                said = time.monotonic()
                self._aside.print(f"{done} of {total} {what}", markup=False)

        return ahead
