"""A session is run on its pages, as a secretary runs it in a browser: each step is a function of a page."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.support.secretary_journey import press, reach


async def attend(page: Page, session: str, present: int) -> None:
    """Record the attendance: the first members are present, the others are excused."""
    await page.goto(f"{session}/diem-danh")
    states = page.locator("fieldset.choices")
    for n in range(await states.count()):
        words = "Có mặt" if n < present else "Vắng có lý do"
        await states.nth(n).get_by_label(words, exact=True).check()
    await page.get_by_role("button", name="Ghi điểm danh").click()


async def start_too_early_then_with_a_quorum(page: Page, session: str, too_few: int, enough: int) -> None:
    """The session does not begin below the quorum; the refusal says how many are lacking."""
    await attend(page, session, too_few)
    await page.get_by_role("button", name="Bắt đầu phiên họp").click()
    await expect(page.get_by_role("alert")).to_contain_text(f"Có mặt {too_few}/9 thành viên; cần ít nhất 6.")
    await attend(page, session, enough)
    await page.get_by_role("button", name="Bắt đầu phiên họp").click()
    await expect(page.locator(".in-view")).to_contain_text(f"Có mặt {enough}/9 thành viên; cần ít nhất 6.")


async def open_item(page: Page, title: str) -> None:
    """Follow the link of an item below the one that is shown."""
    await page.get_by_role("navigation", name="Các nội dung").get_by_role("link", name=title).click()
    await expect(page.locator(".matter .first")).to_contain_text(title)


async def adopt_the_list_with_two_exceptions(page: Page, title: str, agree: int, deferred: str, declined: str) -> None:
    """One outcome for the list by show of hands; one subject is deferred, one is not proposed by a vote of its own."""
    await open_item(page, title)
    await page.locator('[name="rows/0/agree"]').fill(str(agree))
    row = page.get_by_role("row", name=deferred)
    await row.get_by_label("Kết quả riêng").select_option("Để lại phiên sau")
    await page.get_by_role("button", name="Thông qua cả danh sách").click()
    await expect(page.get_by_role("alert")).to_contain_text("phải ghi lý do")
    row = page.get_by_role("row", name=deferred)
    await row.get_by_label("Lý do").fill("Chờ kết luận kiểm tra")
    row = page.get_by_role("row", name=declined)
    await row.get_by_label("Kết quả riêng").select_option("Không đề nghị")
    await row.get_by_label("Lý do").fill("Hội đồng chưa thống nhất")
    await row.locator('[name$="/agree"]').fill("1")
    await row.locator('[name$="/disagree"]').fill(str(agree - 1))
    await page.get_by_role("button", name="Thông qua cả danh sách").click()
    await expect(page.locator("main")).to_contain_text("Thống nhất đề nghị (giơ tay: đồng ý 7/9, không đồng ý 0")


async def open_grid(page: Page, title: str) -> None:
    """Follow the link to the grid of the ballots on an item."""
    await open_item(page, title)
    await page.get_by_role("link", name="Bỏ phiếu kín").click()
    await expect(page.get_by_role("table", name="Kết quả kiểm phiếu")).to_be_visible()


async def count_ballots(page: Page, voters: int, *, scripts: bool) -> None:
    """The ballots in an open grid, first with sums that are wrong: said while typing, and refused at the row."""
    for name, value in (("returned", voters), ("valid", voters - 1), ("invalid", 0)):
        await page.locator(f'[name="ballots/{name}"]').fill(str(value))
    words = f"Phiếu hợp lệ {voters - 1} + không hợp lệ 0 = {voters - 1}, khác số thu về {voters}."
    await _agree_in_all_rows(page, voters)
    await page.get_by_label("Ban kiểm phiếu, người thứ 1").fill("Giám đốc Sở Nội vụ")
    if scripts:
        await expect(page.get_by_text(words)).to_be_visible()
        await expect(page.locator("tbody output").first).to_have_text(f"{voters}, khác số ý kiến {voters - 1}")
    await page.get_by_role("button", name="Ghi kết quả kiểm phiếu").click()
    await expect(page.get_by_role("alert")).to_contain_text(words)
    await page.locator('[name="ballots/valid"]').fill(str(voters))
    last = page.locator("tbody tr").last
    await last.locator('[name$="/disagree"]').fill("2")
    await page.get_by_role("button", name="Ghi kết quả kiểm phiếu").click()
    await expect(page.locator("tbody tr").last).to_contain_text(f"= {voters + 2}, khác số ý kiến {voters}.")
    last = page.locator("tbody tr").last
    await last.locator('[name$="/agree"]').fill(str(voters - 2))
    if scripts:
        await expect(page.locator("tbody output").last).to_have_text(f"{voters}, đúng")
    await page.get_by_role("button", name="Ghi kết quả kiểm phiếu").click()
    await expect(page.locator("main")).to_contain_text("Ban kiểm phiếu: Giám đốc Sở Nội vụ.")
    await page.get_by_role("button", name="Ghi kết quả").first.click()
    await expect(page.get_by_role("heading", name="Kết quả đã ghi")).to_be_visible()


async def _agree_in_all_rows(page: Page, voters: int) -> None:
    fields = page.locator('tbody [name$="/agree"]')
    for n in range(await fields.count()):
        await fields.nth(n).fill(str(voters))


async def defer(page: Page, title: str, reason: str) -> None:
    """A deferral needs its reason."""
    await open_item(page, title)
    await page.get_by_label("Kết quả", exact=True).select_option("Để lại phiên sau")
    await page.get_by_role("button", name="Ghi kết quả").click()
    await expect(page.get_by_role("alert")).to_contain_text("phải ghi lý do")
    await page.get_by_label("Lý do", exact=True).fill(reason)
    await page.get_by_role("button", name="Ghi kết quả").click()
    await expect(page.locator("main")).to_contain_text(f"Để lại phiên sau; lý do: {reason}.")


async def note_and_go_on_by_keys(page: Page, number: int) -> None:
    """Record that an item was noted and turn to the next one, without a mouse."""
    await reach(page, page.get_by_label("Kết quả", exact=True))
    await page.keyboard.type("Ghi nhận")
    await press(page, "button", "Ghi kết quả", "main")
    await expect(page.get_by_role("heading", name="Kết quả đã ghi")).to_be_visible()
    await expect(page.locator('[accesskey="s"]')).to_have_text(f"Sau: số {number + 1} ›")
    await press(page, "link", "Sau: số", "main")
    await expect(page.locator(".matter .first")).to_contain_text(f"Số {number + 1}.")


async def note(page: Page) -> None:
    """Record that the item that is shown was noted."""
    await page.get_by_label("Kết quả", exact=True).select_option("Ghi nhận")
    await page.get_by_role("button", name="Ghi kết quả").click()
    await expect(page.get_by_role("heading", name="Kết quả đã ghi")).to_be_visible()


async def close_too_early(page: Page, session: str, number: int) -> None:
    """The session does not end with an item open, which is named and linked."""
    await page.goto(f"{session}/ket-thuc")
    await page.get_by_role("button", name="Kết thúc phiên họp").click()
    await expect(page.get_by_role("alert")).to_contain_text(f"Còn 1 nội dung chưa có kết quả: số {number}.")
    await expect(page.get_by_role("link", name=f"Số {number}.")).to_be_visible()


async def close(page: Page, session: str) -> None:
    """The minutes are written, then the session is closed."""
    await page.goto(f"{session}/bien-ban")
    await page.get_by_role("button", name="Ghi biên bản dự thảo").click()
    await page.get_by_role("button", name="Ghi biên bản đã thông qua").click()
    await expect(page.locator(".first")).to_contain_text("Biên bản đã thông qua lúc")
    await page.goto(f"{session}/ket-thuc")
    await page.get_by_role("button", name="Kết thúc phiên họp").click()
    await expect(page.locator(".first")).to_contain_text("Phiên họp đã kết thúc.")


async def enter_decision(page: Page, session: str, award: str, number: str, day: str) -> None:
    """The decision that gives all proposed awards of a form."""
    await page.goto(f"{session}/quyet-dinh")
    await page.get_by_role("navigation", name="Hình thức khen thưởng").get_by_role("link", name=award).click()
    await page.get_by_label("Số, ký hiệu quyết định").fill(number)
    await page.get_by_label("Ngày ký").fill(day)
    await page.get_by_label("Chức vụ người ký").fill("Chủ tịch Ủy ban nhân dân tỉnh")
    await page.get_by_role("button", name="Ghi quyết định khen thưởng").click()
    await expect(page.locator("main")).to_contain_text(f"Đã có quyết định (số {number}")
