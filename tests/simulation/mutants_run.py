"""Plants each bug in turn and counts the seeds that find it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.simulation.mutants import MUTANTS
from tests.simulation.parallel import pool as processes
from tests.simulation.run import run_seed
from tests.simulation.terminal import INTERRUPTED, Teller

#: A bug that none of so many seeds finds is not found. The rarest show in some four of 300, and whatever changes the
#: story deals the seeds anew: among 400 there may be none.
MOST: Final = 1200

#: Seeds that found bugs that no early one finds, when they were last looked for (`--first-only`): they are tried before
#: the others.
LIKELY: Final = {
    "an alert whose day is another is told to nobody": 227,
    "what may have been told rings when its number is back": 213,
    "what a transaction has no room for is cut off": 194,
    "an attempt without an answer is taken for none": 188,
    "an invocation of the mode before forgets since when the shop is live": 168,
    "a parcel that is back where it waited is no news": 104,
    "what may have been told rings in another chat": 82,
    "a rule waits for no other parcel": 68,
    "a batch that the queue did not take is ignored": 51,
    "a cron of every half hour is not noticed": 38,
    "no lease": 31,
    "a probe far ahead is waited for": 30,
    "what still holds in another version is over": 25,
    "what waited for the morning is told though over": 24,
    "what was over in the morning does not come back": 24,
    "what a clock ahead has written holds for ever": 21,
    "a rule looks at one parcel of the order alone": 20,
    "the summary is written apart from what it counts": 17,
    "a rule closes an order that does not show it yet": 14,
    "what an order rule left is not swept": 14,
    "what waited goes past who linked": 14,
    "a foreign text is never tried again": 13,
    "another program's text is overwritten for ever": 13,
    "no projection for finals": 13,
    "a date that is named later alerts again": 12,
    "a shop's outage is a good run": 12,
    "a run begins anew where the last one was cut": 10,
    "a run whose time was up has read all orders": 10,
    "a transfer of money is followed": 10,
    "a closed order never seen is taken up": 7,
    "a day that comes back is not told": 7,
    "retry_after is ignored": 7,
    "a child is a first sight": 6,
    "a number in quarantine is not told": 6,
    "a reminder is not checked against STATE": 6,
    "nothing is superseded": 6,
    "a buyer with a closed chat is not counted": 5,
    "a closed order is reminded of": 5,
    "a run is complete when its batches are sent": 5,
    "a shop in shadow tells": 5,
    "quiet hours in UTC+2": 5,
    "what nobody can read is dropped": 4,
}


@dataclass(frozen=True)
class Found:
    """`first` is the first seed that found it, -1 if none did; `rules` are those that broke, by seeds."""

    name: str
    seeds: int
    found: int
    first: int
    rules: dict[str, int]


def hunt(index: int, seeds: int) -> Found:
    """Counts those of the first `seeds` that find a planted bug; where none of them does, goes on until one has."""
    bug = MUTANTS[index]
    rules: Counter[str] = Counter()
    found, first, tried = 0, -1, 0
    for seed in [*range(seeds), *_likely_first(bug.name, range(seeds, MOST))]:
        if found and tried >= seeds:
            break
        tried += 1
        if broken := {one.rule for one in run_seed(seed, bug=bug).broken}:
            rules.update(broken)
            found += 1
            first = seed if first < 0 else first
    return Found(bug.name, tried, found, first, dict(sorted(rules.items())))


def hunt_first(index: int) -> Found:
    """Until one seed finds it."""
    return hunt(index, 0)


def _likely_first(name: str, seeds: Iterable[int]) -> list[int]:
    return sorted(seeds, key=lambda seed: seed != LIKELY.get(name))


def show_mutants(*, seeds: int, jobs: int, only: str = "", first_only: bool = False) -> int:
    chosen = [index for index, bug in enumerate(MUTANTS) if only in bug.name]
    done, missed = 0, 0
    teller = Teller()
    try:
        with teller.watching("planted bugs", len(chosen)) as ahead, processes(jobs) as pool:
            for found in pool.map(hunt_first if first_only else partial(hunt, seeds=seeds), chosen):
                rules = " ".join(f"{rule}:{count}" for rule, count in found.rules.items())
                line = f"{found.found:>5} of {found.seeds:>4}  first {found.first:>4}  {found.name:<70} {rules}"
                (teller.say if found.found else teller.bad)(line)
                done += 1
                missed += not found.found
                ahead(1)
    except KeyboardInterrupt:
        teller.bad(f"interrupted after {done} of {len(chosen)} planted bugs: {done - missed} found")
        return INTERRUPTED
    (teller.bad if missed else teller.good)(f"{done - missed} of {len(chosen)} planted bugs found")
    return int(bool(missed))
