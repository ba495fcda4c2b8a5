"""Pictures of an order's page and of messages: `python -m local.pictures` writes docs/page.png, docs/page-desk.png and
docs/messages.png."""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from playwright.sync_api import Browser

from local.browser import browsing
from local.world.wishes import ROOT
from vistka.cli.texts.looks import Chat, Shown
from vistka.cli.texts.looks import page as chat_page
from vistka.domain.journeys import journey
from vistka.domain.notices import Audience, Kind
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.stages import STAGE_OF_CODE
from vistka.domain.stories import OrderStory, ParcelStory
from vistka.domain.views import ParcelView
from vistka.texts.pages import Brand, order_page
from vistka.texts.render import Messages
from vistka.texts.samples import samples

_NOW: Final = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_SAID: Final = MappingProxyType(
    {
        "1": "Відправник самостійно створив цю накладну, але ще не надав до відправки",
        "4": "Відправлення у місті Харків",
        "5": "Відправлення прямує до міста Київ",
        "6": "Відправлення у місті Київ",
        "7": "Прибув на відділення",
        "101": "На шляху до одержувача",
        "9": "Відправлення отримано",
    }
)
_BRANCH: Final = MappingProxyType(
    {"city": "Київ", "place": "Відділення №12 (до 30 кг): вул. Вигадана, 72", "place_number": "12"}
)
#: A typeface that most phones have, where this machine does: pictures should look like phones.
_FONT: Final = "body{font-family:Roboto,'Helvetica Neue',Arial,sans-serif}"


def _story(codes: tuple[str, ...], *, minutes: int, ended: str = "", **facts: Any) -> OrderStory:
    ttn = "20451034987612"
    changes = tuple(_changes(ttn, codes))
    newest = changes[-1]
    told = Facts(code=codes[-1], text=_SAID[codes[-1]], stage=newest.stage, **facts)
    state = ParcelState(
        ttn=ttn,
        revision=1,
        version=len(codes),
        observed_at=_NOW,
        first_seen_at=_NOW,
        facts=told,
        stage=newest.stage,
        ended=ended,
    )
    view = ParcelView(ttn=ttn, state=state, checked_at=_NOW - timedelta(minutes=minutes))
    parcel = ParcelStory(view=view, journey=journey(state, changes), history=changes)
    return OrderStory(number="TWC09092025N01", parcels=(parcel,))


def _changes(ttn: str, codes: tuple[str, ...]) -> Iterator[Change]:
    for number, code in enumerate(codes, start=1):
        at = _NOW - timedelta(hours=11 * (len(codes) - number), minutes=47)
        facts = Facts(code=code, text=_SAID[code], stage=STAGE_OF_CODE[code])
        yield Change(ttn=ttn, version=number, at=at, observed_at=at, facts=facts, stage=facts.stage)


def _shot(browser: Browser, story: OrderStory, size: Mapping[str, int], scheme: str, language: str) -> bytes:
    page = browser.new_page(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=size.get("scale", 1),
        bypass_csp=True,
    )
    html = order_page(story, language=language, now=_NOW, brand=Brand(name="Вигаданий магазин"), telegram="x/telegram")
    page.set_content(html)
    page.add_style_tag(content=_FONT)
    page.evaluate("document.querySelectorAll('[data-copy]').forEach(one => {one.hidden = false})")
    shot = page.screenshot()
    page.close()
    return shot


def _chat(
    browser: Browser, size: Mapping[str, int], scheme: str, audience: Audience, *wanted: tuple[Kind, str]
) -> bytes:
    names = {Audience.BUYER: "Вигаданий магазин", Audience.SHOP: "Чат магазину"}
    shown = tuple(
        Shown(title="", html=Messages().render(sample.notice(audience, "uk"), now=sample.now), at=sample.now)
        for one in wanted
        for sample, _ in samples(one[0], audience)
        if sample.what == one[1]
    )
    page = browser.new_page(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=size.get("scale", 1),
    )
    page.set_content(chat_page([Chat(name=names[audience], note="бот", messages=shown)], language="uk"))
    page.add_style_tag(content=f"{_FONT} h3{{display:none}} article{{margin-bottom:10px}} .talk{{min-height:100vh}}")
    shot = page.screenshot()
    page.close()
    return shot


def _side_by_side(browser: Browser, shots: list[bytes]) -> bytes:
    pictures = "".join(f"<img src='data:image/png;base64,{base64.b64encode(shot).decode()}'>" for shot in shots)
    page = browser.new_page(viewport={"width": 1200, "height": 780})
    page.set_content(
        "<style>body{margin:0;height:780px;display:flex;gap:36px;align-items:center;justify-content:center;"
        "background:linear-gradient(135deg,#dfe6f5,#efe7dc)}img{width:332px;border-radius:34px;"
        f"border:8px solid #1b1a18;box-shadow:0 18px 50px rgb(30 30 60/.25)}}</style>{pictures}"
    )
    page.wait_for_function("[...document.images].every(one => one.complete)")
    shot = page.screenshot()
    page.close()
    return shot


def main() -> None:
    phone = {"width": 390, "height": 844, "scale": 2}
    waiting = _story(("1", "4", "5", "6", "7"), minutes=12, to_pay="1450", paid_storage_at=_NOW + 5 * _DAY, **_BRANCH)
    courier = _story(("1", "5", "6", "101"), minutes=3, to_pay="980", courier=True, city="Одеса")
    received = _story(
        ("1", "5", "6", "7", "9"), minutes=0, ended="final", received_at=_NOW - timedelta(minutes=47), **_BRANCH
    )
    with browsing() as browser:
        shots = [
            _shot(browser, waiting, phone, "light", "uk"),
            _shot(browser, courier, phone, "dark", "uk"),
            _shot(browser, received, phone, "light", "en"),
        ]
        (ROOT / "docs/page.png").write_bytes(_side_by_side(browser, shots))
        told: tuple[tuple[str, Audience, tuple[Kind, str], tuple[Kind, str]], ...] = (
            ("light", Audience.BUYER, (Kind.ON_ITS_WAY, "to a branch"), (Kind.WAITING, "in a locker")),
            ("dark", Audience.BUYER, (Kind.LAST_DAY, "tomorrow"), (Kind.RECEIVED, "at a branch")),
            ("light", Audience.SHOP, (Kind.REFUSED, "with a reason"), (Kind.WAITING_LONG, "five days")),
        )
        chats = [_chat(browser, phone, scheme, audience, *wanted) for scheme, audience, *wanted in told]
        (ROOT / "docs/messages.png").write_bytes(_side_by_side(browser, chats))
        desk = {"width": 1280, "height": 860}
        (ROOT / "docs/page-desk.png").write_bytes(_shot(browser, waiting, desk, "light", "uk"))


if __name__ == "__main__":
    main()
