"""Plans and unit registers over HTTP, for the operator. Errors are RFC 9457 problem details in Vietnamese."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends
from pydantic_core import ErrorDetails

from services.intake.access.callers import Callers
from services.intake.plans import rules
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.clock import Clock
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.error_wording import explained
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.references import References
from shared.wording.plan_problems import plan_error


def _explained(error: ErrorDetails) -> str:
    """What is wrong with a plan or register; contradictions in the words of ``thidua plan check``."""
    return plan_error(error).detail if error["type"] == "value_error" else explained(error)


_PLAN = Form[Plan](Plan, "Kế hoạch", limit=MAX_BODY_BYTES, explain=_explained)
_UNITS = Form[UnitRegister](UnitRegister, "Danh mục đơn vị", limit=MAX_BODY_BYTES, explain=_explained)


def plan_routes(
    references: References,
    callers: Callers,
    clock: Clock,
    wake: Callable[[], None],
    create_topics: Callable[[], Awaitable[None]],
    province: str,
) -> APIRouter:
    """The routes of the plans and registers of one province, given by its code; those of others are refused.

    ``wake`` wakes the outbox; ``create_topics`` creates the topics of agencies that a new plan names.
    """
    router = service_router(prefix="/v1")

    def refuse_another_province(stated: str, what: str) -> None:
        if stated != province:
            raise Refusal(422, "other_province", f"{what} ghi tỉnh “{stated}”; cổng tiếp nhận này của “{province}”.")

    @router.put(
        "/plans",
        status_code=204,
        dependencies=[Depends(callers.operator)],
        openapi_extra=_PLAN.openapi,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422),
    )
    async def publish_plan(plan: Plan = Depends(_PLAN.body)) -> None:
        refuse_another_province(plan.province, "Kế hoạch")
        register = references.newest_register(plan.province)
        if register is None:
            raise Refusal(409, "no_units", "Hãy công bố danh mục đơn vị của tỉnh trước khi công bố kế hoạch.")
        if unknown := rules.unknown_units(plan, register):
            raise Refusal(422, "unknown_unit", f"Kế hoạch nêu đơn vị chưa có trong danh mục: {', '.join(unknown)}.")
        if references.knows_plan(plan.ref) and references.plan(plan.ref) != plan:
            raise Refusal(
                409,
                "version_taken",
                f"Lần {plan.version} của {plan.source.name} đã công bố với nội dung khác; hãy tăng số lần ban hành.",
            )
        # A version already published is accepted again, whatever was published after it.
        is_new = plan.movement is not None and not references.knows_plan(plan.ref)
        old = references.plan_of_movement(plan.province, plan.movement.id) if is_new and plan.movement else None
        if old is not None and (changes := rules.breaking_changes(old, plan)):
            raise Refusal(409, "plan_breaks", " ".join(changes), problems=changes)
        await references.learn_plan(plan, clock.now(), publish=True)
        await create_topics()
        wake()

    @router.put(
        "/units",
        status_code=204,
        dependencies=[Depends(callers.operator)],
        openapi_extra=_UNITS.openapi,
        responses=problem_answers(400, 401, 403, 409, 413, 415, 422),
    )
    async def publish_units(register: UnitRegister = Depends(_UNITS.body)) -> None:
        refuse_another_province(register.province, "Danh mục đơn vị")
        newest = references.newest_register(register.province)
        if newest is not None and register.version <= newest.version and register != newest:
            raise Refusal(
                409, "version_taken", f"Danh mục đơn vị đã ở lần {newest.version}; hãy dùng số lần ban hành lớn hơn."
            )
        if newest is not None and not register.only_appends_to(newest):
            raise Refusal(
                409, "units_moved", "Danh mục đơn vị mới phải giữ nguyên thứ tự các đơn vị đã có và chỉ thêm ở cuối."
            )
        await references.learn_register(register, clock.now(), publish=True)
        wake()

    return router
