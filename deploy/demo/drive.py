"""Drive the clock from instant to instant and play the steps; go on only when every service is at rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx
from msgspec import convert

from deploy.demo.reach import Reach
from deploy.demo.steps import (
    Correct,
    Decide,
    Freeze,
    GrantTime,
    Judge,
    Nominate,
    Publish,
    RequestExtension,
    Send,
    Step,
    SubmitReport,
    Withdraw,
    WithdrawReport,
    Year,
)
from deploy.demo.year import MOVEMENT, SESSION
from deploy.stack.embedded import Stack
from services.scoring.explanation import Explanation
from shared.contracts.council import Decision
from shared.contracts.fast_models import Eligible
from shared.contracts.intake import ReportSubmitted
from shared.contracts.model import Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.topics import INBOX, SERVICES, Service
from shared.contracts.units import UnitRegister
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Producer
from shared.runtime.outbox import Outgoing


class Driver:
    """Plays a year on a running stack as its agencies, its council and its clock."""

    def __init__(self, stack: Stack, plans: Iterable[Plan], register: UnitRegister, reporters: Sequence[str]) -> None:
        self._stack = stack
        self._plans = list(plans)
        self._register = register
        self.reach = Reach(stack, reporters)
        self._producer = Producer(stack.kafka, idempotent=False)
        self._keys: dict[str, str] = {}
        self._nominations: dict[tuple[str, str], str] = {}
        self.nominated: list[tuple[Nominate, str]] = []

    async def __aenter__(self) -> Driver:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.reach.close()
        with suppress(*TRANSIENT_BROKER_ERRORS):
            await self._producer.stop()

    async def load(self, start: datetime) -> None:
        """Set the clock, publish the units and the plans issued by then, and wait until all have heard."""
        await self.move_to(start)
        url = self._stack.urls["intake"]
        await self.reach.insist(
            "PUT", f"{url}/v1/units", headers=self._operator, content=self._register.model_dump_json()
        )
        for plan in self._plans:
            if plan.source.issued <= start.date():
                await self._publish(plan)
        await self.reach.assigned()
        await self.reach.at_rest(start)
        await self.move_to(start)

    @property
    def _operator(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._stack.operator_key}", "Content-Type": "application/json"}

    async def _publish(self, plan: Plan) -> None:
        url = f"{self._stack.urls['intake']}/v1/plans"
        await self.reach.insist("PUT", url, headers=self._operator, content=plan.model_dump_json())

    async def _as(self, agency: str) -> dict[str, str]:
        """What an agency's requests carry; its key is issued at the first of them."""
        if agency not in self._keys:
            url = f"{self._stack.urls['intake']}/v1/agencies/{agency}/keys"
            issued = await self.reach.insist("POST", url, headers=self._operator, answers=(409,))
            if issued.status_code == 409:  # two live: whoever played before is gone, and so is the older of theirs
                oldest = issued.json()["keys"][0]["id"]
                await self.reach.insist("DELETE", f"{url}/{oldest}", headers=self._operator)
                issued = await self.reach.insist("POST", url, headers=self._operator)
            self._keys[agency] = issued.json()["key"]
        return {"Authorization": f"Bearer {self._keys[agency]}", "Content-Type": "application/json"}

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
                    await self.reach.at_rest(instant)
            moved(instant)

    async def move_to(self, instant: datetime) -> None:
        """Move every service's clock, and wait until all are at rest there."""
        now = {"now": instant.astimezone(UTC).isoformat()}
        await asyncio.gather(*(self.reach.insist("POST", f"{self._stack.urls[s]}/clock", json=now) for s in SERVICES))
        await self.reach.at_rest(instant)

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
                await self._submit_report(step)
            case SubmitReport():
                for send in step.sends:
                    await self._submit_report(send)
            case WithdrawReport():
                await self._withdraw(step)
            case RequestExtension():
                about = {"movement": MOVEMENT, "obligation": step.obligation, "period": "2023"}
                asked = {**about, "until": step.until.isoformat(), "reason": step.reason}
                await self._at_intake("extensions", await self._as(step.agency), asked)
            case GrantTime():
                await self._grant(step)
            case Publish():
                await self._publish(next(plan for plan in self._plans if plan.id == step.plan))
            case Nominate():
                await self._nominate(step)
            case Withdraw():
                nomination = self._nominations[step.agency, step.number]
                url = f"{self._stack.urls['intake']}/v1/nominations/{nomination}/withdraw"
                await self.reach.insist("POST", url, headers=await self._as(step.agency))
            case Judge():
                await self._judge()
            case Freeze():
                await self._at_desk(f"v1/sessions/{self._register.province}/{'/'.join(SESSION)}/freeze")
            case Correct():
                await self._correct(step)
            case Decide():
                await self._decide()

    async def _submit_report(self, step: Send) -> None:
        answer = await self.reach.insist(
            "POST",
            f"{self._stack.urls['intake']}/v1/reports",
            headers={**await self._as(step.agency), "Idempotency-Key": step.report},
            content=json.dumps(step.body),
            answers=(202, 403, 422),
        )
        if answer.status_code != 202 and "receipt" not in answer.json():
            answer.raise_for_status()

    async def _at_intake(self, path: str, who: dict[str, str], body: Any) -> httpx.Response:
        return await self.reach.insist("POST", f"{self._stack.urls['intake']}/v1/{path}", headers=who, json=body)

    async def _withdraw(self, step: WithdrawReport) -> None:
        """Withdraw or return the report of that number; its receipt is among the agency's own."""
        own = await self._as(step.agency)
        url = f"{self._stack.urls['intake']}/v1/receipts"
        told = (await self.reach.insist("GET", url, headers=own, params={"limit": 200})).json()["receipts"]
        (receipt,) = (each["id"] for each in told if each["report"] == step.report and not each["takes_back"])
        if step.by == "agency":
            await self._at_intake(f"receipts/{receipt}/withdraw", own, {"reason": step.reason})
        else:
            await self._at_intake(f"receipts/{receipt}/return", self._desk, {"reason": step.reason})

    async def _grant(self, step: GrantTime) -> None:
        url = f"{self._stack.urls['intake']}/v1/extensions"
        asked = (await self.reach.insist("GET", url, headers=self._desk, params={"status": "asked"})).json()
        for each in asked:
            if each["agency"] == step.agency:
                await self._at_intake(f"extensions/{each['id']}/answer", self._desk, {"granted": True})

    @property
    def _desk(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._stack.desk_key}"}

    async def _nominate(self, step: Nominate) -> None:
        answer = await self.reach.insist(
            "POST",
            f"{self._stack.urls['intake']}/v1/nominations",
            headers={**await self._as(step.agency), "Idempotency-Key": step.number},
            content=json.dumps(step.body),
            answers=(201, 403, 409, 422),
        )
        told = answer.json()
        refused = None if answer.status_code == 201 else told["code"]
        if refused != step.refused:
            raise ValueError(f"nomination {step.number} of {step.agency}: {told}")
        self.nominated.append((step, told["detail"] if refused else ""))
        if refused is None:
            self._nominations[step.agency, step.number] = told["id"]

    async def _at_desk(self, path: str, body: Any = None) -> httpx.Response:
        url = f"{self._stack.urls['council']}/{path}"
        return await self.reach.insist("POST", url, headers=self._desk, json=body)

    async def _correct(self, step: Correct) -> None:
        """The score of one that was a candidate when the agenda was frozen falls; a commune's, where there is one."""
        lists = {each.award: each.candidates for each in await self.lists()}
        candidates = [unit for award in ("B3", "B2", "B1", "C3", "C2", "C1") for unit in lists[award]]
        if candidates:
            rows = [{"unit": candidates[0], "score": "10.00"}]
            about = {"movement": MOVEMENT, "obligation": "OB08", "period": "2023", "kind": "score"}
            body = {**about, "as_of": "2023-11-30", "note": "đính chính, số liệu minh họa", "rows": rows}
            await self._submit_report(Send(step.at, step.agency, step.report, "http", body))

    async def _decide(self) -> None:
        """Grant what the rules come to; decline one candidate, with the reason."""
        given: list[dict[str, Any]] = []
        said = {"by": "Chủ tịch Ủy ban nhân dân tỉnh", "session": SESSION[1]}
        for lists in await self.lists():
            for n, unit in enumerate(lists.candidates):
                declined = lists.award == "B3" and n == 0 and len(lists.candidates) > 1
                why = {"reason": "Đơn vị xin rút để tập trung khắc phục tồn tại (số liệu minh họa)"} if declined else {}
                status = "declined" if declined else "granted"
                given.append({"award": lists.award, "subject": unit, "status": status, **why, **said})
        if given:
            await self._at_desk(f"v1/{self._register.province}/{MOVEMENT}/decisions", given)

    async def say(
        self, topic: str, key: str, value: bytes | None, headers: tuple[tuple[str, bytes | None], ...] = ()
    ) -> None:
        """Put a message on a topic, as an agency's own system would."""
        await self.reach.retry_transient(
            lambda: self._producer([Outgoing(topic, key.encode(), value, headers)]), "producing"
        )

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
        await self._at_desk(f"v1/{self._register.province}/{MOVEMENT}/judgements", list(given.values()))

    async def lists(self) -> list[AwardLists]:
        """The lists of every award."""
        return [AwardLists.model_validate(row) for row in await self.reach.get("scoring", self.scoring("summary"))]

    async def explain(self, unit: str) -> Explanation:
        """Why a unit stands where it stands."""
        return Explanation.model_validate(await self.reach.get("scoring", self.scoring(f"explain/{unit}")))

    async def decisions(self) -> list[Decision]:
        """Every decision on the movement's awards."""
        path = f"/v1/{self._register.province}/{MOVEMENT}/decisions"
        return [Decision.model_validate(row) for row in await self.reach.get("council", path)]

    async def verdicts(self, award: str) -> list[Eligible]:
        """Every unit's verdict for an award."""
        return convert(await self.reach.get("scoring", self.scoring(f"eligibility/{award}")), list[Eligible])

    def scoring(self, what: str) -> str:
        """The path of something scoring knows of the movement."""
        return f"/v1/{self._register.province}/{MOVEMENT}/{what}"

    async def get(self, service: Service, path: str) -> Any:
        """What a service answers to a GET."""
        return await self.reach.get(service, path)

    async def at_rest(self, instant: datetime) -> None:
        """Wait until every service has nothing to do at this instant."""
        await self.reach.at_rest(instant)
