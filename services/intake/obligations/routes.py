"""The obligations of an agency, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.intake.access.callers import Callers
from services.intake.context import IntakeContext
from services.intake.extensions.store import Extensions
from services.intake.obligations.rules import (
    DueReportView,
    due_reports,
    inherited_ledgers,
    is_answered,
    ledger_of,
    view,
)
from services.intake.reports.store import ReportStore
from shared.contracts.model import Code
from shared.contracts.plan import Plan
from shared.runtime.clock import Clock
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.references import References


def obligation_routes(
    reports: ReportStore, extensions: Extensions, references: References, callers: Callers, clock: Clock, province: str
) -> APIRouter:
    """The route that lists an agency's due reports."""
    router = service_router(prefix="/v1")

    def plans_of(movement: str | None) -> list[Plan]:
        if movement is None:
            return [plan for plan in references.newest_plans() if plan.province == province and plan.movement]
        plan = references.plan_of_movement(province, movement)
        return [plan] if plan else []

    async def contexts_of(movement: str | None) -> list[IntakeContext]:
        """One context per plan. Raises ``Refusal`` with 404 if no plan of the movement is in force."""
        register, plans = references.newest_register(province), plans_of(movement)
        if register is None or not plans:
            await references.refresh()  # another replica may have received the plan
            register, plans = references.newest_register(province), plans_of(movement)
        if movement is not None and (register is None or not plans):
            raise Refusal(404, "unknown_movement", f"Không có kế hoạch nào cho phong trào “{movement}”.")
        return [IntakeContext(plan, register) for plan in plans] if register else []

    @router.get("/obligations", responses=problem_answers(401, 404, 422, 429))
    async def obligations(
        movement: Annotated[Code | None, Query(description="A movement; all movements by default.")] = None,
        agency: str = Depends(callers.agency),
    ) -> list[DueReportView]:
        """The agency's due reports with what is missing, movement by movement, the earliest due date first."""
        now, views = clock.now(), []
        for context in await contexts_of(movement):
            documents = references.cited_documents(context.ref)
            for due_report in due_reports(context, agency, now):
                if is_answered([await reports.ledger(key) for key in inherited_ledgers(context, due_report)]):
                    continue
                ledger_id = ledger_of(context, due_report)
                ledger = await reports.ledger(ledger_id)
                receipts = await reports.versions(ledger_id) if ledger.version else []
                granted = await extensions.granted_extension(ledger_id)
                views.append(view(context, agency, due_report, ledger, receipts, documents, now, granted))
        return views

    return router
