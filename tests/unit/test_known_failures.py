"""Every failure of known_failures.md is held off by a test that names its number."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[Ff]([0-9]{1,2})(?![A-Za-z0-9])")


def _tests_of(file: Path) -> Iterator[tuple[str, str]]:
    """Each test's name, and what that, its docstring and that of its class say.

    Read and not collected: to import all tests takes half a minute.
    """
    module = ast.parse(file.read_text(encoding="utf-8"))
    places: list[ast.Module | ast.ClassDef] = [module]
    places.extend(node for node in module.body if isinstance(node, ast.ClassDef))
    for place in places:
        said = ast.get_docstring(place) or "" if isinstance(place, ast.ClassDef) else ""
        for node in place.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{file}::{node.name}", " ".join((node.name, ast.get_docstring(node) or "", said))


@pytest.fixture(scope="module")
def rules() -> dict[int, str]:
    text = (TESTS / "known_failures.md").read_text(encoding="utf-8")
    return {int(number): rule for number, rule in re.findall(r"^\| F([0-9]+) \| (.+) \|$", text, re.MULTILINE)}


@pytest.fixture(scope="module")
def named() -> dict[int, str]:
    """Number -> one test that names it."""
    found: dict[int, str] = {}
    for file in (*TESTS.rglob("test_*.py"), *(TESTS / "contracts").glob("*.py")):
        for test, said in _tests_of(file):
            for number in _NUMBER.findall(said.replace("_", " ")):
                found.setdefault(int(number), test)
    return found


def test_the_list_is_whole(rules: dict[int, str]) -> None:
    assert list(rules) == list(range(1, 47))


def test_every_rule_is_held_by_a_test(rules: dict[int, str], named: dict[int, str]) -> None:
    without = rules.keys() - named.keys()
    assert not without, [f"F{number}: {rules[number]}" for number in sorted(without)]


def test_no_test_names_a_rule_that_is_not_on_the_list(rules: dict[int, str], named: dict[int, str]) -> None:
    assert not {number: test for number, test in named.items() if number not in rules}
