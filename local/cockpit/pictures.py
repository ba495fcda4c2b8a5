"""Pictures of the cockpit, as a visitor sees it at a desk and on a phone."""

from pathlib import Path
from typing import Final

from local.browser import browsing

#: Name, width, height, and what the address asks for.
_VIEWS: Final = (
    ("cockpit", 1280, 800, "lang=uk&order=V1001"),
    ("cockpit-page", 1280, 800, "lang=en&order=V1001&tab=page"),
    ("cockpit-phone", 390, 844, "lang=uk&order=V1003"),
)
_SETTLE_MS: Final = 4000
#: The page in its frame comes from a function, which may have others before it.
_PAGE_MS: Final = 60_000


def take(url: str, folder: Path) -> list[Path]:
    """Write one PNG a view into the folder. Raises FileNotFoundError without a browser."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with browsing() as browser:
        for name, width, height, asked in _VIEWS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{url}/?{asked}")
            page.wait_for_selector(".order")
            if "tab=page" in asked:
                page.frame_locator("iframe").locator("h1").first.wait_for(timeout=_PAGE_MS)
            page.wait_for_timeout(_SETTLE_MS)  # messages
            file = folder / f"{name}.png"
            page.screenshot(path=file)
            files.append(file)
            page.close()
    return files
