"""What several rooms share: one broker and one database without services."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import settings

from deploy.local import Stack

settings.register_profile("whatever the machine", deadline=None)
settings.load_profile("whatever the machine")

_SHARE_PORTS = dict.fromkeys(("test_cli", "test_agency_examples"), "usual ports")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares something stays in one process: a file's tests, all that look at the played year, all that want the
    usual ports.
    """
    for item in items:
        looks_at_the_year = "played" in getattr(item, "fixturenames", ())
        group = "played" if looks_at_the_year else _SHARE_PORTS.get(item.path.stem, item.path.stem)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The embedded broker and database alone, as real processes."""
    stack = Stack(tmp_path_factory.mktemp("servers") / "stack", agencies=["so-noi-vu"])
    try:
        await stack.start_servers()
        yield stack
    finally:
        await stack.stop()
