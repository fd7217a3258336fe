"""A secretary with a browser on the stack of the played year: by the link, through the places, out again."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.stack.links import sign_in_links
from services.council.desk.frame import FRAME
from tests.support.browsing import pictures_folder
from tests.support.played_year import Played

_DONG_HOANG: Final = ("xã Đông Hoàng, huyện Tiền Hải", "xã Đông Hoàng, huyện Đông Hưng")


@pytest.mark.apart
async def test_the_secretary_signs_in_by_the_link_reads_every_place_and_signs_out(
    played: Played, browser: Browser
) -> None:
    """Without scripts, as every page works: a reason behind each result, both communes of one name, and the way out."""
    links = await sign_in_links(played.stack, "so-noi-vu")
    context = await browser.new_context(java_script_enabled=False)
    try:
        page = await context.new_page()
        await page.goto(links["secretary"])
        await page.screenshot(path=pictures_folder() / "sign-in-link.png")
        await page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
        await page.wait_for_url(f"{played.stack.urls['council']}/")
        for place in FRAME.places:
            await page.get_by_role("navigation").get_by_role("link", name=place.name, exact=True).first.click()
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await _find_both_communes(page)
        await _open_a_reason(page)
        await page.get_by_role("button", name="Đăng xuất").click()
        await page.goto(f"{played.stack.urls['council']}/")
        await expect(page.get_by_role("main").get_by_role("link", name="Đăng nhập")).to_be_visible()
    finally:
        await context.close()


async def _find_both_communes(page: Page) -> None:
    await page.get_by_role("searchbox").fill("dong hoang")
    await page.get_by_role("button", name="Tìm").click()
    for name in _DONG_HOANG:
        await expect(page.get_by_role("main")).to_contain_text(re.compile(name, re.IGNORECASE))


async def _open_a_reason(page: Page) -> None:
    await page.get_by_role("main").get_by_role("link", name=re.compile("Vì sao")).first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Vì sao")
