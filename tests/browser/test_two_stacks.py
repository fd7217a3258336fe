"""Two stacks on one machine, each with a sign-in of its own, in one browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.demo.run import served
from deploy.stack.embedded import Stack
from deploy.stack.links import sign_in_links
from shared.contracts.people import Role
from shared.contracts.topics import Service
from tests.support.movement import s0

_SIGNED_IN_AT: Final[tuple[Service, ...]] = ("intake", "council")


@asynccontextmanager
async def two_stacks(folder: Path) -> AsyncIterator[tuple[Stack, Stack]]:
    """Two embedded stacks with the services that people sign in at, each on its own ports, broker and database."""
    stacks = tuple(
        Stack(folder / name, served([s0()]), throwaway=True, services=_SIGNED_IN_AT) for name in ("one", "other")
    )
    try:
        await asyncio.gather(*(stack.start() for stack in stacks))
        yield stacks[0], stacks[1]
    finally:
        await asyncio.gather(*(stack.stop() for stack in stacks))


async def sign_in(page: Page, stack: Stack, role: Role) -> None:
    """Use a new link of a role; the browser ends at the stack's desk."""
    await page.goto((await sign_in_links(stack))[role])
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.wait_for_url(f"{stack.urls['council']}/")


async def reader_at(page: Page, stack: Stack) -> str:
    """Who is signed in at a stack's desk, as its page says."""
    await page.goto(f"{stack.urls['council']}/phien")
    return await page.locator(".reader").inner_text()


@pytest.mark.apart
async def test_two_stacks_on_one_machine_do_not_sign_each_other_out(browser: Browser, tmp_path: Path) -> None:
    """Browsers send the cookies of 127.0.0.1 to every port, so each stack gets the other's cookie too."""
    async with two_stacks(tmp_path) as (one, other):
        context = await browser.new_context(locale="vi-VN")
        page = await context.new_page()
        await sign_in(page, one, "secretary")
        await sign_in(page, other, "viewer")
        assert len(await context.cookies()) == 2
        assert "Thư ký Hội đồng" in await reader_at(page, one)
        assert "Người xem" in await reader_at(page, other)
        await page.goto(f"{one.urls['intake']}/dang-nhap")
        assert page.url.startswith(one.urls["council"]), "intake knows who is signed in as well"

        await reader_at(page, other)
        await page.get_by_role("button", name="Đăng xuất").click()
        await expect(page.get_by_role("heading", level=1, name="Đã đăng xuất")).to_be_visible()
        await page.goto(f"{other.urls['council']}/phien")
        await expect(page.get_by_role("heading", level=1, name="Cần đăng nhập")).to_be_visible()
        assert "Thư ký Hội đồng" in await reader_at(page, one)

        await sign_in(page, other, "leader")
        assert "Thư ký Hội đồng" in await reader_at(page, one)
        assert "Lãnh đạo Hội đồng" in await reader_at(page, other)
        await context.close()
