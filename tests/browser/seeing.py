"""How a page is looked at: the sizes of screens, and what is wrong for whoever cannot see it whole."""

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1280, "height": 800}
NARROW: Final = {"width": 320, "height": 568}


def faults(page: Page) -> list[str]:
    """What axe finds, of any gravity."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found]


def overflows(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide
