"""From the link in the mail to an agenda that is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from playwright.async_api import Page, expect

from shared.wording.formats import ngay
from tests.support.journey.hands import Hand, Keys


async def sign_in(hand: Hand, link: str, desk: str) -> None:
    """Use a one-time link; the desk's first page opens."""
    await hand.page.goto(link)
    await hand.follow(hand.page.get_by_role("main").get_by_role("button", name="Đăng nhập"))
    await hand.page.wait_for_url(f"{desk}/")


async def do(hand: Hand, session: str, words: str) -> None:
    """Begin one of the things that can be done about a session, from the session's page."""
    await hand.page.goto(session)
    doings = hand.page.locator("#viec-lam")
    await hand.follow(doings.get_by_role("link", name=words).or_(doings.get_by_role("button", name=words)).first)


async def add_item(hand: Hand, title: str, basis: str) -> None:
    """Add an item by hand."""
    form = hand.page.locator("main form.act")
    await hand.write(form.get_by_label("Nội dung", exact=True), title)
    await hand.write(form.get_by_label("Căn cứ", exact=True), basis)
    await hand.follow(form.get_by_role("button", name="Thêm nội dung"))


async def move_item(page: Page, title: str, way: str) -> None:
    """Move an item one place, "Đưa lên" or "Đưa xuống", with the keyboard. It has the focus at its new place."""
    row = page.locator("tr[id^=noi-dung-]", has_text=title)
    await Keys(page).follow(row.get_by_role("button", name=way))
    focused = page.locator("tr[id^=noi-dung-]:focus")
    await expect(focused).to_contain_text(title)


async def order_of(page: Page) -> list[str]:
    """The titles of the agenda that is put together, in order."""
    cells = page.locator("tr[id^=noi-dung-] td[data-label='Nội dung']")
    return [(await cell.inner_text()).splitlines()[0] for cell in await cells.all()]


async def fill_head(hand: Hand, day: date, hour: str, place: str, offices: Sequence[str]) -> None:
    """Fill in when and where the session is and who belongs to it; the first one chairs."""
    page = hand.page
    await hand.write(page.get_by_label("Ngày họp"), ngay(day))
    await hand.write(page.get_by_label("Giờ họp"), hour)
    await hand.write(page.get_by_label("Nơi họp"), place)
    for n, office in enumerate(offices, 1):
        await hand.write(page.get_by_label(f"Chức danh, dòng {n}", exact=True), office)
        if n == 1:
            await hand.tick(page.get_by_label("Chủ trì, dòng 1", exact=True))
    await hand.follow(page.get_by_role("button", name="Ghi thông tin phiên họp"))


async def read_and_freeze(hand: Hand) -> Sequence[str]:
    """Freeze, having read what it will do; the sentences that were read."""
    lines = hand.page.locator("main > ul").first.locator("li")
    read = await lines.all_inner_texts()
    await hand.follow(hand.page.get_by_role("button", name="Chốt chương trình"))
    return read
