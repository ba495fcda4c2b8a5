"""Where a parcel goes or lies, read from the carrier's line."""

import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"№\s*(\d+)")
_LOCKER: Final = re.compile(r"\s*по[шч]томат", re.IGNORECASE)
_BRANCH: Final = re.compile(r"\s*(відділення|отделение)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """`word` is locker, branch or "" for what is neither by its name."""

    word: str
    number: str
    address: str


def place_of(written: str, number: str) -> Place:
    """Part the carrier's line, e.g. «Відділення №12 (до 30 кг): вул. Хрещатик, 1», so that the number can stand first.

    A line that is not of that form is the address as a whole.
    """
    head, colon, rest = written.partition(":")
    word = "locker" if _LOCKER.match(head) else "branch" if _BRANCH.match(head) else ""
    found = _NUMBER.search(head)
    if word and found:
        return Place(word=word, number=found[1], address=rest.strip() if colon else "")
    return Place(word=word, number=number, address=written)
