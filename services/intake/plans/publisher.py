"""Renders the plans and registers that intake owns as events."""

from __future__ import annotations

from services.intake.context import SOURCE
from shared.contracts.ids import derived
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.plan import Plan
from shared.contracts.topics import PLANS, UNITS
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering
from shared.runtime.references import References


def reference_renderings(references: References) -> list[Rendering]:
    """The renderings of registers and plans, registers first: a plan names units of a register."""

    async def render_plan(doc: Document) -> list[Outgoing]:
        plan = Plan.model_validate_json(doc["json"])
        event = PlanPublished(
            id=derived("plan", plan.key),
            source=SOURCE,
            time=doc["learnt_at"],
            subject=plan.key,
            data=plan,
        )
        return [Outgoing(PLANS.name, plan.key.encode(), event.encode())]

    async def render_units(doc: Document) -> list[Outgoing]:
        register = UnitRegister.model_validate_json(doc["json"])
        key = f"{register.province}/{register.version}"
        event = UnitsPublished(
            id=derived("units", key), source=SOURCE, time=doc["learnt_at"], subject=key, data=register
        )
        return [Outgoing(UNITS.name, key.encode(), event.encode())]

    def everything(doc: Document) -> list[str]:
        return ["self"]

    return [
        Rendering(references.register_documents, render_units, everything),
        Rendering(references.plan_documents, render_plan, everything),
    ]
