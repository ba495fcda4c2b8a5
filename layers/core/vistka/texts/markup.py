"""Telegram's HTML without its tags, and cut to a length."""

import html
import re
from typing import Final

#: Characters after parsing that one message may have. Telegram counts UTF-16 units, in which an emoji is two.
TELEGRAM_LIMIT: Final = 4096

# Only what Telegram has as a tag: a stray "<" of somebody's text is text.
_TAG: Final = re.compile(
    r"<(?P<end>/?)(?P<name>a|b|strong|i|em|u|ins|s|strike|del|code|pre|blockquote|span|tg-spoiler|tg-emoji)"
    r"(?P<attributes>\s[^<>]*)?>",
    re.IGNORECASE,
)
_PIECE: Final = re.compile(_TAG.pattern + r"|(?P<entity>&(?:#\d+|#x[0-9a-f]+|[a-z]+);)|(?P<text>.)", re.I | re.S)
_CHARACTER: Final = re.compile(r"(?P<text>.)", re.S)
_LINK: Final = re.compile(r"""<a\s+href=(["'])(?P<url>.*?)\1\s*>(?P<text>.*?)</a\s*>""", re.I | re.S)


def plain(text: str) -> str:
    """The text as it reads without markup; a link's address follows its words."""
    return html.unescape(_TAG.sub("", _LINK.sub(r"\g<text>: \g<url>", text)))


def length(text: str) -> int:
    """In UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, *, markup: bool = True) -> str:
    """At most `limit` units after parsing, cut at a word and ending in `…`; tags that were open are closed."""
    pieces = list((_PIECE if markup else _CHARACTER).finditer(text))
    if sum(_width(piece) for piece in pieces) <= limit:
        return text
    end, used, word_end = 0, 0, 0
    for index, piece in enumerate(pieces):
        used += _width(piece)
        if used > limit - 1:
            break
        end = index + 1
        if piece[0].isspace():
            word_end = index
    # A single word longer than half of the limit is cut inside: better than to lose it whole.
    kept = pieces[: word_end if word_end > end // 2 else end]
    out = "".join(piece[0] for piece in kept).rstrip() + "…"
    return out + "".join(f"</{name}>" for name in reversed(_open_tags(kept)))


def _width(piece: re.Match[str]) -> int:
    found = piece.groupdict()
    if found.get("name"):
        return 0
    return length(html.unescape(piece[0]))


def _open_tags(pieces: list[re.Match[str]]) -> list[str]:
    names: list[str] = []
    for piece in pieces:
        found = piece.groupdict()
        if not (name := found.get("name")):
            continue
        if not found.get("end"):
            names.append(name)
        elif name in names:
            del names[len(names) - 1 - names[::-1].index(name)]
    return names
