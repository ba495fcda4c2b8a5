"""`make simulate` as a person runs it: wrong numbers, Ctrl-C, and a seed in which the simulation itself fails."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.simulation.run import run_seeds
from tests.simulation.terminal import INTERRUPTED

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tests.simulation")


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [
        ("--seeds", "0", 1),
        ("--seeds", "-1", 1),
        ("--seeds", "abc", 1),
        ("--seeds", "1.5", 1),
        ("--from", "-3", 0),
        ("--seed", "-5", 0),
    ],
)
def test_a_number_that_is_none_is_an_error_and_no_good_run_f20(name: str, value: str, least: int) -> None:
    done = simulate(f"{name}={value}")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"argument {name}: give a whole number from {least} on, not '{value}'" in done.stderr


def test_seeds_that_keep_the_rules_are_a_good_run_and_one_of_them_says_so_too() -> None:
    many = simulate("--seeds", "3", "--from", "7")
    assert many.returncode == 0
    assert many.stdout.startswith("3 of 3 seeds in ")
    assert many.stdout.splitlines()[0].endswith(": 0 broke a rule")
    assert "\x1b" not in many.stdout + many.stderr
    one = simulate("--seed", "7")
    assert (one.returncode, one.stdout.splitlines()[-1]) == (0, "seed 7: no rule was broken")


def test_a_bug_is_told_with_its_seed_and_is_no_good_run() -> None:
    done = simulate("--seed", "1", "--mutant", "no sweep")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("seed 1: R3 at ")


@pytest.mark.parametrize("arguments", [("--seeds", "9999"), ("--mutants", "--seeds", "9999")])
def test_ctrl_c_ends_it_at_once_with_what_was_done_and_leaves_no_process(arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*PROGRAM, *arguments, "--jobs", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Tests that were begun in the background ignore it, and what they begin would as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 -- no threads here
    ) as begun:
        try:
            while _children(begun.pid) < 2:
                time.sleep(0.1)  # till it has workers
            os.killpg(begun.pid, signal.SIGINT)  # as a terminal does
            # Workers write to the same pipe: it ends with the last of them.
            out, _ = begun.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(begun.pid, signal.SIGKILL)
            raise
    assert begun.returncode == INTERRUPTED
    assert out.splitlines()[-1].startswith("interrupted after ")
    assert "Traceback" not in out


def _children(process: int) -> int:
    parents = subprocess.run(["ps", "-A", "-o", "ppid="], capture_output=True, text=True, check=True).stdout.split()
    return parents.count(str(process))


class Odd:
    def __str__(self) -> str:
        raise TypeError("no seed")


def test_a_seed_in_which_the_simulation_itself_fails_is_told_and_the_others_go_on() -> None:
    failed, good = run_seeds([Odd(), 3])  # type: ignore[list-item]
    (broken,) = failed.broken
    assert re.fullmatch(r"the simulation itself failed: TypeError at test_command\.py:\d+: no seed", broken.text)
    assert good.broken == []
