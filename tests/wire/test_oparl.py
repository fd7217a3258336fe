"""The council in OParl's shapes over HTTP: every id is an address that answers with the same object."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from tests.support.council_desk import DESK, FIRST, SECOND, THIRD, Desk, nomination, open_desk, summary
from tests.support.sittings import CERTIFICATE, FLAG, HEAD, KEYS, hands, hold, note_the_rest, post

BODY = "/v1/oparl/bodies/thai-binh"
MEETING = "/v1/oparl/meetings/thai-binh/38-kh-hdtdkt-2023/P4"
VIEWER = {"Authorization": "Bearer viewer"}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council whose session was held; the flag is proposed for one of two, and the decision has been signed."""
    keys = [*KEYS, {"name": "Ủy viên", "role": "member", "sha256": digest("member")}]
    async with open_desk(servers, desk_keys=keys) as opened:
        await opened.apply(summary(C1=[FIRST, SECOND], B1=[SECOND, THIRD]), nomination("Phòng Một", 1))
        await hold(opened)
        await post(opened, "votes", hands(FLAG, (FIRST, 7, 0, 0), (SECOND, 1, 6, 0)))
        exception = {"subject": SECOND, "outcome": "not_proposed", "reason": "Chưa tiêu biểu"}
        outcome = {"item": FLAG, "outcome": "proposed", "exceptions": [exception]}
        assert (await post(opened, "outcomes", outcome)).status_code == 200
        yield opened


async def read(desk: Desk, address: str, headers: dict[str, str] = DESK) -> dict[str, Any]:
    answer = await desk.http.get(address, headers=headers)
    assert answer.status_code == 200, (address, answer.text)
    read_object: dict[str, Any] = answer.json()
    return read_object


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with an id within an answer."""
    if isinstance(value, dict):
        if "id" in value:
            yield value
        for part in value.values():
            yield from objects_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from objects_in(part)


async def test_every_object_is_found_at_its_own_address_from_the_entrance_on(desk: Desk) -> None:
    entrance = await read(desk, "/v1/oparl")
    assert entrance["type"] == "https://schema.oparl.org/1.1/System"
    (body,) = (await read(desk, entrance["body"]))["data"]
    assert body["name"] == "Ủy ban nhân dân tỉnh Thái Bình"
    kinds = set[str]()
    for of in ("organization", "person", "meeting", "agendaItem", "paper"):
        listed = await read(desk, body[of])
        assert listed["pagination"]["totalElements"] == len(listed["data"])
        for one in objects_in(listed["data"]):
            assert await read(desk, one["id"]) == one
            kinds.add(one["type"].rpartition("/")[2])
    assert kinds == {"Organization", "Person", "Membership", "Meeting", "Location", "File", "AgendaItem"}


async def test_a_meeting_has_its_hour_its_members_by_office_and_what_was_decided_about_each_case(desk: Desk) -> None:
    meeting = await read(desk, MEETING)
    assert (meeting["meetingState"], meeting["cancelled"]) == ("đang họp", False)
    assert (meeting["start"], meeting["location"]["description"]) == ("2023-12-21T08:00:00+07:00", "Phòng họp số 1")
    assert len(meeting["participant"]) == 7
    assert (await read(desk, meeting["participant"][0]))["name"] == "Chức danh số 1"
    council = await read(desk, meeting["organization"][0])
    assert council["name"] == "Hội đồng Thi đua - Khen thưởng tỉnh Thái Bình"
    assert len(council["membership"]) == len(HEAD["members"])
    flag = await read(desk, f"/v1/oparl/agenda-items/thai-binh/38-kh-hdtdkt-2023/P4/{FLAG.replace('/', '~')}")
    assert flag["result"] == "thống nhất đề nghị"
    assert [case["result"] for case in flag["thidua:subjects"]] == ["thống nhất đề nghị", "không đề nghị"]
    assert flag["thidua:subjects"][1]["reason"] == "Chưa tiêu biểu"
    open_item = await read(
        desk, f"/v1/oparl/agenda-items/thai-binh/38-kh-hdtdkt-2023/P4/{CERTIFICATE.replace('/', '~')}"
    )
    assert "result" not in open_item


async def test_a_signed_decision_is_a_paper_with_its_awards(desk: Desk) -> None:
    await note_the_rest(desk)
    for step in ("minutes/draft", "minutes/approve", "close"):
        assert (await post(desk, step)).status_code == 200
    paper = {
        "number": "2999/QĐ-UBND",
        "date": "2023-12-20",
        "signer": "Chủ tịch Ủy ban nhân dân tỉnh",
        "awards": [{"award": "C1", "subject": FIRST}],
        "recorded_afterwards": True,
    }
    await desk.decide({"award": "C1", "subject": FIRST, "session": "P4"})
    given = await desk.http.post("/v1/thai-binh/trach-nhiem-ky-cuong-2023/awards", json=paper, headers=DESK)
    assert given.status_code == 202, given.text
    (decision,) = (await read(desk, f"{BODY}/papers"))["data"]
    assert (decision["reference"], decision["date"]) == ("2999/QĐ-UBND", "2023-12-20")
    assert decision["name"].startswith("Quyết định số 2999/QĐ-UBND ngày 20/12/2023 về việc tặng ")
    assert [award["stands"] for award in decision["thidua:awards"]] == [True]
    assert await read(desk, decision["id"]) == decision


async def test_lists_can_be_asked_for_what_changed_since(desk: Desk) -> None:
    every = (await read(desk, f"{BODY}/meetings"))["data"]
    later = await desk.http.get(f"{BODY}/meetings", params={"modified_since": "2024-01-01T00:00:00Z"})
    assert (len(every) > 1, later.json()["data"]) == (True, [])


async def test_a_reader_gets_the_files_that_the_role_may_read(desk: Desk) -> None:
    as_viewer = await read(desk, MEETING, VIEWER)
    assert "invitation" not in as_viewer
    assert [file["fileName"] for file in as_viewer["auxiliaryFile"]] == ["programme.pdf"]
    as_secretary = await read(desk, MEETING)
    assert as_secretary["resultsProtocol"]["fileName"] == "minutes.pdf"
    pdf = await desk.http.get(as_secretary["invitation"]["accessUrl"], headers=DESK)
    assert pdf.headers["content-type"] == "application/pdf"


async def test_what_is_not_there_is_404_and_the_shapes_are_documented(desk: Desk) -> None:
    for address in (f"{MEETING}x", f"{BODY}x", "/v1/oparl/people/thai-binh/khac", "/v1/oparl/papers/thai-binh/1/khac"):
        assert (await desk.http.get(address)).json()["code"] == "not_found"
    document = (await desk.http.get("/openapi.json")).json()
    answer = document["paths"]["/v1/oparl/meetings/{province}/{plan}/{session}"]["get"]["responses"]["200"]
    name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert {"agendaItem", "meetingState", "thidua:day"} <= set(document["components"]["schemas"][name]["properties"])
