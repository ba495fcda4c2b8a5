"""The main job, twice, from order to message: first sight, then thirty hours later."""

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from local.demo import report
from local.demo.runs import Demo, Outcome
from local.world.failure import WorldError
from local.world.wishes import Wishes
from local.world.world import World

_HOURS = 30


def main() -> int:
    """0 only if every expected message arrived, nothing else did, and the shop shows what it should."""
    console = Console(highlight=False)
    began = time.monotonic()
    report.title(console)
    with tempfile.TemporaryDirectory(prefix="vistka-demo-") as folder, console.status("…") as status:
        try:
            with World.start(
                Wishes(folder=Path(folder)), say=lambda what: status.update(f"[cyan]{what}[/] …")
            ) as world:
                ready = time.monotonic() - began
                status.stop()
                outcome = _show(console, Demo(world, console))
        except WorldError as error:
            console.print(f"[bold red]The local world did not start:[/] {error}")
            return 1
    report.figures(console, outcome, set_up=ready, whole=time.monotonic() - began)
    return 0 if outcome.good else 1


def _show(console: Console, demo: Demo) -> Outcome:
    shown = demo.interesting()
    report.orders(console, "The shop before", demo.rows(shown))
    first = demo.run(hours=0, title="First run: what is there is recorded, nobody is told what is old")
    report.orders(console, "The shop after the first run", demo.rows(shown))
    second = demo.run(hours=_HOURS, title=f"Second run, {_HOURS} hours later: what moved is told")
    demo.sweep()
    report.orders(console, f"The shop after {_HOURS} hours", demo.rows(shown))
    outcome = demo.outcome([first, second])
    report.chats(console, outcome)
    return outcome


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
