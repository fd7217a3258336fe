"""The forms on which a session is run, sent as a browser sends them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import FIRST, KEY, P4, PAGE, SECOND, START, THIRD, Desk, open_desk, summary
from tests.support.signed_in import ORIGIN, SIGN_IN, as_browser, cookie_of
from tests.support.sittings import CERTIFICATE, FLAG, HEAD, MEMBERS, attend, hands, hold, post, put

Fields = Mapping[str, str | Sequence[str]]


def browser_of(cookie: str) -> dict[str, str]:
    return as_browser(cookie, form=False) | {"Origin": ORIGIN, "Accept": "text/html"}


SECRETARY, LEADER = cookie_of("secretary"), cookie_of("leader")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A session whose lists are known, before its agenda is fixed."""
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[THIRD], B1=[FIRST, SECOND]))
        yield opened


async def shown(desk: Desk, path: str, cookie: str = SECRETARY) -> str:
    answer = await desk.http.get(f"{PAGE}{path}", headers=browser_of(cookie))
    assert answer.status_code == 200, answer.text
    return answer.text


async def sent(desk: Desk, path: str, fields: Fields, seen: str = "", cookie: str = SECRETARY) -> httpx.Response:
    """The answer to a form with the version of a page that was ``seen``, or of the page as it is now."""
    version = re.search(r'name="phien-ban" value="(\d+)"', seen or await shown(desk, path, cookie))
    assert version
    form = {"csrf": form_token(cookie), "phien-ban": version[1], **fields}
    return await desk.http.post(f"{PAGE}{path}", headers=browser_of(cookie), data=form)


def attendance(present: int) -> dict[str, str]:
    states = ("present" if n < present else "excused" for n in range(len(MEMBERS)))
    pairs = enumerate(zip(MEMBERS, states, strict=True))
    form = {"mau": "diem-danh"}
    return form | {
        k: v for n, (m, s) in pairs for k, v in ((f"members/{n}/member", m["id"]), (f"members/{n}/state", str(s)))
    }


async def number_of(desk: Desk, item: str) -> int:
    return int((await desk.agenda_item(item))["number"])


async def item_path(desk: Desk, item: str) -> str:
    return f"/dieu-hanh?noi-dung={await number_of(desk, item)}"


def whole_list(more: Mapping[str, str], agree: int = 7) -> dict[str, str]:
    figures = {"rows/0/agree": str(agree), "rows/0/disagree": "0", "rows/0/no_opinion": ""}
    return {"item": CERTIFICATE, "way": "hands", **figures, "outcome": "proposed", **more}


async def test_the_session_begins_with_a_quorum_and_not_before(desk: Desk) -> None:
    await put(desk, "head", HEAD)
    await post(desk, "freeze")
    assert (await sent(desk, "/diem-danh", attendance(5))).status_code == 303
    refused = await sent(desk, "/bat-dau", {}, await shown(desk, "/diem-danh"))
    assert refused.status_code == 409
    assert "Chưa bắt đầu được phiên họp: có mặt 5/9 thành viên, cần ít nhất 6." in refused.text
    nobody = await sent(desk, "/diem-danh", {"members/0/member": "tv-1", "members/0/state": ""})
    assert (nobody.status_code, (await desk.agenda())["meeting"].get("present", 0)) == (303, 0)
    await sent(desk, "/diem-danh", attendance(7))
    begun = await sent(desk, "/bat-dau", {}, await shown(desk, "/diem-danh"))
    assert (begun.status_code, begun.headers["location"]) == (303, f"{PAGE}/dieu-hanh")
    agenda = await desk.agenda()
    assert (agenda["phase"], agenda["meeting"]["present"]) == ("held", 7)
    later = await sent(desk, "/diem-danh", attendance(8))
    assert (later.status_code, (await desk.agenda())["meeting"]["present"]) == (303, 8)


async def test_a_replaced_member_without_a_substitute_is_named_at_the_field(desk: Desk) -> None:
    members = [{key: value for key, value in member.items() if key != "substitute"} for member in MEMBERS]
    await put(desk, "head", {**HEAD, "members": members})
    await post(desk, "freeze")
    fields = attendance(7) | {"members/8/state": "replaced", "members/8/reason": "Đi công tác"}
    refused = await sent(desk, "/diem-danh", fields)
    assert refused.status_code == 422
    assert "Chưa ghi chức danh người dự thay Chức danh số 9." in refused.text.split('name="members/8/substitute"')[1]
    assert 'value="Đi công tác"' in refused.text


async def test_a_list_is_adopted_as_a_whole_with_its_exceptions_in_one_write(desk: Desk) -> None:
    """The vote and the outcome are two steps of one version; if the outcome is refused there is no vote either."""
    await hold(desk)
    path = await item_path(desk, CERTIFICATE)
    exception = {"exceptions/1/subject": FIRST, "exceptions/1/outcome": "deferred"}
    before = len((await desk.agenda())["meeting"]["steps"])
    refused = await sent(desk, path, whole_list(exception))
    assert refused.status_code == 422
    assert "phải ghi lý do" in refused.text.split('name="exceptions/1/reason"')[1][:300]
    assert len((await desk.agenda())["meeting"]["steps"]) == before
    given = await sent(desk, path, whole_list(exception | {"exceptions/1/reason": "Chờ kết luận"}))
    assert (given.status_code, given.headers["location"]) == (303, PAGE + path)
    agenda = await desk.agenda()
    assert [step["verb"] for step in agenda["meeting"]["steps"][before:]] == ["vote", "outcome"]
    (outcome,) = agenda["outcomes"]
    assert (outcome["given"]["outcome"], outcome["given"]["exceptions"][0]["subject"]) == ("proposed", FIRST)
    assert outcome["by"] == "Người có vai secretary"
    corrected = await sent(desk, path, whole_list({"rows/0/disagree": "1"}, agree=6))
    assert corrected.status_code == 303
    assert (await desk.agenda())["outcomes"][0]["given"]["exceptions"] == []


async def test_on_equal_votes_about_one_subject_the_side_of_the_chair_is_asked_for_in_its_row(desk: Desk) -> None:
    """Five of nine carry a proposal: four votes and the chair's are as many."""
    await hold(desk, present=8)
    path = await item_path(desk, CERTIFICATE)
    exception = {"exceptions/2/subject": SECOND, "exceptions/2/outcome": "not_proposed", "rows/2/subject": SECOND}
    fields = whole_list(exception | {"rows/2/agree": "4", "rows/2/disagree": "4", "rows/2/no_opinion": ""}, agree=8)
    refused = await sent(desk, path, fields)
    assert refused.status_code == 422
    field = refused.text.split('name="rows/2/chair"')[1]
    assert "cần ghi ý kiến của người chủ trì" in field.split("</td>")[0]
    assert 'name="rows/1/chair"' not in refused.text
    assert (await sent(desk, path, fields | {"rows/2/chair": "disagree"})).status_code == 303
    assert (await desk.agenda())["meeting"]["votes"][0]["given"]["rows"][1]["chair"] == "disagree"


async def test_of_two_votes_on_one_item_at_once_one_wins_and_the_other_loses_nothing_typed(desk: Desk) -> None:
    await hold(desk)
    path = await item_path(desk, CERTIFICATE)
    seen = await shown(desk, path)
    answers = await asyncio.gather(
        *(sent(desk, path, whole_list({"reason": f"Ý kiến {n}", "rows/0/disagree": str(n)}, agree=7 - n), seen)
          for n in range(2))
    )  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    lost = next(n for n, answer in enumerate(answers) if answer.status_code == 409)
    text = answers[lost].text
    assert "Người có vai secretary vừa sửa phiên họp này lúc" in text
    assert f'value="Ý kiến {lost}"' in text
    assert f"Bản mới nhất: Ý kiến {1 - lost}" in text
    (vote,) = (await desk.agenda())["meeting"]["votes"]
    assert vote["given"]["rows"][0]["disagree"] == 1 - lost
    again = re.search(r'name="phien-ban" value="(\d+)"', text)
    assert again
    assert (await sent(desk, path, whole_list({"phien-ban": again[1]}))).status_code == 303


def ballots(valid: int, agree: Sequence[int], disagree: Sequence[int]) -> dict[str, str | list[str]]:
    fields: dict[str, str | list[str]] = {
        **{"item": CERTIFICATE, "way": "ballots", "written": "0", "counters/*": ["Giám đốc Sở Nội vụ", "", ""]},
        **{"ballots/handed_out": "7", "ballots/returned": "7", "ballots/valid": str(valid), "ballots/invalid": "0"},
    }
    for n, unit in enumerate((FIRST, SECOND)):
        row = f"rows/{n + 1}"
        fields |= {f"{row}/subject": unit, f"{row}/agree": str(agree[n]), f"{row}/disagree": str(disagree[n])}
        fields |= {f"{row}/no_opinion": "", f"{row}/invalid": "", f"{row}/chair": ""}
    return fields


async def test_ballots_whose_sums_do_not_add_up_are_refused_where_they_do_not(desk: Desk) -> None:
    await hold(desk)
    path = f"/kiem-phieu?noi-dung={await number_of(desk, CERTIFICATE)}"
    page = await shown(desk, path)
    assert re.search(r'<script src="/static/tong-[0-9a-f]{12}\.js" defer></script>', page)
    wrong_box = await sent(desk, path, ballots(6, (7, 7), (0, 0)))
    assert wrong_box.status_code == 422
    assert "Phiếu hợp lệ 6 + không hợp lệ 0 = 6, khác số thu về 7." in wrong_box.text.split("</fieldset>")[0]
    wrong_row = await sent(desk, path, ballots(7, (7, 3), (0, 5)))
    rows = wrong_row.text.split("<tr>")
    assert ["khác số ý kiến 7" in row.split("</tr>")[0] for row in rows[-2:]] == [False, True]
    counted = await sent(desk, path, ballots(7, (7, 3), (0, 4)))
    assert counted.headers["location"] == PAGE + await item_path(desk, CERTIFICATE)
    item = await shown(desk, await item_path(desk, CERTIFICATE))
    assert "bỏ phiếu kín: 1/2 trường hợp đạt ngưỡng" in item.lower()
    assert 'value="Số ý kiến đồng ý 3/9, không đạt ngưỡng"' in item


async def hold_and_decide(desk: Desk) -> None:
    """Every item but the last has an outcome; the list of certificates is proposed without its second."""
    await hold(desk)
    await post(desk, "votes", hands(CERTIFICATE, (FIRST, 7, 0, 0), (SECOND, 2, 5, 0)))
    declined = {"subject": SECOND, "outcome": "not_proposed", "reason": "Hội đồng chưa thống nhất"}
    await post(desk, "outcomes", {"item": CERTIFICATE, "outcome": "proposed", "exceptions": [declined]})
    for item in (await desk.agenda())["items"][:-1]:
        if item["id"] != CERTIFICATE:
            await post(desk, "outcomes", {"item": item["id"], "outcome": "noted"})


async def test_closing_names_what_is_open_then_records_the_proposals_and_a_decision_follows(desk: Desk) -> None:
    await hold_and_decide(desk)
    last = (await desk.agenda())["items"][-1]
    refused = await sent(desk, "/ket-thuc", {})
    assert (refused.status_code, (await desk.http.get(f"/v1/{KEY}/decisions")).json()) == (409, [])
    assert f"Chưa kết thúc được phiên họp: còn 1 nội dung chưa có kết quả, số {last['number']}." in refused.text
    assert f'href="{PAGE}/dieu-hanh?noi-dung={last["number"]}"' in refused.text
    await sent(desk, f"/dieu-hanh?noi-dung={last['number']}", {"item": last["id"], "outcome": "noted"})
    assert (await sent(desk, "/ket-thuc", {})).status_code == 303
    decisions = {row["subject"]: row for row in (await desk.http.get(f"/v1/{KEY}/decisions")).json()}
    assert {subject: row["status"] for subject, row in decisions.items()} == {FIRST: "granted", SECOND: "declined"}
    assert (decisions[FIRST]["by"], decisions[FIRST]["session"]) == ("Người có vai secretary", "P4")
    await desk.tick(START + timedelta(days=1))
    await decide_on_paper(desk)


async def test_a_program_that_closes_a_session_records_the_proposals_as_the_page_does(desk: Desk) -> None:
    """Also without the version seen. What is recorded already is left out, so closing again adds nothing."""
    await hold_and_decide(desk)
    last = (await desk.agenda())["items"][-1]
    assert (await post(desk, "close")).json()["code"] == "items_open"
    assert (await desk.http.get(f"/v1/{KEY}/decisions")).json() == []
    await post(desk, "outcomes", {"item": last["id"], "outcome": "noted"})
    seen = (await desk.http.get(f"{P4}/agenda")).headers["ETag"]
    await attend(desk, 8)
    assert (await post(desk, "close", **{"If-Match": seen})).json()["code"] == "changed_meanwhile"
    assert (await desk.http.get(f"/v1/{KEY}/decisions")).json() == []
    assert (await post(desk, "close")).json()["phase"] == "closed"
    decisions = (await desk.http.get(f"/v1/{KEY}/decisions")).json()
    assert {row["subject"]: row["status"] for row in decisions} == {FIRST: "granted", SECOND: "declined"}
    assert {row["session"] for row in decisions} == {"P4"}
    assert (await post(desk, "reopen", {"reason": "Ghi thiếu ý kiến"})).status_code == 200
    assert (await post(desk, "close")).json()["phase"] == "closed"
    assert (await desk.http.get(f"/v1/{KEY}/decisions")).json() == decisions


async def decide_on_paper(desk: Desk) -> None:
    """The decision that gives the award, once with nobody ticked; then it is revoked."""
    path = f"/quyet-dinh?hinh-thuc={KEY.partition('/')[2]}/B1"
    paper = {"number": "57/QĐ-UBND", "date": "21/12/2023", "signer": "Chủ tịch Ủy ban nhân dân tỉnh"}
    nobody = await sent(desk, path, {**paper, "awards/0/award": "B1"})
    assert (nobody.status_code, "Chưa đánh dấu đơn vị, cá nhân nào." in nobody.text) == (422, True)
    row = {"awards/0/award": "B1", "awards/0/subject": FIRST}
    late = await sent(desk, path, {**paper, **row, "date": "21/12/2024"})
    assert (late.status_code, "sau ngày hôm nay" in late.text.split('name="date"')[1][:600]) == (422, True)
    assert (await sent(desk, path, {**paper, **row})).status_code == 303
    (award,) = (await desk.http.get(f"/v1/{KEY}/awards")).json()
    assert (award["subject"], award["decision"]["number"]) == (FIRST, "57/QĐ-UBND")
    revoking = f"{path}&viec=huy-bo"
    revoked = await sent(desk, revoking, {**paper, **row, "number": "60/QĐ-UBND", "reason": "Kê khai không đúng"})
    assert revoked.status_code == 303
    (award,) = (await desk.http.get(f"/v1/{KEY}/awards")).json()
    assert award["revocation"]["reason"] == "Kê khai không đúng"


async def test_a_proposal_that_cannot_be_recorded_keeps_the_session_open_and_is_named(desk: Desk) -> None:
    """To decline a candidate needs a reason (A41); the row leads to the item where it is written."""
    await hold(desk)
    await post(desk, "votes", hands(FLAG, (None, 1, 6, 0)))
    await post(desk, "outcomes", {"item": FLAG, "outcome": "not_proposed"})
    for item in (await desk.agenda())["items"]:
        if item["id"] != FLAG:
            await post(desk, "outcomes", {"item": item["id"], "outcome": "noted"})
    over_json = await post(desk, "close")
    (problem,) = over_json.json()["problems"]
    named = {"code": "reason_needed", "item": await number_of(desk, FLAG), "award": "C1", "subject": THIRD}
    assert (over_json.status_code, {name: problem[name] for name in named}) == (422, named)
    refused = await sent(desk, "/ket-thuc", {})
    assert (refused.status_code, (await desk.agenda())["phase"]) == (422, "held")
    assert "khác với kết quả theo số liệu nên phải nêu lý do" in refused.text
    assert f"Sửa kết quả nội dung số {await number_of(desk, FLAG)}" in refused.text


async def test_the_chair_approves_the_minutes_that_the_secretary_wrote(desk: Desk) -> None:
    await hold_and_decide(desk)
    too_early = await sent(desk, "/bien-ban", {})
    assert (too_early.status_code, "Chưa lập được biên bản: còn 1 nội dung" in too_early.text) == (409, True)
    last: dict[str, Any] = (await desk.agenda())["items"][-1]
    await post(desk, "outcomes", {"item": last["id"], "outcome": "noted"})
    assert "Ghi biên bản đã thông qua" not in await shown(desk, "/bien-ban")
    await sent(desk, "/bien-ban", {})
    page = await shown(desk, "/bien-ban", LEADER)
    assert "Ghi biên bản dự thảo" not in page
    approved = await sent(desk, "/bien-ban/thong-qua", {}, page, LEADER)
    assert (approved.status_code, (await desk.agenda())["phase"]) == (303, "approved")
    step = (await desk.agenda())["meeting"]["steps"][-1]
    assert (step["verb"], step["by"], step["role"]) == ("approve_minutes", "Người có vai leader", "leader")
