"""What ships is what is asked for: dependencies are declared, locked with hashes, and free of one machine's indexes."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted([ROOT / "requirements-dev.txt", ROOT / "layers/core/requirements.txt", *ROOT.glob("local/*.txt")])


def imported(part: Path) -> set[str]:
    """Top-level modules from outside that the code below imports."""
    names: set[str] = set()
    for file in [part] if part.is_file() else part.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"vistka"}


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=; ]", line, maxsplit=1)[0].lower().replace("_", "-") for line in requirements}


def test_the_layer_ships_all_that_its_code_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # boto3 and botocore are released as one; the command line is installed where people are.
    declared = named(project["dependencies"]) | {"botocore"}
    people = named(project["optional-dependencies"]["cli"])
    distributions = packages_distributions()
    for part in (ROOT / "layers/core/vistka").iterdir():
        if part.is_dir() or part.suffix == ".py":
            needed = {distributions[name][0].lower().replace("_", "-") for name in imported(part)}
            assert needed <= declared | (people if part.name == "cli" else set()), part.name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.findall(r"^(\S+)==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    entries = re.findall(r"^[A-Za-z0-9]\S*", text, re.MULTILINE)
    assert len(pins) == len(entries) > 0
    assert "index-url" not in text
    assert "://" not in text


def test_development_uses_the_versions_that_ship() -> None:
    def versions(file: str) -> set[str]:
        return set(re.findall(r"^\S+==[^\s;\\]+", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))

    assert versions("layers/core/requirements.txt") <= versions("requirements-dev.txt")
