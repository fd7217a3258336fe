"""A small province for random years: few units, communes on two pages; S0 and a second version of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from shared.contracts.model import PAGE_SIZE, Kind, Tier
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import concerns, reporters
from tests.support.movement import AS_OF, s0, with_choices

_FIRST_UNITS = (
    *((f"so-{n}", Tier.SO, None) for n in "abc"),
    *((f"huyen-{n}", Tier.HUYEN, None) for n in "ab"),
    ("dvsn-a", Tier.DVSN, None),
    *((f"xa-{n}1", Tier.XA, f"huyen-{n}") for n in "ab"),
    *((f"xa-cu-{n}", Tier.XA, None) for n in range(PAGE_SIZE - 2)),
    *((f"xa-{n}2", Tier.XA, f"huyen-{n}") for n in "ab"),
)
_LATER_UNITS = (("so-d", Tier.SO, None), ("xa-b3", Tier.XA, "huyen-b"))


@lru_cache
def plans() -> tuple[Plan, Plan]:
    """S0, and a later version of it that does not rank ``so-c`` and takes every decision the other way."""
    other = with_choices(A4="any", A6="dense", A9="both", A10=["so-c"], A39="counts", A41="any", A18="fail")
    document = other.model_dump(mode="json") | {"version": s0().version + 1}
    for award in document["awards"]:
        for rule in award["rules"]:
            if rule["rule"] == "rank":
                rule["at_most"] = 3 - min(rule["at_most"], 2)
    return s0(), Plan.model_validate(document)


@lru_cache
def registers() -> tuple[UnitRegister, UnitRegister]:
    """Two or three units a tier, communes on two pages (those between were dissolved long ago); then two more."""

    def unit(code: str, tier: Tier, parent: str | None) -> Unit:
        gone = date(2000, 1, 1) if code.startswith("xa-cu-") else None
        return Unit(code=code, name=code, tier=tier, parent=parent, source="assumed", valid_to=gone)

    first = tuple(unit(*row) for row in _FIRST_UNITS)
    every = (*first, *(unit(*row) for row in _LATER_UNITS))
    province = s0().province
    return (
        UnitRegister(province=province, version=1, units=first),
        UnitRegister(province=province, version=2, units=every),
    )


@lru_cache
def living() -> tuple[Unit, ...]:
    """The units that exist on the as-of date."""
    return tuple(unit for unit in registers()[1].units if unit.exists_on(AS_OF))


@dataclass(frozen=True)
class Feed:
    """An agency that reports an obligation, and the units it may report."""

    obligation: str
    kind: Kind
    agency: str
    units: tuple[str, ...]


@lru_cache
def feeds() -> tuple[Feed, ...]:
    """Every obligation of the plan that is reported in figures, with each reporter."""
    plan, units = s0(), registers()[1]
    return tuple(
        Feed(
            obligation.id,
            obligation.kind,
            agency,
            tuple(u.code for u in living() if concerns(plan, obligation, agency, u)),
        )
        for obligation in plan.obligations
        if obligation.kind and obligation.kind is not Kind.DOCUMENT
        for agency in reporters(plan, obligation, units, AS_OF)
    )
