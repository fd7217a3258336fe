"""The quiet line "Có thay đổi – xem" in a real browser: nothing moves, nothing typed is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser, expect

from deploy.stack.embedded import Stack
from shared.contracts.model import Tier
from shared.runtime.http.sign_in.tokens import cookie_name
from tests.support.browsing import OFFICE, served
from tests.support.council_desk import KEY, open_desk
from tests.support.desk_results import unjudged
from tests.support.movement import units
from tests.support.signed_in import SIGN_IN, cookie_of

CRITERION = "hoan-thanh-xuat-sac"
OFFICES = units(Tier.SO)
LINE = "Có thay đổi – xem"


async def test_a_second_secretarys_change_shows_a_line_and_leaves_the_firsts_typing(
    servers: Stack, browser: Browser, pictures: Path
) -> None:
    """Within five seconds; the new state opens beside the form that has been typed in."""
    async with open_desk(servers, **SIGN_IN) as desk:
        await desk.apply(unjudged("C1", CRITERION, OFFICES))
        looking = asyncio.create_task(desk.service.page_changes.run())
        async with served(desk.service.api) as url:
            context = await browser.new_context(viewport={"width": OFFICE.width, "height": OFFICE.height})
            name = cookie_name("test", secure=False)
            await context.add_cookies([{"name": name, "value": cookie_of("secretary"), "url": url}])
            page = await context.new_page()
            complaints: list[str] = []
            page.on("console", lambda message: complaints.append(message.text))
            await page.goto(f"{url}/tieu-chuan/tham-dinh?hinh-thuc=C1")
            reason = page.get_by_label("Lý do chung, căn cứ")
            await reason.press_sequentially("Đã soát")
            before = await reason.bounding_box()
            await expect(page.get_by_text(LINE)).to_have_count(0)
            given = [{"unit": OFFICES[0], "criterion": CRITERION, "verdict": "FAIL", "reason": "Có đơn thư."}]
            assert (await desk.http.post(f"/v1/{KEY}/judgements", json=given)).status_code == 202
            await expect(page.get_by_role("status")).to_have_text(LINE, timeout=5_000)
            assert await reason.bounding_box() == before
            await expect(reason).to_be_focused()
            await reason.press_sequentially(" cả khối")
            await page.screenshot(path=pictures / "page-changed.png")
            async with context.expect_page() as opening:
                await page.get_by_role("status").get_by_role("link", name="xem").click()
            beside = await opening.value
            await expect(beside.get_by_text("lý do: Có đơn thư.")).to_be_visible()
            await expect(beside.get_by_text(LINE)).to_have_count(0)
            await expect(reason).to_have_value("Đã soát cả khối")
            assert complaints == []
            await context.close()
        looking.cancel()
