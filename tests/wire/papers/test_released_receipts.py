"""Receipts that release 0.2.0 stored: they are read, repeated, mended and not mistaken for other papers."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import uuid4

import httpx

from services.intake.reports.store import ReportStore
from shared.contracts.ids import derived
from shared.runtime.handover import Handover
from shared.runtime.references import References
from tests.support.intake_client import Intake, key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.papers import AGENCY, another, over_http, over_kafka, paper, wrong


async def stored_by_0_2_0(opened: Intake, number: str, report: dict[str, Any], status: str, delivery: str) -> str:
    """Store a report as release 0.2.0 did: no date, no identity, an id from agency and number; that id."""
    made = await another(opened).submit(AGENCY, uuid4().hex, report, "made", answer=False)
    assert made.status == status
    database = opened[0]._database
    documents = ReportStore(database, References(database), "thai-binh", Handover()).published.documents
    doc = await documents.get(made.id)
    assert doc is not None
    receipt_id = derived("receipt", AGENCY, number, "")
    receipt = {name: value for name, value in doc["receipt"].items() if name != "date"}
    content = json.dumps(report, sort_keys=True, ensure_ascii=False)
    old = {name: value for name, value in doc.items() if name not in ("identity", "rev", "pending", "lot")} | {
        "_id": receipt_id,
        "digest": hashlib.sha256(content.encode()).hexdigest(),
        "deliveries": [delivery],
        "unsent": [],
        "receipt": receipt | {"id": receipt_id, "report": number},
    }
    if status == "returned":
        old["slot"] = receipt_id
    await documents.remove(doc)
    await documents.insert(old)
    return receipt_id


async def test_an_accepted_report_is_read_repeated_and_in_conflict_with_other_content(
    kafka: MemoryKafka, opened: Intake, intake: httpx.AsyncClient
) -> None:
    """By its number in the header, in the body and as the id of an inbox event that is read again."""
    report = paper(note="bản của 0.2.0")
    receipt = await stored_by_0_2_0(opened, "60/BC-SNV", report, "accepted", "log/inbox/0/60")
    read = await intake.get(f"/v1/receipts/{receipt}", headers=await key_of(intake, AGENCY))
    assert (read.status_code, read.json()["report"], read.json()["date"]) == (200, "60/BC-SNV", None)
    assert (await over_http(intake, report, "60/BC-SNV")).json()["id"] == receipt
    assert (await over_http(intake, {**report, "number": "60/BC-SNV"})).json()["id"] == receipt
    assert (await over_kafka(kafka, "60/BC-SNV", report))["id"] == receipt
    again = await another(opened).submit(AGENCY, "60/BC-SNV", report, "log/inbox/0/60", answer=True)
    assert (again.id, again.status) == (receipt, "accepted")
    other = await over_http(intake, {**report, "note": "khác"}, "60/BC-SNV")
    assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")
    assert (await over_http(intake, paper(obligation="OB05"), "60/BC-SNV")).status_code == 202
    assert (await over_http(intake, {**report, "number": "60/BC-SNV", "date": "2023-12-01"})).status_code == 202


async def test_a_report_that_0_2_0_refused_uses_its_number_up_no_more(
    opened: Intake, intake: httpx.AsyncClient
) -> None:
    """The refused content still gets its old receipt."""
    report = paper(note="bản khác của 0.2.0")
    receipt = await stored_by_0_2_0(opened, "61/BC-SNV", wrong(report), "returned", "log/inbox/0/61")
    mended = await over_http(intake, report, "61/BC-SNV")
    assert (mended.status_code, mended.json()["status"]) == (202, "accepted"), mended.text
    refused = await over_http(intake, wrong(report), "61/BC-SNV")
    assert (refused.status_code, refused.json()["receipt"]["id"]) == (422, receipt)
    assert (await over_http(intake, report, "61/BC-SNV")).json() == mended.json()
