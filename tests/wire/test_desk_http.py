"""The desk's pages over HTTP, on a real database: marked changes, the journal and the chain behind it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.desk.chain_reader import ChainReader
from services.council.desk.journal import chain_text
from services.intake.access.key_store import digest
from shared.contracts.extensions import ExtensionRecorded
from shared.contracts.model import Event
from tests.support.council_desk import FIRST, MOVEMENT, PAGE, START, Desk, event_of, open_desk, summary
from tests.support.movement import s0
from tests.support.signed_in import SIGN_IN, as_browser, cookie_of
from tests.support.sittings import KEYS, hold, post

READER = {"Authorization": "Bearer leader"}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with two keys, one award's candidate, and a session that has begun."""
    keys = [*KEYS, {"name": "Vận hành", "role": "operator", "sha256": digest("operator")}]
    async with open_desk(servers, desk_keys=keys) as opened:
        await opened.apply(summary(C1=[FIRST]))
        yield opened


async def overview(desk: Desk) -> str:
    answer = await desk.http.get("/", headers=READER)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_only_the_form_marks_the_changes_as_seen_and_only_for_its_reader(desk: Desk) -> None:
    """Reading the page twice changes nothing; what came after the page was made is still new afterwards."""
    await hold(desk)
    first, again = await overview(desk), await overview(desk)
    assert first == again
    assert "Phiên tổng kết: chốt chương trình" in first
    seen = re.findall(r'name="den" value="(\d+)"', first)[0]
    await desk.tick(START + timedelta(hours=1))
    await post(desk, "items", {"title": "Nội dung mới", "basis": "Công văn số 5/BTĐKT-NV"})
    answer = await desk.http.post("/da-xem", data={"den": seen}, headers=READER)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    marked = await overview(desk)
    assert "Lần xem trước: 09:00 ngày 20/12/2023." in marked
    assert "thêm nội dung “Nội dung mới”" in marked
    assert "chốt chương trình" not in marked
    other = await desk.http.get("/", headers={"Authorization": "Bearer operator"})
    assert "Chưa đánh dấu lần xem nào" in other.text


async def test_a_signed_in_reader_marks_with_the_token_of_the_page(servers: Stack) -> None:
    """A form without it is refused, and marks nothing."""
    async with open_desk(servers, **SIGN_IN) as desk:
        browser = as_browser(cookie_of("leader"), form=False)
        page = (await desk.http.get("/", headers=browser)).text
        seen, token = (
            re.findall(r'name="den" value="(\d+)"', page)[0],
            re.findall(r'name="csrf" value="([^"]+)"', page)[0],
        )
        origin = {"Origin": f"http://{browser['Host']}"}
        refused = await desk.http.post("/da-xem", data={"den": seen}, headers={**browser, **origin})
        assert refused.status_code == 403
        form = {"den": seen, "csrf": token}
        assert (await desk.http.post("/da-xem", data=form, headers={**browser, **origin})).status_code == 303
        assert "Lần xem trước: 09:00 ngày 20/12/2023." in (await desk.http.get("/", headers=browser)).text


async def test_nobody_can_mark_what_is_still_to_come(desk: Desk) -> None:
    """An instant that is later than now counts as now; what is no instant is refused."""
    answer = await desk.http.post("/da-xem", data={"den": "253402300799000"}, headers=READER)
    assert answer.status_code == 303
    assert "Lần xem trước: 09:00 ngày 20/12/2023." in await overview(desk)
    assert (await desk.http.post("/da-xem", data={"den": "hôm qua"}, headers=READER)).status_code == 422
    assert (await desk.http.post("/da-xem", headers=READER)).status_code == 422


async def test_the_journal_finds_each_act_in_the_chain_and_notices_an_altered_chain(desk: Desk) -> None:
    """New entries are read with each page; an altered one is found when the whole chain is read again."""
    await hold(desk)
    assert "chưa vào chuỗi" in (await desk.http.get("/nhat-ky")).text
    await desk.service.audit.append_events(await desk.published())
    html = (await desk.http.get("/nhat-ky?loai=phien-hop")).text
    assert "Chuỗi nhật ký nguyên vẹn: 1 mục, mục cuối lúc 09:00 ngày 20/12/2023." in html
    assert "chưa vào chuỗi" not in html
    assert "Bắt đầu phiên họp" in html
    await desk.service.audit.append_action("an", "rebuild", "council", "")
    assert "Vận hành: dựng lại dữ liệu từ các bản ghi" in (await desk.http.get("/nhat-ky?loai=van-hanh")).text
    entries = desk.service._database.documents("audit")
    (first,) = await entries.find({"_id": 1})
    await entries.put({**first, "at": "2023-12-19T00:00:00.000000+00:00"})
    chain = await ChainReader(desk.service.audit).chain()
    assert chain_text(chain) == "Chuỗi nhật ký không nguyên vẹn, mục số 1: nội dung đã bị sửa. Cần báo người vận hành."


async def test_addresses_that_mean_nothing_are_refused_and_a_page_past_the_end_is_the_last(desk: Desk) -> None:
    """A mistyped filter would look like an unfiltered journal."""
    statuses = {
        address: (await desk.http.get(address)).status_code
        for address in ("/nhat-ky?trang=9", "/nhat-ky?ngay=xyz", "/nhat-ky?trang=0", "/nhat-ky?nguoi-nao=An", "/?nam=1")
    }
    assert list(statuses.values()) == [200, 200, 422, 422, 422]
    for page in ("/phien/thai-binh/khac/P4", f"{PAGE}x/chu-tri", "/?tinh=khac"):
        assert (await desk.http.get(page)).status_code == 404
    for page in ("/phien", PAGE, f"{PAGE}/chu-tri", f"{PAGE}/thanh-vien"):
        assert (await desk.http.get(page)).status_code == 200


def extension(until: date | None, version: int) -> Event:
    """The answer about the first report's deadline: granted to a day, or refused."""
    obligation = s0().obligation["OB01"]
    status = {"status": "granted", "until": until} if until else {"status": "refused"}
    data = {
        **{
            "id": "x",
            "plan": s0().ref,
            "movement": MOVEMENT,
            "obligation": obligation.id,
            "account": obligation.reporter,
        },
        **{"agency": "vp-ubnd-tinh", "period": "2023", "version": version, "last_day": date(2023, 12, 4)},
        **{"asked_at": START, "asked_until": date(2023, 12, 25), "reason": "Chờ số liệu", "in_time": True, **status},
    }
    return event_of(ExtensionRecorded, data)


async def test_a_report_whose_deadline_was_extended_is_not_late_before_the_new_day_has_passed(desk: Desk) -> None:
    """An older answer that arrives late changes nothing; a refusal leaves the plan's day."""
    what = s0().obligation["OB01"].what

    def days_late(html: str) -> list[str]:
        late = html[html.index("<h2>Báo cáo chậm</h2>") : html.index("<h2>Năm ")]
        return re.findall(rf"{re.escape(what)}.*?(\d+) ngày</span>", late, re.DOTALL)[:1]

    assert days_late(await overview(desk)) == ["16"]
    await desk.apply(extension(None, 1))
    assert days_late(await overview(desk)) == ["16"]
    await desk.apply(extension(date(2023, 12, 25), 2), extension(None, 1))
    assert days_late(await overview(desk)) != ["16"]
    await desk.tick(START + timedelta(days=7))
    assert "2 ngày</span>" in await overview(desk)
