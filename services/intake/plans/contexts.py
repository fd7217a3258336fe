"""The plan and register by which a movement's reports are judged now."""

from __future__ import annotations

from services.intake.context import IntakeContext
from shared.runtime.references import References


async def context_of(references: References, province: str, movement: str) -> IntakeContext | None:
    """The newest plan of a movement with the newest register, or None if there is no such plan or no register."""
    in_force = await references.refreshed_plan_and_register(province, movement)
    return IntakeContext(*in_force) if in_force else None
