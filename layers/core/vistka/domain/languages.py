"""The languages that people are written to in."""

from typing import Final

LANGUAGES: Final = ("uk", "en", "ru")

#: Where neither the reader nor the shop has said another.
DEFAULT_LANGUAGE: Final = "uk"
