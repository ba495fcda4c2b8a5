"""Phone numbers in the one form the carrier takes: 380XXXXXXXXX."""

import re
from typing import Final

_TYPED: Final = re.compile(r"[+0-9\s\u00a0().\-\u2010-\u2015]{9,30}")
_NOT_DIGITS: Final = re.compile(r"[^0-9]")
_UKRAINIAN: Final = re.compile(r"(?:(?:00)?380|80|0)([1-9][0-9]{8})")


def digits_of(phone: str) -> str:
    """Those nine that stand in every way of typing it, of a phone in the form of `phone_of`."""
    return phone.removeprefix("380")


def phone_of(typed: str) -> str:
    """380XXXXXXXXX, or "" for anything that is not one Ukrainian number.

    A phone never decides whether a parcel is found, so one in doubt is left out rather than guessed at.
    """
    if not _TYPED.fullmatch(typed):
        return ""
    found = _UKRAINIAN.fullmatch(_NOT_DIGITS.sub("", typed))
    return f"380{found[1]}" if found else ""
