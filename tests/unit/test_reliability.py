"""What RELIABILITY.md names is there."""

import re
from pathlib import Path

import pytest

TEXT = Path("RELIABILITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", TEXT))))
def test_every_file_that_is_linked_is_there(link: str) -> None:
    assert Path(link).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", TEXT))))
def test_every_test_that_is_named_is_there(name: str) -> None:
    assert any(f"def {name}(" in path.read_text(encoding="utf-8") for path in Path("tests").rglob("test_*.py"))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z-]+)", TEXT))))
def test_every_command_that_is_named_is_one_of_make(target: str) -> None:
    assert re.search(rf"^{target}:", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE)
