"""A session is run on its pages, from its attendance to its end and the decision on its awards."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.support.journey.hands import Hand


async def attend(hand: Hand, present: int) -> None:
    """Record the attendance on its page: the first members are present, the others are excused."""
    states = hand.page.locator("fieldset.choices")
    for n in range(await states.count()):
        words = "Có mặt" if n < present else "Vắng có lý do"
        await hand.tick(states.nth(n).get_by_label(words, exact=True))
    await hand.follow(hand.page.get_by_role("button", name="Ghi điểm danh"))


async def start(hand: Hand) -> None:
    """Press the button that begins the session."""
    await hand.follow(hand.page.get_by_role("button", name="Bắt đầu phiên họp"))


async def open_item(hand: Hand, title: str) -> None:
    """Follow the link of an item below the one that is shown."""
    items = hand.page.get_by_role("navigation", name="Các nội dung")
    await hand.follow(items.get_by_role("link", name=title, exact=True))
    await expect(hand.page.locator(".matter .first")).to_contain_text(title)


def row_of(hand: Hand, unit: str) -> Locator:
    """The row of a unit in the list of an item, by the unit's code."""
    return hand.page.locator("tr", has=hand.page.locator(f'input[type=hidden][value="{unit}"]'))


async def adopt_the_list(hand: Hand, agree: int, deferred: str, declined: str) -> None:
    """One outcome for a list by show of hands; one unit is deferred, one is not proposed by a vote of its own.

    The deferral is first sent without its reason, which is refused.
    """
    page = hand.page
    await hand.write(page.locator('[name="rows/0/agree"]'), str(agree))
    await hand.choose(row_of(hand, deferred).get_by_label("Kết quả riêng"), "Để lại phiên sau")
    await hand.follow(page.get_by_role("button", name="Thông qua cả danh sách"))
    await expect(page.get_by_role("alert")).to_contain_text("phải ghi lý do")
    row = row_of(hand, declined)
    await hand.choose(row.get_by_label("Kết quả riêng"), "Không đề nghị")
    await hand.write(row.get_by_label("Lý do"), "Hội đồng chưa thống nhất")
    await hand.write(row.locator('[name$="/agree"]'), "1")
    await hand.write(row.locator('[name$="/disagree"]'), str(agree - 1))
    await hand.write(row_of(hand, deferred).get_by_label("Lý do"), "Chờ làm rõ số liệu đã sửa")
    await hand.follow(page.get_by_role("button", name="Thông qua cả danh sách"))
    words = f"Thống nhất đề nghị (giơ tay: đồng ý {agree}/{agree}, không đồng ý 0"
    await expect(page.locator("main")).to_contain_text(words)


async def open_grid(hand: Hand) -> None:
    """From the page of an item to the grid of its ballots."""
    await hand.follow(hand.page.get_by_role("link", name="Bỏ phiếu kín"))
    await expect(hand.page.get_by_role("table", name="Kết quả kiểm phiếu")).to_be_visible()


async def count_wrongly(hand: Hand, voters: int, *, scripts: bool) -> None:
    """Ballots whose sums do not add up, in the grid: said while typing, and refused by the server."""
    page = hand.page
    for name, value in (("returned", voters), ("valid", voters - 1), ("invalid", 0)):
        await hand.write(page.locator(f'[name="ballots/{name}"]'), str(value))
    fields = page.locator('tbody [name$="/agree"]')
    for n in range(await fields.count()):
        await hand.write(fields.nth(n), str(voters))
    await hand.write(page.get_by_label("Ban kiểm phiếu, người thứ 1"), "Giám đốc Sở Nội vụ")
    words = f"Phiếu hợp lệ {voters - 1} + không hợp lệ 0 = {voters - 1}, khác số thu về {voters}."
    if scripts:
        await expect(page.get_by_text(words)).to_be_visible()
        await expect(page.locator("tbody output").first).to_have_text(f"{voters}, khác số ý kiến {voters - 1}")
    await hand.follow(page.get_by_role("button", name="Ghi kết quả kiểm phiếu"))
    await expect(page.get_by_role("alert")).to_contain_text(words)
    await expect(page.locator("fieldset p").get_by_text(words).and_(page.locator(":visible"))).to_have_count(1)


async def count_rightly(hand: Hand, voters: int, *, scripts: bool) -> None:
    """The same grid once its sums add up, first but for one row; then the outcome by the count."""
    page, last = hand.page, hand.page.locator("tbody tr").last
    await hand.write(page.locator('[name="ballots/valid"]'), str(voters))
    await hand.write(last.locator('[name$="/disagree"]'), "2")
    await hand.follow(page.get_by_role("button", name="Ghi kết quả kiểm phiếu"))
    await expect(last).to_contain_text(f"= {voters + 2}, khác số ý kiến {voters}.")
    await hand.write(last.locator('[name$="/disagree"]'), "0")
    if scripts:
        await expect(page.locator("tbody output").last).to_have_text(f"{voters}, đúng")
    await hand.follow(page.get_by_role("button", name="Ghi kết quả kiểm phiếu"))
    await expect(page.locator("main")).to_contain_text("Ban kiểm phiếu: Giám đốc Sở Nội vụ.")
    await hand.follow(page.get_by_role("button", name="Ghi kết quả", exact=True).first)
    await expect(page.get_by_role("heading", name="Kết quả đã ghi")).to_be_visible()


async def defer(hand: Hand, reason: str) -> None:
    """The item that is shown is deferred, which needs its reason."""
    page = hand.page
    await hand.choose(page.get_by_label("Kết quả", exact=True), "Để lại phiên sau")
    await hand.follow(page.get_by_role("button", name="Ghi kết quả"))
    await expect(page.get_by_role("alert")).to_contain_text("phải ghi lý do")
    await hand.write(page.get_by_label("Lý do", exact=True), reason)
    await hand.follow(page.get_by_role("button", name="Ghi kết quả"))
    await expect(page.locator("main")).to_contain_text(f"Để lại phiên sau; lý do: {reason}.")


async def note(hand: Hand) -> None:
    """Record that the item that is shown was noted."""
    await hand.choose(hand.page.get_by_label("Kết quả", exact=True), "Ghi nhận")
    await hand.follow(hand.page.get_by_role("button", name="Ghi kết quả"))
    await expect(hand.page.get_by_role("heading", name="Kết quả đã ghi")).to_be_visible()


async def go_on(hand: Hand, number: int) -> None:
    """Turn to the next item, which has a number, by the link that one key uses."""
    following = hand.page.locator('[accesskey="s"]')
    await expect(following).to_have_text(f"Sau: số {number} ›")
    await hand.follow(following)
    await expect(hand.page.locator(".matter .first")).to_contain_text(f"Số {number}.")


async def close_too_early(hand: Hand, number: int) -> None:
    """The session does not end with an item open, which is named and linked; the link leads there."""
    page = hand.page
    await hand.follow(page.get_by_role("button", name="Kết thúc phiên họp"))
    await expect(page.get_by_role("alert")).to_contain_text(f"còn 1 nội dung chưa có kết quả, số {number}.")
    await expect(page.get_by_role("link", name=f"Số {number}.")).to_be_visible()


async def write_minutes(hand: Hand) -> None:
    """The minutes are written, and approved."""
    await hand.follow(hand.page.get_by_role("button", name="Ghi biên bản dự thảo"))
    await hand.follow(hand.page.get_by_role("button", name="Ghi biên bản đã thông qua"))
    await expect(hand.page.locator(".first")).to_contain_text("Biên bản đã thông qua lúc")


async def close(hand: Hand) -> None:
    """The session is closed on its page."""
    await hand.follow(hand.page.get_by_role("button", name="Kết thúc phiên họp"))
    await expect(hand.page.locator(".first")).to_contain_text("Phiên họp đã kết thúc.")


async def enter_decision(hand: Hand, award: str, number: str, day: str) -> None:
    """The decision that gives all proposed awards of a form."""
    page = hand.page
    await hand.follow(page.get_by_role("navigation", name="Hình thức khen thưởng").get_by_role("link", name=award))
    await hand.write(page.get_by_label("Số, ký hiệu quyết định"), number)
    await hand.write(page.get_by_label("Ngày ký"), day)
    await hand.write(page.get_by_label("Chức vụ người ký"), "Chủ tịch Ủy ban nhân dân tỉnh")
    await hand.follow(page.get_by_role("button", name="Ghi quyết định khen thưởng"))
    await expect(page.locator("main")).to_contain_text(f"Đã có quyết định (số {number}")
