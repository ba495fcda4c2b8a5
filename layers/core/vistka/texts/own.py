"""Texts of the shop's own: files that take the place of the built-in messages, or of the pieces that these share."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from vistka.domain.languages import LANGUAGES

#: Beside the package, in this project as in the layer that it is shipped in; a file lies in the folder of its language.
OWN: Final = Path(__file__).parents[2] / "texts"

#: What the messages of a language share.
PARTS: Final = "_parts.j2"

_BUILT_IN: Final = Path(__file__).parent
_ENDING: Final = ".j2"
#: What a person may put beside them.
_BESIDE: Final = frozenset({"README.md", ".gitkeep", ".DS_Store"})


@cache
def replaceable() -> tuple[str, ...]:
    """The names of the files that there are to replace, the same in every language."""
    messages = (path.name for path in (_BUILT_IN / LANGUAGES[0]).glob(f"*{_ENDING}"))
    return tuple(sorted(name for name in messages if name.startswith(("buyer_", "shop_")) or name == PARTS))


def built_in(language: str, name: str) -> Path:
    return _BUILT_IN / language / name


def files_in(folder: Path) -> Iterator[Path]:
    """Every file that lies there as if it were a text, sorted by name."""
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return (path for path in found if path.name not in _BESIDE and "__pycache__" not in path.parts)


def is_text(path: Path, folder: Path) -> bool:
    """Whether its name and place make it a text that is used."""
    return path.parent.parent == folder and path.parent.name in LANGUAGES and path.name in replaceable()


def languages_of(folder: Path) -> frozenset[str]:
    """Those that it has texts in."""
    return frozenset(path.parent.name for path in files_in(folder) if is_text(path, folder))
