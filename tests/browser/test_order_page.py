"""An order's page in a real browser: on a phone and a desk, light and dark, in three languages, by keyboard, by ear."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.browser.seeing import DESK, NARROW, PHONE, faults, overflows
from tests.browser.served import page_of, served
from tests.contracts.store_samples import TTN
from tests.fakes.clock import START
from tests.unit.web.scene import BRANCH, COURIER, LOCKER, Scene
from vistka.domain.polling import QUARANTINE_AFTER
from vistka.domain.stages import Stage
from vistka.domain.tokens import Purpose
from vistka.texts.pages import Brand

ROOT: Final = Path(__file__).resolve().parents[2]
DAY: Final = timedelta(days=1)

#: code, what came before, facts, what else of STATE
CASES: Final[dict[str, tuple[str, tuple[str, ...], dict[str, Any], dict[str, Any]]]] = {
    "created": ("1", (), BRANCH, {}),
    "on its way": ("5", ("1", "4"), {**BRANCH, "expected_at": START + 2 * DAY, "to_pay": "1450"}, {}),
    "at a branch, to pay": (
        "7",
        ("1", "5", "6"),
        {**BRANCH, "to_pay": "96.50", "paid_storage_at": START + 5 * DAY},
        {},
    ),
    "at a branch, the last day": ("7", ("1", "5"), {**BRANCH, "paid_storage_at": START + DAY}, {}),
    "at a locker": ("8", ("1", "5"), {**LOCKER, "paid_storage_at": START + 2 * DAY}, {}),
    "with the courier": ("101", ("1", "5", "6"), {**COURIER, "to_pay": "980"}, {}),
    "not handed over": ("111", ("1", "5", "101"), COURIER, {}),
    "received": ("9", ("1", "5", "6", "7"), {**BRANCH, "received_at": START - DAY}, {"ended": "final"}),
    "coming back": ("102", ("1", "5", "7"), BRANCH, {}),
    "not known": ("3", (), {}, {"not_found": QUARANTINE_AFTER}),
    "deleted": ("2", ("1",), {}, {"ended": "final"}),
    "never asked": ("", (), {}, {}),
}  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    return told("at a branch, to pay")


def told(case: str) -> Scene:
    made = Scene(brand=Brand(name="Вигаданий магазин", url="https://shop.example"))
    code, earlier, facts, more = CASES[case]
    made.put(code, *earlier, **facts)
    if more:
        made.change_state(**more)
    return made


@contextmanager
def opened(
    browser: Browser, scene: Scene, path: str = "", *, size: dict[str, int] = PHONE, **context: Any
) -> Iterator[Page]:
    """The order's page, or what is at the path; whatever it says in the console, or asks of others, fails the test."""
    with served(scene.site.answer) as address:
        made: BrowserContext = browser.new_context(viewport=size, locale="uk-UA", **context)  # type: ignore[arg-type]
        page = made.new_page()
        said: list[str] = []
        asked: list[str] = []

        def heard(message: ConsoleMessage) -> None:
            said.append(message.text)

        def sent(request: Request) -> None:
            asked.append(request.url)

        page.on("console", heard)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", sent)
        page.goto(address + (path or f"/o/{scene.token()}"))
        yield page
        # That a page is not there is said by the browser itself.
        assert [text for text in said if "status of 4" not in text] == []
        assert [url for url in asked if not url.startswith((address, "data:"))] == []
        made.close()


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_no_state_of_a_parcel_has_a_fault_that_axe_finds(browser: Browser, case: str) -> None:
    for size, scheme in ((PHONE, "light"), (DESK, "dark")):
        with opened(browser, told(case), size=size, color_scheme=scheme) as page:
            assert faults(page) == []
            assert not overflows(page)


@pytest.mark.parametrize("language", ["uk", "en", "ru"])
@pytest.mark.parametrize("size", [NARROW, PHONE, DESK], ids=["narrow", "phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well_at_every_size_scheme_and_language(
    browser: Browser, scene: Scene, size: dict[str, int], scheme: str, language: str
) -> None:
    path = f"/o/{scene.token()}?lang={language}"
    with opened(browser, scene, path, size=size, color_scheme=scheme) as page:
        assert page.locator("html").get_attribute("lang") == language
        assert faults(page) == []
        assert not overflows(page)
        # No step's word is wider than its place, where it would lie over the next.
        steps = page.locator(".way li").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
        assert max(steps) <= 0
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 384) is (scheme == "light")


@pytest.mark.parametrize("name", ["missing", "expired", "no parcel", "two parcels"])
def test_every_other_page_is_as_good(browser: Browser, name: str) -> None:
    scene = told("at a locker")
    scene.put("7", "5", ttn="20450000000777", **BRANCH)
    path = {
        "missing": "/o/x",
        "expired": f"/o/{scene.token(expires_at=START - DAY)}",
        "no parcel": f"/o/{scene.token(key='99')}",
        "two parcels": f"/o/{scene.token()}",
    }[name]
    for size, scheme in ((PHONE, "dark"), (DESK, "light")):
        with opened(browser, scene, path, size=size, color_scheme=scheme) as page:
            assert faults(page) == []
            assert not overflows(page)
            assert page.locator("h1").count() == 1


def test_who_hears_the_page_hears_how_far_the_parcel_is(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene) as page:
        tree = page.locator("body").aria_snapshot()
        assert 'heading "Замовлення TWC01" [level=1]' in tree
        assert 'heading "Чекає у відділенні № 12" [level=2]' in tree
        assert 'list "Шлях посилки"' in tree
        assert "Чекає, зараз" in page.locator("[aria-current=step]").inner_text().replace("\n", "")
        assert "Отримано, попереду" in page.locator(".way li").last.inner_text().replace("\n", "")
        assert page.locator(".history p[lang=uk]").count() == 4  # the carrier's own words, whatever the page's language


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_all_that_can_be_pressed_is_reached_by_keyboard_and_seen_to_be(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene) as page:
        reached: list[str] = []
        for _ in range(12):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(() => {const one = document.activeElement, style = getComputedStyle(one);"
                "return [one.innerText.trim().split('\\n')[0], style.outlineStyle, parseFloat(style.outlineWidth)]})()"
            )
            if not focused[0] or focused[0] in reached:
                break
            assert focused[1] == "solid", focused
            assert focused[2] >= 2, focused
            reached.append(focused[0])
        assert reached == [
            "Вигаданий магазин",
            "UK",
            "EN",
            "RU",
            "Скопіювати",
            "Показати на мапі",
            "Відстежити на сайті Нової пошти",
            "Отримувати новини в Telegram",
        ]


def test_a_tap_copies_the_number_and_says_so(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene, permissions=["clipboard-read", "clipboard-write"]) as page:
        button = page.get_by_role("button", name="Скопіювати")
        button.click()
        expect(page.get_by_role("status")).to_have_text("Скопійовано")
        assert page.evaluate("navigator.clipboard.readText()") == TTN
        expect(page.get_by_role("status")).to_have_text("", timeout=5000)
        expect(button).to_have_text("Скопіювати")


def test_who_comes_back_to_an_open_page_sees_what_is_true_now(browser: Browser, scene: Scene) -> None:
    """Or it would say for days that the carrier's status was updated a moment ago."""
    with opened(browser, scene) as page:
        comes_back = "document.dispatchEvent(new Event('visibilitychange'))"
        scene.change_state(stage=Stage.DELIVERED)
        page.evaluate(comes_back)
        page.wait_for_timeout(300)
        expect(page.locator("h2")).to_contain_text("Чекає у відділенні")  # it was looked at a moment ago
        page.evaluate("Date.now = (now => () => now() + 61000)(Date.now)")
        page.evaluate(comes_back)
        expect(page.locator("h2")).to_have_text("Отримано")


def test_it_is_whole_without_javascript(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene, java_script_enabled=False) as page:
        assert "Чекає у відділенні № 12" in page.inner_text("body")
        assert page.get_by_text(TTN).is_visible()
        assert not page.get_by_text("Скопіювати").is_visible()


def test_the_language_is_chosen_by_a_link_and_the_theme_kept(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene, f"/o/{scene.token()}?theme=dark") as page:
        page.get_by_role("link", name="English").click()
        expect(page.locator("h1")).to_have_text("Order TWC01")
        assert page.url.endswith("?lang=en&theme=dark")


def test_the_button_leads_to_the_bot(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene) as page:
        # Not followed: it leads to the real Telegram.
        target = page.get_by_role("link", name="Отримувати новини в Telegram").get_attribute("href")
        answer = page.request.get(f"{page.url.rpartition('/')[0]}/{target}", max_redirects=0)
        assert (answer.status, answer.headers["location"].partition("=")[0]) == (
            303,
            f"https://t.me/{scene.bot_name}?start",
        )


def test_a_page_is_one_request_of_a_few_kilobytes(browser: Browser) -> None:
    scene = told("at a branch, to pay")
    for case in ("5", "8", "9"):  # an order of four parcels
        scene.put(case, "1", "5", ttn=f"2045000000010{case}", **LOCKER)
    with opened(browser, scene) as page:
        sizes: list[int] = page.evaluate(
            "performance.getEntries().filter(one => one.transferSize !== undefined).map(one => one.transferSize)"
        )
        assert len(sizes) == 1
        assert 1000 < sizes[0] < 40_000


# --- in a shop's own page ---------------------------------------------------------------------------------------------

_SCRIPT: Final = (ROOT / "integrations/telegram/vistka-frame.js").read_text(encoding="utf-8")


def shop_page(frame: str) -> dict[str, tuple[str, str]]:
    """As integrations/telegram/README.md has it."""
    html = (
        "<!doctype html><html lang='uk'><title>Магазин</title><main><h1>Замовлення</h1><iframe title='Де посилка?' "
        f"height='50' style='width:100%;border:0' src='{frame}'></iframe></main>"
        "<script src='/vistka-frame.js'></script>"
    )
    return {"/": ("text/html; charset=utf-8", html), "/vistka-frame.js": ("text/javascript; charset=utf-8", _SCRIPT)}


@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_frame_is_as_high_as_what_it_shows_under_a_strict_policy(
    browser: Browser, scene: Scene, width: int, language: str
) -> None:
    scene.ancestors = "http://127.0.0.1:*"
    with served(scene.site.answer) as address:
        frame = f"{address}/embed/{scene.token()}?theme=light&lang={language}"
        policy = {"Content-Security-Policy": f"default-src 'self'; style-src 'unsafe-inline'; frame-src {address}"}
        with served(page_of(shop_page(frame), policy)) as shop:
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark")
            page = context.new_page()
            page.goto(shop)
            inner = page.frames[1]
            expect(inner.locator("h2")).to_be_visible()
            page.wait_for_function("document.querySelector('iframe').clientHeight > 60")
            shown = page.evaluate("document.querySelector('iframe').clientHeight")
            needed = inner.evaluate("document.documentElement.scrollHeight")
            assert needed <= shown <= needed + 2
            assert not inner.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert faults(page) == []
            context.close()


def test_a_frame_that_was_there_before_the_script_gets_its_height(browser: Browser, scene: Scene) -> None:
    """On a slow line either may come first."""
    scene.ancestors = "http://127.0.0.1:*"
    with served(scene.site.answer) as address:
        files = shop_page(f"{address}/embed/{scene.token()}")
        files["/"] = (files["/"][0], files["/"][1].replace("<script src='/vistka-frame.js'></script>", ""))
        with served(page_of(files, {})) as shop:
            context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(shop, wait_until="load")
            expect(page.frames[1].locator("h2")).to_be_visible()
            page.wait_for_timeout(500)
            assert page.evaluate("document.querySelector('iframe').clientHeight") == 50
            page.add_script_tag(url=f"{shop}/vistka-frame.js")
            page.wait_for_function("document.querySelector('iframe').clientHeight > 60")
            context.close()


def test_whoever_is_not_named_gets_no_frame(browser: Browser, scene: Scene) -> None:
    scene.ancestors = "https://shop.example"
    with (
        served(scene.site.answer) as address,
        served(page_of(shop_page(f"{address}/embed/{scene.token()}"), {})) as shop,
    ):
        context = browser.new_context()
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(shop)
        page.wait_for_timeout(500)
        assert page.frames[1].locator("h2").count() == 0
        assert any("frame-ancestors" in text for text in said)
        context.close()


def test_the_words_of_every_badge_lie_inside_it(browser: Browser) -> None:
    pictures = [
        told(case).get(f"/badge/{told(case).token()}.svg", query=f"lang={language}").body
        for case in CASES
        for language in ("uk", "en", "ru")
    ]
    page = browser.new_page()
    page.set_content("".join(pictures))
    free: list[float] = page.evaluate(
        "[...document.querySelectorAll('svg')].map(one => {const box = one.querySelector('text').getBBox();"
        "return one.width.baseVal.value - box.x - box.width})"
    )
    assert len(free) == len(pictures)
    assert min(free) >= 8
    page.close()


def test_a_link_token_opens_nothing_here(browser: Browser, scene: Scene) -> None:
    with opened(browser, scene, f"/o/{scene.token(purpose=Purpose.LINK)}") as page:
        expect(page.locator("h1")).to_have_text("Такої сторінки немає")
