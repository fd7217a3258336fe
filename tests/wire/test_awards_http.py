"""Awards, joint judgements and other agencies' opinions over HTTP, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.opinions import OpinionRecorded
from shared.contracts.topics import DECISIONS, JUDGEMENTS, Topic
from tests.support.council_desk import DESK, FIRST, KEY, SECOND, START, THIRD, Desk, open_desk, summary

AWARDS, REVOCATIONS = f"/v1/{KEY}/awards", f"/v1/{KEY}/awards/revocations"
TOGETHER, OPINIONS = f"/v1/{KEY}/judgements/together", f"/v1/{KEY}/opinions"
CRITERION = "hoan-thanh-xuat-sac"


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
    return {"number": "57/QĐ-UBND", "date": "2023-12-20", "signer": signer, "by": "Thư ký", "awards": rows, **changes}


async def proposed(desk: Desk, *units: str) -> None:
    await desk.apply(summary(B1=units))
    assert (await desk.decide(*({"award": "B1", "subject": unit} for unit in units)))[0] == 202


async def test_a_decision_gives_a_list_of_awards_whole_or_not_at_all(desk: Desk) -> None:
    """Only the secretariat may record it; each row that cannot be given is named."""
    await proposed(desk, FIRST, SECOND)
    assert (await desk.http.post(AWARDS, json=paper(FIRST))).status_code == 401
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
    body = {"criterion": CRITERION, "verdict": "PASS", "reason": "Đã thẩm định.", "by": "Ban TĐKT"}
    assert (await desk.http.post(TOGETHER, json={**body, "units": [FIRST]})).status_code == 401
    status, problem = await post(desk, TOGETHER, {**body, "units": [FIRST, "khong-co", "12808"]})
    assert (status, problem["code"]) == (422, "unjudgeable")
    assert [p["pointer"] for p in problem["problems"]] == ["/units/1", "/units/2"]
    status, problem = await post(desk, TOGETHER, {**body, "units": [FIRST, SECOND, FIRST]})
    assert (problem["code"], problem["problems"][0]["pointer"]) == ("given_twice", "/units/2")
    assert await published_on(desk, JUDGEMENTS) == []
    assert await post(desk, TOGETHER, {**body, "units": [FIRST, SECOND]}) == (202, {"judged": 2})
    events = await published_on(desk, JUDGEMENTS)
    judged = {event.data.unit: event.data.reason for event in events if isinstance(event, JudgementMade)}
    assert judged == {FIRST: "Đã thẩm định.", SECOND: "Đã thẩm định."}


async def test_an_agency_is_asked_for_its_opinion_and_answers(desk: Desk) -> None:
    """One letter to several agencies; an opinion is awaited, then overdue, then answered."""
    letter = {"number": "25/BTĐKT-NV", "date": "2023-12-11", "answer_by": "2023-12-20", "award": "B1"}
    asked = {
        **letter,
        "agencies": ["cong-an-tinh", "cuc-thue"],
        "subjects": [FIRST],
        "about": "Thuế.",
        "by": "Ban TĐKT",
    }
    assert (await desk.http.post(OPINIONS, json=asked)).status_code == 401
    wrong = {**asked, "agencies": ["cuc-thue", "khong-co"], "date": "2023-12-21", "award": "Z"}
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
    assert await post(desk, OPINIONS, asked) == (202, {"asked": 2})
    assert await post(desk, OPINIONS, asked) == (202, {"asked": 2})
    events = await published_on(desk, JUDGEMENTS)
    assert [(type(event), event.data.agency) for event in events if isinstance(event, OpinionRecorded)] == [
        (OpinionRecorded, "cong-an-tinh"),
        (OpinionRecorded, "cuc-thue"),
    ]
    assert [row["state"] for row in (await desk.http.get(OPINIONS)).json()] == ["waiting", "waiting"]

    await desk.tick(START + timedelta(days=1))
    first, second = (row["opinion"] for row in (await desk.http.get(OPINIONS)).json())
    answer = {"number": "301/CAT", "date": "2023-12-21", "answer": "Không vi phạm.", "by": "Ban TĐKT"}
    path = f"{OPINIONS}/{first['id']}/answer"
    assert (await desk.http.post(path, json=answer)).status_code == 401
    assert (await post(desk, path, {**answer, "date": "2023-12-10"}))[1]["code"] == "answer_before_letter"
    assert (await post(desk, f"{OPINIONS}/x/answer", answer))[1]["code"] == "no_opinion"
    assert (await post(desk, path, answer))[0] == 202
    rows = (await desk.http.get(OPINIONS)).json()
    assert [row["state"] for row in rows] == ["answered", "overdue"]
    assert rows[0]["opinion"]["answer"]["answer"] == "Không vi phạm."
    assert second["answer"] is None


@pytest.mark.parametrize("path", [AWARDS, REVOCATIONS, TOGETHER, OPINIONS, f"{OPINIONS}/x/answer"])
async def test_nothing_is_read_before_the_secretary_is_known(desk: Desk, path: str) -> None:
    """As with judgements and decisions."""
    for key in ({}, {"Authorization": "Bearer nobody"}):
        headers = {**key, "Content-Type": "application/json"}
        answer = await desk.http.post(path, headers=headers, content=b"[" * 4_000_000)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_the_desk")
