"""How `make mutants` tries a mutant: by the tests that come by it, and with nothing left over from those before."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.mutants_trial import Coverage

ROOT = Path(__file__).resolve().parents[2]

#: As mutmut writes them. The name that a test has already imported is the mutant in the end.
MODULE = """
from mutmut.mutation.trampoline import wrap_in_trampoline as _mutmut_mutated

mutants_x_half__mutmut = {}
mutants_x_lost__mutmut = {}
mutants_xǁBillǁread__mutmut = {}


@_mutmut_mutated(mutants_x_half__mutmut)
def half(number, by=2):
    return number / by


def x_half__mutmut_orig(number, by=2):
    return number / by


def x_half__mutmut_1(number, by=2):
    return number / +by


def x_half__mutmut_2(number, by=2):
    return number * by


def x_half__mutmut_3(number, by=3):
    return number / by


mutants_x_half__mutmut["_mutmut_orig"] = x_half__mutmut_orig
mutants_x_half__mutmut["x_half__mutmut_1"] = x_half__mutmut_1
mutants_x_half__mutmut["x_half__mutmut_2"] = x_half__mutmut_2
mutants_x_half__mutmut["x_half__mutmut_3"] = x_half__mutmut_3


@_mutmut_mutated(mutants_x_lost__mutmut)
def lost():
    return 1


class Bill:
    @classmethod
    @_mutmut_mutated(mutants_xǁBillǁread__mutmut, is_classmethod=True)
    def read(cls, number):
        return cls, number

    @classmethod
    def xǁBillǁread__mutmut_1(cls, number):
        return cls, None


class Monthly(Bill):
    pass


mutants_xǁBillǁread__mutmut["xǁBillǁread__mutmut_1"] = Bill.xǁBillǁread__mutmut_1
"""
TESTS = """
import pytest
from shop import Monthly, half

@pytest.fixture(scope="module")
def two():
    yield 2

def test_half(two):
    assert half(two) == 1

def test_other(two):
    assert two == 2

def test_bill():
    assert Monthly.read(3) == (Monthly, 3)
"""
SETTINGS = """
[tool.pytest.ini_options]
pythonpath = ["src"]
addopts = "--import-mode=importlib"

[tool.mutmut]
pytest_add_cli_args_test_selection = ["tests"]
"""
STATS = {
    "duration_by_test": {"tests/test_one.py::test_half": 0.01, "tests/test_two.py::test_half": 0.02},
    "tests_by_mangled_function_name": {
        "shop.x_half": ["tests/test_two.py::test_half", "tests/test_one.py::test_half"],
        "shop.x_lost": [],
        "shop.xǁBillǁread": ["tests/test_one.py::test_bill"],
    },
}
LOST = "shop.x_lost__mutmut_1"
BILL = "shop.xǁBillǁread__mutmut_1"


def tried(folder: Path, *names: str) -> dict[str, int | None]:
    (folder / "src").mkdir(exist_ok=True)
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "src/shop.py").write_text(MODULE)
    for name in ("one", "two", "three"):
        (folder / f"tests/test_{name}.py").write_text(TESTS)
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "mutmut-stats.json").write_text(json.dumps(STATS))
    mutants = dict.fromkeys((*(f"shop.x_half__mutmut_{n}" for n in (1, 2, 3)), LOST, BILL))
    meta = folder / "src/shop.py.meta"
    meta.write_text(json.dumps({"exit_code_by_key": mutants}))
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/mutants_trial.py"), "--jobs", "2", *names],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    codes: dict[str, int | None] = json.loads(meta.read_text())["exit_code_by_key"]
    return codes


def test_a_mutant_that_changes_something_is_killed_and_one_that_changes_nothing_survives(tmp_path: Path) -> None:
    assert tried(tmp_path) == {
        "shop.x_half__mutmut_1": 0,
        "shop.x_half__mutmut_2": 1,
        "shop.x_half__mutmut_3": 1,
        LOST: 33,
        BILL: 1,
    }


def test_only_the_named_ones_are_tried(tmp_path: Path) -> None:
    assert [mutant for mutant, code in tried(tmp_path, "*_2").items() if code is not None] == ["shop.x_half__mutmut_2"]


def test_tests_that_killed_others_of_the_function_are_tried_first_and_those_of_its_module_next() -> None:
    seconds = {"test_bill.py::slow": 2.0, "test_bill.py::quick": 0.1, "tests/test_shop.py::slow": 1.0}
    coverage = Coverage(seconds=seconds, of_function={"shop.x_half": list(seconds)})
    slow, quick, its_own = seconds
    assert coverage.of("shop.x_half__mutmut_3") == [its_own, quick, slow]
    assert coverage.of("shop.x_half__mutmut_3", {slow}) == [slow, its_own, quick]
    assert coverage.of("shop.x_other__mutmut_1", {slow}) == []
