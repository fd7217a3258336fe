"""intake in the test's own process, with a database of its own, and an HTTP client of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

import httpx
import uvicorn

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from services.intake.app import build
from services.intake.settings import IntakeSettings
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.app import Service
from tests.support.memory_kafka import MemoryKafka
from tests.support.movement import register, s0
from tests.support.provinces import SERVED
from tests.support.waiting import until

OPERATOR = {"Authorization": "Bearer operator"}
AS_JSON = {"Content-Type": "application/json"}
OPERATOR_JSON = {**OPERATOR, **AS_JSON}

Intake = tuple[Service, httpx.AsyncClient]


@asynccontextmanager
async def intake_client(
    servers: Stack,
    *,
    kafka: MemoryKafka | str | None = None,
    documents: Sequence[UnitRegister | Plan] | None = None,
    **settings: Any,
) -> AsyncIterator[Intake]:
    """Run the service; yields it and a client. An error in the service becomes an answer; it is not raised in the test.

    ``kafka`` is a broker in memory, a new one by default, or the address of a real one. ``documents`` are
    published first; by default the units and S0.
    """
    memory = kafka or MemoryKafka()
    given = {
        "kafka": memory if isinstance(memory, str) else "in memory",
        "mongo": servers.mongo,
        "database_prefix": f"test_{uuid4().hex}_",
        "idempotent_producer": False,
        "operator_key_sha256": digest("operator"),
        **SERVED,
        **settings,
    }
    with nullcontext() if isinstance(memory, str) else memory.installed():
        service = build(IntakeSettings(**given))
    transport = httpx.ASGITransport(app=service.api, raise_app_exceptions=False)
    async with (
        service.api.router.lifespan_context(service.api),
        httpx.AsyncClient(transport=transport, base_url="http://intake") as http,
    ):

        async def ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await until(ready, "intake being ready")
        for document in (register(), s0()) if documents is None else documents:
            path = "/v1/units" if isinstance(document, UnitRegister) else "/v1/plans"
            answer = await http.put(path, headers=OPERATOR_JSON, content=document.model_dump_json())
            assert answer.status_code == 204, answer.text
        yield service, http
        await service._database.drop()


@asynccontextmanager
async def listening(service: Service) -> AsyncIterator[str]:
    """Serve a running service on a real port; yields its address."""
    # The service is running already, so the server must not start or stop it.
    server = uvicorn.Server(uvicorn.Config(service.api, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started, "the port being open")
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


_ISSUED: WeakKeyDictionary[httpx.AsyncClient, dict[str, str]] = WeakKeyDictionary()
"""Keys by client and agency: an agency may have two, and the tests of a file share one intake."""


async def key_of(http: httpx.AsyncClient, agency: str) -> dict[str, str]:
    """The authorization header of an agency; its key is issued at the first call."""
    issued = _ISSUED.setdefault(http, {})
    if agency not in issued:
        answer = await http.post(f"/v1/agencies/{agency}/keys", headers=OPERATOR)
        assert answer.status_code == 201, answer.text
        issued[agency] = answer.json()["key"]
    return {"Authorization": f"Bearer {issued[agency]}"}


def submitted(report: str, data: str) -> bytes:
    """The event that an agency's own program writes, with ``data`` as the raw JSON of the report."""
    frame = {"id": report, "type": "report.submitted", "source": "x", "subject": "x", "time": "2023-12-01T00:00:00Z"}
    return (json.dumps(frame)[:-1] + f', "data": {data}}}').encode()


async def at_rest(service: Service) -> None:
    """Wait until everything stored is published and everything on the topics is handled."""

    async def resting() -> bool:
        return not await service.outbox.unsent() and await service.consumer.lag() == 0

    await until(resting, f"{service.name} being at rest")
