"""A browser for the tests that look at pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browsing import chromium, pictures_folder
from tests.support.warm_commands import forked_services


@pytest.fixture(scope="package", autouse=True)
def _forked_services() -> Iterator[None]:
    with forked_services():
        yield


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go, to be looked at after a change."""
    return pictures_folder()


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started once for all tests; without it they are skipped."""
    async with chromium() as browser:
        yield browser
