"""Reports and nominations as the papers of an agency, sent through each entrance of intake."""

from __future__ import annotations

import json
from typing import Any

import httpx

from services.intake.extensions.store import Extensions
from services.intake.reports.handlers import ReportIntake
from services.intake.reports.store import ReportStore
from shared.contracts.topics import INBOX, OUTBOX
from shared.runtime.handover import Handover
from shared.runtime.metrics import Metrics
from shared.runtime.outbox import Outgoing
from shared.runtime.references import References
from shared.tables.workbooks.media_types import XLSX
from tests.support.intake_client import Intake, key_of, submitted
from tests.support.memory_kafka import MemoryKafka
from tests.support.reports import body
from tests.support.waiting import until

AGENCY = "so-noi-vu"
FIGURES: dict[str, dict[str, Any]] = {"OB05": {"violations": 0}, "OB06": {"score": "87.5"}}
MISTAKES: dict[str, dict[str, Any]] = {"OB05": {"violations": -1}, "OB06": {"score": "870"}}


def paper(number: str | None = None, date: str | None = None, obligation: str = "OB06", **more: Any) -> dict[str, Any]:
    """A report of Sở Nội vụ about one unit; without a number and a date that are None."""
    named: dict[str, Any] = {name: value for name, value in (("number", number), ("date", date)) if value is not None}
    rows = [{"unit": "336", **FIGURES[obligation]}]
    report: dict[str, Any] = body(obligation, rows, **named, **more)
    return report


def wrong(report: dict[str, Any]) -> dict[str, Any]:
    """The same report with a figure that intake refuses."""
    return {**report, "rows": [{"unit": "336", **MISTAKES[report["obligation"]]}]}


def another(opened: Intake) -> ReportIntake:
    """The intake of another process on the same database, which has loaded no plan yet."""
    database, clock = opened[0]._database, opened[0].clock
    references, handover = References(database), Handover()
    reports, extensions = ReportStore(database, references, "thai-binh", handover), Extensions(database, "thai-binh")
    return ReportIntake(reports, extensions, references, clock, Metrics(), "thai-binh", handover)


async def over_http(
    intake: httpx.AsyncClient, report: dict[str, Any], key: bytes | str | None = None, agency: str = AGENCY
) -> httpx.Response:
    """Send a report as JSON, with the header ``Idempotency-Key`` if a key is given."""
    headers: dict[str, Any] = {**await key_of(intake, agency), "Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return await intake.post("/v1/reports", headers=headers, content=json.dumps(report))


async def by_excel(intake: httpx.AsyncClient, content: bytes, key: str | None = None) -> httpx.Response:
    """Send a filled-in form, with the header ``Idempotency-Key`` if a key is given."""
    headers = {**await key_of(intake, AGENCY), "Content-Type": XLSX, **({"Idempotency-Key": key} if key else {})}
    return await intake.post("/v1/reports/excel", headers=headers, content=content)


async def over_kafka(kafka: MemoryKafka, event: str, report: dict[str, Any], agency: str = AGENCY) -> Any:
    """Send a report through the agency's inbox; the receipt in the answer to this event."""
    topic, before = OUTBOX.of(agency), len(answers(kafka, event, agency))
    kafka.publish([Outgoing(INBOX.of(agency), b"whatever", submitted(event, json.dumps(report)))])
    await until(lambda: len(answers(kafka, event, agency)) > before, f"an answer on {topic}")
    return answers(kafka, event, agency)[-1]


def answers(kafka: MemoryKafka, event: str, agency: str = AGENCY) -> list[Any]:
    """The receipts in the answers to an inbox event."""
    records = kafka.records(OUTBOX.of(agency))
    return [json.loads(record.value)["data"] for record in records if record.value and record.key == event.encode()]
