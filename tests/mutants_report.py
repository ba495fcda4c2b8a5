"""What mutmut found, against the survivors that tests/mutants.md lists, and the figures of each module."""

import ast
import difflib
import json
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

ENOUGH: Final = 90.0
TABLE: Final = re.compile(r"^\| module .*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
_COLUMNS: Final = ("module", "mutants", "killed", "timeouts", "survivors", "%", "date")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """`was` and `became`: the lines that differ. `code`: how its tests ended, None for one that was not tried."""

    file: str  # domain/telling.py
    function: str  # is_old, or Class.method
    was: str
    became: str
    code: int | None

    @property
    def state(self) -> str:
        match self.code:
            case None:
                return "not tried"
            case 0 | 5 | 33:  # 5, 33: no test comes by
                return "survived"
            case 36 | 24 | -24 | 152 | -9 | 255:
                return "timeout"
        return "killed"

    @property
    def place(self) -> str:
        return f"{self.file} {self.function}"

    @property
    def change(self) -> str:
        return f"`{self.became or 'without'}` for `{self.was}`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Survivors:
    """Those that are listed: under a heading of three # with their place, first the reason, then a line for each."""

    listed: frozenset[tuple[str, str]]

    @classmethod
    def read(cls, text: str) -> "Survivors":
        listed: set[tuple[str, str]] = set()
        for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
            place, _, body = section.partition("\n")
            reason, *bullets = re.split(r"^- ", re.split(r"^#", body, flags=re.MULTILINE)[0], flags=re.MULTILINE)
            if reason.strip():
                listed.update((place.strip(), bullet.strip()) for bullet in bullets)
        return cls(listed=frozenset(listed))

    def explain(self, mutant: Mutant) -> bool:
        return (mutant.place, mutant.change) in self.listed


def read_results(work: Path) -> Iterator[Mutant]:
    root = work / "mutants/src/vistka"
    for meta in sorted(root.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        source = meta.with_suffix("")
        functions = _functions(source.read_text(encoding="utf-8"))
        for key, code in codes.items():
            name = key.rpartition(".")[2]
            base = name.partition("__mutmut_")[0]
            was, became = _difference(functions.get(f"{base}__mutmut_orig", []), functions.get(name, []))
            function = base.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".").replace("_plain_", "")
            yield Mutant(file=str(source.relative_to(root)), function=function, was=was, became=became, code=code)


def _functions(text: str) -> dict[str, list[str]]:
    lines = text.splitlines()
    return {
        node.name: [line.replace(f"def {node.name}", "def ") for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def _difference(was: list[str], became: list[str]) -> tuple[str, str]:
    lines = [line for line in difflib.ndiff(was, became) if line[:2] in {"- ", "+ "}]
    gone, come = (" ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return gone, come


def report(mutants: Iterable[Mutant], survivors: Survivors) -> tuple[list[str], bool]:
    """Lines for people, and whether enough was found and every survivor has its reason."""
    tried = [mutant for mutant in mutants if mutant.state != "not tried"]
    if not tried:
        return ["no mutant was tried"], False
    lines = ["  ".join(_row(file, few)) for file, few in _by_file(tried)]
    left = [mutant for mutant in tried if mutant.state == "survived"]
    unlisted = sorted({(one.place, one.change) for one in left if not survivors.explain(one)})
    for place, changes in groupby(unlisted, key=lambda pair: pair[0]):
        lines += ["", f"### {place}", *(f"- {change}" for _, change in changes)]
    found = {(one.place, one.change) for one in left}
    functions = {one.place for one in tried}
    for place, change in sorted(survivors.listed - found):
        if place in functions:
            lines += ["", f"no survivor any more: {place}: {change}"]
    score = 100 * (1 - len(left) / len(tried))
    without = f"{len(unlisted)} of them without a reason in tests/mutants.md"
    lines += ["", f"{score:.1f} % of {len(tried)} mutants found; {len(left)} survived, {without}"]
    return lines, score >= ENOUGH and not unlisted


def with_table(text: str, mutants: Iterable[Mutant], today: date, *, scope: Container[str]) -> str:
    """The text with the rows of those modules that were tried whole made anew, and the total; those out of `scope`
    go."""
    match = TABLE.search(text)
    rows = {row[0]: row for row in map(_cells, match[0].splitlines()[2:]) if row[0] in scope} if match else {}
    for file, few in _by_file(mutants):
        if all(mutant.state != "not tried" for mutant in few):
            rows[file] = (*_row(file, few), today.isoformat())
    sums = [sum(int(row[column]) for row in rows.values()) for column in range(1, 5)]
    share = 100 * (1 - sums[3] / sums[0]) if sums[0] else 0.0
    since = min((row[6] for row in rows.values()), default="")
    total = ("**total**", *map(str, sums), f"{share:.1f}", since)
    made = [_COLUMNS, ("---", *["--:"] * 5, "---"), *(rows[file] for file in sorted(rows)), total]
    table = "\n".join(f"| {' | '.join(row)} |" for row in made)
    return TABLE.sub(lambda _: table, text, count=1) if match else f"{text.rstrip()}\n\n{table}\n"


def _by_file(mutants: Iterable[Mutant]) -> Iterator[tuple[str, Sequence[Mutant]]]:
    for file, few in groupby(sorted(mutants, key=lambda one: one.file), key=lambda one: one.file):
        yield file, list(few)


def _row(file: str, mutants: Sequence[Mutant]) -> tuple[str, ...]:
    states = [mutant.state for mutant in mutants]
    counts = [states.count(state) for state in ("killed", "timeout", "survived")]
    return file, str(len(states)), *map(str, counts), f"{100 * (1 - counts[2] / len(states)):.1f}"


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))
