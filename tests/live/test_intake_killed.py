"""intake is killed at the two worst moments; the agency only has to send its report again."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from deploy.maintenance.verify import verify
from deploy.stack.embedded import Stack
from deploy.stack.part import Part
from shared.contracts.intake import ResultsReported
from shared.contracts.topics import RESULTS
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database
from tests.live.chaos.entry import FAILPOINT
from tests.support.reports import body, score

AGENCY, UNIT = "so-noi-vu", "so-y-te"
BOARD = "/v1/thai-binh/trach-nhiem-ky-cuong-2023/standings/cai-cach-hanh-chinh/so"


@asynccontextmanager
async def failing_at(stack: Stack, failpoint: str) -> AsyncIterator[Part]:
    """Restart intake with a failpoint; afterwards restart it without one."""
    usual = stack.parts["intake"]
    await usual.stop()
    command = [sys.executable, "-m", "tests.live.chaos.entry", "intake"]
    armed = Part("intake", command, usual.log, {**usual.env, FAILPOINT: failpoint})
    stack.parts["intake"] = armed
    await armed.start()
    await stack.wait_ready("intake")
    try:
        yield armed
    finally:
        await armed.stop()
        stack.parts["intake"] = usual
        await usual.start()
        await stack.wait_ready("intake")


async def died(part: Part) -> None:
    """Wait until the process has killed itself, which the stack does not count as a failure."""
    part.wanted = False
    assert part.process is not None
    assert await asyncio.wait_for(part.process.wait(), 60) == -signal.SIGKILL


async def results_of(stack: Stack, receipt: str) -> list[ResultsReported]:
    """The results events of a report that are on the topic, once scoring's board has its figure."""
    values = [record.value async for record in read_all(stack.kafka, [RESULTS.name]) if record.value]
    events = [ResultsReported.model_validate_json(value) for value in values]
    return [event for event in events if event.data.receipt == receipt]


async def counted(stack: Stack, value: str) -> None:
    """Wait until the unit's score is on its board."""

    async def shown() -> bool:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {stack.desk_key}"}) as http:
            rows = (await http.get(f"{stack.urls['scoring']}{BOARD}")).json()
        return any(row["unit"] == UNIT and str(row["score"]) == value for row in _places(rows))

    await stack.wait_until(shown, "the score on the board")


def _places(answer: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer["places"] if isinstance(answer, dict) else answer
    return rows


async def stored(stack: Stack) -> int:
    """The number of reports in intake's database."""
    database = Database(stack.mongo, "thidua_intake")
    try:
        return await database.documents("reports").count()
    finally:
        await database.close()


async def send(stack: Stack, headers: dict[str, str], number: str, value: str) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=20) as http:
        headers = {**headers, "Idempotency-Key": number, "Content-Type": "application/json"}
        url = f"{stack.urls['intake']}/v1/reports"
        answer = await http.post(url, headers=headers, content=json.dumps(body("OB06", [score(UNIT, value)])))
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt


async def key(stack: Stack) -> dict[str, str]:
    """The agency's new key. No test withdraws the earlier one, because an agency may have two."""
    async with httpx.AsyncClient(base_url=stack.urls["intake"]) as http:
        http.headers["Authorization"] = f"Bearer {stack.operator_key}"
        issued = await http.post(f"/v1/agencies/{AGENCY}/keys")
        return {"Authorization": f"Bearer {issued.json()['key']}"}


async def test_killed_between_storing_and_answering_the_retry_gets_the_receipt_and_the_figures_come_once(
    stack: Stack,
) -> None:
    """The client sees a broken connection; the report is stored."""
    headers = await key(stack)
    before = await stored(stack)
    async with failing_at(stack, "before-answer:1:kill") as intake:
        with pytest.raises(httpx.TransportError):
            await send(stack, headers, "between-1", "61.25")
        await died(intake)
        assert await stored(stack) == before + 1
    receipt = await send(stack, headers, "between-1", "61.25")
    again = await send(stack, headers, "between-1", "61.25")
    assert (receipt, receipt["version"]) == (again, 1)
    await counted(stack, "61.25")
    assert len({event.id for event in await results_of(stack, receipt["id"])}) == 1
    assert await stored(stack) == before + 1


@pytest.mark.apart
async def test_killed_between_answering_and_publishing_the_figures_come_once_without_anybody_asking(
    stack: Stack,
) -> None:
    """The client has its receipt, and the topic has no event yet."""
    headers = await key(stack)
    async with failing_at(stack, "before-publish:1:late") as intake:
        receipt = await send(stack, headers, "between-2", "62.5")
        assert await results_of(stack, receipt["id"]) == []
        await died(intake)
        assert await results_of(stack, receipt["id"]) == []
    await counted(stack, "62.5")
    assert len({event.id for event in await results_of(stack, receipt["id"])}) == 1
    assert await send(stack, headers, "between-2", "62.5") == receipt
    records, differences = await verify(stack.kafka, stack.mongo)
    assert (differences, records > 0) == ([], True)
