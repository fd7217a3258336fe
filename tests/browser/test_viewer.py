"""What looks at pages finds each fault a page can have, and none on a page that uses every part of the frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest_asyncio
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser

from shared.contracts.model import Verdict
from shared.contracts.people import Person
from shared.runtime.http.pages import pictures
from shared.runtime.http.pages.frame import Frame, Page, Place
from shared.runtime.http.pages.pictures import Move, Picture, ReportedBar, Scored, YearEvent
from shared.runtime.http.pages.rendering import html_answer, render
from shared.runtime.http.pages.static_files import static_routes
from tests.support.browsing import Viewer, served
from tests.support.movement import register
from tests.support.page_texts import TextRules

FRAME = Frame(
    "Thi đua - Khen thưởng tỉnh Thái Bình",
    (
        *(Place("Tổng quan", "/"), Place("Phiên họp", "/phien"), Place("Xét tiêu chuẩn", "/tieu-chuan")),
        *(Place("Xếp hạng", "/xep-hang"), Place("Đề nghị khen thưởng", "/de-nghi")),
        *(Place("Văn bản, tài liệu", "/van-ban"), Place("Nhật ký", "/nhat-ky")),
    ),
)
OWN = "xã Đông Hoàng, huyện Tiền Hải"
COMMUNES = [f"xã {name}" for name in ("Nam Phú", "Đông Hoàng", "Tây Ninh", "Nam Hà", "Vân Trường")]
VERDICTS = [Verdict.PASS, Verdict.FAIL, Verdict.HOLD, Verdict.MISSING, Verdict.PASS]
SCORES = [Decimal(7000 + n * n % 2900) / 100 for n in range(80)]


@dataclass(frozen=True)
class Gallery:
    """Every part of the frame."""

    line: Picture
    bars: Picture
    strip: Picture
    moves: Picture
    rows: Sequence[tuple[str, int, Decimal, Verdict]]


def gallery() -> Gallery:
    day = date(2023, 12, 4)
    events = [
        YearEvent("Phiên thứ nhất", date(2023, 3, 20), done=True, session=True),
        YearEvent("Phiên thứ ba", date(2023, 11, 22), done=True, session=True),
        *(YearEvent(f"Báo cáo lĩnh vực {n}", day, done=True) for n in ("một", "hai", "ba")),
        YearEvent("Danh sách đơn vị có thành tích nổi bật đóng góp vào phát triển kinh tế", day, done=False, late=True),
        YearEvent("Kết quả Đề án 06", date(2023, 12, 9), done=False),
        YearEvent("Phiên thứ tư", date(2023, 12, 20), done=False, session=True),
        *(YearEvent(f"Báo cáo tháng {n}", date(2023, n, 15), done=True) for n in range(1, 10)),
    ]
    bars = [
        ReportedBar("Kết quả đánh giá lĩnh vực chuyển đổi số, số liệu đến 30/11/2023", 1, 1, 0),
        ReportedBar("Số cuộc họp lãnh đạo được mời, dự, cử người dự thay", 8, 5, 2),
        ReportedBar("Chỉ số cải cách hành chính", 46, 30, 0),
    ]
    moves = [Move(OWN, 5, 3), Move("xã Nam Phú, huyện Tiền Hải", 3, 4), Move("Sở Nội vụ", None, 9)]
    return Gallery(
        pictures.year_line(2023, events, date(2023, 12, 6)),
        pictures.reported_bars(bars),
        pictures.score_strip(
            "chuyển đổi số", [Scored(OWN, Decimal("81.5")), *(Scored("x", score) for score in SCORES)], Decimal(90), OWN
        ),
        pictures.movement("Chuyển đổi số", moves),
        [(name, n, Decimal(9900 - n) / 100, VERDICTS[n]) for n, name in enumerate(COMMUNES)],
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site() -> AsyncIterator[str]:
    """The address of a site with a good page and a bad one."""
    api = FastAPI()
    api.include_router(static_routes())
    page = Page(
        "Tổng quan",
        Person("p1", "Nguyễn Thị Hoa", "secretary"),
        place="/",
        above=[Place("Phiên họp", "/phien")],
        updated_at=datetime(2023, 12, 6, 1, 14, tzinfo=UTC),
    )
    good = render("tests.browser", "gallery.html", gallery(), FRAME, page)

    @api.get("/")
    async def show_good() -> HTMLResponse:
        return html_answer(good, FRAME)

    @api.get("/bad")
    async def show_bad() -> HTMLResponse:
        bad = good.replace("</main>", f"{BAD}</main>").replace('class="skip"', 'class="skipped"')
        return html_answer(bad, FRAME, status=404)

    async with served(api) as address:
        yield address


BAD = """
<h1>Trang thứ hai</h1>
<p style="color: red">Viết màu ngay trong dòng</p>
<img src="https://example.org/logo.png">
<input name="khong_nhan">
<p class="first">Hạn 2023-12-04 của so-noi-vu theo OB06; xã Đông Hoàng: draft</p>
<table><tr><td>ĐÂYLÀMỘTCHỮRẤTDÀI_KHÔNGNGẮT_ĐÂYLÀMỘTCHỮRẤTDÀI_KHÔNGNGẮT_ĐÂYLÀMỘTCHỮRẤTDÀI</td></tr></table>
<details><summary>Thêm</summary><p>Trạng thái: frozen</p></details>
<a tabindex="-1" href="/">Không tới được bằng phím</a>
<div role="search">Vẫn in ra giấy</div>
<div class="khong-ngat" title="Nothing here"></div>
"""


async def test_a_page_of_every_part_of_the_frame_has_no_fault(browser: Browser, site: str) -> None:
    """In both sizes, on paper, without scripts. The screenshots are in ``.test-pictures``."""
    assert await Viewer(browser, TextRules.of(register())).faults(f"{site}/", "frame-gallery") == []


async def test_each_fault_of_a_page_is_found(browser: Browser, site: str) -> None:
    faults = await Viewer(browser, TextRules.of(register())).faults(f"{site}/bad", "frame-bad", most_bytes=1000)
    missing = [fault for fault in EXPECTED if not any(fault in line for line in faults)]
    assert missing == [], "\n".join(faults)


EXPECTED = (
    "1366: answered 404",
    "390: answered 404",
    "1366: asks for https://example.org/logo.png",
    "390: scrolls sideways",
    "1366: axe image-alt",
    "390: axe label",
    "1366: the browser says: Applying inline style violates",
    "bytes of HTML, more than 1000",
    "the first Tab does not reach the skip link",
    "1 links or buttons that no key reaches",
    "2 headings of the first level",
    "an ISO date: '2023-12-04'",
    "a raw key: 'so-noi-vu'",
    "a code: 'OB06'",
    "which one of 2: 'xã Đông Hoàng'",
    "not Vietnamese: 'draft'",
    "not Vietnamese: 'frozen'",
    "not Vietnamese: 'Nothing'",
    "on paper: 'Vẫn in ra giấy' is printed",
)
