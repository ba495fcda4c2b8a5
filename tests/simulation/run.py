"""Runs one seed to its quiet end and judges it."""

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.simulation.plan import Plan
from tests.simulation.rules import age_is_true, judge, settled
from tests.simulation.scheduler import SECOND
from tests.simulation.watch import Broken
from tests.simulation.world import Kinds, World

#: After the faults have stopped, quiet must come within this time.
LONGEST_QUIET: Final = 30 * 3600
_LOOK: Final = 1800


@dataclass
class Bug:
    """A planted bug: `plant` may put other classes into `kinds`, `spoil` other parts into a world that is built,
    `patch` other names into a module while the seed runs."""

    name: str
    rules: str
    plant: Callable[[Kinds], None] = lambda _kinds: None
    spoil: Callable[[World], None] = lambda _world: None
    patch: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass
class Outcome:
    seed: int
    broken: list[Broken]
    quiet_after: float
    counts: dict[str, int] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)


def run_seed(seed: int, *, bug: Bug | None = None, tell: bool = False) -> Outcome:
    """The same seed, the same story, whatever the machine."""
    story: list[str] = []
    kinds = Kinds()
    if bug is not None:
        bug.plant(kinds)
    with bug.patch() if bug is not None else nullcontext():
        plan = Plan(seed, kinds=kinds)
        world = plan.world
        if tell:
            world.gate.story = lambda line: story.append(f"{_clock(world.scheduler.now)} {line}")
        if bug is not None:
            bug.spoil(world)
        world.watch.published = lambda age: age_is_true(world, age)
        with _heard(world):
            try:
                quiet_after = _until_quiet(plan)
            except Exception as error:
                error.add_note(f"in seed {seed}")
                raise
        broken = [*world.watch.broken, *judge(world, plan)]
    counts = {
        "requests": world.carrier.requests,
        "messages": sum(attempt.delivered for attempt in world.telegram.attempts),
        "invocations": world.scheduler.begun,
        "runs": len(world.memory.runs),
    }
    return Outcome(seed, broken, quiet_after, counts, story)


def run_seeds(seeds: Sequence[int]) -> list[Outcome]:
    """What fails in one of them is told of that one, and the others go on."""
    return [_run_or_tell(seed) for seed in seeds]


def _run_or_tell(seed: int) -> Outcome:
    try:
        return run_seed(seed)
    except Exception as error:  # noqa: BLE001 -- whatever it is
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        text = f"the simulation itself failed: {type(error).__name__} at {where}: {error}"
        return Outcome(seed, [Broken("--", 0, text)], 0.0)


def _until_quiet(plan: Plan) -> float:
    world, stop = plan.world, int(plan.stop * SECOND)
    world.scheduler.run(stop)
    quiet = _settle(plan, stop)
    if plan.linger:
        plan.lingers = True
        world.scheduler.run(quiet + int(plan.linger * SECOND))
        plan.lingers = False
        _settle(plan, world.scheduler.now)
    world.scheduler.stop_all()
    return (quiet - stop) / SECOND


def _settle(plan: Plan, until: int) -> int:
    longest = until + LONGEST_QUIET * SECOND
    while until < longest:
        until += _LOOK * SECOND
        plan.world.scheduler.run(until)
        if settled(plan.world, plan):
            break
    return until


class _Ear(logging.Handler):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        self._world.say(record.getMessage())


@contextmanager
def _heard(world: World) -> Iterator[None]:
    """What the adapters log is judged with the rest, and shown to nobody."""
    log, ear = logging.getLogger("vistka.adapters"), _Ear(world)
    before = log.propagate
    log.addHandler(ear)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(ear)
        log.propagate = before


def _clock(now: int) -> str:
    seconds, rest = divmod(now, SECOND)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest // 1000:03}"
