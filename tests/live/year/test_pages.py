"""Every page of the council over the whole year, opened as its readers do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from playwright.async_api import Browser

from deploy.demo.run import province
from tests.support.browsing import Viewer
from tests.support.desk_pages import PAGES, DeskPage
from tests.support.page_texts import TextRules
from tests.support.played_year import Played

_IN_SHORT: Final = frozenset({"overview"})
"""A page for ``make test``, whose journey of a secretary opens those of criteria and sessions (tests/browser)."""

SHORT: Final = [page for page in PAGES if page.name in _IN_SHORT]
REST: Final = [page for page in PAGES if page.name not in _IN_SHORT]


@pytest.mark.parametrize(
    "pages",
    [pytest.param(SHORT, id="some"), pytest.param(REST, id="the-rest", marks=pytest.mark.apart)],
)
async def test_every_page_reads_well_in_both_sizes_and_on_paper(
    played: Played, browser: Browser, pages: Sequence[DeskPage]
) -> None:
    """The screenshots are in ``.test-pictures``."""
    _, register = province()
    desk = {"Authorization": f"Bearer {played.stack.desk_key}"}
    viewer = Viewer(browser, TextRules.of(register))
    council = played.stack.urls["council"]
    faults = {
        page.name: await viewer.faults(
            council + page.path, f"desk-{page.name}", headers=desk, most_bytes=page.most_bytes
        )
        for page in pages
    }
    assert {name: of_page for name, of_page in faults.items() if of_page} == {}


async def test_a_page_that_is_not_there_is_a_page_too(played: Played, browser: Browser) -> None:
    _, register = province()
    address = f"{played.stack.urls['council']}/khong-co"
    assert await Viewer(browser, TextRules.of(register)).faults(address, "desk-404", status=404) == []
