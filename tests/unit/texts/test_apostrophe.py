"""Ukrainian has one apostrophe here, ’, wherever people read it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEXTS = sorted((ROOT / "layers/core/vistka/texts/uk").glob("*.j2"))
#: What the carrier writes itself stays as it came.
OTHERS = re.compile("[а-яіїєґ]['ʼ`][а-яіїєґ]", re.IGNORECASE)


@pytest.mark.parametrize("file", [*TEXTS, ROOT / "README.uk.md", ROOT / "docs/flow.uk.svg"], ids=lambda file: file.name)
def test_there_is_one_apostrophe(file: Path) -> None:
    # What stands in a block is shown as it was printed, the carrier's words among it.
    text = re.sub(r"^ *```.*?^ *```", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert OTHERS.findall(text) == []
