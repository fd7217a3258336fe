"""The papers of a session over HTTP: every kind as PDF and Word, the bundle, exports, and who may read what."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from pathlib import Path

import docx
import pytest
import pytest_asyncio
from docx.oxml.ns import qn
from pypdf import PdfReader

from deploy.stack.embedded import Stack
from services.council import paper_handlers
from services.council.documents import province
from services.council.documents.kinds import KINDS
from services.council.documents.making import made
from services.council.documents.province import load_papers
from services.council.paper_handlers import SessionPapers
from services.intake.access.key_store import digest
from tests.support.council_desk import (
    DESK,
    FIRST,
    NO_KEY,
    P4,
    SECOND,
    THIRD,
    Desk,
    nomination,
    open_desk,
    receipt,
    summary,
)
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


async def test_a_province_whose_data_for_papers_are_missing_gets_a_sentence_on_every_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also about a paper on record that was made before the data were lost; what was listed before is listed again."""
    assert (await desk.http.post(f"{P4}/papers/minutes/make", headers=DESK, json={})).status_code == 200
    monkeypatch.setattr(province, "PROVINCES", tmp_path)
    load_papers.cache_clear()
    await desk.apply(summary(C1=[SECOND]))
    try:
        answer = await desk.http.get(f"{P4}/papers/minutes.pdf", headers=DESK)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_papers")
        assert answer.json()["detail"].startswith("Tỉnh chưa có dữ liệu văn bản của Hội đồng (tệp papers.yaml)")
        numbered = {"number": "12", "day": "2023-12-19"}
        answers = [
            await desk.http.get("/van-ban?phien=thai-binh/38-kh-hdtdkt-2023/P4", headers=DESK),
            await desk.http.get("/van-ban/thai-binh/38-kh-hdtdkt-2023/P4/minutes", headers=DESK),
            await desk.http.get("/van-ban/thai-binh/38-kh-hdtdkt-2023/P4/tep/bundle.pdf", headers=DESK),
            await desk.http.put(f"{P4}/papers/minutes/number", headers=DESK, json=numbered),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert all("Tỉnh chưa có dữ liệu văn bản của Hội đồng" in answer.text for answer in answers)
    finally:
        load_papers.cache_clear()


async def test_a_late_report_stays_late_in_the_papers_of_a_fixed_agenda_though_it_is_withdrawn_later(
    servers: Stack,
) -> None:
    """The report was due on 04/12/2023 and came on 20/12/2023, before the freeze; it is withdrawn after it."""
    async with open_desk(servers, desk_keys=KEYS) as desk:
        await desk.apply(receipt("OB01", "van-phong-ubnd", 1, complete=True), summary(C1=[FIRST]))
        await hold(desk)
        before = await text_of(desk, "reporting")
        assert "Văn phòng Ủy ban nhân dân tỉnh" in before.partition("3. Cơ quan, đơn vị đã gửi đủ nhưng chậm")[2]
        assert "chậm 16 ngày" in before.partition("3. Cơ quan, đơn vị đã gửi đủ nhưng chậm")[2]
        await desk.apply(receipt("OB01", "van-phong-ubnd", 2, complete=False))
        assert await text_of(desk, "reporting") == before


async def text_of(desk: Desk, paper: str) -> str:
    content = (await desk.http.get(f"{P4}/papers/{paper}.docx", headers=DESK)).content
    return "\n".join("".join(p.itertext()) for p in docx.Document(io.BytesIO(content)).element.body.iter(qn("w:p")))
