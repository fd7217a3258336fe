"""Drive the clock from instant to instant and play the steps; go on only when every service is at rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.demo.year import MOVEMENT, Judge, Send, Step, Year
from deploy.local import Stack
from shared.contracts.intake import ReportSubmitted
from shared.contracts.model import Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists, Eligible
from shared.contracts.topics import INBOX, SERVICES, Service, concrete, heard_by
from shared.contracts.units import UnitRegister
from shared.runtime.broker import TRANSIENT_BROKER_ERRORS, Producer
from shared.runtime.ops import Progress
from shared.runtime.outbox import Outgoing

_PATIENCE_SECONDS = 60.0


class Driver:
    """Plays a year on a running stack as its agencies, its council and its clock."""

    def __init__(self, stack: Stack, plans: Iterable[Plan], register: UnitRegister) -> None:
        self._stack = stack
        self._plans = list(plans)
        self._register = register
        self._http = httpx.AsyncClient(timeout=30)
        self._producer = Producer(stack.kafka, idempotent=False)
        self._keys: dict[str, str] = {}
        self._reporters = sorted({o.reporter for plan in self._plans for o in plan.obligations})

    async def __aenter__(self) -> Driver:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        with suppress(*TRANSIENT_BROKER_ERRORS):
            await self._producer.stop()

    async def load(self, start: datetime) -> None:
        """Set the clock, publish units and plans, issue the agencies' keys, and wait until all have heard."""
        await self.move_to(start)
        operator = {"Authorization": f"Bearer {self._stack.operator_key}", "Content-Type": "application/json"}
        url = self._stack.urls["intake"]
        await self._insist("PUT", f"{url}/v1/units", headers=operator, content=self._register.model_dump_json())
        for plan in self._plans:
            await self._insist("PUT", f"{url}/v1/plans", headers=operator, content=plan.model_dump_json())
        for agency in self._reporters:
            issued = await self._insist("POST", f"{url}/v1/agencies/{agency}/keys", headers=operator)
            self._keys[agency] = issued.json()["key"]
        await self.assigned()
        await self.at_rest(start)
        await self.move_to(start)

    async def play(
        self,
        year: Year,
        moved: Callable[[datetime], None] = lambda _: None,
        interrupt: Callable[[Step], Awaitable[None]] | None = None,
    ) -> None:
        """Every instant in order: the clock, the timed work, the steps.

        ``interrupt`` runs right after each step, while what it set off is still on its way.
        """
        for instant in year.instants:
            await self.move_to(instant)
            for step in year.steps:
                if step.at == instant:
                    await self.do(step)
                    if interrupt is not None:
                        await interrupt(step)
                    await self.at_rest(instant)
            moved(instant)

    async def move_to(self, instant: datetime) -> None:
        """Move every service's clock, and wait until all are at rest there."""
        now = {"now": instant.astimezone(UTC).isoformat()}
        await asyncio.gather(*(self._insist("POST", f"{self._stack.urls[s]}/clock", json=now) for s in SERVICES))
        await self.at_rest(instant)

    async def do(self, step: Step) -> None:
        """Play a step."""
        match step:
            case Send(way="kafka"):
                event = ReportSubmitted.model_validate(
                    {
                        "id": step.report,
                        "source": f"demo/{step.agency}",
                        "time": step.at,
                        "subject": step.report,
                        "data": step.body,
                    }
                )
                await self.say(INBOX.of(step.agency), step.report, event.encode())
            case Send():
                answer = await self._insist(
                    "POST",
                    f"{self._stack.urls['intake']}/v1/reports",
                    headers={
                        "Authorization": f"Bearer {self._keys[step.agency]}",
                        "Idempotency-Key": step.report,
                        "Content-Type": "application/json",
                    },
                    content=json.dumps(step.body),
                    answers=(202, 422),
                )
                if answer.status_code == 422 and "receipt" not in answer.json():
                    answer.raise_for_status()
            case Judge():
                await self._judge()

    async def say(
        self, topic: str, key: str, value: bytes | None, headers: tuple[tuple[str, bytes | None], ...] = ()
    ) -> None:
        """Put a message on a topic, as an agency's own system would."""
        await self._patiently(lambda: self._producer([Outgoing(topic, key.encode(), value, headers)]), "producing")

    async def _judge(self) -> None:
        """Judge those before the council: of each award's list all but the last unit; the second of them fails."""
        given: dict[tuple[str, str], dict[str, Any]] = {}
        for award in await self.lists():
            rows = {row.unit: row for row in await self.verdicts(award.award)}
            units = award.for_judgement if len(award.for_judgement) == 1 else award.for_judgement[:-1]
            for position, unit in enumerate(units):
                for finding in rows[unit].findings:
                    if finding.verdict is Verdict.MISSING:
                        fails = position == 1 and finding.criterion == "hoan-thanh-xuat-sac"
                        verdict = Verdict.FAIL if fails else Verdict.PASS
                        given.setdefault(
                            (unit, finding.criterion),
                            {
                                "unit": unit,
                                "criterion": finding.criterion,
                                "verdict": verdict.value,
                                "reason": "Ý kiến của Hội đồng tại cuộc họp thẩm định (số liệu minh họa)",
                                "by": "Chủ tịch Hội đồng",
                            },
                        )
        await self._insist(
            "POST",
            f"{self._stack.urls['council']}/v1/{self._register.province}/{MOVEMENT}/judgements",
            headers={"Authorization": f"Bearer {self._stack.desk_key}"},
            json=list(given.values()),
        )

    async def lists(self) -> list[AwardLists]:
        """The lists of every award."""
        return [AwardLists.model_validate(row) for row in await self.get("scoring", self.scoring("summary"))]

    async def verdicts(self, award: str) -> list[Eligible]:
        """Every unit's verdict for an award."""
        return [Eligible.model_validate(row) for row in await self.get("scoring", self.scoring(f"eligibility/{award}"))]

    def scoring(self, what: str) -> str:
        """The path of something scoring knows of the movement."""
        return f"/v1/{self._register.province}/{MOVEMENT}/{what}"

    async def get(self, service: Service, path: str) -> Any:
        """What a service answers to a GET."""
        return (await self._insist("GET", f"{self._stack.urls[service]}{path}")).json()

    async def assigned(self) -> None:
        """Wait until every service reads all partitions of its topics."""
        for service in SERVICES:
            names = [topic for _, topic in concrete(self._reporters) if topic in heard_by(service)]
            expected = sum(topic.partitions for topic in names)

            async def reads_all(service: Service = service, expected: int = expected) -> bool:
                return (await self.progress(service)).partitions == expected

            await self._stack.until(reads_all, f"assigning {service}'s partitions")

    async def at_rest(self, instant: datetime) -> None:
        """Wait until every service has nothing to do at this instant, twice in a row with nothing moved in between."""
        cluster = self._stack.cluster_id
        last: list[int] = []

        async def rests() -> bool:
            nonlocal last
            seen = await asyncio.gather(*(self.progress(service) for service in SERVICES))
            quiet = all(p.at_rest and p.now == instant and p.cluster == cluster for p in seen)
            moved, before = [p.moved for p in seen] if quiet else [], last
            last = moved
            return bool(moved) and moved == before

        await self._stack.until(rests, f"coming to rest at {instant.isoformat()}", _PATIENCE_SECONDS)

    async def progress(self, service: Service) -> Progress:
        """How far a service is."""
        answer = await self._http.get(f"{self._stack.urls[service]}/progress")
        return Progress.model_validate(answer.raise_for_status().json())

    async def _insist(self, method: str, url: str, *, answers: tuple[int, ...] = (), **request: Any) -> httpx.Response:
        """Ask until the service answers; it may be starting again. Raises ``httpx.HTTPStatusError`` on a refusal."""

        async def ask() -> httpx.Response:
            response = await self._http.request(method, url, **request)
            if response.status_code in answers:
                return response
            if response.status_code == 503:
                raise httpx.TransportError(response.text)
            return response.raise_for_status()

        response: httpx.Response = await self._patiently(ask, url)
        return response

    async def _patiently(self, work: Callable[[], Awaitable[Any]], what: str) -> Any:
        done: list[Any] = []

        async def works() -> bool:
            with suppress(httpx.TransportError, *TRANSIENT_BROKER_ERRORS):
                done.append(await work())
            return bool(done)

        await self._stack.until(works, what, _PATIENCE_SECONDS)
        return done[0]
