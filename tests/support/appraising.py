"""Appraise communes in one form, as a secretary does it in a browser: by keyboard alone, with scripts on or off."""

from __future__ import annotations

from playwright.async_api import Page, expect


async def appraise_communes(page: Page, desk: str, award: str, count: int, reason: str) -> None:
    """From *Xét tiêu chuẩn* of an award to the sentence that says how many were judged.

    ``desk`` is the address of the council's pages, where the secretary is signed in.
    """
    await page.goto(f"{desk}/tieu-chuan?hinh-thuc={award}")
    await page.get_by_role("link", name="Ghi ý kiến thẩm định cho các đơn vị đang lọc").press("Enter")
    await page.get_by_role("link", name="Bỏ chọn tất cả").press("Enter")
    boxes = page.get_by_role("table").get_by_role("checkbox")
    await expect(boxes.first).not_to_be_checked()
    for n in range(count):
        await boxes.nth(n).press("Space")
    await page.get_by_role("radio", name="Đạt", exact=True).press("Space")
    await page.get_by_label("Lý do chung, căn cứ").fill(reason)
    button = page.get_by_role("button", name="Ghi ý kiến thẩm định")
    await expect(page.get_by_text("đơn vị không chọn giữ nguyên. Ghi rồi vẫn sửa được.")).to_be_visible()
    await button.press("Enter")
    await expect(page.get_by_text(f"Lần ghi gần nhất: {count} đơn vị")).to_be_visible()


async def correct_one(page: Page, reason: str) -> str:
    """Judge again the first unit that has been judged; return its name. The page is the one after the first form."""
    row = page.get_by_role("row").filter(has_text="Đã ghi:").first
    name = await row.get_by_role("checkbox").evaluate("box => box.labels[0].textContent")
    await page.get_by_role("link", name="Bỏ chọn tất cả").press("Enter")
    await row.get_by_role("checkbox").press("Space")
    await row.get_by_role("combobox").select_option("Không đạt")
    await row.get_by_role("textbox").fill(reason)
    await page.get_by_role("button", name="Ghi ý kiến thẩm định").press("Enter")
    await expect(page.get_by_role("row").filter(has_text=str(name))).to_contain_text(f"lý do: {reason}")
    return str(name)
