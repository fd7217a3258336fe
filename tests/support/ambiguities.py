"""S0 with other decisions on the questions that the sources leave open (A1-A44)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from shared.contracts.choices import SWITCHES, default_of
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.plans.duties import Duty, duties
from shared.plans.load import load_plans
from tests.support.movement import Given, register, s0, units, with_choices
from tests.support.provinces import HUNG_YEN, THAI_BINH

SO = units(Tier.SO)
STAR, OTHER = SO[3], SO[5]
DISTRICT, ELSEWHERE = "338", "336"
COMMUNE, FOREIGN = units(Tier.XA, DISTRICT)[0], units(Tier.XA, ELSEWHERE)[0]
COUNCIL = ("hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
CIVIC = "ky-luat-ky-cuong"


@lru_cache
def _with(*decisions: tuple[str, Any]) -> Plan:
    return with_choices(**dict(decisions))


@lru_cache
def plans() -> dict[str, Plan]:
    """Every plan the project carries, by its document's key."""
    return {plan.source.key: plan for folder in (THAI_BINH, HUNG_YEN) for plan in load_plans(folder)}


def changed(plan: Plan, **parts: Any) -> Plan:
    """A plan with parts replaced, validated again as if loaded from a file."""
    return Plan.model_validate(plan.model_dump(mode="json") | parts)


def taking(plan: Plan, decision: str, value: Any) -> Plan:
    """A plan with another value for one decision."""
    rows = [p.model_dump(mode="json") for p in plan.parameters if p.id != decision]
    parameter = {"id": decision, "value": value, "default": default_of(decision), "reason": "thử"}
    return changed(plan, parameters=[*rows, parameter])


def switched(**values: Any) -> Plan:
    """S0 unchanged, or with other decisions; each value must differ from the one in the file."""
    for decision, value in values.items():
        assert getattr(s0().choices, SWITCHES[decision]) != value
    return _with(*values.items()) if values else s0()


def proven(*ranks: int, **values: Any) -> Given:
    """A department with these ranks and every other criterion proven, under the given decisions."""
    return Given(switched(**values)).ranks(Tier.SO, STAR, ranks).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)


def duty(plan: Plan, of: str, on: date = date(2023, 4, 5)) -> Duty:
    """The only duty with this id on a day."""
    (matching,) = (candidate for candidate in duties(plan, register(), on) if candidate.id == of)
    return matching
