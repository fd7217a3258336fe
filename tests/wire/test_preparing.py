"""A session is prepared with the desk's forms, sent as a browser sends them; two secretaries at once lose nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.model import Verdict
from tests.support.council_desk import FIRST, P4, PAGE, SECOND, START, Desk, findings_page, open_desk, summary
from tests.support.desk_forms import browser_of, sent, shown
from tests.support.signed_in import SIGN_IN, cookie_of
from tests.support.sittings import HEAD, MEMBERS, hold, note_the_rest, post, put

LIST = "/phien"
SOAN, HEAD_FORM = f"{PAGE}/soan", f"{PAGE}/thong-tin"
LEADER, VIEWER = cookie_of("leader"), cookie_of("viewer")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await opened.tick(opened.service.clock.now())
        yield opened


async def item_ids(desk: Desk) -> list[str]:
    return [item["id"] for item in (await desk.agenda())["items"]]


async def test_one_click_begins_the_draft_and_leads_to_the_agenda(desk: Desk) -> None:
    page = await shown(desk, PAGE)
    assert re.search(r'class="main"[^>]*>Lập dự thảo chương trình</button><span class="what">Lấy \d+ nội dung', page)
    answer = await sent(desk, PAGE, {}, to=f"{PAGE}/du-thao")
    assert (answer.status_code, answer.headers["location"]) == (303, SOAN)
    assert (await desk.agenda())["phase"] == "drafted"
    assert "Bước gần nhất: Người có vai secretary lập dự thảo chương trình lúc 09:00" in await shown(desk, PAGE)


async def test_items_are_moved_added_taken_off_and_put_back_and_each_answer_leads_to_the_item(desk: Desk) -> None:
    first, second, *_ = await item_ids(desk)
    moved = await sent(desk, SOAN, {"mau": "chuyen", "item": second, "to": "1"})
    assert moved.headers["location"] == f"{SOAN}#noi-dung-1"
    assert (await item_ids(desk))[:2] == [second, first]

    added = await sent(desk, SOAN, {"mau": "them", "title": "Báo cáo việc khác", "basis": "Ý kiến Chủ tịch Hội đồng"})
    ids = await item_ids(desk)
    assert added.headers["location"] == f"{SOAN}#noi-dung-{ids.index('added/1') + 1}"

    off = await sent(desk, SOAN, {"mau": "dua-ra", "item": first, "reason": "Để lại quý sau"})
    assert off.headers["location"] == f"{SOAN}#da-dua-ra"
    page = await shown(desk, SOAN)
    assert "lý do: Để lại quý sau" in page
    prefilled = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.partition('<section id="da-dua-ra"')[2]))
    assert (prefilled["item"], prefilled["reason"]) == (first, "đưa trở lại")
    back = await sent(desk, SOAN, {"mau": "tra-lai", "item": first, "reason": prefilled["reason"]})
    ids = await item_ids(desk)
    assert back.headers["location"] == f"{SOAN}#noi-dung-{ids.index(first) + 1}"


async def test_what_is_not_filled_in_is_named_at_its_field_and_the_rest_is_kept(desk: Desk) -> None:
    refused = await sent(desk, SOAN, {"mau": "them", "title": "Báo cáo “việc khác”", "basis": " "})
    assert refused.status_code == 422
    assert 'value="Báo cáo “việc khác”"' in refused.text
    assert '<span class="problem" id="loi-basis">Cần ghi mục này.</span>' in refused.text
    assert (await sent(desk, SOAN, {"mau": "la", "item": "x"})).status_code == 400

    wrong = await sent(desk, HEAD_FORM, {"day": "31/02/2024", "at": "8 giờ", "members/0/office": "Giám đốc"})
    assert wrong.status_code == 422
    assert "Đọc được “31/02/2024”; cần ngày/tháng/năm có thật" in wrong.text
    assert 'value="8 giờ"' in wrong.text
    assert 'value="Giám đốc"' in wrong.text
    assert "head" not in (await desk.agenda()).get("meeting", {})


async def test_members_are_written_by_office_and_one_of_them_chairs_at_once(desk: Desk) -> None:
    """A row without an office is not recorded; days and the hour are written as people write them."""
    fields = {
        **{"day": "5/1/2024", "at": "8h30", "place": "Phòng họp số 1", "chair": "dong-1"},
        **{"members/0/office": "Giám đốc Sở Nội vụ", "members/0/role": "member", "members/0/first": "01/01/2024"},
        **{"members/1/office": "Chủ tịch Ủy ban nhân dân tỉnh", "members/1/role": "chair"},
        **{"members/2/office": "", "members/2/role": "member"},
    }
    assert (await sent(desk, HEAD_FORM, fields)).headers["location"] == PAGE
    head = (await desk.agenda())["meeting"]["head"]
    assert (head["day"], head["at"], head["chair"]) == ("2024-01-05", "08:30:00", "chu-tich-uy-ban-nhan-dan-tinh")
    assert [member["id"] for member in head["members"]] == ["giam-doc-so-noi-vu", "chu-tich-uy-ban-nhan-dan-tinh"]
    assert head["members"][0]["first"] == "2024-01-01"
    chairing = 'value="chu-tich-uy-ban-nhan-dan-tinh" checked'
    assert chairing in await shown(desk, HEAD_FORM)


async def test_who_comes_second_reads_what_was_done_meanwhile_beside_what_was_typed(desk: Desk) -> None:
    """Then the second records on top of the first, and no member is lost."""
    assert (await put(desk, "head", HEAD)).status_code == 200
    seen = str(len((await desk.agenda())["meeting"]["steps"]))
    newer = {**HEAD, "place": "Hội trường B", "members": [*MEMBERS, {"id": "moi", "role": "member", "office": "Mới"}]}
    assert (await put(desk, "head", newer)).status_code == 200
    typed = {"day": "22/12/2023", "place": "Hội trường C", "at": "08:00", "chair": "tv-1"}
    for n, member in enumerate(MEMBERS):
        of_row = {f"members/{n}/{name}": value for name, value in member.items()}
        typed |= of_row | {f"members/{n}/office": f"{member['office']} mới"}
    refused = await sent(desk, HEAD_FORM, {**typed, "phien-ban": seen})
    assert refused.status_code == 409
    page = unescape(refused.text)
    assert "Thư ký Hội đồng sửa thông tin phiên họp lúc 09:00 ngày 20/12/2023" in page
    assert 'value="Hội trường C"' in page
    assert "Bản mới nhất: Hội trường B" in page
    assert 'value="22/12/2023"' in page
    assert "Bản mới nhất: 21/12/2023" in page
    assert 'value="Chức danh số 9 mới"' in page
    assert "Bản mới nhất: Chức danh số 9" in page
    assert re.search(r'value="Mới"><span class="mark">mới thêm</span>', page)

    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', refused.text.partition("<main")[2]))
    row = re.search(r'name="members/(\d+)/office"[^>]*value="Mới"', page)
    assert row
    added = {f"members/{row[1]}/office": "Mới", f"members/{row[1]}/role": "member"}
    assert (await sent(desk, HEAD_FORM, {**typed, **again, **added})).status_code == 303
    head = (await desk.agenda())["meeting"]["head"]
    assert (head["place"], len(head["members"])) == ("Hội trường C", len(MEMBERS) + 1)


async def test_a_reason_typed_for_an_item_that_somebody_took_off_meanwhile_is_kept(desk: Desk) -> None:
    first, second, *_ = await item_ids(desk)
    seen = "0"
    assert (await post(desk, "items/remove", {"item": first, "reason": "Trùng"})).status_code == 200
    refused = await sent(desk, SOAN, {"mau": "dua-ra", "item": first, "reason": "Chờ ý kiến", "phien-ban": seen})
    assert refused.status_code == 409
    assert "Lý do đã nhập: Chờ ý kiến" in refused.text
    refused = await sent(desk, SOAN, {"mau": "dua-ra", "item": second, "reason": "Chờ ý kiến", "phien-ban": seen})
    assert 'value="Chờ ý kiến"' in refused.text
    assert refused.text.count("<details open>") == 1
    assert (await item_ids(desk))[0] == second


async def test_a_session_that_no_plan_lists_is_called_and_then_cancelled_by_the_leader(desk: Desk) -> None:
    """The same day may have two; the address of the form is not that of a session."""
    assert "Triệu tập phiên họp" in await shown(desk, LIST)
    assert "Triệu tập phiên họp" not in await shown(desk, LIST, VIEWER)
    fields: dict[str, str | list[str]] = {
        **{"ke-hoach": "thai-binh/38-kh-hdtdkt-2023", "name": "Phiên bất thường", "day": "28/12/2023"},
        **{"form": "meeting", "tasks/*": ["T27"], "reason": "Công văn số 5/UBND"},
    }
    addresses = [(await sent(desk, f"{LIST}/trieu-tap", fields)).headers["location"] for _ in range(2)]
    address = f"{LIST}/thai-binh/38-kh-hdtdkt-2023/trieu-tap-2023-12-28"
    assert addresses == [address, f"{address}-2"]
    unreadable = await sent(desk, f"{LIST}/trieu-tap", {**fields, "day": "mai"})
    assert unreadable.status_code == 422
    assert 'value="Phiên bất thường"' in unreadable.text

    assert "Hủy phiên họp" in await shown(desk, address, LEADER)
    assert "Việc có thể làm" not in await shown(desk, address, VIEWER)
    assert (await desk.http.get(f"{address}/huy", headers=browser_of(VIEWER))).status_code == 403
    assert (await sent(desk, f"{address}/huy", {"reason": ""}, LEADER)).status_code == 422
    assert (await sent(desk, f"{address}/huy", {"reason": "Đã gộp"}, LEADER)).headers["location"] == address
    assert "Phiên họp đã hủy." in await shown(desk, address)
    assert "Việc có thể làm" not in await shown(desk, address)


async def test_a_session_held_on_paper_is_recorded_and_one_that_ended_is_reopened(desk: Desk) -> None:
    recorded = await sent(desk, f"{PAGE}/ghi-nhan", {"day": "19/12/2023", "reason": "Biên bản số 3/BB-HĐTĐKT"})
    assert recorded.headers["location"] == PAGE
    agenda = await desk.agenda()
    assert (agenda["phase"], agenda["meeting"]["head"]["day"]) == ("held", "2023-12-19")
    await note_the_rest(desk)
    assert (await post(desk, "close")).status_code == 200
    assert "kết quả đã ghi được giữ nguyên" in await shown(desk, f"{PAGE}/mo-lai")
    assert (await sent(desk, f"{PAGE}/mo-lai", {"reason": "Sửa kết quả nội dung số 1"})).status_code == 303
    assert (await desk.agenda())["phase"] == "held"
    assert "đang ở trạng thái “đang họp”" in await shown(desk, f"{PAGE}/mo-lai")


async def test_after_a_late_correction_the_page_of_the_freeze_names_who_came_and_who_went(desk: Desk) -> None:
    """The same sentence as on the session's page; the agenda takes only supplements."""
    await desk.apply(findings_page("C1", START, ("e1", "1/BC-CAT"), **{FIRST: (Verdict.PASS, 1, "e1")}))
    assert (await sent(desk, f"{PAGE}/chot", {})).status_code == 303
    corrected = {FIRST: (Verdict.FAIL, 3, "e2"), SECOND: (Verdict.PASS, 1, "e2")}
    await desk.apply(findings_page("C1", START + timedelta(hours=1), ("e2", "2/BC-CAT"), **corrected))
    await desk.apply(summary(C1=[SECOND]))
    await desk.tick(START + timedelta(hours=2))
    described = re.search(
        r"Số liệu đã thay đổi từ ngày 20/12/2023: vào: [^<]+; ra: [^<]+; vì báo cáo số 2/BC-CAT[^<]+",
        (await shown(desk, PAGE)),
    )
    assert described
    assert described[0] in await shown(desk, f"{PAGE}/chot")
    soan = await shown(desk, SOAN)
    assert "Thêm nội dung" in soan
    assert "Đưa lên" not in soan
    assert (await sent(desk, SOAN, {"mau": "them", "title": "Bổ sung", "basis": "Công văn"})).status_code == 303
    assert (await desk.agenda())["items"][-1]["supplement"] is True


async def test_a_session_that_is_held_offers_no_step_of_its_preparation(desk: Desk) -> None:
    await hold(desk)
    page = await shown(desk, PAGE)
    for words in ("Lập dự thảo chương trình", "Chốt chương trình</a>", "Soạn chương trình", "Hủy phiên họp"):
        assert words not in page
    assert (await sent(desk, f"{PAGE}/huy", {"reason": "x"})).status_code in (400, 409)
    assert f'action="{P4}' not in page
