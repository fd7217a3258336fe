"""A year played on the embedded stack: real broker, real database, real processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from deploy.demo import SEED
from deploy.demo.run import demo_stack, play_year
from tests.support.browsing import chromium
from tests.support.played_year import Played, year_in_short, year_to_the_awards


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def played(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> AsyncIterator[Played]:
    """The year, played once for all tests that use it; they must not change the data behind its outcome.

    ``make test`` plays it in short, ``make pages`` and ``make live`` as a whole, as the demo does. The stack is stopped
    after the last of these tests, so that its services do not run during all others.
    """
    year = year_to_the_awards() if pytestconfig.option.markexpr == "apart" else year_in_short()
    async with demo_stack(tmp_path_factory.mktemp("played") / "stack", fixed_ports=False) as stack:
        yield Played(stack, await play_year(stack, year, SEED))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; without it the tests that look at pages are skipped."""
    async with chromium() as browser:
        yield browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first of these tests plays the year, which takes minutes on a machine that is busy with other things."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(600))
