"""A real browser without a window: Debian's Chromium, found by its path and driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

#: What a container's root needs, and nothing asked of anybody outside.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium (CHROMIUM_PATH, else /usr/bin/chromium): apt-get install chromium"


def chromium() -> Path | None:
    """The program; None where there is none."""
    named = os.environ.get("CHROMIUM_PATH", "").strip()
    if named:
        return Path(named) if Path(named).is_file() else None
    found = shutil.which("chromium", path="/usr/bin")
    return Path(found) if found else None


@contextmanager
def browsing() -> Iterator[Browser]:
    """Raises FileNotFoundError where there is none."""
    program = chromium()
    if program is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
