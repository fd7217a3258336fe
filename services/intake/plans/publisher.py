"""Renders the plans and registers that intake owns as events."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.context import SOURCE
from shared.contracts.ids import derived
from shared.contracts.intake import UnitsPublished, plan_published
from shared.contracts.plan import Plan
from shared.contracts.topics import PLANS, UNITS
from shared.contracts.units import UnitRegister
from shared.runtime.outbox import Outgoing, Rendering, rendering
from shared.runtime.references import Learnt, References


def reference_renderings(references: References) -> list[Rendering]:
    """The renderings of registers and plans, registers first: a plan names units of a register."""

    async def render_plan(learnt: Learnt[Plan], unsent: Sequence[str]) -> list[Outgoing]:
        plan = learnt.what
        event = plan_published(plan, SOURCE, learnt.at)
        return [Outgoing(PLANS.name, plan.key.encode(), event.encode())]

    async def render_units(learnt: Learnt[UnitRegister], unsent: Sequence[str]) -> list[Outgoing]:
        register = learnt.what
        key = f"{register.province}/{register.version}"
        event = UnitsPublished(id=derived("units", key), source=SOURCE, time=learnt.at, subject=key, data=register)
        return [Outgoing(UNITS.name, key.encode(), event.encode())]

    return [
        rendering(references.published_registers, render_units, lambda _: ["self"]),
        rendering(references.published_plans, render_plan, lambda _: ["self"]),
    ]
