"""A message as it will look: in a terminal, and on a page that looks like a chat."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from rich.style import Style
from rich.text import Text

from vistka.cli.render import plain
from vistka.domain.kyiv import kyiv

_STYLES: Final[Mapping[str, str]] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strike",
    "strike": "strike",
    "del": "strike",
    "code": "cyan",
    "pre": "cyan",
    "a": "blue underline",
}
_PAGE: Final = Path(__file__).parent / "page.html"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = Text()
        self._styles: list[Style] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        style = Style.parse(_STYLES.get(tag, ""))
        if tag == "a":
            style += Style(link=dict(attributes).get("href"))
        self._styles.append(style)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 -- HTMLParser's
        if self._styles:
            self._styles.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(plain(data, lines=True), style=Style.combine([Style.null(), *self._styles]))


def in_terminal(message: str) -> Text:
    """Telegram's bold, italic, code and links in a terminal's own."""
    reader = _Reader()
    reader.feed(message)
    reader.close()
    return reader.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A message on the page; `title` says which it is, `file` where it comes from if it is of the shop's own."""

    title: str
    html: str
    at: datetime
    file: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chat:
    """One phone on the page."""

    name: str
    note: str
    messages: tuple[Shown, ...]


def page(chats: Iterable[Chat], *, language: str) -> str:
    """The whole page: it asks for nothing, and is light or dark as the reader's machine is."""
    return (
        _PAGE.read_text(encoding="utf-8").replace("{language}", language).replace("{chats}", "".join(map(_chat, chats)))
    )


def _chat(chat: Chat) -> str:
    messages = "".join(map(_bubble, chat.messages))
    return (
        f"<section><header><i>{html.escape(chat.name[:1])}</i><div><h2>{html.escape(chat.name)}</h2>"
        f"<p>{html.escape(chat.note)}</p></div></header><div class=talk>{messages}</div></section>"
    )


def _bubble(shown: Shown) -> str:
    title = html.escape(shown.title) + (f" · <b>{html.escape(shown.file)}</b>" if shown.file else "")
    return (
        f"<h3>{title}</h3><article><div class=words>{shown.html}</div>"
        f"<time>{shown.at.astimezone(kyiv()):%H:%M}</time></article>"
    )
