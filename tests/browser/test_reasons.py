"""A reason opens in a panel over the page, by the keyboard too, and as a page of its own where it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from deploy.stack.embedded import Stack
from services.council.desk.answers import award_in_short
from shared.contracts.model import Tier
from shared.runtime.http.sign_in.tokens import cookie_name
from shared.wording.unit_names import at_the_beginning, short_name
from tests.support.browsing import OFFICE, PHONE, Size, axe_faults, served
from tests.support.council_desk import open_desk
from tests.support.desk_results import unjudged
from tests.support.journey.hands import Keys
from tests.support.movement import register, s0, units
from tests.support.signed_in import SIGN_IN, cookie_of

CRITERION = "hoan-thanh-xuat-sac"
OFFICES = units(Tier.SO)
NAME = at_the_beginning(short_name(register(), OFFICES[0]))
FORM = "/tieu-chuan/tham-dinh?hinh-thuc=C1"
TABLE = "/tieu-chuan?hinh-thuc=C1"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def council(servers: Stack) -> AsyncIterator[str]:
    """The address of a council with offices that wait for a judgement."""
    async with open_desk(servers, **SIGN_IN) as desk:
        await desk.apply(unjudged("C1", CRITERION, OFFICES))
        async with served(desk.service.api) as address:
            yield address


@asynccontextmanager
async def reading(browser: Browser, address: str, size: Size = OFFICE) -> AsyncIterator[Page]:
    """A signed-in secretary's page, whose scripts run and whose browser has nothing to complain about."""
    context = await browser.new_context(viewport={"width": size.width, "height": size.height}, locale="vi-VN")
    await context.add_cookies(
        [{"name": cookie_name("test", secure=False), "value": cookie_of("secretary"), "url": address}]
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    try:
        yield page
    finally:
        await context.close()  # it also ends the stream of its pages, for which the server would wait
    assert [text for text in complaints if "Failed to load resource" not in text] == []


@pytest.mark.parametrize("size", [OFFICE, pytest.param(PHONE, marks=pytest.mark.apart)], ids=lambda size: size.name)
async def test_a_reason_opens_over_a_form_and_closes_without_losing_what_was_typed(
    browser: Browser, council: str, pictures: Path, size: Size
) -> None:
    """By keys alone; on paper is the page and not the panel. The screenshots are in ``.test-pictures``."""
    async with reading(browser, council, size) as page:
        await page.goto(council + FORM)
        reason = page.get_by_label("Lý do chung, căn cứ")
        await reason.fill("Đã soát")
        link = page.get_by_role("link", name=f"Vì sao? {NAME}")
        await Keys(page).reach(link)
        await page.keyboard.press("Enter")
        panel = page.get_by_role("dialog", name=f"Vì sao? {NAME}")
        await expect(panel).to_be_visible()
        await expect(panel.locator(f"#{CRITERION}")).to_be_focused()
        assert page.url == council + FORM
        await page.screenshot(path=pictures / f"reason-{size.name}.png")
        assert await axe_faults(page) == []
        assert await panel.evaluate("panel => panel.lastElementChild.scrollWidth <= panel.clientWidth")
        shown, bar = (
            await panel.locator(f"#{CRITERION}").bounding_box(),
            await panel.locator("div").first.bounding_box(),
        )
        assert shown is not None
        assert bar is not None
        assert shown["y"] >= bar["y"] + bar["height"], "what has the focus is below the panel's head"
        await page.emulate_media(media="print")
        await expect(panel).to_be_hidden()
        await expect(page.get_by_role("heading", level=1, name="Ghi ý kiến thẩm định")).to_be_visible()
        await page.emulate_media(media="screen")
        await page.keyboard.press("Escape")
        await expect(panel).to_have_count(0)
        await expect(link).to_be_focused()
        await expect(reason).to_have_value("Đã soát")


async def test_the_panel_closes_by_its_button_leads_to_the_page_and_follows_links_to_other_reasons(
    browser: Browser, council: str
) -> None:
    async with reading(browser, council) as page:
        await page.goto(council + TABLE)
        link = page.get_by_role("link", name=f"Vì sao? {NAME}").first
        await link.click()
        panel = page.get_by_role("dialog", name=f"Vì sao? {NAME}")
        await expect(panel.get_by_role("heading", level=1)).to_be_focused()
        await panel.get_by_role("button", name="Đóng").click()
        await expect(panel).to_have_count(0)
        await expect(link).to_be_focused()
        await link.click()
        other = next(award for award in s0().awards if award.tier is Tier.SO and award.id != "C1")
        name = award_in_short(other)
        await panel.get_by_role("link", name=name).click()
        await expect(panel.get_by_role("heading", level=2).first).to_have_text(name)
        assert page.url == council + TABLE
        await panel.get_by_role("link", name="Mở thành trang riêng").click()
        await expect(page.get_by_role("heading", level=1, name=f"Vì sao? {NAME}")).to_be_visible()
        assert "/vi-sao/" in page.url
        await page.go_back()
        await expect(page).to_have_url(council + TABLE)


async def test_a_reason_that_cannot_be_read_over_the_page_opens_as_a_page(browser: Browser, council: str) -> None:
    """The network fails once, or the sign-in has ended: the page says what to do."""

    async def fail_once(route: Route) -> None:
        if route.request.resource_type == "fetch":
            await route.abort()
        else:
            await route.continue_()

    async with reading(browser, council) as page:
        await page.goto(council + TABLE)
        await page.route("**/vi-sao/**", fail_once)
        await page.get_by_role("link", name=f"Vì sao? {NAME}").first.click()
        await expect(page.get_by_role("heading", level=1, name=f"Vì sao? {NAME}")).to_be_visible()
        await page.unroute("**/vi-sao/**")
        await page.go_back()
        await page.context.clear_cookies()
        await page.get_by_role("link", name=f"Vì sao? {NAME}").first.click()
        await expect(page.get_by_role("heading", level=1, name="Cần đăng nhập")).to_be_visible()


async def test_a_reason_opens_in_a_tab_of_its_own_with_a_key_held_down(browser: Browser, council: str) -> None:
    async with reading(browser, council) as page:
        await page.goto(council + TABLE)
        async with page.context.expect_page() as opening:
            await page.get_by_role("link", name=f"Vì sao? {NAME}").first.click(modifiers=["Control"])
        beside = await opening.value
        await expect(beside.get_by_role("heading", level=1, name=f"Vì sao? {NAME}")).to_be_visible()
        await expect(page.get_by_role("dialog")).to_have_count(0)
