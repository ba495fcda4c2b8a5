"""What Telegram's HTML parse mode would refuse in a message (core.telegram.org/bots/api#html-style)."""

import re
from typing import Final

_PIECE: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[^\s>/]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|(?P<open><)"
)
_KNOWN: Final = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote"}
    | {"span", "tg-spoiler", "tg-emoji"}
)
_HIDDEN: Final = re.compile(r"""class\s*=\s*["']?tg-spoiler\b""")
_LEADS: Final = re.compile(r"""href\s*=\s*["']?(https?|tg|mailto|tel):""", re.IGNORECASE)


def refused(html: str) -> tuple[str, str] | None:
    """What is wrong first, and the text in which it stands; None for a message that Telegram takes as it is."""
    opened: list[tuple[str, str]] = []
    for piece in _PIECE.finditer(html):
        tag, name = piece[0], (piece["name"] or "").lower()
        if piece["open"]:
            return "a '<' of the text itself must be written as &lt;", tag
        if piece["end"]:
            if not opened or opened[-1][0] != name:
                return f"</{name}> closes what is not open", tag
            opened.pop()
            continue
        if name not in _KNOWN:
            return f"Telegram knows no <{name}>; it has b, i, u, s, a, code, pre, blockquote and tg-spoiler", f"<{name}"
        if name == "span" and not _HIDDEN.search(piece["attributes"]):
            return 'of <span> Telegram takes only <span class="tg-spoiler">', tag
        if name == "a" and not _LEADS.search(piece["attributes"]):
            return "a link leads nowhere: its href begins with https://", "<a"
        opened.append((name, tag))
    return (f"<{opened[-1][0]}> is not closed", opened[-1][1]) if opened else None
