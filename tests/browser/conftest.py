"""One browser for each module: Playwright keeps an event loop in this thread while it is open."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from local.browser import MISSING, browsing, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        # Where a skip would hide that nobody looked at a page.
        if os.environ.get("VISTKA_REQUIRE_SERVICES"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with browsing() as found:
        yield found
