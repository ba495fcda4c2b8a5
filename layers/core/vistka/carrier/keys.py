"""The carrier's API keys as a person stores them: one, or several in one text."""

import re
from typing import Final

_BETWEEN: Final = re.compile(r"[\s,;]+")


def keys_of(text: str) -> tuple[str, ...]:
    """Each once, in the order given; none for an empty text."""
    return tuple(dict.fromkeys(key for key in _BETWEEN.split(text) if key))
