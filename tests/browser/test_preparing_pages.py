"""The forms of a session's preparation read well in both sizes and on paper."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from deploy.stack.embedded import Stack
from tests.support.browsing import Viewer, served
from tests.support.council_desk import DESK, FIRST, PAGE, SECOND, THIRD, Desk, nomination, open_desk, summary
from tests.support.movement import register
from tests.support.page_texts import TextRules
from tests.support.signed_in import SIGN_IN
from tests.support.sittings import HEAD, post, put


@pytest_asyncio.fixture(loop_scope="session")
async def winter(servers: Stack) -> AsyncIterator[Desk]:
    """A council with lists of three awards, before its last session of the year."""
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST, SECOND], B1=[SECOND, THIRD]), nomination("Phòng Một", 1))
        await opened.tick(opened.service.clock.now())
        yield opened


@pytest.mark.apart
async def test_an_agenda_and_its_members_read_well_while_they_are_edited(winter: Desk, browser: Browser) -> None:
    """Items were moved and taken off, members recorded. The screenshots are in ``.test-pictures``."""
    items = (await winter.agenda())["items"]
    assert (await put(winter, "head", HEAD)).status_code == 200
    assert (await post(winter, "moves", {"item": items[-1]["id"], "to": 1, "reason": "Xét trước"})).status_code == 200
    assert (await post(winter, "items/remove", {"item": items[2]["id"], "reason": "Để lại"})).status_code == 200
    viewer = Viewer(browser, TextRules.of(register()))
    async with served(winter.service.api) as address:
        faults = {
            name: await viewer.faults(f"{address}{PAGE}/{name}", f"desk-{name}", headers=DESK)
            for name in ("soan", "thong-tin", "chot")
        }
    assert {name: of_page for name, of_page in faults.items() if of_page} == {}
