"""Intake under overload, on a real database."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx

from deploy.stack.embedded import Stack
from shared.contracts.topics import INBOX
from shared.runtime.outbox import Outgoing
from tests.support.intake_client import OPERATOR, at_rest, intake_client, key_of, submitted
from tests.support.memory_kafka import MemoryKafka
from tests.support.reports import body, score
from tests.support.waiting import until

AGENCY = "so-noi-vu"
REPORT = body("OB06", [score("336")])


async def test_an_agency_that_sends_too_often_gets_429_with_a_retry_time(servers: Stack) -> None:
    """Only this agency gets 429 with Retry-After, and nothing that it sent meanwhile is stored."""
    async with intake_client(servers, rate_per_minute=6, rate_burst=3) as (_, http):
        hasty, calm = await key_of(http, "so-noi-vu"), await key_of(http, "so-tttt")
        agency_body = REPORT
        answers = [
            await http.post("/v1/reports", headers={**hasty, "Idempotency-Key": f"r-{n}"}, json=agency_body)
            for n in range(5)
        ]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
        assert answers[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
        assert (await http.get("/v1/counts", headers=OPERATOR)).json()["accepted"] == 3
        assert (await http.get("/v1/receipts", headers=calm)).status_code == 200


async def test_an_agency_that_has_filled_its_inbox_waits_and_no_other_agency_does(
    servers: Stack, kafka: MemoryKafka
) -> None:
    """The waiting records are read first; then the agency may send again without an operator."""
    async with intake_client(servers, kafka=kafka, most_waiting=3) as (service, http):
        await at_rest(service)
        go_on, apply = asyncio.Event(), service.consumer.handler.apply

        async def delayed_apply(records: Any) -> Any:
            await go_on.wait()
            return await apply(records)

        setattr(service.consumer.handler, "apply", delayed_apply)  # noqa: B010 - the same handler, delayed
        agency, valid = AGENCY, REPORT
        sender, other = await key_of(http, agency), await key_of(http, "cong-an-tinh")
        run = uuid4().hex
        waiting = [submitted(f"{run}-{n}", json.dumps(valid)) for n in range(4)]
        kafka.publish(Outgoing(INBOX.of(agency), None, report) for report in waiting)

        async def send(whose: dict[str, str]) -> httpx.Response:
            headers = {**whose, "Idempotency-Key": uuid4().hex}
            return await http.post("/v1/reports", headers=headers, json=valid)

        async def answered(status: int) -> httpx.Response | None:
            answer = await send(sender)
            return answer if answer.status_code == status else None

        busy = await until(lambda: answered(429))
        assert busy is not None
        assert busy.json()["code"] == "busy"
        assert (await send(other)).status_code == 403  # handled, and refused because this agency may not report it
        go_on.set()
        await until(lambda: answered(202))


async def test_no_report_is_accepted_while_too_many_events_are_unsent(servers: Stack) -> None:
    """The broker refuses everything: HTTP answers 429 at the bound and accepts again once the broker recovers."""
    async with intake_client(servers, most_unsent=3) as (service, http):
        await at_rest(service)
        relay, service.outbox._publish = service.outbox._publish, _refuses
        issued = await key_of(http, "so-noi-vu")

        async def send(number: int) -> httpx.Response:
            headers = {**issued, "Idempotency-Key": f"r-{number}"}
            return await http.post("/v1/reports", headers=headers, json=REPORT)

        answers: list[httpx.Response] = []

        async def refused() -> bool:
            answers.append(await send(len(answers)))
            return answers[-1].status_code != 202

        await until(refused)
        assert len(answers) > 3
        busy = answers[-1]
        assert (busy.status_code, busy.json()["code"]) == (429, "busy")
        assert int(busy.headers["Retry-After"]) >= 1
        assert (await http.get("/v1/counts", headers=OPERATOR)).json()["accepted"] == len(answers) - 1
        assert (await http.get("/v1/receipts", headers=issued)).status_code == 200
        service.outbox._publish = relay
        await at_rest(service)

        async def accepted() -> bool:
            return (await send(len(answers))).status_code == 202

        await until(accepted)


async def _refuses(messages: object) -> None:
    raise ConnectionError("no broker")
