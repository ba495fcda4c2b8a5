"""What is being done and how long it took: with a running clock in a terminal, a line for each step in a pipe."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Steps:
    """Each call names the next step, which ends the one before."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._what = ""
        self._began = 0.0
        self._progress = Progress(
            TextColumn(" "),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", start=False)

    def __call__(self, what: str) -> None:
        self._done()
        self._what, self._began = what, time.monotonic()
        self._progress.reset(self._task, description=what)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def end(self) -> None:
        """The last one is done."""
        self._done()
        self._progress.stop()

    def _done(self) -> None:
        if self._what:
            took = time.monotonic() - self._began
            self._console.print(f"  [green]✓[/] {self._what} [dim]{took:.1f} s[/]")
            self._what = ""
