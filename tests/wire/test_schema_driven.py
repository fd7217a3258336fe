"""intake's OpenAPI document tried out by schemathesis: whatever it allows to be sent, the answer is a documented one.

The service runs in this process; the requests are made by Hypothesis in a thread of its own, always the same ones.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from shared.runtime.app import Service
from tests.support.intake_client import OPERATOR, intake_client, key_of

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 50
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
BY_OPERATOR = ("/v1/plans", "/v1/units", "/v1/agencies/{code}/keys", "/v1/persons")
BY_OFFICE = ("/v1/receipts/{receipt_id}/return", "/v1/extensions/{extension}/answer", "/v1/agencies/{code}/extensions")
OFFICE = {"Authorization": "Bearer desk"}


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    desk = digest("desk")
    async with intake_client(servers, rate_per_minute=1e6, rate_burst=1_000_000, desk_key_sha256=desk) as opened:
        yield opened


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_: Any, value: Any) -> bytes:
    """Whatever bytes were thought of: no workbook, so the door has to say so."""
    return bytes(value) if isinstance(value, bytes) else json.dumps(str(value)).encode()


def as_sent(case: Any, headers: dict[str, str]) -> dict[str, Any]:
    """The request schemathesis thought of, as httpx takes it."""
    made = case.as_transport_kwargs(base_url="http://door", headers=headers)
    content = made.get("data")
    if "json" in made:
        content = json.dumps(made["json"]).encode()
    return {
        "method": made["method"],
        "url": made["url"],
        "headers": dict(made["headers"]),
        "params": made.get("params"),
        "content": content.encode() if isinstance(content, str) else content,
    }


@pytest.mark.parametrize("mode", list(GenerationMode))
async def test_every_operation_answers_as_its_document_says(
    opened: tuple[Service, httpx.AsyncClient], mode: GenerationMode
) -> None:
    """Requests that fit the document and requests that do not: never a 5xx, never an answer that is not in it."""
    service, http = opened
    loop = asyncio.get_running_loop()
    agency = await key_of(http, "so-noi-vu")
    schema = schemathesis.openapi.from_dict(service.api.openapi())
    answers: dict[str, Counter[int]] = {}

    def try_out(operation: Any) -> None:
        by = OFFICE if operation.path in BY_OFFICE else OPERATOR if operation.path.startswith(BY_OPERATOR) else agency
        counted = answers.setdefault(operation.label, Counter())

        @seed(46)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def answered(case: Any) -> None:
            request = http.request(**as_sent(case, by))
            answer = asyncio.run_coroutine_threadsafe(request, loop).result(30)
            counted[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        answered()

    def try_all() -> None:
        for result in schema.get_all_operations():
            operation: Any = result
            try:
                try_out(operation.ok())
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # where nothing is asked for, nothing can be wrong

    await asyncio.to_thread(try_all)
    if mode is GenerationMode.POSITIVE:
        assert all(answers.values())
        assert not any(401 in counted for counted in answers.values())
        assert not any(403 in answers[f"POST {path}"] for path in BY_OFFICE[:2])
    else:
        assert all(counted.keys() - {200} for counted in answers.values() if counted)


async def test_the_document_holds_all_it_refers_to_and_every_refusal_is_a_problem(
    opened: tuple[Service, httpx.AsyncClient],
) -> None:
    """No reference leads nowhere, so that a client can be generated from it; every 4xx and 5xx is RFC 9457."""
    document = (await opened[1].get("/openapi.json")).json()

    def inside(value: Any) -> list[str]:
        values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        own = [value["$ref"]] if isinstance(value, dict) and isinstance(value.get("$ref"), str) else []
        return own + [ref for child in values for ref in inside(child)]

    assert {ref.removeprefix("#/components/schemas/") for ref in inside(document)} <= document["components"][
        "schemas"
    ].keys()
    refusals = {
        (path, status): tuple(answer["content"])
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400" and path.startswith("/v1/")
    }
    assert set(refusals.values()) == {("application/problem+json",)}
    for path in ("/v1/reports", "/v1/nominations"):
        assert {status for at, status in refusals if at == path} >= {"400", "401", "403", "409", "413", "422", "429"}
