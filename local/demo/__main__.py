"""The main job, twice, from order to message: first sight, then thirty hours later; then one buyer's own story."""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from local.browser import MISSING, chromium
from local.cockpit.pictures import take
from local.demo import picture, report
from local.demo.runs import Demo, Outcome
from local.demo.steps import Steps
from local.demo.story import DIGEST_HOUR, Story
from local.world.failure import WorldError
from local.world.processes import unwind_when_terminated
from local.world.wishes import QUICK, ROOT, Wishes
from local.world.world import World

_HOURS: Final = 30
#: The digest has its hour, as where Vistka is deployed. In the days of the story nothing waits too long: a hundred
#: alerts to the one chat of the shop, at its pace, would keep whoever watches waiting for minutes.
_PARAMETERS: Final = {**QUICK, "DigestHour": str(DIGEST_HOUR), "WaitingLongDays": "14"}
_PICTURES: Final = ROOT / ".local" / "pictures"


def main() -> int:
    """0 only if every expected message arrived, nothing else did, and the shop shows what it should."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw an SVG of what is shown, as for the README")
    file: Path | None = parser.parse_args().picture
    console = picture.recorder() if file else report.console()
    began = time.monotonic()
    report.title(console)
    with tempfile.TemporaryDirectory(prefix="vistka-demo-") as folder:
        wishes = Wishes(folder=Path(folder), parameters=_PARAMETERS)
        try:
            with Steps(console) as steps, World.start(wishes, say=steps) as world:
                steps.end()
                ready = time.monotonic() - began
                outcome = _show(console, Demo(world, console))
                story = Story(world, console)
                with picture.aside(console):
                    story.tell()
                pictures = _pictures(story)
        except WorldError as error:
            console.print("\n[bold red]✗ The demo came to no end:[/]", str(error), markup=False)
            return 1
    for line in pictures:
        console.print(line)
    report.figures(console, outcome, story=story.wrong, set_up=ready, whole=time.monotonic() - began)
    if file:
        picture.draw(console, file)
    return 0 if outcome.good and not story.wrong else 1


def _show(console: Console, demo: Demo) -> Outcome:
    shown = demo.interesting()
    report.orders(console, "The shop before (some of its orders)", demo.rows(shown), typed=True)
    first = demo.run(hours=0, title="First run: what is there is recorded; what is old is told to nobody")
    with picture.aside(console):
        report.orders(console, "The shop after the first run", demo.rows(shown))
    second = demo.run(hours=_HOURS, title=f"Second run, {_HOURS} hours later: what moved is told")
    report.orders(console, f"The shop after {_HOURS} hours", demo.rows(shown))
    third = demo.summary(
        hours=_HOURS, title="The next run: the shop is told of the buyers whom nobody could tell, in one message"
    )
    fourth = demo.reminder(
        hours=_HOURS, title="The carrier says that storage is free until today: the buyer is reminded"
    )
    outcome = demo.outcome([first, second, third, fourth])
    report.chats(console, outcome)
    return outcome


def _pictures(story: Story) -> list[str]:
    """Where the pictures of the cockpit are, or why there are none."""
    if chromium() is None:
        return [f"  no pictures of the cockpit: {MISSING}"]
    listener = story.open_cockpit()
    try:
        return [f"  picture: {file.relative_to(ROOT)}" for file in take(listener.url, _PICTURES)]
    finally:
        listener.close()


if __name__ == "__main__":
    unwind_when_terminated()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nvistka: stopped; nothing is left running", file=sys.stderr)
        sys.exit(130)
