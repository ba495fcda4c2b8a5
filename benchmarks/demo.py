"""`make demo` as a person meets it: in a fresh clone with nothing of this person's shell, then once installed."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.figures import show
from local.world.wishes import ROOT

_PATH = "/usr/bin:/bin"


def measure(rounds: int) -> None:
    """What is committed is cloned. Python, pip's and uv's caches are as this machine has them."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="vistka-bench-") as folder:
        clone = Path(folder) / "vistka"
        subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
        for number in range(rounds + 1):
            began = time.perf_counter()
            done = subprocess.run(
                ["make", "demo"],
                cwd=clone,
                env={"HOME": os.environ["HOME"], "PATH": _PATH},
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.perf_counter() - began
            if done.returncode != 0:
                raise RuntimeError(f"make demo failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            rows.append(["a fresh clone" if number == 0 else "installed", f"{seconds:.0f}"])
    show("make demo, seconds", ("where", "s"), rows)
