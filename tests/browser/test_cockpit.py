"""The cockpit of a whole local world in a real browser: what a visitor presses, and what the others then see."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.world.wishes import Wishes
from local.world.world import World
from tests.browser.seeing import DESK, PHONE, faults, overflows

#: A run, and what it tells, on a machine that has other things to do.
_PATIENCE: Final = 120_000


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`browser` first: without one no world is made for nothing."""
    assert browser.is_connected()
    folder = Path(tmp_path_factory.mktemp("cockpit")) / ".local"
    with World.start(Wishes(folder=folder, windows=True)) as world:
        yield world.facts.cockpit_url


@contextmanager
def opened(
    browser: Browser, address: str, order: str = "", *, size: dict[str, int] = DESK, **more: Any
) -> Iterator[Page]:
    """The cockpit in Ukrainian; what it says in the console fails the test, but for scripts of the page in its frame,
    which may do nothing but be read."""
    context = browser.new_context(viewport=size, locale="uk-UA", **more)  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/?order={order}")
    expect(page.locator(".order")).to_have_count(3)
    yield page
    assert [text for text in said if "sandboxed" not in text] == []
    context.close()


def row(page: Page, order: str) -> Locator:
    return page.locator(".order", has_text=order)


def hand_over(page: Page, order: str) -> None:
    """The parcel gets its number, and the buyer's chat the order's news."""
    row(page, order).click()
    page.get_by_role("button", name="Передати посилку й вписати ТТН").click()
    expect(row(page, order).locator(".status")).to_contain_text("Накладну створено", timeout=_PATIENCE)
    page.get_by_role("button", name=f"Новини в Telegram: {order}").click()
    expect(bubbles(page).last).to_contain_text(f"Новини про замовлення {order}", timeout=_PATIENCE)
    expect(page.get_by_role("button", name="Новини в Telegram")).to_have_count(0)


def step(page: Page, name: str) -> None:
    page.locator("#parcel").get_by_role("button", name=name, exact=True).click()


def set_fault(page: Page, party: str, name: str) -> None:
    page.get_by_role("group", name=party).get_by_role("button", name=name, exact=True).click()


def bubbles(page: Page) -> Locator:
    return page.locator("#chat .bubble")


def test_a_parcel_that_is_moved_shows_in_the_list_in_the_chat_and_on_the_buyers_page(
    browser: Browser, address: str
) -> None:
    with opened(browser, address) as page:
        hand_over(page, "V1001")
        step(page, "У відділенні")
        expect(row(page, "V1001").locator(".status")).to_contain_text("Чекає у відділенні", timeout=_PATIENCE)
        expect(bubbles(page).last).to_contain_text("Ваше замовлення V1001 чекає на вас", timeout=_PATIENCE)
        expect(row(page, "V1001").locator(".chip.sent", has_text="покупцю: чекає")).to_be_visible(timeout=_PATIENCE)
        page.get_by_role("tab", name="Сторінка").click()
        expect(page.frame_locator("#page iframe").locator("h2")).to_have_text("Чекає у відділенні № 12")
    with opened(browser, address, "V1001", size=PHONE) as page:  # the same for whoever looks from a phone
        expect(row(page, "V1001").locator(".status")).to_contain_text("Чекає у відділенні")
        expect(bubbles(page).last).to_contain_text("чекає на вас")


def test_what_telegram_could_not_take_comes_once_when_it_is_mended(browser: Browser, address: str) -> None:
    """F4, R2"""
    with opened(browser, address) as page:
        hand_over(page, "V1002")
        before = bubbles(page).count()
        set_fault(page, "Telegram", "не відповідає")
        step(page, "У поштоматі")
        expect(row(page, "V1002").locator(".status")).to_contain_text("Чекає в поштоматі", timeout=_PATIENCE)
        waiting = row(page, "V1002").locator(".chip", has_text=re.compile("покупцю: чекає · (у черзі|спробуємо ще)"))
        expect(waiting).to_be_visible(timeout=_PATIENCE)
        assert bubbles(page).count() == before
        set_fault(page, "Telegram", "працює")
        expect(bubbles(page).last).to_contain_text("Ваше замовлення V1002 чекає на вас", timeout=_PATIENCE)
        expect(row(page, "V1002").locator(".chip.sent", has_text="покупцю: чекає")).to_be_visible(timeout=_PATIENCE)
        assert bubbles(page).count() == before + 1


def test_a_database_that_is_down_leaves_the_list_as_it_was_and_heals(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        hand_over(page, "V1003")
        set_fault(page, "База даних", "не відповідає")
        expect(page.locator(".order.stale")).to_have_count(3)
        assert faults(page) == []
        step(page, "Кур’єр везе")
        expect(bubbles(page).last).to_contain_text("V1003", timeout=_PATIENCE)
        set_fault(page, "База даних", "працює")
        expect(page.locator(".order.stale")).to_have_count(0)
        page.get_by_role("button", name="+1 год").click()
        expect(row(page, "V1003").locator(".status")).to_contain_text("Доставка на адресу", timeout=_PATIENCE)


@pytest.mark.parametrize("tab", ["chat", "page"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_has_no_fault_that_axe_finds(
    browser: Browser, address: str, size: dict[str, int], scheme: str, tab: str
) -> None:
    with opened(browser, address, f"V1001&tab={tab}", size=size, color_scheme=scheme) as page:
        page.wait_for_timeout(1000)  # until the frame has its page
        assert faults(page) == []
        assert not overflows(page)
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="The shop’s orders")).to_be_visible()
        assert not overflows(page)


def test_it_is_worked_by_keyboard_alone(browser: Browser, address: str) -> None:
    with opened(browser, address, "V1001") as page:
        page.get_by_role("tab", name="Telegram").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Сторінка")).to_be_focused()
        expect(page.locator("#page iframe")).to_be_visible()
        row(page, "V1003").focus()
        page.keyboard.press("Enter")
        expect(row(page, "V1003")).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(2000)  # the list is drawn anew again and again
        expect(row(page, "V1003")).to_be_focused()
