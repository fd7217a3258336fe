"""The server process of a service."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from shared.runtime.app import Service
from shared.runtime.serving import _Server
from tests.support.waiting import until


async def test_a_server_stops_when_its_service_has_failed() -> None:
    """Otherwise the process would stay alive without consuming, and nothing would restart it."""
    service: Any = SimpleNamespace(failed=False)
    config = uvicorn.Config(FastAPI(), host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = _Server(config, cast(Service, service))
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    assert not running.done()
    service.failed = True
    await until(running.done)
