"""Plants each bug in turn and counts the seeds that find it."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

from tests.simulation.mutants import MUTANTS
from tests.simulation.parallel import pool as processes
from tests.simulation.run import run_seed


@dataclass(frozen=True)
class Found:
    """`first` is the first seed that found it, -1 if none did; `rules` are those that broke, by seeds."""

    name: str
    seeds: int
    found: int
    first: int
    rules: dict[str, int]


def hunt(index: int, seeds: int, *, first_only: bool = False, start: int = 0) -> Found:
    """Run seeds with a bug planted, `start` before all others; with `first_only` until one finds it."""
    bug = MUTANTS[index]
    rules: Counter[str] = Counter()
    found, first, tried = 0, -1, 0
    for seed in sorted(range(seeds), key=lambda seed: seed != start):
        tried += 1
        broken = {one.rule for one in run_seed(seed, bug=bug).broken}
        if broken:
            rules.update(broken)
            found += 1
            first = seed if first < 0 else first
            if first_only:
                break
    return Found(bug.name, tried, found, first, dict(sorted(rules.items())))


def show_mutants(*, seeds: int, jobs: int, only: str = "", first_only: bool = False) -> int:
    chosen = [index for index, bug in enumerate(MUTANTS) if only in bug.name]
    missed = 0
    with processes(jobs) as pool:
        for found in pool.map(partial(hunt, seeds=seeds, first_only=first_only), chosen):
            rules = " ".join(f"{rule}:{count}" for rule, count in found.rules.items())
            print(f"{found.found:>5} of {found.seeds}  first {found.first:>4}  {found.name:<70} {rules}", flush=True)  # noqa: T201
            missed += not found.found
    print(f"{len(chosen) - missed} of {len(chosen)} planted bugs found")  # noqa: T201
    return int(bool(missed))
