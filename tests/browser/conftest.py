"""A browser for the tests that look at pages: Debian's Chromium, which ``make test`` installs where it can."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""Nothing is asked of the network; root, as in a container, has no sandbox."""


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go, to be looked at after a change."""
    folder = Path(__file__).parents[2] / ".test-pictures"
    folder.mkdir(exist_ok=True)
    return folder


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started once for all tests; without it they are skipped."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_QUIET))
        yield browser
        await browser.close()
