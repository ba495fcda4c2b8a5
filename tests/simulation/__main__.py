"""`python -m tests.simulation --seeds 2000`: runs seeds; `--seed N` tells one's story, `--mutants` plants bugs."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path
from typing import Final

from tests.simulation.parallel import pool as processes
from tests.simulation.terminal import INTERRUPTED, Teller

sys.path[:0] = [str(Path(__file__).parents[2] / "layers" / "core")]

from tests.simulation.run import Outcome, run_seed, run_seeds  # noqa: E402 -- the package is not installed everywhere

#: Seeds that a process takes at a time.
CHUNK: Final = 20


def main() -> int:
    options = _options()
    if options.seed is not None:
        return _one(options.seed, options.mutant)
    if options.mutants:
        from tests.simulation.mutants_run import show_mutants  # noqa: PLC0415 -- only when asked for

        return show_mutants(seeds=options.seeds, jobs=options.jobs, only=options.mutant, first_only=options.first_only)
    return _many(range(options.first, options.first + options.seeds), jobs=options.jobs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=_at_least(1), default=300, help="how many (SEEDS for make)")
    parser.add_argument("--from", dest="first", type=_at_least(0), default=0, help="the first of them (FROM for make)")
    parser.add_argument("--seed", type=_at_least(0), help="replay this one and tell its story (SEED for make)")
    parser.add_argument("--jobs", type=_at_least(1), default=os.cpu_count() or 1)
    parser.add_argument("--mutants", action="store_true", help="plant every bug and count the seeds that find it")
    parser.add_argument("--first-only", action="store_true", help="with --mutants: go on to the next bug once found")
    parser.add_argument("--mutant", default="", help="with --seed or --mutants: this bug alone")
    return parser.parse_args()


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"give a whole number from {least} on, not {text!r}")
        return int(text)

    return number


def _one(seed: int, mutant: str) -> int:
    bug = None
    if mutant:
        from tests.simulation.mutants import MUTANTS  # noqa: PLC0415 -- only when asked for

        bug = next(one for one in MUTANTS if one.name == mutant)
    outcome = run_seed(seed, bug=bug, tell=True)
    teller = Teller()
    for line in outcome.story:
        teller.say(line)
    _show(teller, outcome)
    if not outcome.broken:
        teller.good(f"seed {seed}: no rule was broken")
    return int(bool(outcome.broken))


def _many(seeds: Sequence[int], *, jobs: int) -> int:
    began = time.monotonic()
    totals: Counter[str] = Counter()
    failed: list[Outcome] = []
    teller = Teller()
    done = 0

    def so_far() -> str:
        return f"{done} of {len(seeds)} seeds in {time.monotonic() - began:.0f} s: {len(failed)} broke a rule"

    try:
        with teller.watching("seeds", len(seeds)) as ahead, processes(jobs) as pool:
            for outcomes in pool.map(run_seeds, batched(seeds, CHUNK, strict=False)):
                for outcome in outcomes:
                    totals.update(outcome.counts)
                    if outcome.broken:
                        failed.append(outcome)
                        _show(teller, outcome, 2 if len(failed) <= 12 else 0)
                done += len(outcomes)
                ahead(len(outcomes))
    except KeyboardInterrupt:
        teller.bad(f"interrupted after {so_far()}")
        return INTERRUPTED
    figures = ", ".join(f"{count:,} {name}".replace(",", " ") for name, count in sorted(totals.items()))
    (teller.bad if failed else teller.good)(so_far())
    teller.say(f"on {jobs} processes: {figures}")
    for outcome in failed[:3]:
        teller.say(f"its story: make simulate SEED={outcome.seed}")
    return int(bool(failed))


def _show(teller: Teller, outcome: Outcome, most: int = 20) -> None:
    for broken in outcome.broken[:most]:
        teller.bad(f"seed {outcome.seed}: {broken.rule} at {broken.at / 3.6e9:.2f} h: {broken.text}")


if __name__ == "__main__":
    sys.exit(main())
