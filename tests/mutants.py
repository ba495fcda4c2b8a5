"""Mutation testing: small bugs are planted one by one, and the fast unit tests have to find each (`make mutants`).

mutmut works in build/mutants on a copy of the package and of those tests. At the end stand the score and the survivors
that tests/mutants.md gives no reason for. `make mutants ONLY="vistka.domain.telling*"` tries some.
"""

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
WORK: Final = ROOT / "build" / "mutants"
REASONS: Final = ROOT / "tests" / "mutants.md"
ENOUGH: Final = 90.0

#: What is mutated: the domain, the ledger's use cases and packing, and what errors and answers are taken for.
USE_CASES: Final = (
    "circuit", "dispatching", "linking", "notifying", "packing", "queueing", "rows", "showing", "sweeping", "tracking",
)  # fmt: skip
MUTATED: Final = (
    "domain/*.py",
    *(f"usecases/{name}.py" for name in USE_CASES),
    "carrier/errors.py",
    "adapters/telegram_answers.py",
)
#: What has to find them: tests without a socket, a database or a process.
TESTS: Final = (
    "tests/unit/domain",
    "tests/unit/usecases",
    "tests/unit/carrier",
    "tests/unit/edge/test_batches.py",
    "tests/unit/adapters/test_telegram_answers.py",
    "tests/unit/fuzzing/test_records.py",
)
COPIED: Final = ("unit", "fakes", "contracts", "conftest.py", "sockets.py", "template.py")

CONFIGURATION: Final = """
[tool.pytest.ini_options]
pythonpath = [".", "src"]
addopts = "--import-mode=importlib --strict-markers --strict-config"
filterwarnings = ["error", "ignore::pytest.PytestUnraisableExceptionWarning"]

[tool.mutmut]
source_paths = ["src"]
only_mutate = {mutated}
pytest_add_cli_args_test_selection = {tests}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """`was` and `became`: the lines that differ."""

    place: str  # domain/telling.py is_old
    was: str
    became: str
    code: int | None

    @property
    def state(self) -> str:
        match self.code:
            case None:
                return "not tried"
            case 0:
                return "survived"
            case 33:
                return "no test"
            case 1 | 3:
                return "killed"
            case 36 | 24 | -24 | 152 | 255:
                return "timeout"
        return "suspicious"

    @property
    def found(self) -> bool:
        return self.state in {"killed", "timeout"}

    @property
    def key(self) -> str:
        return f"{self.place}: `{self.became or 'without'}` for `{self.was}`"


def prepare() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(ROOT / "layers/core/vistka", WORK / "src/vistka", ignore=shutil.ignore_patterns("__pycache__"))
    for name in COPIED:
        source, target = ROOT / "tests" / name, WORK / "tests" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    mutated = json.dumps([f"src/vistka/{pattern}" for pattern in MUTATED])
    text = CONFIGURATION.format(mutated=mutated, tests=json.dumps(list(TESTS)))
    (WORK / "pyproject.toml").write_text(text, encoding="utf-8")


def run(only: list[str], *, jobs: int) -> None:
    environ = {**os.environ, "CI": "1"}  # the same examples for every mutant
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs), *only],
        cwd=WORK,
        env=environ,
        check=False,
        stdout=None if sys.stdout.isatty() else subprocess.DEVNULL,
    )
    if done.returncode:
        raise SystemExit(f"mutmut ended with {done.returncode}; see it in {WORK}")


def results() -> Iterator[Mutant]:
    for file in sorted((WORK / "mutants/src/vistka").rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        source = file.with_suffix("")
        functions = _functions(source.read_text(encoding="utf-8"))
        for key, code in codes.items():
            name = key.rpartition(".")[2]
            base = name.partition("__mutmut_")[0]
            was, became = _difference(functions.get(f"{base}__mutmut_orig", []), functions.get(name, []))
            shown = base.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
            place = f"{source.relative_to(WORK / 'mutants/src/vistka')} {shown}"
            yield Mutant(place=place, was=was, became=became, code=code)


def _functions(text: str) -> dict[str, list[str]]:
    lines = text.splitlines()
    return {
        node.name: [line.replace(f"def {node.name}(", "def (") for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def _difference(was: list[str], became: list[str]) -> tuple[str, str]:
    lines = [line for line in difflib.ndiff(was, became) if line[:2] in {"- ", "+ "}]
    return tuple(" ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")  # type: ignore[return-value]


def report(mutants: list[Mutant]) -> tuple[list[str], bool]:
    """Lines for people, and whether enough was found."""
    tried = [mutant for mutant in mutants if mutant.state != "not tried"]
    if not tried:
        return ["no mutant was tried"], False
    lines = []
    for file in sorted({mutant.place.partition(" ")[0] for mutant in tried}):
        inside = [mutant for mutant in tried if mutant.place.partition(" ")[0] == file]
        states = Counter(mutant.state for mutant in inside)
        found = sum(mutant.found for mutant in inside)
        others = ", ".join(f"{count} {state}" for state, count in sorted(states.items()) if state != "killed")
        lines.append(f"{100 * found / len(inside):5.1f} %  {found:4} of {len(inside):4}  {file}  {others}".rstrip())
    score = 100 * sum(mutant.found for mutant in tried) / len(tried)
    explained = set(re.findall(r"^- (.+)$", REASONS.read_text(encoding="utf-8"), re.MULTILINE))
    survivors = [mutant for mutant in tried if not mutant.found]
    unexplained = sorted({mutant.key for mutant in survivors if mutant.key not in explained})
    lines.extend(f"- {key}" for key in unexplained)
    lines.append(
        f"{score:.1f} % of {len(tried)} mutants found; {len(survivors)} survived,"
        f" {len(unexplained)} of them without a reason in tests/mutants.md"
    )
    return lines, score >= ENOUGH


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of mutants, with wildcards")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--report", action="store_true", help="only tell what the last run found")
    chosen = parser.parse_args()
    if not chosen.report:
        prepare()
        run(chosen.only, jobs=chosen.jobs)
    lines, enough = report(list(results()))
    sys.stdout.write("\n".join([*lines, ""]))
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
