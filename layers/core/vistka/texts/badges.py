"""A parcel's state as a small picture, for a shop's own page."""

from html import escape
from typing import Final

#: Units of the picture that letters take, by their look: no font is asked, and the text is fitted to what is reckoned.
_NARROW: Final = frozenset("ijlft.,:;'’!|()[] іїІЇ")
_WIDE: Final = frozenset("mwMWшщжюфмЖШЩЮФМЫы№…—")
_HEIGHT: Final = 28
_PAD: Final = 12
_DOT: Final = 8

#: Ink and ground by tone; the ink is dark enough on its ground to be read.
_COLOURS: Final = {
    "go": ("#1f4fd8", "#e8eefd"),
    "now": ("#1f4fd8", "#e8eefd"),
    "ok": ("#11703b", "#e2f3e8"),
    "warn": ("#8f4c00", "#fcefd9"),
    "stop": ("#8c2f2c", "#f8e8e6"),
    "new": ("#57544d", "#efede7"),
}


def badge(text: str, tone: str, *, language: str) -> str:
    """An SVG of one line, with the text as its name for who does not see it."""
    ink, ground = _COLOURS.get(tone, _COLOURS["new"])
    length = round(sum(_width(letter) for letter in text))
    left = _PAD + _DOT + 8
    width, shown = left + length + _PAD, escape(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" role="img" xml:lang="{language}" '
        f'aria-label="{shown}"><title>{shown}</title>'
        f'<rect width="{width}" height="{_HEIGHT}" rx="{_HEIGHT // 2}" fill="{ground}"/>'
        f'<circle cx="{_PAD + _DOT // 2}" cy="{_HEIGHT // 2}" r="{_DOT // 2}" fill="{ink}"/>'
        f'<text x="{left}" y="18.5" textLength="{length}" lengthAdjust="spacingAndGlyphs" fill="{ink}" '
        'font-family="system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif" font-size="13" '
        f'font-weight="600">{shown}</text></svg>'
    )


def _width(letter: str) -> float:
    if letter in _NARROW:
        return 4.4
    if letter in _WIDE:
        return 11.0
    return 8.8 if letter.isupper() else 7.5
