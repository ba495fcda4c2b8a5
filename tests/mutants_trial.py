"""Tries the mutants that mutmut has made, each in a fork of one process that has collected the tests.

mutmut's own runner has pytest collect them anew for each mutant, which takes longer than to run them. What mutmut found
out is used (which tests come by a function, and how long they take), and the verdicts stand where it writes its own.
Its trampolines are not, as they take longer than most of the functions that they lead to.

`python tests/mutants_trial.py [names, with wildcards …]`, in the folder that mutmut has made.
"""

import argparse
import gc
import importlib
import json
import os
import signal
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from types import FunctionType
from typing import Any, Final

import pytest
from mutmut.mutation import trampoline
from rich.progress import Progress

#: As mutmut has them: no test comes by, its time was up.
NO_TESTS: Final = 33
TIMED_OUT: Final = 36
#: Ours, of a fork that could not begin. Not 1, which would be a killed mutant.
_NOT_PLANTED: Final = 70
#: What each of its tests may take with a mutant: (what it takes + so many seconds) times so much.
SECONDS: Final = 2.0
TIMES: Final = 8.0
_SAVED_AFTER: Final = 50


def function_of(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


@dataclass(frozen=True, kw_only=True)
class Mutants:
    """Every mutated function, as the modules name them when they are imported: (the function, its mutants by name)."""

    _functions: list[tuple[FunctionType, Mapping[str, Any]]] = field(default_factory=list)

    def take_over(self) -> None:
        """Before anything of the project's is imported: what mutmut has each function decorated with leaves it as it
        is."""
        vars(trampoline)["wrap_in_trampoline"] = self._decorator

    def _decorator(self, mutants: Mapping[str, Any], **_: object) -> Callable[[FunctionType], FunctionType]:
        def keep(function: FunctionType) -> FunctionType:
            self._functions.append((function, mutants))
            return function

        return keep

    def find(self, mutant: str) -> tuple[FunctionType, FunctionType]:
        """The function and its mutant; raises LookupError."""
        module, _, name = mutant.rpartition(".")
        importlib.import_module(module)
        for function, mutants in self._functions:
            if function.__module__ == module and name in mutants:
                return function, getattr(mutants[name], "__func__", mutants[name])
        raise LookupError(mutant)


def plant(function: FunctionType, mutant: FunctionType) -> None:
    """Whoever holds the function already calls the mutant from now on."""
    function.__code__ = mutant.__code__
    function.__defaults__ = mutant.__defaults__
    function.__kwdefaults__ = mutant.__kwdefaults__


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """By mutmut's own measure: seconds of each test, and the tests that come by a function."""

    seconds: Mapping[str, float]
    of_function: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, file: Path) -> "Coverage":
        data = json.loads(file.read_text(encoding="utf-8"))
        return cls(seconds=data["duration_by_test"], of_function=data["tests_by_mangled_function_name"])

    def of(self, mutant: str, killers: Collection[str] = ()) -> list[str]:
        """Those that have killed others like it first, then those of its module, then the quick ones."""
        function = function_of(mutant)
        its_own = f"/test_{function.split('.')[-2]}.py"
        found = self.of_function.get(function, ())
        return sorted(found, key=lambda test: (test not in killers, its_own not in test, self.seconds.get(test, 0.0)))

    def taking(self, mutant: str) -> float:
        return sum(self.seconds.get(test, 0.0) for test in self.of(mutant))


@dataclass(kw_only=True)
class Verdicts:
    """mutmut's files, one a module: how the tests of each mutant ended, None for one that was not tried."""

    root: Path
    _new: dict[Path, dict[str, int]] = field(default_factory=dict)

    def untried(self, names: Sequence[str]) -> Iterator[tuple[Path, str]]:
        for file in sorted(self.root.rglob("*.py.meta")):
            for mutant, code in json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].items():
                if code is None and (not names or any(fnmatch(mutant, name) for name in names)):
                    yield file, mutant

    def add(self, file: Path, mutant: str, code: int) -> None:
        self._new.setdefault(file, {})[mutant] = code

    def save(self) -> None:
        for file, codes in self._new.items():
            data = json.loads(file.read_text(encoding="utf-8"))
            data["exit_code_by_key"] |= codes
            written = file.with_suffix(".new")
            written.write_text(json.dumps(data), encoding="utf-8")
            written.replace(file)  # whole, whenever this ends
        self._new.clear()


@dataclass(kw_only=True, eq=False)
class Trial:
    """pytest's plugin, which has to be hashable: takes the place of its loop over the tests."""

    mutants: Mutants
    coverage: Coverage
    verdicts: Verdicts
    names: Sequence[str]
    jobs: int
    #: process -> file, mutant and where it says which test killed it
    _running: dict[int, tuple[Path, str, int]] = field(default_factory=dict)
    #: function -> tests that have killed its mutants
    _killers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: in a fork: where to say so
    _killed: int | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._killed is not None and report.failed:
            os.write(self._killed, report.nodeid.encode())
            os._exit(1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        # What is imported or read at first use is there then in every fork.
        _run(list({item.path: item for item in session.items}.values()))
        if session.testsfailed:
            raise pytest.UsageError("a test fails without any mutant")
        # Else every fork goes through all of these objects, and copies them by that.
        gc.collect()
        gc.freeze()
        mutants = sorted(self.verdicts.untried(self.names), key=lambda one: self.coverage.taking(one[1]))
        with Progress(disable=not sys.stderr.isatty()) as progress:
            for number, (file, mutant) in enumerate(progress.track(mutants, description="mutants")):
                tests = self.coverage.of(mutant, self._killers[function_of(mutant)])
                found = [items[test] for test in tests if test in items]
                if not found:
                    self.verdicts.add(file, mutant, NO_TESTS)
                    continue
                self._start(file, mutant, found)
                while len(self._running) >= self.jobs:
                    self._await()
                if number % _SAVED_AFTER == 0:
                    self.verdicts.save()
        while self._running:
            self._await()
        self.verdicts.save()
        return True

    def _start(self, file: Path, mutant: str, items: Sequence[pytest.Item]) -> None:
        planted = self.mutants.find(mutant)
        told, killed = os.pipe()
        pid = os.fork()
        if pid:
            os.close(killed)
            self._running[pid] = file, mutant, told
            return
        code = _NOT_PLANTED
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            plant(*planted)
            self._killed, code = killed, 1
            _run(items, self._limit)
            code = 0
        finally:
            os._exit(code)

    def _limit(self, item: pytest.Item) -> None:
        signal.setitimer(signal.ITIMER_REAL, (self.coverage.seconds.get(item.nodeid, 0.0) + SECONDS) * TIMES)

    def _await(self) -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        file, mutant, told = self._running.pop(pid)
        with os.fdopen(told, "rb") as killer:
            if test := killer.read():
                self._killers[function_of(mutant)].add(test.decode())
        if code == _NOT_PLANTED:
            raise RuntimeError(f"could not be planted: {mutant}")
        self.verdicts.add(file, mutant, TIMED_OUT if code == -signal.SIGALRM else code)


def _run(items: Sequence[pytest.Item], before: Callable[[pytest.Item], None] = lambda _item: None) -> None:
    for item, following in zip(items, [*items[1:], None], strict=True):
        before(item)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    here = Path.cwd()
    sys.path[:1] = [str(here), str(here / "src")]  # not this file's folder, whose tests are others
    with (here / "pyproject.toml").open("rb") as file:
        settings: Mapping[str, Any] = tomllib.load(file)["tool"]["mutmut"]
    mutants = Mutants()
    mutants.take_over()
    trial = Trial(
        mutants=mutants,
        coverage=Coverage.read(here / "mutmut-stats.json"),
        verdicts=Verdicts(root=here / "src"),
        names=chosen.names,
        jobs=chosen.jobs,
    )
    selected = settings["pytest_add_cli_args_test_selection"]
    return pytest.main(["-x", "-p", "no:terminal", "-p", "no:cacheprovider", *selected], plugins=[trial])


if __name__ == "__main__":
    sys.exit(main())
