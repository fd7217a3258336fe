"""A session is prepared in a browser: by keyboard alone, without scripts; every form reads well in both sizes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM
from tests.support import secretary_journey as secretary
from tests.support.browsing import OFFICE, PHONE, Viewer, served
from tests.support.council_desk import DESK, FIRST, PAGE, SECOND, THIRD, Desk, nomination, open_desk, summary
from tests.support.movement import register
from tests.support.page_texts import TextRules
from tests.support.signed_in import SIGN_IN, cookie_of
from tests.support.sittings import HEAD, post, put

SPRING = datetime(2023, 5, 10, 9, tzinfo=VIETNAM)
SESSIONS = "/phien/thai-binh/38-kh-hdtdkt-2023"
OFFICES = ("Chủ tịch Ủy ban nhân dân tỉnh", "Trưởng Ban Thi đua - Khen thưởng", "Giám đốc Sở Nội vụ")


@pytest_asyncio.fixture(loop_scope="session")
async def spring(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, now=SPRING, **SIGN_IN) as opened:
        await opened.tick(SPRING)
        yield opened


async def test_a_session_is_drafted_ordered_filled_in_and_frozen_with_the_keyboard_alone(
    spring: Desk, browser: Browser
) -> None:
    """On the office's screen, and another session on a telephone."""
    async with served(spring.service.api) as address:
        for size, session in ((OFFICE, "P2"), (PHONE, "P3")):
            async with secretary.signed_in(browser, address, cookie_of("secretary"), size) as page:
                await prepare(page, address, f"{SESSIONS}/{session}")


async def prepare(page: Page, address: str, session: str) -> None:
    """Bring a session with the plan's items from its draft to the freeze."""
    await secretary.draft_session(page, address + session)
    assert page.url == f"{address}{session}/soan"
    planned = await secretary.order_of(page)
    for n in (1, 2):
        await secretary.add_item(page, f"Nội dung thêm {n}", "Công văn số 12/VP-NC ngày 03/5/2023")
    assert sorted(await secretary.order_of(page)) == sorted([*planned, "Nội dung thêm 1", "Nội dung thêm 2"])
    before = await secretary.order_of(page)
    place = before.index("Nội dung thêm 2")
    await secretary.move_item(page, "Nội dung thêm 2", "Đưa lên")
    assert page.url.endswith(f"#noi-dung-{place}")
    assert await page.locator(":focus").get_attribute("id") == f"noi-dung-{place}"
    await secretary.move_item(page, before[0], "Đưa xuống")
    moved = [*before[: place - 1], before[place], before[place - 1], *before[place + 1 :]]
    assert await secretary.order_of(page) == [moved[1], moved[0], *moved[2:]]

    await secretary.press(page, "link", "Ghi thông tin phiên họp", "main")
    await secretary.fill_head(page, date(2023, 6, 15), "08:00", "Phòng họp số 1", OFFICES)
    assert page.url == f"{address}{session}"
    assert "08:00 ngày 15/6/2023" in await page.locator("dl.facts").inner_text()
    read = await secretary.read_and_freeze(page)
    assert f"Nội dung đến sau được đánh số {len(moved) + 1} trở đi và ghi là bổ sung." in read
    assert "Bước gần nhất: Người có vai secretary chốt chương trình lúc" in await page.locator("main").inner_text()


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
