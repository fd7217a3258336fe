"""The demo's year on a running stack, for a secretary to work in: its agencies report, its clock is at hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from deploy.demo import SEED
from deploy.demo.drive import Driver
from deploy.demo.run import demo_stack, demo_year, province, reporters
from deploy.demo.steps import CorrectScore, RecordJudgements, SubmitReport, WithdrawReport
from deploy.demo.year import MOVEMENT, SESSION, START
from deploy.stack.embedded import Stack
from shared.contracts.council import Agenda
from shared.contracts.json_values import JsonObject
from shared.contracts.model import VIETNAM
from shared.runtime.mongo import Database

CORRECTION: Final = CorrectScore(datetime(2024, 1, 8, 9, tzinfo=VIETNAM), "cong-an-tinh", "2/BC-CAT")
"""The demo's late correction, after the agenda was frozen."""


@dataclass
class DeskYear:
    """Four running services that know the plans, and whoever moves their clock and reports to them."""

    stack: Stack
    driver: Driver

    @property
    def desk(self) -> str:
        """The address of the council's pages."""
        return self.stack.urls["council"]

    def session(self, name: str) -> str:
        """The address of a session's page."""
        return f"{self.desk}/phien/thai-binh/{SESSION[0]}/{name}"

    async def reports_until(self, instant: datetime) -> None:
        """Move the clock; by then the demo's agencies have sent every report that stands."""
        await self.driver.move_to(instant)
        steps = demo_year(SEED).steps
        withdrawn = {step.report for step in steps if isinstance(step, WithdrawReport)}
        for step in steps:
            if isinstance(step, SubmitReport) and step.at <= instant and step.report not in withdrawn:
                await self.driver.play_step(step)
        await self.driver.client.wait_at_rest(instant)

    async def judge_the_rest(self, instant: datetime) -> None:
        """The standing office judges all other units that wait for it."""
        await self.driver.play_step(RecordJudgements(instant))
        await self.driver.client.wait_at_rest(instant)

    async def correct(self) -> None:
        """Move the clock to the late correction, and send it through intake's door."""
        await self.driver.move_to(CORRECTION.at)
        await self.driver.play_step(CORRECTION)
        await self.driver.client.wait_at_rest(CORRECTION.at)

    async def agenda(self, name: str) -> Agenda:
        """A session as council's API tells it."""
        path = f"/v1/sessions/thai-binh/{SESSION[0]}/{name}/agenda"
        return Agenda.model_validate(await self.driver.get("council", path))

    async def judgements(self) -> dict[str, str]:
        """What the council holds of units on which nobody reports, by unit."""
        database = Database(self.stack.mongo, "thidua_council")
        try:
            stored = await database.documents("judgements").get(f"thai-binh/{MOVEMENT}")
        finally:
            await database.close()
        return {row["unit"]: row["verdict"] for row in stored["rows"].values()} if stored else {}

    async def record(self, name: str, resource: str, body: JsonObject) -> None:
        """Record something about a session over council's API, as another secretary would."""
        await self.driver.client.request(
            "POST",
            f"{self.desk}/v1/sessions/thai-binh/{SESSION[0]}/{name}/{resource}",
            headers={"Authorization": f"Bearer {self.stack.desk_key}"},
            json=body,
        )


@asynccontextmanager
async def desk_year(folder: Path) -> AsyncIterator[DeskYear]:
    """A stack of the caller's own at the beginning of the demo's year, in a folder."""
    plans, register = province()
    agencies = reporters(plans)
    async with (
        demo_stack(folder, fixed_ports=False) as stack,
        Driver(stack, plans, register, agencies) as driver,
    ):
        await driver.load(START)
        yield DeskYear(stack, driver)
