"""One trace follows a report from the door to the agenda, through three services over Kafka and the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import uuid4

import httpx
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.app import build as build_council
from services.council.settings import CouncilSettings
from services.intake.access.key_store import digest
from services.scoring.app import build as build_scoring
from services.scoring.settings import ScoringSettings
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.topics import AGENDAS, RECEIPTS, RESULTS
from shared.runtime.app import Service
from shared.runtime.tracing import trace_of
from tests.support.intake_client import at_rest, intake_client, key_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import register, s0, s1, units
from tests.support.one_service import running
from tests.support.reports import body, score
from tests.support.traces import Spans, place
from tests.support.waiting import until

TRACE_ID = 0x0AF7651916CD43DD8448EB211C80319C
CALLER = f"00-{TRACE_ID:032x}-b7ad6b7169203331-01"
START = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
"""Before the session whose agenda is looked at."""
AGENCY = "so-noi-vu"
EVERY_UNIT = [unit for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN) for unit in units(tier)]


class Traced:
    """Three services of one stack in this process, with their spans and their broker."""

    def __init__(self, spans: Spans, kafka: MemoryKafka, http: httpx.AsyncClient, services: list[Service]) -> None:
        self.spans, self.kafka, self.http, self.services = spans, kafka, http, services

    async def send(self, number: str, *, trace: str = "", rows: int = 1) -> None:
        """Send a report; it is accepted."""
        report = body("OB06", [score(unit) for unit in EVERY_UNIT[:rows]])
        headers = {**await key_of(self.http, AGENCY), "Idempotency-Key": number}
        answer = await self.http.post(
            "/v1/reports", headers=headers | ({"traceparent": trace} if trace else {}), json=report
        )
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] == "accepted", answer.text

    async def at_rest(self) -> None:
        """Wait until every service is at rest, three times round, because each wakes the next."""
        for _ in range(3):
            for service in self.services:
                await at_rest(service)
                await until(partial(has_computed, service), "the verdicts being computed")


def has_computed(service: Service) -> bool:
    """Whether a service has no deferred work."""
    return service._deferred_worker is None or not service._deferred_worker.has_pending


@asynccontextmanager
async def three_services(servers: Stack) -> AsyncIterator[Traced]:
    """Intake, scoring and council on one broker in memory and one database, all traced."""
    spans, kafka, prefix = Spans(), MemoryKafka(), f"test_{uuid4().hex}_"
    shared = {"database_prefix": prefix, "trace_share": 0, "clock": "driven", "clock_start": START}
    given = {**shared, "kafka": "in memory", "mongo": servers.mongo}
    async with AsyncExitStack() as stack:
        with spans.installed():
            intake, http = await stack.enter_async_context(
                intake_client(servers, kafka=kafka, documents=[register(), s0(), s1()], **shared)
            )
            with kafka.installed():
                scoring = build_scoring(ScoringSettings.model_validate(given))
                council = build_council(CouncilSettings.model_validate({**given, "desk_key_sha256": digest("desk")}))
        services = [intake, scoring, council]
        for service in services[1:]:
            await stack.enter_async_context(running(service))
            stack.push_async_callback(service._database.drop)
        traced = Traced(spans, kafka, http, services)
        await traced.at_rest()
        yield traced


@pytest_asyncio.fixture(scope="module")
async def traced(servers: Stack) -> AsyncIterator[Traced]:
    """The three services, which the tests of this file share."""
    async with three_services(servers) as running_services:
        yield running_services


async def test_one_trace_leads_from_intake_to_the_agenda(traced: Traced) -> None:
    """The caller's trace is continued by every service, and each span's parent is a span of the same trace."""
    traced.spans.clear()
    await traced.send("1", trace=CALLER, rows=len(EVERY_UNIT))
    await traced.at_rest()
    spans = traced.spans.of(TRACE_ID)
    places = [place(span) for span in spans]
    assert places[0] == "intake POST /v1/reports"
    for expected in ("intake publish", "scoring consume", "scoring publish", "council consume", "council publish"):
        assert expected in places, places
    span_ids = {CALLER.split("-")[2], *(f"{span.context.span_id:016x}" for span in spans if span.context)}
    assert all(span.parent and f"{span.parent.span_id:016x}" in span_ids for span in spans)
    of_services = {span.context.span_id: place(span).split()[0] for span in spans if span.context}
    passed = {(of_services.get(span.parent.span_id, "caller"), place(span).split()[0]) for span in spans if span.parent}
    assert passed >= {("caller", "intake"), ("intake", "scoring"), ("scoring", "council")}
    agendas = [record for record in traced.kafka.records(AGENDAS.name) if trace_of(record.headers)]
    assert {trace_of(record.headers).split("-")[1] for record in agendas} == {f"{TRACE_ID:032x}"}
    assert all(b"trach-nhiem-ky-cuong-2023/OB06" not in (record.value or b"") for record in agendas)


async def test_a_span_holds_no_path_query_key_or_text_of_a_report(traced: Traced) -> None:
    """A trace leaves the services, so it may name only what a stranger may know."""
    traced.spans.clear()
    await traced.send("2", trace=CALLER)
    await traced.http.get("/v1/receipts/khong-co?secret=1", headers={"traceparent": CALLER})
    await traced.at_rest()
    written = " ".join(span.to_json() for span in traced.spans.finished)
    assert "POST /v1/reports" in written
    for private in (AGENCY, "khong-co", "secret", "Idempotency", *EVERY_UNIT[:1]):
        assert private not in written.replace("/v1/reports", "")


async def test_reports_that_are_decided_in_one_batch_keep_their_own_traces(traced: Traced) -> None:
    """Each message has the trace of its own report; a report without one has no header."""
    before = len(traced.kafka.records(RECEIPTS.name))
    ids = [f"{n:032x}" for n in range(1, 41)]
    await asyncio.gather(
        *(traced.send(f"batch-{n}", trace=f"00-{trace}-b7ad6b7169203331-01") for n, trace in enumerate(ids)),
        traced.send("batch-untraced"),
    )
    await traced.at_rest()
    received = [trace_of(record.headers) for record in traced.kafka.records(RECEIPTS.name)[before:]]
    trace_ids = sorted(trace.split("-")[1] for trace in received if trace)
    assert trace_ids == sorted(ids)
    assert received.count("") == 1


async def test_a_batch_links_to_the_traces_of_its_records_but_to_no_more_than_16(traced: Traced) -> None:
    """Forty reports wait when scoring reads: one span, which belongs to the first and links to 15 others."""
    results = [record for record in traced.kafka.records(RESULTS.name) if record.headers]
    assert len(results) > 16
    traced.spans.clear()
    tracing = traced.services[1].consumer.tracing
    with tracing.consuming(record.headers for record in results):
        pass
    (span,) = traced.spans.finished
    assert len(span.links) == 15
    named = {(link.context.trace_id, link.context.span_id) for link in span.links}
    assert len(named) == 15
    assert span.parent is not None
    assert (span.parent.trace_id, span.parent.span_id) not in named


async def test_what_is_published_again_later_does_not_continue_its_first_trace(traced: Traced) -> None:
    """After a broker was lost, everything goes out again: not as part of requests that ended long ago."""
    await traced.at_rest()
    before = {topic: len(traced.kafka.records(topic)) for topic in (RECEIPTS.name, RESULTS.name, AGENDAS.name)}
    for service in traced.services:
        await service.outbox.republish_all()
    await traced.at_rest()
    again = [record for topic, n in before.items() for record in traced.kafka.records(topic)[n:]]
    assert len(again) > 50
    assert {trace_of(record.headers) for record in again} == {""}
