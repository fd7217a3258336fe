"""On which local day the last deadline or session of each plan is over."""

from __future__ import annotations

from datetime import date

from shared.plans.duties import duties
from shared.runtime.references import References


def plan_ends(references: References, today: date) -> dict[str, date]:
    """By plan, for the newest version of each whose province's units are known; plans without any date are left out."""
    ends: dict[str, date] = {}
    for plan in references.newest_plans():
        if (register := references.newest_register(plan.province)) is not None:
            days = [duty.last_day for duty in duties(plan, register, today)]
            days += [session.window.last for session in plan.sessions]
            if days:
                ends[plan.id] = max(days)
    return ends
