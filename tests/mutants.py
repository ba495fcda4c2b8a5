"""Mutation testing: small bugs are planted one by one, and fast tests have to find each (`make mutants`).

mutmut makes the mutants, in build/mutants on copies of the package and of those tests; tests/mutants_trial.py tries
them, each within a limit of time and of memory. tests/mutants.md holds the figures of the last runs, which a run
writes, and every survivor with its reason, which people write. `make mutants ONLY="vistka.domain.telling*"` tries some.

Exits with 1 below 90 %, and for a survivor that has no reason there.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.mutants_report import Mutant, Survivors, read_results, report, with_table

ROOT: Final = Path(__file__).resolve().parents[1]
WORK: Final = ROOT / "build" / "mutants"
LISTED: Final = ROOT / "tests" / "mutants.md"
PACKAGE: Final = ROOT / "layers/core/vistka"

#: What one mutant may take: a loop without end may also collect without end.
MEMORY: Final = 4 << 30
CONFIGURATION: Final = """
[tool.pytest.ini_options]
pythonpath = [".", "src"]
addopts = "--import-mode=importlib --strict-markers --strict-config"
filterwarnings = ["error", "ignore::pytest.PytestUnraisableExceptionWarning"]

[tool.mutmut]
source_paths = ["src"]
only_mutate = {mutated}
also_copy = ["template.yaml", "local"]
pytest_add_cli_args_test_selection = {tests}
# A mutant may take (what its tests take + 2 s) x 8, and twice that of the processor.
timeout_constant = 2.0
timeout_multiplier = 8.0
"""

USE_CASES: Final = (
    "addressing", "applying", "asking", "batch", "budget", "calling", "circuit", "dispatching", "linking", "notifying",
    "packing", "paging", "queueing", "releasing", "reminding", "rounds", "rows", "showing", "storing", "sweeping",
    "tracking",
)  # fmt: skip
#: The ledger, and what is read and written on condition.
STORE: Final = ("items", "ledger", "orders", "paces", "parcels", "runs", "table")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """`mutated`: patterns below the package, without `spared`; `tests`: what has to find them."""

    name: str
    mutated: tuple[str, ...]
    tests: tuple[str, ...]
    spared: tuple[str, ...] = ()

    def files(self, only: Sequence[str]) -> list[Path]:
        """The modules with mutants of these names, all for none."""
        spared = {PACKAGE / name for name in self.spared}
        found = [file for pattern in self.mutated for file in sorted(PACKAGE.glob(pattern)) if file not in spared]
        return [file for file in found if not only or any(_may_hold(file, name) for name in only)]


PARTS: Final = (
    # Tests without a socket, a database or a process.
    Part(
        name="core",
        mutated=(
            "domain/*.py",
            "carrier/*.py",
            *(f"usecases/{name}.py" for name in USE_CASES),
            "adapters/telegram_answers.py",
        ),
        spared=("domain/bill.py",),  # a price list and its sums
        tests=(
            "tests/unit/domain",
            "tests/unit/usecases",
            "tests/unit/carrier",
            "tests/unit/bot",
            "tests/unit/edge/test_batches.py",
            "tests/unit/adapters/test_telegram_answers.py",
            "tests/unit/adapters/test_telegram_gone.py",
            "tests/unit/fuzzing/test_records.py",
        ),
    ),
    # What the ledger's conditions are can only be seen on a table: moto's, in process.
    Part(
        name="store",
        mutated=tuple(f"adapters/store_{name}.py" for name in STORE),
        tests=("tests/unit/adapters/test_store_values.py", "tests/integration/store"),
    ),
)
COPIED: Final = ("unit", "integration/store", "fakes", "contracts")

_PROPERTY: Final = re.compile(r"^( +)@property\n +def (\w+)\(self\) -> (.+):\n", re.MULTILINE)
_CACHED: Final = re.compile(r"^@(?:lru_)?cache\b.*\n", re.MULTILINE)


def prepare(work: Path, files: Iterable[Path], tests: Sequence[str]) -> None:
    shutil.rmtree(work, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, work / "src/vistka", ignore=unwanted)
    for name in COPIED:
        shutil.copytree(ROOT / "tests" / name, work / "tests" / name, ignore=unwanted)
    for file in (ROOT / "tests").glob("*.py"):  # what several of them use
        shutil.copy2(file, work / "tests")
    shutil.copy2(ROOT / "template.yaml", work)
    shutil.copytree(ROOT / "local", work / "local", ignore=shutil.ignore_patterns("__pycache__"))
    mutated = [str(Path("src/vistka") / file.relative_to(PACKAGE)) for file in files]
    for name in mutated:
        _undecorate(work / name)
    text = CONFIGURATION.format(mutated=json.dumps(mutated), tests=json.dumps(list(tests)))
    (work / "pyproject.toml").write_text(text, encoding="utf-8")


def _undecorate(file: Path) -> None:
    """mutmut leaves decorated functions alone: a property reads a plain method here, and nothing is cached."""
    text = file.read_text(encoding="utf-8")
    plain = r"\1@property\n\1def \2(self) -> \3:\n\1    return self._plain_\2()\n\n\1def _plain_\2(self) -> \3:\n"
    file.write_text(_CACHED.sub("", _PROPERTY.sub(plain, text)), encoding="utf-8")


def run(work: Path, files: Sequence[Path], only: Sequence[str], *, jobs: int) -> None:
    """mutmut makes all mutants, times the tests and tries a few, of one module; the rest are tried here."""
    few = f"{_module(next(file for file in files if 'def ' in file.read_text(encoding='utf-8')))}.*__mutmut_1"
    _logged(work, work, ["-m", "mutmut", "run", "--max-children", str(jobs), few])
    _logged(work, work / "mutants", [str(ROOT / "tests/mutants_trial.py"), "--jobs", str(jobs), *only])


def _logged(work: Path, folder: Path, command: Sequence[str]) -> None:
    log = work / ("mutmut.log" if "mutmut" in command else "trial.log")
    with log.open("wb") as out:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env={**os.environ, "CI": "1"},  # hypothesis: the same examples for every mutant
            check=False,
            stdout=out,
            stderr=None if sys.stderr.isatty() else out,  # the bar
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:2])} ended with {done.returncode}: {log}")


def _may_hold(file: Path, name: str) -> bool:
    module = f"{_module(file)}."
    start = re.split(r"[*?\[]", name, maxsplit=1)[0]
    return module.startswith(start) or start.startswith(module)


def _module(file: Path) -> str:
    return ".".join(("vistka", *file.relative_to(PACKAGE).with_suffix("").parts))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of mutants, with wildcards")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", action="store_true", help="only tell what the last run found")
    chosen = parser.parse_args()
    mutants: list[Mutant] = []
    for part in PARTS:
        work = WORK / part.name
        files = part.files(chosen.only)
        if files and not chosen.report:
            prepare(work, files, part.tests)
            run(work, files, chosen.only, jobs=chosen.jobs)
        if files:
            mutants.extend(read_results(work))
    text = LISTED.read_text(encoding="utf-8")
    lines, good = report(mutants, Survivors.read(text))
    if not chosen.report:
        scope = {str(file.relative_to(PACKAGE)) for part in PARTS for file in part.files(())}
        LISTED.write_text(with_table(text, mutants, datetime.now(UTC).date(), scope=scope), encoding="utf-8")
    sys.stdout.write("\n".join([*lines, ""]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
