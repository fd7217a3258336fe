"""Fixtures: intake on the morning of 01/12/2023, with a broker in memory. Each file gets its own of each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from services.intake.access.key_store import digest
from tests.support.intake_client import Intake, intake_client
from tests.support.memory_kafka import MemoryKafka
from tests.support.report_history import NOW


@pytest.fixture(scope="module")
def kafka() -> MemoryKafka:
    """A broker in memory that only this file uses."""
    return MemoryKafka()


@pytest_asyncio.fixture(scope="module")
async def opened(servers: Stack, kafka: MemoryKafka) -> AsyncIterator[Intake]:
    """The service and an HTTP client of it."""
    async with intake_client(
        servers, kafka=kafka, clock="driven", clock_start=NOW, desk_key_sha256=digest("desk")
    ) as opened:
        yield opened


@pytest.fixture
def intake(opened: Intake) -> httpx.AsyncClient:
    """The HTTP client alone."""
    return opened[1]
