"""Databases for the tests of stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.runtime.mongo import Database


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def database(request: pytest.FixtureRequest, servers: Stack) -> AsyncIterator[Database]:
    """A database of its own on the embedded server, with each driver."""
    driver: Literal["motor", "pymongo"] = request.param
    made = Database(servers.mongo, f"test_{uuid4().hex}", driver)
    yield made
    await made.drop()
    await made.close()
