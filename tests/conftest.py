"""What several rooms share: one broker and one database without services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.stack.embedded import Stack

settings.register_profile("whatever the machine", deadline=None)
settings.load_profile("whatever the machine")


_TOGETHER = {
    **dict.fromkeys(("test_audit", "test_backup", "test_rebuilding", "test_records", "test_year"), "the played year"),
    **dict.fromkeys(("test_cli", "test_agency_examples"), "the usual ports"),
}


class _Sharing(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Files run side by side, those that share something one after the other in one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return _TOGETHER.get(Path(file).stem, file) if file.startswith("tests/live/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Who runs what where tests run in several processes."""
    return _Sharing(config, log)


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The embedded broker and database alone, as real processes."""
    stack = Stack(tmp_path_factory.mktemp("servers") / "stack", agencies=["so-noi-vu"])
    try:
        await stack.start_servers()
        yield stack
    finally:
        await stack.stop()
