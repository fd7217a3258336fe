"""intake alone, in the test's own process, on a real database and broker, with S0 and its units published."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

import httpx
from pydantic import ValidationError

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from services.intake.app import build
from services.intake.settings import IntakeSettings
from shared.contracts.intake import ResultsReported
from shared.runtime.app import Service
from tests.support.movement import register, s0

OPERATOR = {"Authorization": "Bearer operator"}


@asynccontextmanager
async def running_intake(servers: Stack, **settings: Any) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    """The service and a client of it; a fault of the service's is answered, not raised into the test."""
    service = build(
        IntakeSettings(
            kafka=servers.kafka,
            mongo=servers.mongo,
            database_prefix=f"test_{uuid4().hex}_",
            idempotent_producer=False,
            operator_key_sha256=digest("operator"),
            **settings,
        )
    )
    transport = httpx.ASGITransport(app=service.api, raise_app_exceptions=False)
    async with (
        service.api.router.lifespan_context(service.api),
        httpx.AsyncClient(transport=transport, base_url="http://door") as http,
    ):
        for _ in range(1500):
            if (await http.get("/readyz")).status_code == 200:
                break
            await asyncio.sleep(0.02)
        for path, what in (("units", register()), ("plans", s0())):
            headers = {**OPERATOR, "Content-Type": "application/json"}
            answer = await http.put(f"/v1/{path}", headers=headers, content=what.model_dump_json())
            assert answer.status_code == 204, answer.text
        yield service, http
        await service._database.drop()


_ISSUED: WeakKeyDictionary[httpx.AsyncClient, dict[str, str]] = WeakKeyDictionary()
"""Keys by door and agency: an agency may have two, and many tests share a door."""


async def key_of(http: httpx.AsyncClient, agency: str) -> dict[str, str]:
    """The header an agency comes in with; its key is issued at the first call."""
    issued = _ISSUED.setdefault(http, {})
    if agency not in issued:
        answer = await http.post(f"/v1/agencies/{agency}/keys", headers=OPERATOR)
        assert answer.status_code == 201, answer.text
        issued[agency] = answer.json()["key"]
    return {"Authorization": f"Bearer {issued[agency]}"}


def submitted(report: str, data: str) -> bytes:
    """The event an agency's own program writes, whatever it puts in as the report."""
    frame = {"id": report, "type": "report.submitted", "source": "x", "subject": "x", "time": "2023-12-01T00:00:00Z"}
    return (json.dumps(frame)[:-1] + f', "data": {data}}}').encode()


async def at_rest(service: Service) -> None:
    """Until everything stored is published."""
    for _ in range(1500):
        if not await service.outbox.unsent() and await service.consumer.lag() == 0:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def readable_results(values: Iterable[bytes]) -> list[ResultsReported]:
    """The results events among records; the broker is other tests' too, and some put on it what nobody can read."""
    found = []
    for value in values:
        with suppress(ValidationError):
            found.append(ResultsReported.model_validate_json(value))
    return found
