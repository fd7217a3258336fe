"""The stack that several live tests disturb, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from deploy.demo.run import province, reporters, served
from deploy.stack.embedded import Stack
from tests.support.movement import register, s0
from tests.support.warm_commands import forked_services


@pytest.fixture(scope="package", autouse=True)
def _forked_services() -> Iterator[None]:
    with forked_services():
        yield


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A whole stack on the real clock with S0 and the first version of its units, for tests that disturb it.

    Each of them leaves every part running as it found it.
    """
    plans, _ = province()
    folder = tmp_path_factory.mktemp("disturbed") / "stack"
    async with Stack(folder, served(plans), agencies=reporters(plans)) as stack:
        headers = {"Authorization": f"Bearer {stack.operator_key}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(base_url=stack.urls["intake"], headers=headers) as http:
            for path, what in (("units", register()), ("plans", s0())):
                answer = await http.put(f"/v1/{path}", content=what.model_dump_json())
                assert answer.status_code == 204, answer.text
        yield stack
