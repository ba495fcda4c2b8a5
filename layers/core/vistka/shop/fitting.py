"""Fits a text to the column it is written to."""

import unicodedata
from dataclasses import dataclass
from typing import Final

ELLIPSIS: Final = "…"


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What a text column takes: characters, and bytes of UTF-8 where it counts those; 0 is without limit."""

    characters: int = 0
    octets: int = 0

    def within(self, other: "Room") -> "Room":
        """The smaller of both in each measure."""
        return Room(characters=_smaller(self.characters, other.characters), octets=_smaller(self.octets, other.octets))


def fit_text(text: str, room: Room) -> str:
    """The text unchanged where it fits, else cut at a word and ended by `…`, both measures kept."""
    if _fits(text, room):
        return text
    cut = len(text)
    if room.characters:
        cut = min(cut, room.characters - 1)
    if room.octets:
        left = max(room.octets - len(ELLIPSIS.encode()), 0)
        cut = min(cut, len(text.encode("utf-8", "replace")[:left].decode("utf-8", "ignore")))
    while cut > 0 and unicodedata.combining(text[cut]):
        cut -= 1  # a letter is not parted from its accent
    head = text[:cut]
    if not text[cut].isspace():
        # A word longer than half the room is cut inside: better half a word than hardly anything.
        words = head.rsplit(maxsplit=1)
        if len(words) == 2 and len(words[0]) >= cut // 2:
            head = words[0]
    shortened = head.rstrip(" \t\r\n,;:.-–—(") + ELLIPSIS
    return shortened if _fits(shortened, room) else ""


def _fits(text: str, room: Room) -> bool:
    return not (room.characters and len(text) > room.characters) and not (
        room.octets and len(text.encode("utf-8", "replace")) > room.octets
    )


def _smaller(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other
