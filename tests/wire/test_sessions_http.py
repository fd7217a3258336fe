"""A session of the council over HTTP, on a real database: drafted, frozen, held, voted on, closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.council import AgendaAssembled
from shared.contracts.topics import AGENDAS
from tests.support.council_desk import DESK, FIRST, P4, SECOND, THIRD, Desk, nomination, open_desk, summary
from tests.support.sittings import CERTIFICATE, FLAG, HEAD, KEYS, attend, hands, hold, note_the_rest, post, put


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with candidates for a flag and for certificates, and keys of three roles."""
    async with open_desk(servers, desk_keys=KEYS) as opened:
        await opened.apply(summary(C1=[FIRST, SECOND], B1=[SECOND, THIRD]), nomination("Phòng Một", 1))
        yield opened


async def test_a_session_is_drafted_frozen_held_with_a_quorum_voted_on_and_closed(desk: Desk) -> None:
    """Each step is refused where it is not possible yet, in words that name what is missing."""
    assert (await post(desk, "draft")).json()["phase"] == "drafted"
    assert (await put(desk, "head", HEAD)).status_code == 200
    frozen = (await post(desk, "freeze")).json()
    assert (frozen["phase"], frozen["numbered"]) == ("frozen", True)
    assert [item["number"] for item in frozen["items"]] == list(range(1, len(frozen["items"]) + 1))
    await attend(desk, 5)
    refused = (await post(desk, "start")).json()
    too_few = "Chưa bắt đầu được phiên họp: có mặt 5/9 thành viên, cần ít nhất 6."
    assert (refused["code"], refused["detail"]) == ("no_quorum", too_few)
    await attend(desk, 6)
    sitting = (await post(desk, "start")).json()
    assert (sitting["phase"], sitting["meeting"]["present"], sitting["meeting"]["members"]) == ("held", 6, 9)

    await attend(desk, 7)
    assert (await desk.agenda())["meeting"]["present"] == 7
    await attend(desk, 6)

    wrong = (await post(desk, "votes", hands(FLAG, (FIRST, 5, 0, 0), (SECOND, 1, 5, 0)))).json()
    assert wrong["code"] == "votes_do_not_add_up"
    assert (
        wrong["detail"] == "Đồng ý 5 + không đồng ý 0 + không có ý kiến 0 = 5, khác số ý kiến 6 của thành viên có mặt."
    )
    assert (await post(desk, "votes", hands(FLAG, (FIRST, 5, 0, 1), (SECOND, 1, 5, 0)))).status_code == 200
    both = (await post(desk, "outcomes", {"item": FLAG, "outcome": "proposed"})).json()
    assert both["code"] == "too_many_proposed"
    exception = {"subject": SECOND, "outcome": "not_proposed"}
    decided = await post(desk, "outcomes", {"item": FLAG, "outcome": "proposed", "exceptions": [exception]})
    assert decided.status_code == 200

    refused = (await post(desk, "close")).json()
    assert refused["code"] == "items_open"
    left = [item["number"] for item in sitting["items"] if item["id"] != FLAG]
    numbers = ", ".join(map(str, left))
    assert refused["detail"] == f"Chưa kết thúc được phiên họp: còn {len(left)} nội dung chưa có kết quả, số {numbers}."
    await post(desk, "outcomes", {"item": CERTIFICATE, "outcome": "deferred", "reason": "Chờ xác minh"})
    await note_the_rest(desk)
    closed = (await post(desk, "close")).json()
    assert (closed["phase"], closed["status"]) == ("closed", "closed")
    steps = [(step["verb"], step["by"], step["role"]) for step in closed["meeting"]["steps"]]
    assert steps[0] == ("draft", "Thư ký Hội đồng", "secretary")
    assert [verb for verb, _, _ in steps if verb != "outcome"] == [
        *("draft", "head", "freeze", "attendance", "attendance", "start"),
        *("attendance", "attendance", "vote", "close"),
    ]
    assert (await post(desk, "freeze")).json()["detail"] == (
        "Không chốt chương trình được: phiên họp đang ở trạng thái “đã kết thúc”."
    )


async def test_numbers_run_from_one_also_after_drafts_that_vanished(desk: Desk) -> None:
    """A draft has places only; twenty items that came and went burn no number."""
    for n in range(20):
        await desk.apply(nomination(f"Phòng {n}", 2, award="B6" if n % 2 else "B4", status="withdrawn"))
        await desk.apply(summary(**{award: [FIRST] for award in ("C1", "C2", "B1", "B2", "B3")[: n % 5 + 1]}))
    draft = await desk.agenda()
    assert "numbered" not in draft
    frozen = (await post(desk, "freeze")).json()
    assert [item["number"] for item in frozen["items"]] == list(range(1, len(frozen["items"]) + 1))
    await desk.apply(summary(C1=[FIRST], B1=[FIRST], C3=["336"]))
    supplements = [item for item in (await desk.agenda())["items"] if item["supplement"]]
    assert supplements[0]["number"] == len(frozen["items"]) + 1


async def test_items_are_moved_added_taken_off_and_put_back_with_their_reasons(desk: Desk) -> None:
    """The page explains what the order of the plan does not."""
    moved = (await post(desk, "moves", {"item": CERTIFICATE, "to": 1, "reason": "Chủ tịch yêu cầu"})).json()
    assert moved["items"][0]["id"] == CERTIFICATE
    await post(desk, "items", {"title": "Sửa Quy chế của Hội đồng", "basis": "Công văn số 5/BTĐKT-NV"})
    await post(desk, "items/remove", {"item": FLAG, "reason": "Chưa đủ hồ sơ"})
    await desk.apply(summary(C1=[FIRST], B1=[THIRD]))
    html = (await desk.http.get(P4.replace("/v1/sessions", "/phien"))).text
    for text in (
        "Thư ký Hội đồng đổi vị trí lúc 09:00 ngày 20/12/2023; lý do: Chủ tịch yêu cầu",
        "Sửa Quy chế của Hội đồng",
        "Công văn số 5/BTĐKT-NV",
        "<h3>Đã đưa ra khỏi chương trình</h3>",
        "lý do: Chưa đủ hồ sơ",
        '<th scope="col" class="number">Thứ tự</th>',
    ):
        assert text in html
    ids = [item["id"] for item in (await desk.agenda())["items"]]
    assert (FLAG in ids, ids[0]) == (False, CERTIFICATE)
    assert (await post(desk, "items/remove", {"item": "x", "reason": "y"})).json()["code"] == "unknown_item"
    assert (await post(desk, "items/restore", {"item": "x", "reason": "y"})).json()["code"] == "unknown_item"
    restored = (await post(desk, "items/restore", {"item": FLAG, "reason": "Đã đủ hồ sơ"})).json()
    assert FLAG in [item["id"] for item in restored["items"]]
    frozen = (await post(desk, "freeze")).json()
    assert (await post(desk, "items/remove", {"item": FLAG, "reason": "y"})).json()["code"] == "wrong_phase"
    late = (await post(desk, "items", {"title": "Việc khác", "basis": "Ý kiến tại phiên"})).json()
    assert (late["items"][-1]["number"], late["items"][-1]["supplement"]) == (len(frozen["items"]) + 1, True)


async def test_of_two_freezes_at_once_one_wins(desk: Desk) -> None:
    """The other is refused, and nothing is numbered twice."""
    answers = await asyncio.gather(*(post(desk, "freeze") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"wrong_phase"}
    assert len((await desk.agenda())["meeting"]["steps"]) == 1


async def test_of_two_votes_on_one_item_at_once_one_wins(desk: Desk) -> None:
    """Without the version seen nothing is replaced; with it, only what was seen."""
    await hold(desk)
    votes = [hands(FLAG, (FIRST, 7 - n, n, 0), (SECOND, 0, 7, 0)) for n in range(4)]
    answers = await asyncio.gather(*(post(desk, "votes", vote) for vote in votes))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"already_recorded"}
    seen = (await desk.http.get(f"{P4}/agenda")).headers["ETag"]
    again = await asyncio.gather(*(post(desk, "votes", vote, **{"If-Match": seen}) for vote in votes))
    assert sorted(answer.status_code for answer in again) == [200, 409, 409, 409]
    refused = next(answer.json() for answer in again if answer.status_code == 409)
    assert refused["code"] == "changed_meanwhile"
    assert refused["detail"].startswith("Thư ký Hội đồng vừa sửa phiên họp này lúc 09:00 ngày 20/12/2023.")
    assert len((await desk.agenda())["meeting"]["votes"]) == 1
    assert (await post(desk, "close", **{"If-Match": "newest"})).json()["code"] == "bad_version"


async def test_a_new_vote_removes_the_outcome_of_its_item(desk: Desk) -> None:
    """What was concluded from the old count has to be concluded again."""
    await hold(desk)
    answer = await post(desk, "votes", hands(CERTIFICATE, (None, 7, 0, 0)))
    assert (await post(desk, "outcomes", {"item": CERTIFICATE, "outcome": "proposed"})).status_code == 200
    seen = (await desk.http.get(f"{P4}/agenda")).headers["ETag"]
    answer = await post(desk, "votes", hands(CERTIFICATE, (None, 3, 4, 0)), **{"If-Match": seen})
    assert "outcomes" not in answer.json()
    contradicted = (await post(desk, "outcomes", {"item": CERTIFICATE, "outcome": "proposed"})).json()
    assert contradicted["code"] == "vote_contradicted"


async def test_ballots_are_counted_by_a_ban_kiem_phieu_and_the_page_shows_the_sums(desk: Desk) -> None:
    """Ballots that do not add up are refused in the words of the field."""
    await hold(desk)
    ballots = {"handed_out": 7, "returned": 7, "valid": 5, "invalid": 1}
    given = {**hands(CERTIFICATE, (SECOND, 6, 1, 0), (THIRD, 2, 4, 1)), "way": "ballots", "ballots": ballots}
    assert (await post(desk, "votes", given)).json()["code"] == "no_counters"
    given["counters"] = ["Trưởng ban: Phó Giám đốc Sở Nội vụ"]
    wrong = (await post(desk, "votes", given)).json()
    assert wrong["detail"] == "Phiếu hợp lệ 5 + không hợp lệ 1 = 6, khác số thu về 7."
    assert wrong["problems"][0]["pointer"] == "/ballots"
    given["ballots"] = {**ballots, "valid": 6}
    given["written"] = 1
    assert (await post(desk, "votes", given)).status_code == 200
    exception = {"subject": THIRD, "outcome": "deferred", "reason": "Chờ kết luận"}
    body = {"item": CERTIFICATE, "outcome": "proposed", "exceptions": [exception]}
    assert (await post(desk, "outcomes", body)).status_code == 200
    html = (await desk.http.get(P4.replace("/v1/sessions", "/phien"))).text
    assert "<dd>7/9 thành viên (cần ít nhất 6; mức tạm áp dụng, cần đối chiếu Quy chế của Hội đồng)</dd>" in html
    assert "Thống nhất đề nghị (bỏ phiếu kín: 1/2 trường hợp đạt ngưỡng; ngưỡng quá 1/2 tổng số" in html
    assert ": để lại phiên sau; lý do: Chờ kết luận" in html
    assert 'Chức danh số 8</th><td data-label="Vai trò">Ủy viên</td><td data-label="Dự họp">Vắng có lý do</td>' in html


async def test_a_closed_session_is_reopened_with_a_reason_and_its_minutes_are_approved(desk: Desk) -> None:
    """The chair's key approves; a draft of the minutes comes first."""
    await hold(desk)
    await note_the_rest(desk)
    assert (await post(desk, "close")).json()["phase"] == "closed"
    assert (await post(desk, "reopen", {})).json()["code"] == "invalid"
    assert (await post(desk, "reopen", {"reason": "Ghi thiếu ý kiến"})).json()["phase"] == "held"
    assert (await post(desk, "minutes/approve")).json()["code"] == "wrong_phase"
    assert (await post(desk, "minutes/draft")).json()["phase"] == "minutes_drafted"
    leader = {"Authorization": "Bearer leader"}
    approved = (await post(desk, "minutes/approve", **leader)).json()
    assert (approved["phase"], approved["status"]) == ("approved", "closed")
    assert approved["meeting"]["steps"][-1]["by"] == "Lãnh đạo Ban"
    assert (await post(desk, "close")).json()["phase"] == "closed"
    html = (await desk.http.get(P4.replace("/v1/sessions", "/phien"))).text
    assert "<dt>Mở lại phiên họp</dt><dd>09:00 ngày 20/12/2023, Thư ký Hội đồng; lý do: Ghi thiếu ý kiến</dd>" in html


async def test_minutes_may_be_written_after_the_session_was_closed(desk: Desk) -> None:
    """They do not open it again."""
    await hold(desk)
    await note_the_rest(desk)
    await post(desk, "close")
    assert (await post(desk, "minutes/approve")).json()["code"] == "no_minutes"
    assert (await post(desk, "minutes/draft")).json()["phase"] == "closed"
    assert (await post(desk, "minutes/approve")).json()["phase"] == "closed"


async def test_an_extraordinary_session_in_writing_is_called_and_takes_over_what_was_deferred(desk: Desk) -> None:
    """It needs the chair's leave and no quorum; silence is never consent (A23)."""
    await hold(desk)
    await post(desk, "outcomes", {"item": FLAG, "outcome": "deferred", "reason": "Chờ xác minh"})
    await note_the_rest(desk)
    await post(desk, "close")
    url = P4.rpartition("/")[0]
    opinion_poll = {"id": "van-ban-1", "name": "Lấy ý kiến bằng văn bản", "form": "written", "day": "2024-01-10"}
    opinion_poll |= {"reason": "Chủ tịch Hội đồng đồng ý tại Công văn số 9"}
    answer = await desk.http.post(url, json=opinion_poll, headers=DESK)
    assert answer.status_code == 201, answer.text
    carried = f"carried/P4/{FLAG}"
    assert answer.json()["items"][0]["id"] == carried
    taken, unknown = "session_exists", {"id": "x", "tasks": ["T99"]}
    for change, code in (opinion_poll, taken), ({"id": "P4"}, taken), (unknown, "unknown"):
        refused = await desk.http.post(url, json={**opinion_poll, **change}, headers=DESK)
        assert refused.json()["code"] == code

    async def extra(path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        answer = await desk.http.request(method, f"{url}/van-ban-1/{path}", json=body, headers=DESK)
        result: dict[str, Any] = answer.json()
        return result

    await extra("freeze")
    assert (await extra("start"))["code"] == "no_leave"
    await extra("head", {**HEAD, "leave": "Công văn số 9"}, "PUT")
    assert (await extra("start"))["phase"] == "held"
    assert (await extra("votes", hands(carried, (FIRST, 5, 0, 0), (SECOND, 0, 5, 0))))["code"] == "wrong_way"
    rows = hands(carried, (FIRST, 6, 0, 0), (SECOND, 0, 6, 0))
    assert (await extra("votes", {**rows, "way": "written", "written": 6}))["phase"] == "held"
    exceptions = [{"subject": SECOND, "outcome": "not_proposed"}]
    outcome = {"item": carried, "outcome": "proposed", "exceptions": exceptions}
    assert (await extra("outcomes", outcome))["outcomes"][0]["number"] == 1
    html = (await desk.http.get(f"{url}/van-ban-1".replace("/v1/sessions", "/phien"))).text
    assert "Đang họp, lấy ý kiến bằng văn bản, đã nhận 6/9" in html
    assert "Phiên tổng kết để lại" in html
    proposed = {"award": "C1", "subject": FIRST, "session": "van-ban-1"}
    assert (await desk.decide(proposed))[0] == 202
    assert (await desk.decide({**proposed, "session": "van-ban-2"}))[1]["code"] == "unknown_session"


async def test_a_session_that_was_held_on_paper_is_recorded_afterwards(desk: Desk) -> None:
    """Also one that was over before its plan was issued (A24). Its votes may be unknown."""
    url = f"{P4.rpartition('/')[0]}/P1"
    paper = {"day": "2023-03-15", "reason": "Biên bản số 01/BB-HĐTĐKT"}
    recorded = (await desk.http.post(f"{url}/record", json=paper, headers=DESK)).json()
    assert (recorded["phase"], recorded["numbered"], recorded["meeting"]["recorded"]) == ("held", True, paper["reason"])
    extra = {"title": "Xét Cờ thi đua của Chính phủ", "basis": "Biên bản số 01/BB-HĐTĐKT"}
    await desk.http.post(f"{url}/items", json=extra, headers=DESK)
    for number, outcome in (("task/T06", "noted"), ("added/1", "proposed")):
        answer = await desk.http.post(f"{url}/outcomes", json={"item": number, "outcome": outcome}, headers=DESK)
        assert answer.status_code == 200, answer.text
    assert (await desk.http.post(f"{url}/close", headers=DESK)).json()["status"] == "closed"

    assert (await post(desk, "record", {"day": "2023-12-18", "reason": "Biên bản số 02"})).json()["phase"] == "held"
    exception = {"subject": SECOND, "outcome": "not_proposed"}
    proposed = await post(desk, "outcomes", {"item": FLAG, "outcome": "proposed", "exceptions": [exception]})
    assert proposed.status_code == 200


async def test_a_session_is_cancelled_with_a_reason_and_nothing_follows(desk: Desk) -> None:
    cancelled = (await post(desk, "cancel", {"reason": "Hoãn sang năm sau"})).json()
    assert (cancelled["phase"], cancelled["status"]) == ("cancelled", "closed")
    await desk.apply(summary(C1=[THIRD]))
    assert (await desk.agenda())["items"] == cancelled["items"]
    assert (await post(desk, "freeze")).json()["code"] == "wrong_phase"


async def test_everything_about_a_session_is_published_with_its_agenda(
    desk: Desk,
) -> None:
    """The process may die between the write and the publishing: the document still has it to publish."""
    await hold(desk)
    await post(desk, "votes", hands(CERTIFICATE, (None, 7, 0, 0)))
    agenda = await desk.agenda()
    events = [AGENDAS.parse(message.value) for message in await desk.published() if message.topic == AGENDAS.name]
    of_session = [event.data for event in events if isinstance(event, AgendaAssembled) and event.data.session == "P4"]
    assert [data.model_dump(mode="json") for data in of_session] == [agenda]
    assert await desk.published() == []
    assert agenda["meeting"]["votes"][0]["threshold"] == {
        **{"share": "1/2", "base": "total_members", "at_least": False, "forms": []},
        **{"basis": "assumed", "cite": "A51"},
    }
