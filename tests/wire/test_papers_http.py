"""The papers of a session over HTTP: every kind as PDF and Word, the bundle, exports, and who may read what."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable

import docx
import pytest
import pytest_asyncio
from pypdf import PdfReader

from deploy.stack.embedded import Stack
from services.council import paper_handlers
from services.council.documents.kinds import KINDS
from services.council.documents.making import made
from services.council.paper_handlers import SessionPapers
from services.intake.access.key_store import digest
from tests.support.council_desk import DESK, FIRST, NO_KEY, P4, SECOND, THIRD, Desk, nomination, open_desk, summary
from tests.support.sittings import FLAG, KEYS, hold, note_the_rest, post
from tests.support.waiting import until

MEMBER = {"Authorization": "Bearer member"}


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council whose session was fixed and held; one vote by ballots."""
    keys = [*KEYS, {"name": "Ủy viên", "role": "member", "sha256": digest("member")}]
    async with open_desk(servers, desk_keys=keys) as opened:
        await opened.apply(summary(C1=[FIRST], B1=[SECOND, THIRD]), nomination("Phòng Một", 1))
        await hold(opened)
        vote = {
            "item": FLAG,
            "way": "ballots",
            "rows": [{"subject": FIRST, "agree": 7, "disagree": 0, "no_opinion": 0}],
            "ballots": {"handed_out": 7, "returned": 7, "valid": 7, "invalid": 0},
            "counters": ["Giám đốc Sở Nội vụ"],
        }
        assert (await post(opened, "votes", vote)).status_code == 200
        assert (await post(opened, "outcomes", {"item": FLAG, "outcome": "proposed"})).status_code == 200
        yield opened


async def test_every_paper_in_the_list_can_be_taken_as_pdf_and_word(desk: Desk) -> None:
    kinds = (await desk.http.get(f"{P4}/papers", headers=DESK)).json()
    assert {kind["file"] for kind in kinds} >= set(KINDS) - {"urging", "explanation"}
    for kind in kinds:
        pdf = await desk.http.get(f"{P4}/papers/{kind['file']}.pdf", headers=DESK)
        assert pdf.headers["content-type"] == "application/pdf"
        assert len(PdfReader(io.BytesIO(pdf.content)).pages) >= len(kind["papers"])
        word = await desk.http.get(f"{P4}/papers/{kind['papers'][0]['file']}.docx", headers=DESK)
        assert docx.Document(io.BytesIO(word.content)).tables


async def test_the_bundle_and_the_exports_come_as_files(desk: Desk) -> None:
    bundle = await desk.http.get(f"{P4}/papers/bundle.pdf", headers=DESK)
    assert len(PdfReader(io.BytesIO(bundle.content)).outline) > 10
    assert (await desk.http.get(f"{P4}/papers/bundle.zip", headers=DESK)).content.startswith(b"PK")
    table = await desk.http.get(f"{P4}/tables/decisions.csv", headers=DESK)
    assert "thống nhất đề nghị" in table.content.decode("utf-8-sig")
    assert (await desk.http.get(f"{P4}/tables/agenda.xlsx", headers=DESK)).content.startswith(b"PK")


async def test_minutes_are_hidden_from_members_until_the_chair_has_approved_them(desk: Desk) -> None:
    hidden = await desk.http.get(f"{P4}/papers/minutes.pdf", headers=MEMBER)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "no_paper")
    assert (await desk.http.get(f"{P4}/papers/minutes.pdf", headers=NO_KEY)).status_code == 401
    assert (await desk.http.get(f"{P4}/papers/programme.pdf", headers=MEMBER)).status_code == 200
    await note_the_rest(desk)
    for step in ("minutes/draft", "minutes/approve"):
        assert (await post(desk, step)).status_code == 200
    assert (await desk.http.get(f"{P4}/papers/minutes.pdf", headers=MEMBER)).status_code == 200
    assert (await desk.http.get(f"{P4}/papers/decision.pdf", headers=MEMBER)).status_code == 404


async def test_what_cannot_be_made_is_refused_in_vietnamese(desk: Desk) -> None:
    several = await desk.http.get(f"{P4}/papers/ballot.docx", headers=DESK)
    assert (several.status_code, several.json()["code"]) == (409, "several_papers")
    for file, code in (("khong-co.pdf", "no_paper"), ("minutes.exe", "no_paper"), ("bundle.docx", "no_paper")):
        answer = await desk.http.get(f"{P4}/papers/{file}", headers=DESK)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert (await desk.http.get(f"{P4}/tables/khac.csv", headers=DESK)).json()["code"] == "no_table"


async def test_two_requests_for_one_paper_make_it_once_and_the_service_answers_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, times, waiting = threading.Event(), [], []
    share = SessionPapers._once

    def slowly(*args: object) -> bytes:
        times.append(threading.current_thread())
        assert go.wait(60)
        return made(*args)  # type: ignore[arg-type]

    async def counted(papers: SessionPapers, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        waiting.append(key)
        return await share(papers, key, make)

    monkeypatch.setattr(paper_handlers, "made", slowly)
    monkeypatch.setattr(SessionPapers, "_once", counted)
    requests = [asyncio.create_task(desk.http.get(f"{P4}/papers/minutes.pdf", headers=DESK)) for _ in range(2)]
    await until(lambda: len(waiting) == 2 and bool(times))
    assert (await desk.http.get(f"{P4}/agenda", headers=DESK)).status_code == 200
    go.set()
    first, second = await asyncio.gather(*requests)
    assert first.content == second.content
    assert len(times) == 1
    assert times[0] is not threading.main_thread()
