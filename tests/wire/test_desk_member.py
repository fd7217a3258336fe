"""A member answers the invitation on a telephone; the secretary's attendance stays the secretary's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.sessions.attendance import proposed_attendance
from services.intake.sign_in.signing import Signer
from shared.contracts.people import Person
from shared.contracts.sessions import CouncilMeeting
from shared.contracts.topics import AGENDAS
from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import FIRST, P4, PAGE, Desk, open_desk, summary
from tests.support.signed_in import ORIGIN, SECRET, SIGN_IN, as_browser
from tests.support.sittings import HEAD, attend, put

MEMBER = f"{PAGE}/thanh-vien"


def cookie(person: str) -> str:
    """The cookie of a member of the council, whose account has the member's id."""
    return Signer(SECRET, "test").sign_in(Person(person, f"Tài khoản {person}", "member"), int(time.time())).value


COOKIES = {person: cookie(person) for person in ("tv-2", "tv-3", "uy-vien")}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A session with nine members."""
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.apply(summary(C1=[FIRST]))
        await opened.tick(opened.service.clock.now())
        assert (await put(opened, "head", HEAD)).status_code == 200
        yield opened


def browser(person: str) -> dict[str, str]:
    return as_browser(COOKIES[person], form=False) | {"Origin": ORIGIN, "Accept": "text/html"}


async def answer(desk: Desk, person: str, **typed: str) -> httpx.Response:
    form = {"csrf": form_token(COOKIES[person]), **typed}
    return await desk.http.post(MEMBER, headers=browser(person), data=form)


async def shown(desk: Desk, person: str) -> str:
    return (await desk.http.get(MEMBER, headers=browser(person))).text


async def test_a_members_answer_is_a_step_of_the_session_and_can_be_changed(desk: Desk) -> None:
    assert "Chức danh số 2: chưa trả lời dự họp." in await shown(desk, "tv-2")
    assert (await answer(desk, "tv-2", state="present")).status_code == 303
    assert "Đã trả lời: Dự họp, lúc" in await shown(desk, "tv-2")
    assert (await answer(desk, "tv-2", state="replaced", reason="Đi công tác")).status_code == 303
    meeting = (await desk.agenda())["meeting"]
    (given,) = meeting["confirmations"]
    assert (given["member"], given["by"]) == ("tv-2", "Tài khoản tv-2")
    assert given["given"] == {"state": "replaced", "substitute": "Phó 2", "reason": "Đi công tác"}
    steps = [(step["verb"], step["by"], step["role"]) for step in meeting["steps"]]
    assert steps[-2:] == [("confirm", "Tài khoản tv-2", "member")] * 2
    assert "Cử người dự thay (Phó 2: Đi công tác), lúc" in (await desk.http.get(PAGE)).text


async def test_the_answer_fills_what_the_secretary_begins_with_and_replaces_nothing(desk: Desk) -> None:
    await desk.http.post(f"{P4}/freeze")
    await answer(desk, "tv-2", state="excused", reason="Nghỉ ốm")
    meeting = CouncilMeeting.model_validate((await desk.agenda())["meeting"])
    assert proposed_attendance(meeting)["tv-2"].state == "excused"
    assert meeting.attendance == ()
    await attend(desk, 9)
    await answer(desk, "tv-3", state="excused", reason="Đi công tác")
    meeting = CouncilMeeting.model_validate((await desk.agenda())["meeting"])
    assert {entry.state for entry in meeting.attendance} == {"present"}
    assert proposed_attendance(meeting)["tv-3"].state == "present"


async def test_an_answer_does_not_stop_the_secretary_who_is_writing(desk: Desk) -> None:
    """The version that a form carries does not count the members' answers."""
    version = (await desk.http.get(f"{P4}/agenda")).headers["etag"]
    await answer(desk, "tv-2", state="present")
    freeze = await desk.http.post(f"{P4}/freeze", headers={"If-Match": version})
    assert freeze.status_code == 200, freeze.text


async def test_who_is_no_member_of_the_session_reads_whom_to_contact(desk: Desk) -> None:
    assert "Tài khoản này chưa gắn với thành viên nào" in await shown(desk, "uy-vien")
    assert (await answer(desk, "uy-vien", state="present")).status_code == 403
    assert "confirmations" not in (await desk.agenda())["meeting"]


async def test_an_answer_that_lacks_something_is_shown_again_with_what_was_typed(desk: Desk) -> None:
    refused = await answer(desk, "tv-2", state="excused", substitute="Phó Giám đốc")
    assert refused.status_code == 422
    assert "Vắng mặt phải ghi lý do." in refused.text
    assert 'value="Phó Giám đốc"' in refused.text
    assert 'value="excused" required checked' in refused.text


async def test_the_answer_is_published_with_the_agenda_and_stands_in_journal_and_audit_chain(desk: Desk) -> None:
    await answer(desk, "tv-2", state="present")
    published = await desk.published()
    (agenda,) = [out for out in published if out.topic == AGENDAS.name and (out.key or b"").endswith(b"/P4")]
    assert b'"confirmations"' in (agenda.value or b"")
    await desk.service.audit.append_events(published)
    journal = (await desk.http.get("/nhat-ky?loai=phien-hop")).text
    assert "trả lời dự họp" in journal
    assert "Tài khoản tv-2" in journal
    assert "chưa vào chuỗi" not in journal


async def test_a_program_answers_for_the_member_whose_cookie_it_has(desk: Desk) -> None:
    """It takes the same step as the form; the same answer again is no step, and nobody else answers for a member."""

    async def confirm(person: str, **given: str) -> httpx.Response:
        headers = as_browser(COOKIES[person]) | {"Origin": ORIGIN}
        return await desk.http.put(f"{P4}/confirmation", headers=headers, json=given)

    first = await confirm("tv-2", state="replaced")
    assert first.status_code == 200, first.text
    (given,) = first.json()["meeting"]["confirmations"]
    assert (given["member"], given["by"], given["given"]["substitute"]) == ("tv-2", "Tài khoản tv-2", "Phó 2")
    assert "Cử người dự thay (Phó 2), lúc" in await shown(desk, "tv-2")
    assert (await confirm("tv-2", state="replaced")).json()["meeting"]["steps"] == first.json()["meeting"]["steps"]
    refusals = [
        (await confirm("uy-vien", state="present"), 403, "not_a_member"),
        (await confirm("tv-2", state="excused"), 422, "reason_needed"),
        (await confirm("tv-2", state="late"), 422, "invalid"),
        (await put(desk, "confirmation", {"state": "present"}), 403, "not_allowed"),
    ]
    for refused, status, code in refusals:
        assert (refused.status_code, refused.json()["code"]) == (status, code)
