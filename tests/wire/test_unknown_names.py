"""A name that nobody knows is a 404 in every service: an empty list would mean that there is nothing to see."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.runtime.kafka.records import DecodedRecord, Record
from tests.support.council_desk import DESK, KEY, event_of
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import register, s0
from tests.support.one_service import scoring


@pytest_asyncio.fixture(scope="module")
async def http(servers: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Scoring in this process, which knows one plan and its units."""
    service = scoring(servers, MemoryKafka(), desk_key_sha256=digest("desk"))
    await service._prepare()
    events = event_of(UnitsPublished, register(), "thai-binh/1"), event_of(PlanPublished, s0(), s0().key)
    records = [DecodedRecord(Record("log", "", 0, n, None, None, ()), event) for n, event in enumerate(events)]
    await service.consumer.handler.apply(records)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=service.api), base_url="http://scoring", headers=DESK
    ) as http:
        yield http
    await service._database.drop()
    await service._database.close()


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/{KEY}/eligibility/zzz",
        f"/v1/{KEY}/eligibility/%00",
        f"/v1/{KEY}/standings/cai-cach-hanh-chinh/so?scope=zzz",
        f"/v1/{KEY}/standings/cai-cach-hanh-chinh/xa?scope=so-noi-vu",
        f"/v1/{KEY}/standings/zzz/so",
        f"/v1/{KEY}/standings/cai-cach-hanh-chinh/so?period=2023-H1",
        f"/v1/{KEY}/explain/zzz",
        "/v1/nam-dinh/trach-nhiem-ky-cuong-2023/summary",
        "/v1/thai-binh/zzz/summary",
        "/v1/thai-binh/zzz/boards",
        "/v1/thai-binh/%00/summary",
    ],
)
async def test_scoring_knows_no_such_name(http: httpx.AsyncClient, path: str) -> None:
    """Another province, another movement, another award or scope."""
    answer = await http.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/{KEY}/eligibility/C1",
        f"/v1/{KEY}/eligibility/B4",
        f"/v1/{KEY}/standings/cai-cach-hanh-chinh/xa?scope=336",
        f"/v1/{KEY}/standings/cai-cach-hanh-chinh/so?scope=tinh",
        f"/v1/{KEY}/standings/cai-cach-hanh-chinh/so?period=2023",
        f"/v1/{KEY}/summary",
    ],
)
async def test_scoring_answers_about_what_the_plan_names(http: httpx.AsyncClient, path: str) -> None:
    """Though nothing has been reported yet."""
    assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("path", "code", "word"),
    [
        (f"/v1/{KEY}/boards?tpo=3", "unknown_parameter", "top"),
        (f"/v1/{KEY}/boards?top=3&top=4", "parameter_twice", "top"),
        (f"/v1/{KEY}/summary?%00%ff=1", "unknown_parameter", "không nhận tham số nào"),
        ("/readyz?verbose", "unknown_parameter", "verbose"),
    ],
)
async def test_a_parameter_that_a_route_does_not_have_is_refused(
    http: httpx.AsyncClient, path: str, code: str, word: str
) -> None:
    """It was ignored in silence: a mistyped filter looked like one that found everything."""
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert word in answer.json()["detail"]
