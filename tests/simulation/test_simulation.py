"""R1 to R10 hold in every seed, and a seed tells the same story every time."""

import os
import subprocess
import sys
from pathlib import Path

from tests.simulation.parallel import spread
from tests.simulation.run import Outcome, run_seed

ROOT = Path(__file__).parents[2]
SEEDS = 300
CHUNK = 15


def run_chunk(first: int) -> list[Outcome]:
    return [run_seed(seed) for seed in range(first, first + CHUNK)]


def test_no_fault_breaks_a_rule() -> None:
    """F4, F6, F7, F15, F20, F23, F35, F36, F40: R1 to R10, under crashes, duplicates, delays and outages."""
    outcomes = [outcome for chunk in spread(run_chunk, range(0, SEEDS, CHUNK)) for outcome in chunk]
    assert len(outcomes) == SEEDS
    broken = [
        f"seed {outcome.seed}: {one.rule} {one.text}; its story: make simulate SEED={outcome.seed}"
        for outcome in outcomes
        for one in outcome.broken[:2]
    ]
    assert not broken, "\n".join(broken[:20])
    # It was no empty exercise.
    assert sum(outcome.counts["messages"] for outcome in outcomes) > SEEDS


def test_a_seed_tells_the_same_story_whatever_the_hash_seed() -> None:
    code = (
        "import hashlib; from tests.simulation.run import run_seed\n"
        "for seed in range(20, 32):\n"
        "    story = '\\n'.join(run_seed(seed, tell=True).story)\n"
        "    print(seed, hashlib.sha256(story.encode()).hexdigest())"
    )

    def told(hash_seed: str) -> str:
        environ = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core'}"}
        ran = subprocess.run(
            [sys.executable, "-c", code], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return ran.stdout

    assert told("1") == told("2")


def test_telling_the_story_changes_nothing_of_it() -> None:
    for seed in (3, 8):
        assert run_seed(seed).counts == run_seed(seed, tell=True).counts
