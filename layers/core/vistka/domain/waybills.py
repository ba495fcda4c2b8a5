"""Waybill numbers (`ttn`) as people type them into an order."""

import re
from dataclasses import dataclass
from typing import Final

_SEPARATORS: Final = re.compile(r"[,;/+\n\r\t|]+")
_FILLERS: Final = re.compile(r"[\s\u00a0\u2007\u202f.\-\u2010-\u2015№#]+")
_CARRIER_ORDER: Final = re.compile(r"^\d{2,4}-\d{6,10}$")
_INTERNATIONAL: Final = re.compile(r"^(SHPL\w*|NP\w+NPI|[A-Z]{2}\d{9}[A-Z]{2})$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """What a tracking field holds: the usable numbers in their order, and what is wrong with the rest."""

    ttns: tuple[str, ...]
    problems: tuple[str, ...]


def parse_numbers(raw: str | None) -> Numbers:
    """Read the order's tracking field.

    Several numbers stand apart by `, ; / + |`, a line break, or as one run of 28 digits. Spaces and dashes
    between groups of digits are dropped, the four-digit seat of an 18-digit label is cut (carrier-api.md,
    "Numbers"). Nothing raises: what cannot be read becomes a line in `problems`.
    """
    ttns: list[str] = []
    problems: list[str] = []
    for part in _SEPARATORS.split(raw or ""):
        typed = part.strip()
        if not typed:
            continue
        if _CARRIER_ORDER.match(typed):
            problems.append(
                f"{_shown(typed)}: a carrier's order, not a waybill number; enter the 14 digits of the waybill"
            )
            continue
        digits = _FILLERS.sub("", typed)
        found = _split_digits(digits) if digits.isascii() and digits.isdigit() else ()
        if found:
            ttns.extend(ttn for ttn in found if ttn not in ttns)
        elif _INTERNATIONAL.match(digits):
            problems.append(f"{_shown(typed)}: an international number, which Nova Poshta API 2.0 does not track")
        else:
            problems.append(f"{_shown(typed)}: not a waybill number (14 digits); correct it in the order")
    return Numbers(ttns=tuple(ttns), problems=tuple(problems))


def is_ttn(text: str) -> bool:
    return len(text) == 14 and text.isascii() and text.isdigit()


def _split_digits(digits: str) -> tuple[str, ...]:
    match len(digits):
        case 14:
            found: tuple[str, ...] = (digits,)
        case 18:
            found = (digits[:14],)
        case 28:
            found = (digits[:14], digits[14:])
        case _:
            return ()
    return () if any(set(ttn) == {"0"} for ttn in found) else found


def _shown(typed: str) -> str:
    # A field may hold anything a person typed, a name or a phone included: only what is about a number is repeated.
    kept = re.sub(r"[^0-9A-Za-z\-]", "", typed)
    if len(kept) > 24:
        kept = kept[:24] + "…"
    return (
        repr(kept) if kept and any(c.isdigit() for c in kept) and not _looks_like_phone(kept) else "the tracking field"
    )


def _looks_like_phone(kept: str) -> bool:
    digits = re.sub(r"\D", "", kept)
    return (len(digits) == 12 and digits.startswith("380")) or (len(digits) == 10 and digits.startswith("0"))
