"""One paper, one identity: agency, number, date, obligation and period (A45), at every entrance and on a database."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from services.intake.reports.withdrawal import WithdrawalRequest
from shared.contracts.ids import derived
from shared.contracts.topics import OUTBOX
from shared.tables.workbooks.media_types import XLSX
from tests.support.filling import changed, put, put_beside
from tests.support.intake_client import OPERATOR_JSON, Intake, key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import s0
from tests.support.papers import AGENCY, another, answers, by_excel, over_http, over_kafka, paper, wrong

DAY, DAY_BEFORE, YEAR_BEFORE = "2023-12-01", "2023-11-30", "2022-12-01"


@pytest.mark.parametrize("day", [None, DAY], ids=["without a date", "with a date"])
async def test_a_report_refused_uses_its_number_up_neither_over_http_nor_kafka(
    kafka: MemoryKafka, intake: httpx.AsyncClient, day: str | None
) -> None:
    """422, mended, sent again with the same number: accepted. The refused content still has its own receipt."""
    report = paper(f"1/BC-{day or 'x'}", day)
    refused = await over_http(intake, wrong(report))
    assert (refused.status_code, refused.json()["code"]) == (422, "score_above_scale")
    mended = await over_http(intake, report)
    assert (mended.status_code, mended.json()["status"]) == (202, "accepted"), mended.text
    assert (await over_http(intake, wrong(report))).json() == refused.json()
    assert (await over_http(intake, report)).json() == mended.json()
    receipt = refused.json()["receipt"]["id"]
    read = await intake.get(f"/v1/receipts/{receipt}", headers=await key_of(intake, AGENCY))
    assert (read.status_code, read.json()["status"], read.json()["date"]) == (200, "returned", day)
    by_event = paper(f"2/BC-{day or 'x'}", day)
    assert (await over_kafka(kafka, f"e-1-{day}", wrong(by_event)))["status"] == "returned"
    assert (await over_kafka(kafka, f"e-2-{day}", by_event))["status"] == "accepted"


async def test_a_number_in_the_header_alone_is_not_used_up_by_a_refusal_either(intake: httpx.AsyncClient) -> None:
    """As the senders of 0.2.0 do it. The receipt of the first content has the id it had in 0.1.0."""
    refused = await over_http(intake, wrong(paper()), "3/BC-SNV")
    assert refused.json()["receipt"]["id"] == derived("receipt", AGENCY, "3/BC-SNV", "")
    mended = await over_http(intake, paper(), "3/BC-SNV")
    assert (mended.status_code, mended.json()["report"], mended.json()["date"]) == (202, "3/BC-SNV", None)


async def test_the_same_number_next_year_is_another_paper(intake: httpx.AsyncClient) -> None:
    """Numbers start again every year (L14). Without a date it is a third one."""
    sent = [await over_http(intake, paper("4/BC-SNV", day)) for day in (YEAR_BEFORE, DAY, None)]
    assert [answer.status_code for answer in sent] == [202, 202, 202]
    assert len({answer.json()["id"] for answer in sent}) == 3
    assert [answer.json()["date"] for answer in sent] == [YEAR_BEFORE, DAY, None]


@pytest.mark.parametrize("day", [None, DAY], ids=["without a date", "with a date"])
async def test_one_paper_carries_reports_of_two_obligations(intake: httpx.AsyncClient, day: str | None) -> None:
    """OB05 and OB06 are Sở Nội vụ's; each has its own receipt, and each is in conflict with other content only."""
    reports = [paper(f"5/BC-{day or 'x'}", day, obligation) for obligation in ("OB05", "OB06")]
    sent = await asyncio.gather(*(over_http(intake, report) for report in reports for _ in range(3)))
    assert {answer.status_code for answer in sent} == {202}, [answer.text for answer in sent]
    assert Counter(answer.json()["obligation"] for answer in sent) == {"OB05": 3, "OB06": 3}
    assert len({answer.json()["id"] for answer in sent}) == 2
    for report in reports:
        other = await over_http(intake, {**report, "note": "khác"})
        assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")
        assert report["number"] in other.json()["detail"]
        assert "cho cùng nội dung, kỳ báo cáo năm 2023" in other.json()["detail"]


async def test_excel_and_json_agree_on_a_paper(intake: httpx.AsyncClient) -> None:
    """The form's cells hold number and date; a file refused uses nothing up; a header next to them says nothing."""
    url = "/v1/obligations/OB06/template.xlsx?movement=trach-nhiem-ky-cuong-2023"
    form = (await intake.get(url, headers=await key_of(intake, AGENCY))).content
    named = (put_beside("Số, ký hiệu báo cáo", "6/BC-SNV"), put_beside("Ngày báo cáo", date(2023, 12, 1)))
    unit = (put(1, "Mã đơn vị", "336"), put(1, "Tên đơn vị", None))
    refused = await by_excel(intake, changed(form, *named, *unit, put(1, "Điểm", 870)))
    assert (refused.status_code, refused.json()["code"]) == (422, "score_above_scale")
    filled = changed(form, *named, *unit, put(1, "Điểm", "87,5"))
    taken = await by_excel(intake, filled)
    assert (taken.status_code, taken.json()["report"], taken.json()["date"]) == (202, "6/BC-SNV", DAY), taken.text
    assert (await by_excel(intake, filled, "anything")).json() == taken.json()
    assert (await over_http(intake, paper("6/BC-SNV", DAY))).json() == taken.json()
    other = await over_http(intake, paper("6/BC-SNV", DAY, note="khác"))
    assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")


async def test_the_form_of_a_document_takes_its_number_and_date_from_the_document(intake: httpx.AsyncClient) -> None:
    """The document is the paper; nobody types its number twice."""
    url = "/v1/obligations/OB10/template.xlsx?movement=trach-nhiem-ky-cuong-2023"
    form = (await intake.get(url, headers=await key_of(intake, "so-y-te"))).content
    cells = {"Số, ký hiệu văn bản": "46/KH-SYT", "Trích yếu nội dung": "Kế hoạch hưởng ứng"}
    filled = changed(
        form, *(put_beside(*cell) for cell in cells.items()), put_beside("Ngày ban hành văn bản", date(2023, 4, 3))
    )
    headers = {**await key_of(intake, "so-y-te"), "Content-Type": XLSX}
    taken = await intake.post("/v1/reports/excel", headers=headers, content=filled)
    assert (taken.status_code, taken.json()["report"], taken.json()["date"]) == (202, "46/KH-SYT", "2023-04-03")


async def test_the_id_and_key_of_an_inbox_event_identify_nothing_but_name_its_answer(
    kafka: MemoryKafka, intake: httpx.AsyncClient
) -> None:
    """Two events with one paper: one receipt, and an answer to each. The same event id with another paper: another."""
    first = await over_kafka(kafka, "message 1", paper("7/BC-SNV", DAY))
    assert (first["status"], first["report"]) == ("accepted", "7/BC-SNV")
    assert (await over_kafka(kafka, "message 2", paper("7/BC-SNV", DAY)))["id"] == first["id"]
    assert (await over_http(intake, paper("7/BC-SNV", DAY))).json()["id"] == first["id"]
    assert (await over_kafka(kafka, "message 1", paper("8/BC-SNV", DAY)))["report"] == "8/BC-SNV"
    subjects = [json.loads(record.value or b"")["subject"] for record in kafka.records(OUTBOX.of(AGENCY))]
    assert {"message 1", "message 2"} <= set(subjects)
    ids = [json.loads(record.value or b"")["id"] for record in kafka.records(OUTBOX.of(AGENCY))]
    assert len(ids) == len(set(ids))
    assert len(answers(kafka, "message 1")) == 2


async def test_of_two_contents_at_once_under_one_identity_one_is_accepted(opened: Intake) -> None:
    """In one process and in several, dated and undated; whoever comes second is in conflict."""
    for turn, day in enumerate((DAY, None, DAY, None)):
        report = paper(f"9-{turn}/BC-SNV", day)
        intakes = [another(opened) for _ in range(1 if turn < 2 else 4)]
        contents = [{**report, "note": f"bản {n % 4}"} for n in range(12)]
        receipts = await asyncio.gather(
            *(
                intakes[n % len(intakes)].submit(AGENCY, None, content, "http", answer=False)
                for n, content in enumerate(contents)
            )
        )
        by_content = {contents[n]["note"]: receipt.id for n, receipt in enumerate(receipts)}
        assert Counter(receipt.status for receipt in receipts) == {"accepted": 3, "returned": 9}
        assert len({receipt.id for receipt in receipts}) == len(by_content) == 4
        codes = {problem.code for receipt in receipts for problem in receipt.problems}
        assert codes == {"report_id_reused"}


async def test_a_paper_that_answers_two_movements_is_raced_for_too(opened: Intake, intake: httpx.AsyncClient) -> None:
    """The movement is no part of the identity: of two processes that write two ledgers one is in conflict."""
    plan = s0().model_dump(mode="json")
    plan |= {"id": "lan-hai", "movement": plan["movement"] | {"id": "phong-trao-lan-hai"}}
    assert (await intake.put("/v1/plans", headers=OPERATOR_JSON, json=plan)).status_code == 204
    for n in range(4):
        movements: tuple[dict[str, Any], ...] = ({}, {"movement": "phong-trao-lan-hai"})
        receipts = await asyncio.gather(
            *(
                another(opened).submit(AGENCY, None, paper(f"10-{n}/BC", DAY, **movement), "http", answer=False)
                for movement in movements
            )
        )
        assert sorted(receipt.status for receipt in receipts) == ["accepted", "returned"]
        assert [problem.code for receipt in receipts for problem in receipt.problems] == ["report_id_reused"]


async def test_a_withdrawn_paper_is_not_sent_again(opened: Intake) -> None:
    """Neither the same content nor another one; an inbox read again still finds the receipt of the first delivery."""
    inbox, report = another(opened), paper("11/BC-SNV", DAY)
    first = await inbox.submit(AGENCY, "e-11", report, "log/inbox/0/1", answer=True)
    await inbox.withdraw(first.id, WithdrawalRequest("agency", AGENCY, "nhầm"))
    assert await inbox.submit(AGENCY, "e-11", report, "log/inbox/0/1", answer=True) == first
    again = [await inbox.submit(AGENCY, "e-12", report, f"log/inbox/0/{n}", answer=True) for n in (2, 2, 3)]
    assert [problem.code for receipt in again for problem in receipt.problems] == ["taken_back"] * 3
    assert len({receipt.id for receipt in again}) == 1
    other = await inbox.submit(AGENCY, "e-13", {**report, "note": "khác"}, "log/inbox/0/4", answer=True)
    assert [problem.code for problem in other.problems] == ["report_id_reused"]
