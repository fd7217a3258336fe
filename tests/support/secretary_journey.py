"""A secretary's way to a session in a browser: with the keyboard alone and without scripts, as on an old office PC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

from playwright.async_api import Browser, Locator, Page

from shared.runtime.http.sign_in.tokens import cookie_name
from shared.wording.formats import ngay
from tests.support.browsing import Size

_MOST_KEYS = 400


@asynccontextmanager
async def signed_in(
    browser: Browser, address: str, cookie: str, size: Size, stack: str = "test"
) -> AsyncIterator[Page]:
    """A page of a browser that is signed in; scripts are off."""
    context = await browser.new_context(viewport={"width": size.width, "height": size.height}, locale="vi-VN")
    await context.add_cookies([{"name": cookie_name(stack, secure=False), "value": cookie, "url": address}])
    page = await context.new_page()
    scripts = await context.new_cdp_session(page)
    await scripts.send("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        yield page
    finally:
        await context.close()


async def reach(page: Page, target: Locator) -> None:
    """Press Tab until a link, button or field has the focus."""
    element = await target.element_handle()  # it is found once, because a key is pressed many times
    for _ in range(_MOST_KEYS):
        if await element.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"no key reaches {target}")


async def press(page: Page, role: str, name: str, within: str = "body") -> None:
    """Reach a link or button by its name and press Enter."""
    target = page.locator(within).get_by_role(role, name=name).first  # type: ignore[arg-type] # "link" or "button"
    await reach(page, target)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def fill(page: Page, label: str, text: str, within: str = "body") -> None:
    """Reach a field by its label and type."""
    await reach(page, page.locator(within).get_by_label(label, exact=True).first)
    await page.keyboard.type(text)


async def draft_session(page: Page, session: str) -> None:
    """Begin the draft on the session's page; its agenda is then shown."""
    await page.goto(session)
    await press(page, "button", "Lập dự thảo chương trình")


async def add_item(page: Page, title: str, basis: str) -> None:
    """Add an item by hand."""
    await fill(page, "Nội dung", title, "main form.act")
    await fill(page, "Căn cứ", basis, "main form.act")
    await press(page, "button", "Thêm nội dung")


async def move_item(page: Page, title: str, way: str) -> None:
    """Move an item one place, "Đưa lên" or "Đưa xuống"."""
    row = page.locator("tr[id^=noi-dung-]", has_text=title)
    await reach(page, row.get_by_role("button", name=way))
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def order_of(page: Page) -> list[str]:
    """The titles of the agenda that is put together, in order."""
    cells = page.locator("tr[id^=noi-dung-] td[data-label='Nội dung']")
    return [(await cell.inner_text()).splitlines()[0] for cell in await cells.all()]


async def fill_head(page: Page, day: date, hour: str, place: str, offices: Sequence[str]) -> None:
    """Fill in when and where the session is and who belongs to it; the first one chairs."""
    await fill(page, "Ngày họp", ngay(day))
    await fill(page, "Giờ họp", hour)
    await fill(page, "Nơi họp", place)
    for n, office in enumerate(offices, 1):
        await fill(page, f"Chức danh, dòng {n}", office)
        if n == 1:
            await reach(page, page.get_by_label("Chủ trì, dòng 1"))
            await page.keyboard.press("Space")
    await press(page, "button", "Ghi thông tin phiên họp")


async def read_and_freeze(page: Page) -> Sequence[str]:
    """Read what the freeze will do, then freeze; the sentences that were read."""
    await press(page, "link", "Chốt chương trình")
    read = [await line.inner_text() for line in await page.locator("main > ul").first.locator("li").all()]
    await press(page, "button", "Chốt chương trình")
    return read
