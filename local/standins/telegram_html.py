"""Telegram's HTML parse mode: what it makes of a text, and what it refuses."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

#: Tag as sent -> the entity's type.
_TYPES: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY: Final = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_TAG: Final = re.compile(r"<(/?)([^\s>/]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE: Final = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")


class MarkupError(Exception):
    """The description that Telegram would answer behind "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    extra: dict[str, Any]


@dataclass(slots=True)
class Parsed:
    """`text` without markup; entities by UTF-16 offset and length, as Telegram counts."""

    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(html: str) -> Parsed:
    """Raises MarkupError."""
    parsed, stack, at = Parsed(), list[_Open](), 0
    while at < len(html):
        if html[at] == "&" and (match := _ENTITY.match(html, at)):
            parsed.text += _entity(match)
            at = match.end()
        elif html[at] == "<":
            at = _tag(html, at, parsed, stack)
        else:
            parsed.text += html[at]
            at += 1
    if stack:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    parsed.entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return parsed


def _tag(html: str, at: int, parsed: Parsed, stack: list[_Open]) -> int:
    offset = len(html[:at].encode())
    match = _TAG.match(html, at)
    if match is None:
        name = re.split(r"[\s>]", html[at + 1 :], maxsplit=1)[0].lower()
        known = name.lstrip("/") in _TYPES
        raise MarkupError(
            f"{'Unclosed start tag' if known else f'Unsupported start tag "{name}"'} at byte offset {offset}"
        )
    closing, tag, rest = match[1], match[2].lower(), match[3]
    if closing:
        if not stack:
            raise MarkupError(f"Unexpected end tag at byte offset {offset}")
        opened = stack.pop()
        if tag and tag != opened.tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {offset}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        _close(opened, parsed)
        return match.end()
    if tag not in _TYPES:
        raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {offset}')
    attributes = {m[1].lower(): _plain(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(rest)}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    stack.append(_Open(tag=tag, offset=units(parsed.text), extra=attributes))
    return match.end()


def _close(opened: _Open, parsed: Parsed) -> None:
    length = units(parsed.text) - opened.offset
    if length <= 0:
        return
    entity: dict[str, Any] = {"type": _TYPES[opened.tag], "offset": opened.offset, "length": length}
    if opened.tag == "a":
        url = opened.extra.get("href", "")
        # Telegram drops a link that is none and keeps its words.
        if not re.match(r"(https?|tg|mailto|tel):", url):
            return
        entity["url"] = url
    parsed.entities.append(entity)


def _entity(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    number = int(match[1]) if match[1] else int(match[2], 16)
    return chr(number) if 0 < number < 0x10FFFF else match[0]


def _plain(value: str) -> str:
    return _ENTITY.sub(_entity, value)
