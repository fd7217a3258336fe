"""Intake under attack, on a real database: broken bodies, concurrent requests and oversized bodies."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.ids import derived
from shared.contracts.intake import ResultsReported
from shared.contracts.topics import INBOX, RESULTS
from shared.runtime.app import Service
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.outbox import Outgoing
from tests.support.intake_client import AS_JSON, OPERATOR, OPERATOR_JSON, at_rest, intake_client, key_of, submitted
from tests.support.memory_kafka import MemoryKafka
from tests.support.mutating import mutated
from tests.support.reports import reports_of_every_kind
from tests.support.waiting import until

SEED = 46
BROKEN_NOMINATIONS, AT_ONCE = 400, 30

VALID = reports_of_every_kind()
NOMINATION = {
    "movement": "trach-nhiem-ky-cuong-2023",
    "award": "B6",
    "kind": "can_bo",
    "person": {"name": "Trần Thị Minh Họa", "born": "1980-05-02", "position": "Chuyên viên"},
    "note": "Có thành tích.",
}


@pytest.fixture(scope="module")
def kafka() -> MemoryKafka:
    """A broker in memory that only this file uses."""
    return MemoryKafka()


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack, kafka: MemoryKafka) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    async with intake_client(servers, kafka=kafka, rate_per_minute=1e6, rate_burst=1_000_000) as opened:
        yield opened


def documented(service: Service, path: str) -> set[int]:
    """The statuses that the OpenAPI document lists for a POST, except 503."""
    return {int(status) for status in service.api.openapi()["paths"][path]["post"]["responses"]} - {503}


def results_of(kafka: MemoryKafka, prefix: str) -> Counter[str]:
    """The number of distinct results events on the topic, by report id with this prefix."""
    results: set[tuple[str, str]] = set()
    for record in kafka.records(RESULTS.name):
        event = RESULTS.by_contract(record.value or b"")
        assert isinstance(event, ResultsReported)
        if event.data.report.startswith(prefix):
            results.add((event.data.report, event.id))
    return Counter(report for report, _ in results)


@pytest.mark.parametrize(("agency", "valid"), VALID, ids=lambda item: item["kind"] if isinstance(item, dict) else "")
async def test_the_bodies_that_the_fuzzer_breaks_are_valid(
    opened: tuple[Service, httpx.AsyncClient], agency: str, valid: dict[str, Any]
) -> None:
    """A refusal is therefore caused by the mutation."""
    headers = {**await key_of(opened[1], agency), "Idempotency-Key": f"valid-{uuid4().hex}"}
    answer = await opened[1].post("/v1/reports", headers=headers, json=valid)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("reports", [600, pytest.param(2_100, marks=pytest.mark.apart)])
async def test_a_broken_report_is_refused_as_documented_and_leaves_no_results(
    kafka: MemoryKafka, opened: tuple[Service, httpx.AsyncClient], reports: int
) -> None:
    """Every kind of report is broken in hundreds of ways. A mutation accepted by chance is accepted whole."""
    service, http = opened
    random, run, allowed = Random(SEED), uuid4().hex, documented(service, "/v1/reports")
    keys = {agency: await key_of(http, agency) for agency, _ in VALID}
    before = (await http.get("/v1/counts", headers=OPERATOR)).json()
    answers: Counter[int] = Counter()
    taken: set[str] = set()

    async def send(number: int, agency: str, raw: bytes) -> None:
        headers = {**keys[agency], "Idempotency-Key": f"{run}-{number}"}
        answer = await http.post("/v1/reports", headers=headers | AS_JSON, content=raw)
        assert answer.status_code in allowed, (answer.status_code, raw[:500])
        answers[answer.status_code] += 1
        if answer.status_code == 202:
            taken.add(f"{run}-{number}")
            return
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["code"]
        assert problem["detail"], raw[:500]
        assert all(entry["pointer"].startswith("/") for entry in problem.get("receipt", {}).get("problems", []))

    sent = [(number, *VALID[number % len(VALID)]) for number in range(reports)]
    broken = [(number, agency, mutated(valid, random)) for number, agency, valid in sent]
    for first in range(0, reports, AT_ONCE):
        await asyncio.gather(*(send(*report) for report in broken[first : first + AT_ONCE]))
    assert answers.total() == reports
    assert {400, 403, 413, 422} <= answers.keys()
    assert answers[202] < reports / 5
    after = (await http.get("/v1/counts", headers=OPERATOR)).json()
    assert after["accepted"] - before["accepted"] == len(taken) == answers[202]
    assert after["duplicate"] == before["duplicate"]
    await at_rest(service)
    assert set(results_of(kafka, run)) <= taken
    assert await service.dead_letters.documents.count() == 0


async def test_a_broken_nomination_is_refused_as_documented(opened: tuple[Service, httpx.AsyncClient]) -> None:
    """Every accepted nomination is listed."""
    service, http = opened
    random, run, allowed = Random(SEED), uuid4().hex, documented(service, "/v1/nominations")
    issued = await key_of(http, "so-noi-vu")
    answers: Counter[int] = Counter()
    for number in range(BROKEN_NOMINATIONS):
        raw = mutated(NOMINATION, random)
        headers = {**issued, "Idempotency-Key": f"{run}-{number}"}
        answer = await http.post("/v1/nominations", headers=headers | AS_JSON, content=raw)
        assert answer.status_code in allowed, (answer.status_code, raw[:500])
        answers[answer.status_code] += 1
    stored = (await http.get("/v1/nominations", headers=issued)).json()
    assert sum(nomination["status"] == "accepted" for nomination in stored) == answers[201]
    assert {400, 422} <= answers.keys()


async def test_one_report_sent_many_times_at_once_over_http_and_kafka_is_one_report(
    kafka: MemoryKafka, opened: tuple[Service, httpx.AsyncClient]
) -> None:
    """Sent five times over HTTP and five over the inbox, it has one receipt and one set of results.

    Another body under the same id is a conflict.
    """
    service, http = opened
    report, (agency, valid) = f"46/BC-{uuid4().hex}", VALID[0]
    headers = {**await key_of(http, agency), "Idempotency-Key": report}
    record = Outgoing(INBOX.of(agency), report.encode(), submitted(report, json.dumps(valid)))
    before = (await http.get("/v1/counts", headers=OPERATOR)).json()
    kafka.publish([record] * 5)
    answers = await asyncio.gather(*(http.post("/v1/reports", headers=headers, json=valid) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    (receipt,) = {answer.json()["id"] for answer in answers}
    assert receipt == derived("receipt", agency, report, "")

    async def repeated() -> bool:
        counts = (await http.get("/v1/counts", headers=OPERATOR)).json()
        return bool(
            counts["duplicate"] - before["duplicate"] == 5
        )  # five records each count; the HTTP requests count as one delivery

    await until(repeated)
    await at_rest(service)
    counts = (await http.get("/v1/counts", headers=OPERATOR)).json()
    grown = {name: counts[name] - before[name] for name in ("accepted", "returned", "duplicate")}
    assert grown == {"accepted": 1, "returned": 0, "duplicate": 5}
    assert results_of(kafka, report)[report] == 1
    other = await http.post("/v1/reports", headers=headers, json={**valid, "note": "khác"})
    assert (other.status_code, other.json()["code"]) == (409, "report_id_reused")


async def test_the_inbox_returns_bodies_that_http_would_reject_as_unreadable(
    kafka: MemoryKafka, opened: tuple[Service, httpx.AsyncClient]
) -> None:
    """A duplicate name or a non-finite number is returned with that problem; no value is guessed."""
    _, http = opened
    agency, valid = VALID[0]
    run = uuid4().hex
    text = json.dumps(valid)
    damaged = {"name_twice": text[:-1] + ', "period": "2023"}', "number_not_finite": text.replace('"87.5"', "NaN")}
    records = [Outgoing(INBOX.of(agency), None, submitted(f"{run}-{code}", data)) for code, data in damaged.items()]
    kafka.publish(records)
    issued = await key_of(http, agency)

    async def problem_codes() -> dict[str, str]:
        receipts = (await http.get("/v1/receipts", headers=issued, params={"limit": 200})).json()["receipts"]
        codes = {
            receipt["report"]: receipt["problems"][0]["code"]
            for receipt in receipts
            if receipt["report"].startswith(run)
        }
        return codes if len(codes) == len(damaged) else {}

    assert await until(problem_codes) == {f"{run}-{code}": code for code in damaged}


@pytest.mark.parametrize("path", ["/v1/plans", "/v1/units"])
async def test_a_body_beyond_every_limit_is_refused_before_it_is_read(
    opened: tuple[Service, httpx.AsyncClient], path: str
) -> None:
    """This also holds without a key and without a Content-Length header."""
    sent_bytes = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent_bytes
        while sent_bytes < 100 * MAX_BODY_BYTES:
            sent_bytes += 65_536
            yield b"[" * 65_536

    for content in (b"[" * (MAX_BODY_BYTES + 1), endless()):
        answer = await opened[1].put(path, headers=OPERATOR_JSON, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.headers["content-type"] == "application/problem+json"
    assert sent_bytes <= MAX_BODY_BYTES + 65_536


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"\\ud800": 1}', b'{"province": "\\ud800"}', b"\xff", b'{"version": 1e999}', b"{" * 9]
)
async def test_a_body_that_is_neither_a_plan_nor_a_register_is_refused(
    opened: tuple[Service, httpx.AsyncClient], content: bytes
) -> None:
    """Plans and registers are read as strictly as reports."""
    for path in ("/v1/plans", "/v1/units"):
        answer = await opened[1].put(path, headers=OPERATOR_JSON, content=content)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]
