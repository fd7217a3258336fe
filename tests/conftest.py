"""What several rooms share: one broker and one database without services."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import settings

from deploy.local import Stack

settings.register_profile("whatever the machine", deadline=None)
settings.load_profile("whatever the machine")


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The embedded broker and database alone, as real processes."""
    stack = Stack(tmp_path_factory.mktemp("servers") / "stack", agencies=["so-noi-vu"])
    try:
        await stack.start_servers()
        yield stack
    finally:
        await stack.stop()
