"""`make demo` as a person meets it: in a fresh clone with nothing of this person's shell, then once installed."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Runs, Table
from local.world.wishes import ROOT

_PATH = "/usr/bin:/bin"


def measure(rounds: int) -> list[Table]:
    """What is committed is cloned. Python, pip's and uv's caches are as this machine has them."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder:
        clone = Path(folder) / "vistka"
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        for _ in range(rounds + 1):
            began = time.perf_counter()
            done = subprocess.run(
                ["make", "demo"],
                cwd=clone,
                env={"HOME": os.environ["HOME"], "PATH": _PATH},
                capture_output=True,
                text=True,
                check=False,
            )
            seconds.append(time.perf_counter() - began)
            if done.returncode != 0:
                raise RuntimeError(f"make demo failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    first, *later = seconds
    return [
        Table(
            name="demo",
            title="make demo",
            columns=("where", "seconds"),
            rows=[
                ["a fresh clone, nothing installed but Python 3.13", f"{first:.0f}"],
                [f"installed, {rounds} runs", Runs(tuple(later)).shown()],
            ],
        )
    ]
