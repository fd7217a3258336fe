"""Awards, joint judgements and other agencies' opinions over HTTP, on a real database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.model import VIETNAM, Verdict
from shared.contracts.opinions import OpinionRecorded
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS, Topic
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import full_name
from tests.support.council_desk import (
    DESK,
    FIRST,
    KEY,
    MOVEMENT,
    NO_KEY,
    P4,
    PAGE,
    SECOND,
    START,
    THIRD,
    Desk,
    findings_page,
    open_desk,
    summary,
)
from tests.support.movement import register, s0

AWARDS, REVOCATIONS = f"/v1/{KEY}/awards", f"/v1/{KEY}/awards/revocations"
OF_MANY, OPINIONS = f"/v1/{KEY}/judgements/batch", f"/v1/{KEY}/opinions"
CRITERION = "tham-muu-hieu-qua"


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council that has the units and the plans of the council and of one movement."""
    async with open_desk(servers) as made:
        yield made


async def post(desk: Desk, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    answer = await desk.http.post(path, headers=DESK, json=body)
    return answer.status_code, answer.json()


async def published_on(desk: Desk, topic: Topic) -> list[Any]:
    """The unsent events of a topic, as they are consumed."""
    return [topic.parse(message.value) for message in await desk.published() if message.topic == topic.name]


def paper(*subjects: str, **changes: Any) -> dict[str, Any]:
    rows = [{"award": "B1", "subject": subject} for subject in subjects]
    signer = "Chủ tịch Ủy ban nhân dân tỉnh"
    return {"number": "57/QĐ-UBND", "date": "2023-12-20", "signer": signer, "awards": rows, **changes}


async def proposed(desk: Desk, *units: str) -> None:
    await desk.apply(summary(B1=units))
    assert (await desk.decide(*({"award": "B1", "subject": unit} for unit in units)))[0] == 202


async def test_a_decision_gives_a_list_of_awards_whole_or_not_at_all(desk: Desk) -> None:
    """Only the secretariat may record it; each row that cannot be given is named."""
    await proposed(desk, FIRST, SECOND)
    assert (await desk.http.post(AWARDS, headers=NO_KEY, json=paper(FIRST))).status_code == 401
    status, problem = await post(desk, AWARDS, paper(FIRST, THIRD))
    assert (status, problem["code"]) == (422, "not_proposed")
    assert [(p["pointer"], p["code"]) for p in problem["problems"]] == [("/awards/1/subject", "not_proposed")]
    assert (await desk.http.get(AWARDS)).json() == []
    assert await post(desk, AWARDS, paper(FIRST, SECOND)) == (202, {"given": 2})
    given = (await desk.http.get(AWARDS)).json()
    assert [(row["subject"], row["decision"]["number"]) for row in given] == [
        (FIRST, "57/QĐ-UBND"),
        (SECOND, "57/QĐ-UBND"),
    ]
    assert (await desk.http.get("/v1/thai-binh/zzz/awards")).status_code == 404


async def test_an_award_and_its_revocation_are_published_beside_the_proposal(desk: Desk) -> None:
    """One key, so that whoever ranks the units consumes them in order; every version has its own id."""
    await proposed(desk, FIRST)
    await desk.published()
    events: list[Any] = []
    for path, body in (
        (AWARDS, paper(FIRST)),
        (AWARDS, paper(FIRST)),
        (REVOCATIONS, paper(FIRST, number="99/QĐ-UBND", reason="Kê khai sai.")),
    ):
        assert (await post(desk, path, body))[0] == 202
        messages = [message for message in await desk.published() if message.topic == DECISIONS.name]
        assert {message.key for message in messages} <= {KEY.encode()}
        events += [DECISIONS.parse(message.value) for message in messages]
    assert [(type(event), event.data.version) for event in events] == [
        (AwardGiven, 1),
        (DecisionMade, 2),
        (AwardRevoked, 2),
    ]
    assert events[1].data.status == "revoked"
    assert events[2].data.revocation.number == "99/QĐ-UBND"
    assert len({event.id for event in events}) == 3
    (award,) = (await desk.http.get(AWARDS)).json()
    assert award["revocation"]["reason"] == "Kê khai sai."


async def test_a_proposal_that_is_revoked_while_its_award_is_recorded_is_never_given(desk: Desk) -> None:
    """Two desks at once: one of them wins, and the other is told why it cannot."""
    for round_, unit in enumerate((FIRST, SECOND, THIRD)):
        await proposed(desk, unit)
        revoked = {"award": "B1", "subject": unit, "status": "revoked", "reason": "Chủ tịch không đồng ý."}
        (given, _), (ended, _) = await asyncio.gather(
            post(desk, AWARDS, paper(unit, number=f"{round_}/QĐ-UBND")), desk.decide(revoked)
        )
        assert sorted((given, ended)) == [202, 422]
        awards = [row for row in (await desk.http.get(AWARDS)).json() if row["subject"] == unit]
        decisions = (await desk.http.get(f"/v1/{KEY}/decisions")).json()
        (decision,) = [row for row in decisions if row["subject"] == unit]
        assert (bool(awards), decision["status"]) in {(True, "granted"), (False, "revoked")}


async def test_many_units_are_judged_on_one_criterion_for_one_reason_or_none_of_them(desk: Desk) -> None:
    """A unit that does not exist, or that has no such criterion, is named by its place in the request."""
    body = {"criterion": CRITERION, "verdict": "PASS", "reason": "Đã thẩm định."}
    assert (await desk.http.post(OF_MANY, headers=NO_KEY, json={**body, "units": [FIRST]})).status_code == 401
    status, problem = await post(desk, OF_MANY, {**body, "units": [FIRST, "khong-co", "12808"]})
    assert (status, problem["code"]) == (422, "unjudgeable")
    assert [p["pointer"] for p in problem["problems"]] == ["/units/1", "/units/2"]
    status, problem = await post(desk, OF_MANY, {**body, "units": [FIRST, SECOND, FIRST]})
    assert (problem["code"], problem["problems"][0]["pointer"]) == ("given_twice", "/units/2")
    assert await published_on(desk, JUDGEMENTS) == []
    assert await post(desk, OF_MANY, {**body, "units": [FIRST, SECOND]}) == (202, {"judged": 2})
    events = await published_on(desk, JUDGEMENTS)
    judged = {event.data.unit: event.data.reason for event in events if isinstance(event, JudgementMade)}
    assert judged == {FIRST: "Đã thẩm định.", SECOND: "Đã thẩm định."}


async def test_an_agency_is_asked_for_its_opinion_and_answers(desk: Desk) -> None:
    """One letter to several agencies; an opinion is awaited, then overdue, then answered."""
    request = {"number": "25/BTĐKT-NV", "date": "2023-12-11", "answer_by": "2023-12-20", "award": "B1"}
    question = {
        **request,
        "agencies": ["cong-an-tinh", "cuc-thue"],
        "subjects": [FIRST],
        "about": "Thuế.",
    }
    assert (await desk.http.post(OPINIONS, headers=NO_KEY, json=question)).status_code == 401
    wrong = {**question, "agencies": ["cuc-thue", "khong-co"], "date": "2023-12-21", "award": "Z"}
    status, problem = await post(desk, OPINIONS, wrong)
    assert (status, [(p["pointer"], p["code"]) for p in problem["problems"]]) == (
        422,
        [
            ("/date", "date_in_future"),
            ("/answer_by", "answer_before_letter"),
            ("/award", "unknown_award"),
            ("/agencies/1", "no_unit"),
        ],
    )
    assert (await desk.http.get(OPINIONS)).json() == []
    assert await post(desk, OPINIONS, question) == (202, {"asked": 2})
    assert await post(desk, OPINIONS, question) == (202, {"asked": 2})
    events = await published_on(desk, JUDGEMENTS)
    assert {event.data.agency for event in events if isinstance(event, OpinionRecorded)} == {"cong-an-tinh", "cuc-thue"}
    assert [row["state"] for row in (await desk.http.get(OPINIONS)).json()] == ["waiting", "waiting"]

    await desk.tick(START + timedelta(days=1))
    first, second = (row["opinion"] for row in (await desk.http.get(OPINIONS)).json())
    answer = {"number": "301/CAT", "date": "2023-12-21", "answer": "Không vi phạm."}
    path = f"{OPINIONS}/{first['id']}/answer"
    assert (await desk.http.post(path, headers=NO_KEY, json=answer)).status_code == 401
    assert (await post(desk, path, {**answer, "date": "2023-12-10"}))[1]["code"] == "answer_before_letter"
    assert (await post(desk, f"{OPINIONS}/x/answer", answer))[1]["code"] == "no_opinion"
    assert (await post(desk, path, answer))[0] == 202
    rows = (await desk.http.get(OPINIONS)).json()
    assert [row["state"] for row in rows] == ["answered", "overdue"]
    assert rows[0]["opinion"]["answer"]["answer"] == "Không vi phạm."
    assert second["answer"] is None


async def test_the_page_shows_the_state_of_each_award_and_the_opinions_of_other_agencies(desk: Desk) -> None:
    """Beside each unit: waiting for its decision, given with number and day, revoked."""
    await desk.apply(summary(B1=[FIRST, SECOND, THIRD]))
    assert "Chờ quyết định" not in (await desk.http.get(PAGE)).text
    await proposed(desk, FIRST, SECOND, THIRD)
    await post(desk, AWARDS, paper(SECOND, THIRD))
    await post(desk, REVOCATIONS, paper(THIRD, number="99/QĐ-UBND", reason="Kê khai sai."))
    request = {"number": "25/BTĐKT-NV", "date": "2023-12-11", "answer_by": "2023-12-19", "award": "B1"}
    await post(desk, OPINIONS, {**request, "agencies": ["cong-an-tinh"], "about": "Vi phạm."})
    html = (await desk.http.get(PAGE)).text
    item = html[html.index("Xét, đề nghị tặng Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh cho sở") :]
    lines = re.findall(r"<li>(.*?)</li>", item)
    states = {u: next(line for line in lines if full_name(register(), u) in line) for u in (FIRST, SECOND, THIRD)}
    assert "Chờ quyết định" in states[FIRST]
    assert "Đã có quyết định (số 57/QĐ-UBND, ngày 20/12/2023)" in states[SECOND]
    assert "Đã hủy bỏ quyết định (số 99/QĐ-UBND, ngày 20/12/2023)" in states[THIRD]
    assert "Công an tỉnh (Công văn số 25/BTĐKT-NV ngày 11/12/2023): quá thời hạn, chưa trả lời" in html


async def test_two_communes_of_one_name_on_one_agenda_have_different_names(desk: Desk) -> None:
    """Two communes are called Đông Hoàng; beside each stands its district, also in the sentence about a change."""
    one, other = "12808", "13000"
    await desk.apply(summary(C3=[one, other]))
    await desk.http.post(f"{P4}/freeze", headers=DESK)
    html = (await desk.http.get(PAGE)).text
    names = [full_name(register(), code) for code in (one, other)]
    assert len({*names}) == 2
    assert all(f"<li>{name}" in html for name in names)
    await desk.apply(summary(C3=[other]))
    item = await desk.agenda_item(f"candidates/{MOVEMENT}/C3")
    assert (item["units"], item["change"]["left"]) == ([one, other], [one])
    assert f"ra: {names[0]}." in (await desk.http.get(PAGE)).text


async def test_a_late_correction_is_one_sentence_with_its_report(desk: Desk) -> None:
    """WORDS 43: who came, who went, since when, whose ranks moved, and because of which report of whom."""
    received = datetime(2023, 12, 4, 9, tzinfo=VIETNAM)
    before = {FIRST: (Verdict.PASS, 1, "e1"), SECOND: (Verdict.PASS, 2, "e1"), THIRD: (Verdict.FAIL, None, "e1")}
    first_page = findings_page("B1", received, ("e1", "1/BC-CAT"), **before)
    flag = {THIRD: (Verdict.FAIL, None, "e1")}
    await desk.apply(first_page, findings_page("C1", received, **flag), summary(B1=[FIRST, SECOND]))
    frozen = (await desk.http.post(f"{P4}/freeze", headers=DESK)).json()
    assert not any("change" in item for item in frozen["items"])
    assert "Số liệu đã thay đổi" not in (await desk.http.get(PAGE)).text

    late = START + timedelta(days=2)
    await desk.tick(late + timedelta(hours=1))
    after = {FIRST: (Verdict.FAIL, None, "e2"), SECOND: (Verdict.PASS, 1, "e1"), THIRD: (Verdict.PASS, 2, "e1")}
    reports = (("e1", "1/BC-CAT"), ("e2", "1/BC-CAT"))
    flag_page = findings_page("C1", late, *reports, **{THIRD: (Verdict.PASS, 1, "e2")})
    await desk.apply(findings_page("B1", late, *reports, **after), flag_page, summary(B1=[SECOND, THIRD], C1=[THIRD]))
    change = (await desk.agenda_item(f"candidates/{MOVEMENT}/B1"))["change"]
    assert (change["entered"], change["left"]) == ([THIRD], [FIRST])
    first, second, third = (full_name(register(), unit) for unit in (FIRST, SECOND, THIRD))
    sentence = (
        f"Số liệu đã thay đổi từ ngày 22/12/2023: vào: {third}; ra: {first}; "
        f"thứ hạng: {second} từ 2 thành 1 ({criterion_name(s0(), 'de-an-06')}); "
        "vì báo cáo số 1/BC-CAT (lần 2) của Công an tỉnh, tiếp nhận lúc 09:00 ngày 22/12/2023."
    )
    assert sentence in (await desk.http.get(PAGE)).text
    agendas = [message for message in await desk.published() if message.topic == AGENDAS.name]
    assert b'"report":"1/BC-CAT"' in (agendas[-1].value or b"")

    added = await desk.agenda_item(f"candidates/{MOVEMENT}/C1")
    assert (added["supplement"], added["changed"], added["change"]["entered"]) == (True, False, [THIRD])
    assert [cause["report"] for cause in added["change"]["because"]] == ["1/BC-CAT"]

    await desk.apply(findings_page("B1", received, ("e1", "1/BC-CAT"), **before), summary(B1=[FIRST, SECOND]))
    assert "change" not in await desk.agenda_item(f"candidates/{MOVEMENT}/B1")


@pytest.mark.parametrize("path", [AWARDS, REVOCATIONS, OF_MANY, OPINIONS, f"{OPINIONS}/x/answer"])
async def test_nothing_is_read_before_the_secretary_is_known(desk: Desk, path: str) -> None:
    """As with judgements and decisions."""
    for key in (NO_KEY, {"Authorization": "Bearer nobody"}):
        headers = {**key, "Content-Type": "application/json"}
        answer = await desk.http.post(path, headers=headers, content=b"[" * 4_000_000)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_the_desk")
