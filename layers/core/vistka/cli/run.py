"""`vistka run`: one whole run now, as the timer starts it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Self

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from vistka.cli.deployment import Deployment
from vistka.cli.failures import Failure, say_error
from vistka.cli.following import Followed, Follower
from vistka.cli.functions import Function, ask
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside
from vistka.cli.render import count, errors, plain, print_json, show

#: Reasons of one kind are many after a bad import: so many are listed.
_LISTED = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What the dispatcher did: batches sent, notices swept, buyers counted into a summary to the shop (`untold`), and
    what could not be read in the orders."""

    run: str
    orders: int
    parcels: int
    batches: int
    left: int
    swept: int
    untold: int
    problems: tuple[str, ...] = field(default=())

    @classmethod
    def from_dict(cls, answer: dict[str, Any]) -> Self:
        """Raises Failure for an answer of another version."""
        try:
            run, sweep = answer["run"], answer["sweep"]
            return cls(
                run=str(run["id"]),
                orders=int(run["orders"]),
                parcels=int(run["parcels_asked"]),
                batches=int(run["batches"]),
                left=int(run["left"]),
                swept=int(sweep["sent"]),
                untold=int(sweep["untold"]),
                problems=tuple(str(problem) for problem in run["problems"]),
            )
        except (KeyError, TypeError, ValueError):
            raise Failure("the dispatcher's answer cannot be read; deploy this version") from None

    def to_dict(self, followed: Followed | None) -> dict[str, Any]:
        """The object of `--json`; what only waiting tells is null without it."""
        return {
            "run": self.run,
            "orders": self.orders,
            "parcels": self.parcels,
            "batches": self.batches,
            "left": self.left,
            "swept": self.swept,
            "untold": self.untold,
            "problems": list(self.problems),
            "done": followed.done if followed else None,
            "failed": list(followed.failed) if followed else None,
            "notices": dict(followed.notices) if followed else None,
            "stopped": (followed.stopped or None) if followed else None,
        }


@click.command(short_help="One whole run now, as the timer starts it.")
@click.option("--wait", is_flag=True, help="Until all batches are in and the notices have gone out.")
@json_option
@deployment_options
@pass_outside
def run(outside: Outside, *, wait: bool, as_json: bool) -> None:
    """Start one whole run now, as the timer does: sweep overdue notices, ask about what is due, tell what changed.

    `vistka update` asks about everything, due or not, and shows each parcel; this asks about what is due, through
    the queue, and comes back at once. --wait follows it to its end. A run that is interrupted here goes on there.

    \b
    Examples:
      vistka run
      vistka run --wait

    Exit code: 0 well, 1 something failed (an outage, a bad number, a run that came to no end), 2 wrong use or
    configuration.
    """
    deployment = outside.deployment()
    console = errors()
    with console.status("starting a run") if console.is_terminal else nullcontext():
        sent = Sent.from_dict(ask(deployment.functions, Function.DISPATCHER, {"run": True}))
    if not as_json:
        _print_sent(sent)
    followed = None
    if wait:
        try:
            followed = _follow(deployment, sent)
        except KeyboardInterrupt:
            errors().print("interrupted; the run goes on by itself", style="yellow")
            raise SystemExit(130) from None
    if as_json:
        print_json(sent.to_dict(followed))
    elif followed:
        _print_followed(followed)
    raise SystemExit(_exit_code(sent, followed))


def _follow(deployment: Deployment, sent: Sent) -> Followed:
    with _bars(sent.batches) as watcher:
        follower = Follower(state=deployment.state(), watcher=watcher, sleep=deployment.clock.sleep)
        return follower.follow(sent.run)


class _Bars:
    def __init__(self, bars: Progress, asking: TaskID, telling: TaskID) -> None:
        self._bars, self._asking, self._telling, self._most = bars, asking, telling, 0

    def seen(self, *, done: int, unsent: int) -> None:
        self._most = max(self._most, unsent)
        self._bars.update(self._asking, completed=done)
        self._bars.update(self._telling, total=self._most or None, completed=self._most - unsent)


@contextmanager
def _bars(batches: int) -> Iterator[_Bars]:
    console = errors()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        asking = bars.add_task("Asking Nova Poshta (batches)", total=batches)
        yield _Bars(bars, asking, bars.add_task("Telling in Telegram", total=None))


def _print_sent(sent: Sent) -> None:
    for problem in sent.problems[:_LISTED]:
        show(Text.assemble(("failed", "red"), f"  {plain(problem)}"))
    if len(sent.problems) > _LISTED:
        show(Text.assemble(("failed", "red"), f"  {count(len(sent.problems) - _LISTED, 'number')} more"))
    line = f"{count(sent.parcels, 'parcel')} of {count(sent.orders, 'open order')} in {_batches(sent.batches)}"
    show(Text.assemble(("sent", "green"), f"    {line if sent.batches else 'nothing: no parcel is due'}"))
    if sent.left:
        show(Text.assemble(("left", "yellow"), f"    {_batches(sent.left)}, for the next run"))
    if sent.swept:
        show(
            Text.assemble(
                ("swept", "green"), f"   {count(sent.swept, 'notice')} sent that waited for their hour or are overdue"
            )
        )
    if sent.untold:
        show(Text.assemble(("swept", "green"), f"   {count(sent.untold, 'buyer')} without a chat, into one summary"))


def _print_followed(followed: Followed) -> None:
    show(Text.assemble(("asked", "green"), f"   {followed.done} of {_batches(followed.batches)}"))
    told = ", ".join(f"{number} {state}" for state, number in followed.notices.items())
    show(Text.assemble(("told", "green"), f"    {told or 'nothing'}"))
    if followed.failed:
        few = ", ".join(followed.failed[:_LISTED])
        say_error(f"no answer about {count(len(followed.failed), 'parcel')}, the next run asks again: {few}")
    if followed.stopped:
        say_error(f"{followed.stopped}; `vistka check` tells more")


def _batches(number: int) -> str:
    return count(number, "batch", "batches")


def _exit_code(sent: Sent, followed: Followed | None) -> int:
    if sent.problems:
        return 1
    return 1 if followed and (followed.failed or followed.stopped) else 0
