"""Every failure of known_failures.md is held off by a test that names its number."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

_NUMBER = re.compile(r"(?<![A-Za-z0-9])[Ff]([0-9]{1,2})(?![A-Za-z0-9])")
#: Collects in a process of its own, and prints what it found as the last line.
_COLLECT = """
import json, sys
import pytest
from tests.unit.test_known_failures import named_in

class Collector:
    found = {}

    def pytest_collection_finish(self, session):
        self.found = named_in(session.items)

collector = Collector()
code = pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", sys.argv[1]], [collector])
print(json.dumps({"code": int(code), "found": collector.found}))
"""


def named_in(items: Sequence[pytest.Item]) -> dict[int, str]:
    """Number -> a test that names it in its name or docstring, or in that of its class."""
    found: dict[int, str] = {}
    for item in items:
        assert isinstance(item, pytest.Function)
        said = (item.originalname, item.function.__doc__, item.cls.__doc__ if item.cls else "")
        for number in _NUMBER.findall(" ".join(text or "" for text in said).replace("_", " ")):
            found.setdefault(int(number), item.nodeid)
    return found


@pytest.fixture(scope="module")
def rules() -> dict[int, str]:
    text = (TESTS / "known_failures.md").read_text(encoding="utf-8")
    return {int(number): rule for number, rule in re.findall(r"^\| F([0-9]+) \| (.+) \|$", text, re.MULTILINE)}


@pytest.fixture(scope="module")
def named(request: pytest.FixtureRequest) -> dict[int, str]:
    """Number -> one test that names it, of all tests, also when only some of them were asked for."""
    config = request.config
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        config.option.keyword or config.option.markexpr or config.option.deselect or config.option.lf
    ):
        return named_in(request.session.items)
    done = subprocess.run(
        [sys.executable, "-c", _COLLECT, str(TESTS)], cwd=TESTS.parent, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {int(number): test for number, test in told["found"].items()}


def test_the_list_is_whole(rules: dict[int, str]) -> None:
    assert list(rules) == list(range(1, 47))


def test_every_rule_is_held_by_a_test(rules: dict[int, str], named: dict[int, str]) -> None:
    without = rules.keys() - named.keys()
    assert not without, [f"F{number}: {rules[number]}" for number in sorted(without)]


def test_no_test_names_a_rule_that_is_not_on_the_list(rules: dict[int, str], named: dict[int, str]) -> None:
    assert not {number: test for number, test in named.items() if number not in rules}
