"""Twenty communes are appraised in one form, and one of them is judged again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.journey.hands import Hand


async def appraise_communes(hand: Hand, desk: str, award: str, count: int, reason: str) -> None:
    """From *Xét tiêu chuẩn* of an award to the sentence that says how many were judged.

    The form has the communes of one district at a time, so one with enough communes is turned to.
    """
    page = hand.page
    await page.goto(f"{desk}/tieu-chuan?hinh-thuc={award}")
    await hand.follow(page.get_by_role("link", name="Ghi ý kiến thẩm định cho các đơn vị đang lọc"))
    boxes = page.get_by_role("table").get_by_role("checkbox")
    if await boxes.count() < count:
        await hand.follow(page.get_by_role("navigation", name="Các huyện, thành phố khác").get_by_role("link").first)
    await hand.follow(page.get_by_role("link", name="Bỏ chọn tất cả"))
    await expect(boxes.first).not_to_be_checked()
    for n in range(count):
        await hand.tick(boxes.nth(n))
    await hand.tick(page.get_by_role("radio", name="Đạt", exact=True))
    await hand.write(page.get_by_label("Lý do chung, căn cứ"), reason)
    await expect(page.get_by_text("đơn vị không chọn giữ nguyên. Ghi rồi vẫn sửa được.")).to_be_visible()
    await hand.follow(page.get_by_role("button", name="Ghi ý kiến thẩm định"))
    await expect(page.get_by_text(f"Lần ghi gần nhất: {count} đơn vị")).to_be_visible()


async def correct_one(hand: Hand, reason: str) -> None:
    """Judge again the first commune that has been judged. The page is the one after the first form."""
    page = hand.page
    name = await page.get_by_role("row").filter(has_text="Đã ghi:").first.locator("label").inner_text()
    await hand.follow(page.get_by_role("link", name="Bỏ chọn tất cả"))
    row = page.get_by_role("row").filter(has=page.get_by_label(name, exact=True))
    await hand.tick(row.get_by_role("checkbox"))
    await hand.choose(row.get_by_role("combobox"), "Không đạt")
    await hand.write(row.get_by_role("textbox"), reason)
    await hand.follow(page.get_by_role("button", name="Ghi ý kiến thẩm định"))
    await expect(page.get_by_role("row").filter(has_text=name)).to_contain_text(f"lý do: {reason}")
