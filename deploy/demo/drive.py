"""Move the services' clock from instant to instant and play the steps, each once every service is at rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx
from msgspec import convert

from deploy.demo import council
from deploy.demo.client import StackClient
from deploy.demo.sittings import Sitting
from deploy.demo.steps import (
    CorrectScore,
    FreezeAgenda,
    GrantExtension,
    HoldSession,
    PublishPlan,
    RecordAwards,
    RecordDecisions,
    RecordJudgements,
    RequestExtension,
    RevokeAward,
    Step,
    SubmitDocuments,
    SubmitNomination,
    SubmitReport,
    WithdrawNomination,
    WithdrawReport,
    Year,
)
from deploy.demo.year import MOVEMENT, SESSION
from deploy.stack.embedded import Stack
from services.scoring.explanation import Explanation
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Decision
from shared.contracts.fast_models import Eligible
from shared.contracts.intake import ReportSubmitted
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.topics import INBOX, SERVICES, Service
from shared.contracts.units import UnitRegister
from shared.runtime.http.operations import Progress
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Producer
from shared.runtime.outbox import Outgoing


class Driver:
    """Plays a year on a running stack as its agencies, its council and its clock.

    ``client`` sends its requests; ``nominated`` lists the nominations made, each with the detail of its refusal (empty
    if it was accepted).
    """

    def __init__(self, stack: Stack, plans: Iterable[Plan], register: UnitRegister, reporters: Sequence[str]) -> None:
        self._stack = stack
        self._plans = list(plans)
        self._register = register
        self.client = StackClient(stack, reporters)
        self._producer = Producer(stack.kafka, idempotent=False)
        self._keys: dict[str, str] = {}
        self._nominations: dict[tuple[str, str], str] = {}
        self.nominated: list[tuple[SubmitNomination, str]] = []

    async def __aenter__(self) -> Driver:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
        with suppress(*TRANSIENT_BROKER_ERRORS):
            await self._producer.stop()

    async def load(self, start: datetime) -> None:
        """Set the clock, publish the units and the plans issued by then, and wait until every service has them."""
        await self.move_to(start)
        url = self._stack.urls["intake"]
        await self.client.request(
            "PUT", f"{url}/v1/units", headers=self._operator_headers, content=self._register.model_dump_json()
        )
        for plan in self._plans:
            if plan.source.issued <= start.date():
                await self._publish(plan)
        await self.client.wait_assigned()
        await self.client.wait_at_rest(start)
        await self.move_to(start)

    @property
    def _operator_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._stack.operator_key}", "Content-Type": "application/json"}

    @property
    def _desk_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._stack.desk_key}"}

    async def agency_headers(self, agency: str) -> dict[str, str]:
        """The headers of an agency's requests. Its key is issued at the first of them."""
        if agency not in self._keys:
            url = f"{self._stack.urls['intake']}/v1/agencies/{agency}/keys"
            issued = await self.client.request("POST", url, headers=self._operator_headers, accept=(409,))
            if issued.status_code == 409:  # two keys are valid: an earlier driver issued them, so revoke the older
                oldest = issued.json()["keys"][0]["id"]
                await self.client.request("DELETE", f"{url}/{oldest}", headers=self._operator_headers)
                issued = await self.client.request("POST", url, headers=self._operator_headers)
            self._keys[agency] = issued.json()["key"]
        return {"Authorization": f"Bearer {self._keys[agency]}", "Content-Type": "application/json"}

    async def play(
        self,
        year: Year,
        on_instant: Callable[[datetime], None] = lambda _: None,
        interrupt: Callable[[Step], Awaitable[None]] | None = None,
    ) -> None:
        """Play every instant in order: move the clock, wait for the timed work, play the steps.

        ``on_instant`` is called after each instant. ``interrupt`` runs right after each step, while its effects are
        still on their way.
        """
        for instant in year.instants:
            await self.move_to(instant)
            if await self._release_drafts():
                await self.client.wait_at_rest(instant)
            for step in year.steps:
                if step.at == instant:
                    await self.play_step(step)
                    if interrupt is not None:
                        await interrupt(step)
                    await self.client.wait_at_rest(instant)
            on_instant(instant)

    async def move_to(self, instant: datetime) -> None:
        """Move every service's clock, and wait until all are at rest there."""
        now = {"now": instant.astimezone(UTC).isoformat()}
        answers = await asyncio.gather(
            *(self.client.request("POST", f"{self._stack.urls[s]}/clock", json=now) for s in SERVICES)
        )
        seen = {s: Progress.model_validate(answer.json()) for s, answer in zip(SERVICES, answers, strict=True)}
        await self.client.wait_at_rest(instant, seen)

    async def _release_drafts(self) -> bool:
        """Release the mails that wait, as the standing office does every morning; whether there were any."""
        drafts = await self.get("notify", "/v1/drafts")
        for draft in drafts:
            url = f"{self._stack.urls['notify']}/v1/notices/{draft['notice']['id']}/release"
            await self.client.request("POST", url, headers=self._desk_headers)
        return bool(drafts)

    async def play_step(self, step: Step) -> None:
        """Play a step, without waiting for its effects."""
        match step:
            case SubmitReport(channel="kafka"):
                event = ReportSubmitted.model_validate(
                    {
                        "id": step.report,
                        "source": f"demo/{step.agency}",
                        "time": step.at,
                        "subject": step.report,
                        "data": step.body,
                    }
                )
                await self.produce(INBOX.of(step.agency), step.report, event.encode())
            case SubmitReport():
                await self._submit_report(step)
            case SubmitDocuments():
                for report in step.reports:
                    await self._submit_report(report)
            case WithdrawReport():
                await self._withdraw_report(step)
            case RequestExtension():
                header = {"movement": MOVEMENT, "obligation": step.obligation, "period": "2023"}
                request = {**header, "until": step.last_day.isoformat(), "reason": step.reason}
                await self._post_to_intake("extensions", await self.agency_headers(step.agency), request)
            case GrantExtension():
                await self._grant_extensions(step)
            case PublishPlan():
                await self._publish(next(plan for plan in self._plans if plan.id == step.plan))
            case SubmitNomination():
                await self._submit_nomination(step)
            case WithdrawNomination():
                nomination = self._nominations[step.agency, step.number]
                url = f"{self._stack.urls['intake']}/v1/nominations/{nomination}/withdraw"
                await self.client.request("POST", url, headers=await self.agency_headers(step.agency))
            case RecordJudgements():
                await self._record_judgements()
            case FreezeAgenda():
                await self._post_to_council(f"/v1/sessions/{self._register.province}/{'/'.join(SESSION)}/freeze")
            case CorrectScore():
                await self._correct_score(step)
            case RecordDecisions():
                await self._record_decisions()
            case HoldSession():
                await self._hold_session(step)
            case RecordAwards():
                paper = council.awarding_decision(await self.decisions(), step.number, step.at.date())
                await self._post_to_council(self.movement_path("awards"), paper)
            case RevokeAward():
                paper = council.revoking_decision(await self.awards(), step.number, step.at.date())
                await self._post_to_council(self.movement_path("awards/revocations"), paper)

    async def _publish(self, plan: Plan) -> None:
        url = f"{self._stack.urls['intake']}/v1/plans"
        await self.client.request("PUT", url, headers=self._operator_headers, content=plan.model_dump_json())

    async def _post_to_intake(self, path: str, headers: dict[str, str], body: Any) -> httpx.Response:
        return await self.client.request("POST", f"{self._stack.urls['intake']}/v1/{path}", headers=headers, json=body)

    async def _post_to_council(self, path: str, body: Any = None) -> httpx.Response:
        url = f"{self._stack.urls['council']}{path}"
        return await self.client.request("POST", url, headers=self._desk_headers, json=body)

    async def _submit_report(self, step: SubmitReport) -> None:
        answer = await self.client.request(
            "POST",
            f"{self._stack.urls['intake']}/v1/reports",
            headers={**await self.agency_headers(step.agency), "Idempotency-Key": step.report},
            content=json.dumps(step.body),
            accept=(202, 403, 422),
        )
        if answer.status_code != 202 and "receipt" not in answer.json():
            answer.raise_for_status()

    async def _withdraw_report(self, step: WithdrawReport) -> None:
        """Withdraw or return the report with that number, whose receipt is in the agency's list."""
        headers = await self.agency_headers(step.agency)
        url = f"{self._stack.urls['intake']}/v1/receipts"
        listed = (await self.client.request("GET", url, headers=headers, params={"limit": 200})).json()["receipts"]
        (receipt,) = (r["id"] for r in listed if r["report"] == step.report and not r["takes_back"])
        if step.by == "agency":
            await self._post_to_intake(f"receipts/{receipt}/withdraw", headers, {"reason": step.reason})
        else:
            await self._post_to_intake(f"receipts/{receipt}/return", self._desk_headers, {"reason": step.reason})

    async def _grant_extensions(self, step: GrantExtension) -> None:
        url = f"{self._stack.urls['intake']}/v1/extensions"
        answer = await self.client.request("GET", url, headers=self._desk_headers, params={"status": "asked"})
        for extension in answer.json():
            if extension["agency"] == step.agency:
                path = f"extensions/{extension['id']}/answer"
                await self._post_to_intake(path, self._desk_headers, {"granted": True})

    async def _submit_nomination(self, step: SubmitNomination) -> None:
        answer = await self.client.request(
            "POST",
            f"{self._stack.urls['intake']}/v1/nominations",
            headers={**await self.agency_headers(step.agency), "Idempotency-Key": step.number},
            content=json.dumps(step.body),
            accept=(201, 403, 409, 422),
        )
        body = answer.json()
        refused = None if answer.status_code == 201 else body["code"]
        if refused != step.refused:
            raise ValueError(f"nomination {step.number} of {step.agency}: {body}")
        self.nominated.append((step, body["detail"] if refused else ""))
        if refused is None:
            self._nominations[step.agency, step.number] = body["id"]

    async def _correct_score(self, step: CorrectScore) -> None:
        """Lower the score of a unit that was a candidate when the agenda was frozen, a commune's if there is one."""
        lists = {award.award: award.candidates for award in await self.award_lists()}
        candidates = [unit for award in ("B3", "B2", "B1", "C3", "C2", "C1") for unit in lists[award]]
        if candidates:
            await self._submit_report(step.correcting(MOVEMENT, candidates[0]))

    async def _record_judgements(self) -> None:
        lists = await self.award_lists()
        verdicts = {award.award: await self.verdicts(award.award) for award in lists}
        await self._post_to_council(self.movement_path("judgements"), council.judgements(lists, verdicts))

    async def _record_decisions(self) -> None:
        if decided := council.decisions(await self.award_lists(), SESSION[1]):
            await self._post_to_council(self.movement_path("decisions"), decided)

    async def _hold_session(self, step: HoldSession) -> None:
        path = f"/v1/sessions/{self._register.province}/{SESSION[0]}/{step.session}"
        sitting = Sitting(self.client, self._stack.urls["council"], path, self._desk_headers)
        second = step.session == "P2"
        await sitting.prepare(step.at, self._register, second=second)
        await sitting.run(await self.decisions(), second=second)

    async def produce(
        self, topic: str, key: str, value: bytes | None, headers: tuple[tuple[str, bytes | None], ...] = ()
    ) -> None:
        """Put a record on a topic, as an agency's own system does."""
        await self.client.retry_transient(
            lambda: self._producer([Outgoing(topic, key.encode(), value, headers)]), "producing"
        )

    async def award_lists(self) -> list[AwardLists]:
        """The lists of every award."""
        return [AwardLists.model_validate(row) for row in await self.get("scoring", self.movement_path("summary"))]

    async def explain(self, unit: str) -> Explanation:
        """The explanation of a unit's scores, ranks and verdicts."""
        return Explanation.model_validate(await self.get("scoring", self.movement_path(f"explain/{unit}")))

    async def decisions(self) -> list[Decision]:
        """Every decision on the movement's awards."""
        rows = await self.get("council", self.movement_path("decisions"))
        return [Decision.model_validate(row) for row in rows]

    async def awards(self) -> list[ConferredAward]:
        """Every award of the movement, revoked ones included."""
        rows = await self.get("council", self.movement_path("awards"))
        return [ConferredAward.model_validate(row) for row in rows]

    async def verdicts(self, award: str) -> list[Eligible]:
        """Every unit's verdict for an award."""
        return convert(await self.get("scoring", self.movement_path(f"eligibility/{award}")), list[Eligible])

    def movement_path(self, resource: str) -> str:
        """The path of one of the movement's resources in the API of scoring or council."""
        return f"/v1/{self._register.province}/{MOVEMENT}/{resource}"

    async def get(self, service: Service, path: str) -> Any:
        """The JSON with which a service answers a GET."""
        return await self.client.get(service, path)
