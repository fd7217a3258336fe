"""The unit still exists when the award is decided (L7). The register alone proves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.scoring.award_figures import AwardFigures
from services.scoring.criteria.kind import finding_of
from shared.contracts.awards import ActiveRule
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import Unit
from shared.plans.authority import counted_day

FOR_THE_COUNCIL: Final[frozenset[Reason]] = frozenset()


def subjects(rule: ActiveRule) -> tuple[str, ...]:
    """No figures are reported for it."""
    return ()


def evaluator(rule: ActiveRule, figures: AwardFigures) -> Callable[[Unit], Finding]:
    """The criterion passes if the unit exists on the day of the decision, or on the as-of day if the plan has none."""
    plan = figures.context.plan

    def evaluate(unit: Unit) -> Finding:
        assert plan.movement is not None
        if unit.exists_on(plan.movement.decided_by or counted_day(plan)):
            return finding_of(rule, Verdict.PASS, "active")
        return finding_of(rule, Verdict.FAIL, "dissolved")

    return evaluate
