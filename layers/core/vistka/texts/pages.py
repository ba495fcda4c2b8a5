"""An order's pages: whole, for an iframe, and as a badge; one set of templates, with the words of each language."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from jinja2 import TemplateError

from vistka.domain.errors import ConfigurationError
from vistka.domain.journeys import comes_back
from vistka.domain.parcels import Change, ParcelState
from vistka.domain.polling import QUARANTINE_AFTER
from vistka.domain.stages import OVER_STAGES, Stage
from vistka.domain.stories import OrderStory, ParcelStory
from vistka.texts.details import tidy
from vistka.texts.parcels import of_parcel
from vistka.texts.rooms import room, spoken, written

#: In the order in which the pages offer them; the first one is for whom none fits.
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType({"uk": "Українська", "en": "English", "ru": "Русский"})

#: As the reader's machine has it, or as the shop's own page is.
AUTO: Final = "auto"
THEMES: Final = (AUTO, "light", "dark")

_WORDS: Final = "web.j2"
_FILES: Final = Path(__file__).parent / "web"
#: What is drawn beside a stage, and in which of the styles' tones.
_SIGNS: Final[Mapping[Stage, tuple[str, str]]] = MappingProxyType(
    {
        Stage.CREATED: ("box", "new"),
        Stage.NOT_FOUND: ("search", "new"),
        Stage.IN_TRANSIT: ("truck", "go"),
        Stage.REDIRECTED: ("truck", "go"),
        Stage.ARRIVED_CITY: ("truck", "go"),
        Stage.OUT_FOR_DELIVERY: ("truck", "now"),
        Stage.AT_BRANCH: ("pin", "now"),
        Stage.AT_LOCKER: ("locker", "now"),
        Stage.DELIVERED: ("check", "ok"),
        Stage.POSTPONED: ("clock", "warn"),
        Stage.FAILED_ATTEMPT: ("clock", "warn"),
        Stage.REFUSED: ("back", "stop"),
        Stage.STORAGE_ENDED: ("back", "stop"),
        Stage.RETURNING: ("back", "stop"),
        Stage.RETURN_WAITING: ("back", "stop"),
        Stage.RETURNED: ("back", "stop"),
        Stage.DELETED: ("cross", "stop"),
        Stage.DESTROYED: ("cross", "stop"),
    }
)
_NO_SIGN: Final = ("clock", "new")


@dataclass(frozen=True, kw_only=True, slots=True)
class Brand:
    """Whose page it is; empty where the shop has not said."""

    name: str = ""
    url: str = ""


def order_page(
    story: OrderStory, *, language: str, now: datetime, brand: Brand, telegram: str, theme: str = AUTO
) -> str:
    """The whole page, as the order looks at `now` (aware). `telegram`: where its button leads, relative; "": none."""
    order = _order(story, now)
    if order["parcels"] and not any(parcel["open"] for parcel in order["parcels"]):
        telegram = ""  # there will be no news
    values = {"order": order, "brand": brand, "telegram": telegram, "script": _raw("page.js")}
    return _rendered("web_page.j2", language, theme, values)


def embedded_order(story: OrderStory, *, language: str, now: datetime, page: str, theme: str = AUTO) -> str:
    """The same in little. `page`: where the whole one is, relative."""
    values = {"order": _order(story, now), "name": "", "page": page, "script": _raw("embed.js")}
    return _rendered("web_embed.j2", language, theme, values)


def embedded_message(name: str, *, language: str, theme: str = AUTO) -> str:
    """`message_page` in little, for the shop's frame."""
    values = {"order": {"parcels": []}, "name": name, "page": "", "script": _raw("embed.js")}
    return _rendered("web_embed.j2", language, theme, values)


def message_page(name: str, *, language: str, brand: Brand, theme: str = AUTO) -> str:
    """`missing`, `expired`, `busy` or `broken`."""
    return _rendered("web_message.j2", language, theme, {"name": name, "brand": brand})


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a parcel's page says first, without markup, and the tone in which it is drawn."""

    headline: str
    lead: str
    label: str
    tone: str


def words(story: ParcelStory, order_number: str, *, language: str, now: datetime) -> Words:
    parcel = _parcel(story, order_number, now)
    return Words(
        headline=_spoken(language, "headline", parcel),
        lead=_spoken(language, "lead", parcel),
        label=_spoken(language, "label", parcel["stage"]),
        tone=parcel["tone"],
    )


def labels(stages: Iterable[Stage | None], *, language: str) -> list[str]:
    """What the history calls each of them."""
    return [_spoken(language, "label", str(stage or "")) for stage in stages]


@cache
def style_hash(theme: str = AUTO) -> str:
    """For a content security policy: these styles and no others."""
    return _hash(_style(theme))


@cache
def script_hash(file: str) -> str:
    """As `style_hash`, for page.js or embed.js."""
    return _hash(_raw(file))


def map_url(parcel: Mapping[str, Any]) -> str:
    """A map that looks for the branch or locker; "" for what has no number, and for somebody's own address."""
    place = parcel["place"]
    if not place.word or not place.number or parcel["private"]:
        return ""
    word = "Поштомат" if place.word == "locker" else "Відділення"
    wanted = f"Нова пошта {word} {place.number}, {parcel['city']}".rstrip(", ")
    return f"https://www.google.com/maps/search/?api=1&query={quote(wanted, safe='')}"


def _order(story: OrderStory, now: datetime) -> dict[str, Any]:
    return {"number": tidy(story.number), "parcels": [_parcel(one, story.number, now) for one in story.parcels]}


def _parcel(story: ParcelStory, order_number: str, now: datetime) -> dict[str, Any]:
    """What the bot tells of a parcel, and what is drawn of it."""
    parcel = of_parcel(story.view, order_number, now)
    state = story.view.state
    stage = state.stage if state else None
    sign, tone = _SIGNS.get(stage, _NO_SIGN) if stage else _NO_SIGN
    last_day = parcel["storage"] or parcel["until_return"] if parcel["waiting"] else None
    if last_day and (last_day.past or last_day.today):
        tone = "warn"
    goes_on = state is not None and state.ended == "continued" and stage not in OVER_STAGES
    shown = parcel | {
        "open": parcel["open"] or goes_on,  # under a number of which nothing is known yet
        "sign": sign,
        "tone": tone,
        "last_day": last_day,
        "coming_back": state is not None and comes_back(state.facts),
        "long_unknown": state is not None and state.not_found >= QUARANTINE_AFTER,
        "aged_out": state is not None and state.ended == "aged_out",
        "marks": story.journey.marks,
        "replaced": [tidy(ttn) for ttn in story.replaced],
        "history": [_entry(change, state) for change in reversed(story.history)],
    }  # fmt: skip
    return shown | {"map_url": map_url(shown)}


def _entry(change: Change, state: ParcelState | None) -> dict[str, Any]:
    """The newest one speaks in the carrier's newest words: it rewrites them for the same code."""
    is_newest = state is not None and (state.ttn, state.version) == (change.ttn, change.version)
    facts = state.facts if state is not None and is_newest else None
    return {"stage": str(change.stage or ""), "at": change.at, "text": tidy((facts or change.facts).text)}


@cache
def _style(theme: str) -> str:
    dark = {AUTO: f"@media (prefers-color-scheme:dark){{{_raw('dark.css')}}}", "dark": _raw("dark.css")}
    return "\n".join(filter(None, (_raw("page.css"), dark.get(theme))))


@cache
def _raw(file: str) -> str:
    """Ours: the templates put it into the page as it is."""
    return (_FILES / file).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _code(language: str) -> str:
    return language if language in LANGUAGES else next(iter(LANGUAGES))


def _spoken(language: str, macro: str, *arguments: Any) -> str:
    code = _code(language)
    with _broken(_WORDS, code):
        return spoken(room(code), _WORDS, macro, *arguments)


def _rendered(name: str, language: str, theme: str, values: Mapping[str, Any]) -> str:
    code = _code(language)
    shared = {"language": code, "languages": list(LANGUAGES.items()), "theme": theme, "style": _style(theme)}
    with _broken(name, code):
        return written(room(code), name, {**shared, **values})


@contextmanager
def _broken(name: str, code: str) -> Iterator[None]:
    try:
        yield
    except TemplateError as error:
        raise ConfigurationError(f"the page {name} is missing or broken in {code} ({type(error).__name__})") from None
