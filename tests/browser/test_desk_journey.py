"""A secretary's year in one piece, in a browser over running services: two sessions from their drafts to a decision."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from deploy.stack.links import sign_in_links
from shared.contracts.council import AgendaItem
from shared.contracts.model import VIETNAM
from shared.wording.unit_names import full_name
from tests.support.browsing import OFFICE, PHONE, SCRIPTS_OFF, Size, Viewer
from tests.support.journey import appraising, preparing, sitting
from tests.support.journey.hands import Hand, Keys, Mouse
from tests.support.journey.year import DeskYear, desk_year
from tests.support.movement import register, s0
from tests.support.page_texts import TextRules

JUNE: Final = date(2023, 6, 15)
DECEMBER: Final = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
FROZEN: Final = datetime(2024, 1, 5, 9, tzinfo=VIETNAM)
JANUARY: Final = datetime(2024, 1, 12, 8, tzinfo=VIETNAM)
MEMBERS: Final = (
    "Chủ tịch Ủy ban nhân dân tỉnh",
    "Phó Chủ tịch Ủy ban nhân dân tỉnh",
    "Trưởng Ban Thi đua - Khen thưởng",
    "Giám đốc Sở Nội vụ",
    "Giám đốc Sở Tài chính",
)
ADDED: Final = ("Kế hoạch kiểm tra công tác thi đua", "Giới thiệu gương điển hình tiên tiến")
LIST, FLAG = "B3", "C3"

Look = Callable[[str], Awaitable[None]]
"""Look at the page as it stands, under a name."""


@dataclass(frozen=True)
class Way:
    """How a secretary works: on which screen, with scripts or without, with the keyboard alone or with a mouse, too.

    With ``looks`` every step's page is looked at; the pictures are in ``.test-pictures``.
    """

    name: str
    size: Size
    scripts: bool = True
    keys: bool = False
    looks: bool = False


OFFICE_PC: Final = Way("office", OFFICE)
KEYBOARD: Final = Way("keyboard", OFFICE, keys=True, looks=True)
TELEPHONE: Final = Way("telephone", PHONE, scripts=False, looks=True)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "way",
    [
        pytest.param(OFFICE_PC, id="office"),
        pytest.param(KEYBOARD, id="keyboard", marks=pytest.mark.apart),
        pytest.param(TELEPHONE, id="telephone", marks=pytest.mark.apart),
    ],
)
async def test_a_secretary_prepares_holds_and_ends_two_sessions_of_the_year(
    way: Way, browser: Browser, tmp_path: Path
) -> None:
    faults: dict[str, list[str]] = {}
    viewer = Viewer(browser, TextRules.of(register()))
    async with desk_year(tmp_path / "stack") as year, opened(browser, way) as (page, scripts):
        hand: Hand = Keys(page) if way.keys else Mouse(page)

        async def look(name: str) -> None:
            if way.looks:
                number = len(faults) + 1
                faults[name] = await viewer.faults_of_open(page, f"journey-{way.name}-{number:02}-{name}", scripts)

        links = await sign_in_links(year.stack)
        await preparing.sign_in(hand, links["secretary"], year.desk)
        await look("first-page")
        await second_session_prepared(hand, year, look)
        await appraise(hand, year, look)
        await last_session_prepared(hand, year, look)
        await late_correction(hand, year, look, scripts=way.scripts)
        await last_session_held(hand, year, look, scripts=way.scripts)
    assert {name: of_page for name, of_page in faults.items() if of_page} == {}


@asynccontextmanager
async def opened(browser: Browser, way: Way) -> AsyncIterator[tuple[Page, CDPSession | None]]:
    """A page of the way's size, and the session that keeps its scripts off, if they are."""
    context = await browser.new_context(viewport={"width": way.size.width, "height": way.size.height}, locale="vi-VN")
    context.set_default_timeout(10_000)
    try:
        page, scripts = await context.new_page(), None
        if not way.scripts:
            scripts = await context.new_cdp_session(page)
            await scripts.send(SCRIPTS_OFF, {"value": True})
        yield page, scripts
    finally:
        await context.close()


async def second_session_prepared(hand: Hand, year: DeskYear, look: Look) -> None:
    """Phiên thứ Hai: drafted, ordered by keys, frozen once its consequences were read."""
    page, session = hand.page, year.session("P2")
    await preparing.do(hand, session, "Lập dự thảo chương trình")
    planned = await preparing.order_of(page)
    for title in ADDED:
        await preparing.add_item(hand, title, "Công văn số 12/VP-NC ngày 03/5/2023")
    assert sorted(await preparing.order_of(page)) == sorted([*planned, *ADDED])
    first, *_, last = before = await preparing.order_of(page)
    await preparing.move_item(page, last, "Đưa lên")
    await preparing.move_item(page, first, "Đưa xuống")
    moved = [*before[:-2], before[-1], before[-2]]
    assert await preparing.order_of(page) == [moved[1], moved[0], *moved[2:]]
    await look("composed")

    await hand.follow(page.get_by_role("main").get_by_role("link", name="Ghi thông tin phiên họp"))
    await look("head")
    await preparing.fill_head(hand, JUNE, "08:00", "Phòng họp số 1", MEMBERS)
    assert "08:00 ngày 15/6/2023" in await page.locator("dl.facts").inner_text()
    await preparing.do(hand, session, "Chốt chương trình")
    await look("before-the-freeze")
    numbers = await page.locator("main ul.numbered li").all_inner_texts()
    assert numbers == [f"Số {n}. {title}" for n, title in enumerate(await titles_of(year, "P2"), 1)]
    read = await preparing.read_and_freeze(hand)
    assert f"Nội dung đến sau được đánh số {len(moved) + 1} trở đi và ghi là bổ sung." in read
    await expect(page.get_by_role("main")).to_contain_text("Bước gần nhất: Thư ký Hội đồng chốt chương trình lúc")
    await look("frozen")


async def appraise(hand: Hand, year: DeskYear, look: Look) -> None:
    """The reports of the year are there; twenty communes are appraised in one form, one of them otherwise."""
    await year.reports_until(DECEMBER)
    await appraising.appraise_communes(hand, year.desk, LIST, 20, "Đã thẩm định hồ sơ.")
    await look("appraised")
    await appraising.correct_one(hand, "Có đơn thư chưa giải quyết")
    judgements = await year.judgements()
    assert sorted(judgements.values()) == ["FAIL", *["PASS"] * 19]
    await year.judge_the_rest(DECEMBER)


async def last_session_prepared(hand: Hand, year: DeskYear, look: Look) -> None:
    """Phiên tổng kết: drafted from the lists of the awards, frozen."""
    session = year.session("P4")
    await year.driver.move_to(FROZEN)
    await preparing.do(hand, session, "Lập dự thảo chương trình")
    await hand.follow(hand.page.get_by_role("main").get_by_role("link", name="Ghi thông tin phiên họp"))
    await preparing.fill_head(hand, JANUARY.date(), "08:00", "Phòng họp số 1", MEMBERS)
    await preparing.do(hand, session, "Chốt chương trình")
    await look("before-the-last-freeze")
    await preparing.read_and_freeze(hand)
    lists = {lists.award: lists for lists in await year.driver.award_lists()}
    assert list((await item_of(year, LIST)).units) == list(lists[LIST].candidates)
    assert list((await item_of(year, FLAG)).units) == list(lists[FLAG].candidates)


async def late_correction(hand: Hand, year: DeskYear, look: Look, *, scripts: bool) -> None:
    """While the session's page is open: it says so by itself, then names who went out and why."""
    page = hand.page
    out = (await item_of(year, LIST)).units[0]
    await expect(page.get_by_role("main")).to_contain_text("Số liệu không thay đổi từ khi chốt")
    await year.correct()
    if scripts:
        await expect(page.get_by_role("status")).to_have_text("Có thay đổi – xem", timeout=5_000)
        await look("something-changed")
        await hand.follow(page.get_by_role("status").get_by_role("link", name="xem"))
    else:
        await page.reload()
    name = full_name(register(), out)
    number = (await item_of(year, LIST)).number
    change = page.locator("#thay-doi li", has_text=f"Nội dung số {number}:")
    await expect(change).to_contain_text(f"Số liệu đã thay đổi từ ngày 08/01/2024: ra: {name};")
    received = "tiếp nhận lúc 09:00 ngày 08/01/2024"
    await expect(change).to_contain_text(f"vì báo cáo số 2/BC-CAT (lần 2) của Công an tỉnh, {received}")
    await look("changed")


async def last_session_held(hand: Hand, year: DeskYear, look: Look, *, scripts: bool) -> None:
    """Attendance, a list as a whole with two exceptions, ballots on a flag, a deferral, the end, a decision."""
    page, session = hand.page, year.session("P4")
    await year.driver.move_to(JANUARY)
    await preparing.do(hand, session, "Điểm danh")
    await sitting.attend(hand, 3)
    await sitting.start(hand)
    await expect(page.get_by_role("alert")).to_contain_text("có mặt 3/5 thành viên, cần ít nhất 4.")
    await look("too-few")
    await sitting.attend(hand, 5)
    await sitting.start(hand)
    await expect(page.locator(".in-view")).to_contain_text("Có mặt 5/5 thành viên; cần ít nhất 4.")

    candidates, flag = await item_of(year, LIST), await item_of(year, FLAG)
    await sitting.open_item(hand, candidates.title)
    await look("list")
    await sitting.adopt_the_list(hand, 5, candidates.units[0], candidates.units[1])
    await look("list-adopted")
    await sitting.open_item(hand, flag.title)
    await sitting.open_grid(hand)
    await look("grid")
    await sitting.count_wrongly(hand, 5, scripts=scripts)
    await look("wrong-sums")
    await sitting.count_rightly(hand, 5, scripts=scripts)
    await look("counted")
    task, *others, last = await undecided(year)
    await sitting.open_item(hand, task.title)
    await sitting.defer(hand, "Chờ ý kiến Thanh tra tỉnh")
    await look("deferred")
    await sitting.go_on(hand, task.number + 1)
    for item in others:
        await record_by_another(year, item)
    await preparing.do(hand, session, "Kết thúc phiên họp")
    await sitting.close_too_early(hand, last.number)
    await look("not-closed")
    await hand.follow(page.get_by_role("link", name=f"Số {last.number}."))
    await sitting.note(hand)
    await preparing.do(hand, session, "Biên bản")
    await sitting.write_minutes(hand)
    await look("minutes")
    await preparing.do(hand, session, "Kết thúc phiên họp")
    await look("before-the-end")
    await sitting.close(hand)

    await preparing.do(hand, session, "Ghi quyết định khen thưởng")
    await look("no-decision-yet")
    await sitting.enter_decision(hand, s0().award[FLAG].name, "57/QĐ-UBND", "12/01/2024")
    await look("decided")
    awards = await year.driver.awards()
    assert [(award.subject, award.decision.number) for award in awards] == [(flag.units[0], "57/QĐ-UBND")]
    decided = {(d.award, d.subject): d.status for d in await year.driver.decisions()}
    assert decided[LIST, candidates.units[1]] == "declined"
    assert (LIST, candidates.units[0]) not in decided
    assert [decided[LIST, unit] for unit in candidates.units[2:]] == ["granted"] * len(candidates.units[2:])


async def titles_of(year: DeskYear, session: str) -> list[str]:
    return [item.title for item in (await year.agenda(session)).items]


async def item_of(year: DeskYear, award: str) -> AgendaItem:
    items = (await year.agenda("P4")).items
    return next(item for item in items if item.award == award and item.kind == "candidates")


async def undecided(year: DeskYear) -> list[AgendaItem]:
    agenda = await year.agenda("P4")
    decided = {outcome.given.item for outcome in agenda.outcomes}
    return [item for item in agenda.items if item.id not in decided]


async def record_by_another(year: DeskYear, item: AgendaItem) -> None:
    """Another secretary records the outcome of an item, all in favour where it takes a vote."""
    outcome = "noted"
    if item.kind in ("candidates", "nominations"):
        row = {"subject": None, "agree": 5, "disagree": 0, "no_opinion": 0}
        await year.record("P4", "votes", {"item": item.id, "way": "hands", "rows": [row]})
        outcome = "proposed"
    await year.record("P4", "outcomes", {"item": item.id, "outcome": outcome})
