"""The plan and register by which a movement's reports are judged now."""

from __future__ import annotations

from services.intake.context import IntakeContext
from shared.runtime.references import References


async def context_of(references: References, province: str, movement: str) -> IntakeContext | None:
    """The newest plan of a movement with the newest register, or None if there is no such plan or no register."""
    plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
    if plan is None or register is None:
        await references.refresh()  # another replica may have accepted the plan
        plan, register = references.plan_of_movement(province, movement), references.newest_register(province)
    return IntakeContext(plan, register) if plan and register else None
