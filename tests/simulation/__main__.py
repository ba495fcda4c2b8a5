"""`python -m tests.simulation --seeds 2000`: runs seeds; `--seed N` tells one's story, `--mutants` plants bugs."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import batched
from pathlib import Path
from typing import Final

from tests.simulation.parallel import pool as processes

sys.path[:0] = [str(Path(__file__).parents[2] / "layers" / "core")]

from tests.simulation.run import Outcome, run_seed, run_seeds  # noqa: E402 -- the package is not installed everywhere

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
    parser.add_argument("--seeds", type=int, default=300, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="replay this one and tell its story")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--mutants", action="store_true", help="plant every bug and count the seeds that find it")
    parser.add_argument("--first-only", action="store_true", help="with --mutants: go on to the next bug once found")
    parser.add_argument("--mutant", default="", help="with --seed or --mutants: this bug alone")
    return parser.parse_args()


def _one(seed: int, mutant: str) -> int:
    bug = None
    if mutant:
        from tests.simulation.mutants import MUTANTS  # noqa: PLC0415 -- only when asked for

        bug = next(one for one in MUTANTS if one.name == mutant)
    outcome = run_seed(seed, bug=bug, tell=True)
    print("\n".join(outcome.story))  # noqa: T201
    _show(outcome)
    return int(bool(outcome.broken))


def _many(seeds: Sequence[int], *, jobs: int) -> int:
    began = time.monotonic()
    totals: Counter[str] = Counter()
    failed: list[Outcome] = []
    done = 0
    with processes(jobs) as pool:
        for outcomes in pool.map(run_seeds, batched(seeds, CHUNK, strict=False)):
            for outcome in outcomes:
                done += 1
                totals.update(outcome.counts)
                if outcome.broken:
                    failed.append(outcome)
                    _show(outcome, 2 if len(failed) <= 12 else 0)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(seeds)}", end="", file=sys.stderr)  # noqa: T201
    seconds = time.monotonic() - began
    figures = ", ".join(f"{count} {name}" for name, count in sorted(totals.items()))
    print(f"{done} seeds in {seconds:.0f} s on {jobs} processes: {len(failed)} broke a rule; {figures}")  # noqa: T201
    for outcome in failed[:3]:
        print(f"replay: python -m tests.simulation --seed {outcome.seed}")  # noqa: T201
    return int(bool(failed))


def _show(outcome: Outcome, most: int = 20) -> None:
    for broken in outcome.broken[:most]:
        print(f"seed {outcome.seed}: {broken.rule} at {broken.at / 3.6e9:.2f} h: {broken.text}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
