"""What an agency owes, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.intake.access.callers import Callers
from services.intake.context import IntakeContext
from services.intake.extensions.store import Extensions
from services.intake.obligations.rules import DueReportView, due_reports, ledger_of, owed
from services.intake.reports.store import ReportStore
from shared.contracts.model import Code
from shared.contracts.plan import Plan
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.references import References


def obligation_routes(
    reports: ReportStore, extensions: Extensions, references: References, callers: Callers, clock: Clock, province: str
) -> APIRouter:
    """The route of what is owed."""
    router = APIRouter(prefix="/v1")

    def plans_of(movement: str | None) -> list[Plan]:
        if movement is None:
            return [plan for plan in references.newest_plans() if plan.province == province and plan.movement]
        plan = references.plan_of_movement(province, movement)
        return [plan] if plan else []

    async def context_of(movement: str | None) -> list[IntakeContext]:
        """What is owed under. Raises ``Refusal`` with 404 where no plan of the movement is in force."""
        register, plans = references.newest_register(province), plans_of(movement)
        if register is None or not plans:
            await references.refresh()  # another replica may have taken the plan
            register, plans = references.newest_register(province), plans_of(movement)
        if movement is not None and (register is None or not plans):
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return [IntakeContext(plan, register) for plan in plans] if register else []

    @router.get("/obligations", responses=problem_answers(401, 404, 422, 429))
    async def obligations(
        movement: Annotated[Code | None, Query(description="A movement; every one where none is named.")] = None,
        agency: str = Depends(callers.agency),
    ) -> list[DueReportView]:
        """What the agency owes, by when, and what is missing; what is due first first, movement by movement."""
        now, told = clock.now(), []
        for context in await context_of(movement):
            documents = references.document_numbers(context.ref)
            for due_report in due_reports(context, agency, now):
                account = ledger_of(context, due_report)
                ledger = await reports.ledger(account)
                versions = await reports.versions(account) if ledger.version else []
                granted_extension = await extensions.granted_extension(account)
                told.append(owed(context, agency, due_report, ledger, versions, documents, now, granted_extension))
        return told

    return router
