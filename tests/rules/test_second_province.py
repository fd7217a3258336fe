"""A province with two levels of government, after 1/7/2025, is data alone (L9, L10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from shared.contracts.awards import ActiveRule, Scope
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.load import load_plans, load_register
from shared.plans.sources import sections, source_texts, unfounded
from tests.support.provinces import HUNG_YEN

AS_OF = date(2025, 11, 30)
MERGED = date(2025, 7, 1)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The example plan, the only one of the province."""
    (only,) = load_plans(HUNG_YEN)
    return only


@pytest.fixture(scope="module")
def register() -> UnitRegister:
    """The units after 1/7/2025."""
    return load_register(HUNG_YEN / "units-2025.csv", "hung-yen", 1)


def test_the_plan_is_marked_as_an_example(plan: Plan) -> None:
    assert (plan.province, plan.id, plan.source.example, plan.source.number) == ("hung-yen", "vi-du-2025", True, None)
    assert plan.source.name.startswith("VÍ DỤ, không phải văn bản của tỉnh")
    assert plan.movement is not None
    assert plan.movement.as_of == AS_OF


def test_there_are_104_communes_directly_under_the_province(register: UnitRegister) -> None:
    communes = register.of_tier(Tier.XA, AS_OF)
    assert Counter(unit.name.split()[0] for unit in communes) == {"Xã": 93, "Phường": 11}
    assert {unit.parent for unit in communes} == {"tinh-hung-yen"}
    assert [unit.code for unit in communes] == sorted(unit.code for unit in communes)


def test_no_unit_is_a_district_and_the_plan_mentions_none(plan: Plan, register: UnitRegister) -> None:
    assert Tier.HUYEN not in {unit.tier for unit in register.units}
    assert {tier for obligation in plan.obligations for tier in (*obligation.tiers, *obligation.each)} == {
        Tier.SO,
        Tier.XA,
    }
    assert {award.tier for award in plan.awards} == {Tier.SO, Tier.XA}
    assert {award.scope for award in plan.awards} == {Scope.TINH}
    assert {place.tier for award in plan.nominated for place in award.places} == {Tier.SO, Tier.XA}


def test_every_dissolved_department_has_ended_by_the_as_of_and_has_a_successor(register: UnitRegister) -> None:
    dissolved = [unit for unit in register.units if unit.valid_to is not None]
    assert len(dissolved) == 10
    for unit in dissolved:
        assert unit.exists_on(MERGED - timedelta(days=1))
        assert not unit.exists_on(MERGED)
        assert not unit.exists_on(AS_OF)
        (successor,) = (register.by_code[code] for code in register.successors(unit.code))
        assert successor.exists_on(MERGED)
        assert not successor.exists_on(MERGED - timedelta(days=1))
    assert not set(dissolved) & set(register.of_tier(Tier.SO, AS_OF))


def test_a_merger_moves_the_obligation_to_the_merged_department(plan: Plan) -> None:
    reporter = plan.obligation["OB07"].reporter
    assert reporter == "chuyen-doi-so"
    assert plan.role[reporter].holder(MERGED - timedelta(days=1)) == "so-tttt"
    assert plan.role[reporter].holder(MERGED) == "so-khcn"
    assert plan.role[reporter].holder(AS_OF) == "so-khcn"


def test_the_holder_of_a_role_exists_while_holding_it(plan: Plan, register: UnitRegister) -> None:
    assert len(plan.roles) == 8
    for role in plan.roles:
        for day in (MERGED - timedelta(days=1), MERGED, AS_OF):
            holder = role.holder(day)
            assert holder is not None
            assert register.by_code[holder].exists_on(day), (role.id, day)


def test_a_dissolved_unit_is_no_candidate_for_any_award(plan: Plan) -> None:
    """L7."""
    assert len(plan.awards) == 4
    for award in plan.awards:
        assert any(isinstance(rule, ActiveRule) and rule.criterion == "don-vi-con-hoat-dong" for rule in award.rules)


def test_every_section_the_plan_cites_is_in_its_text(plan: Plan) -> None:
    known_sections = {key: sections(text) for key, text in source_texts(HUNG_YEN).items()}
    cites = list(_cites(plan.model_dump(mode="json")))
    assert any(cite.startswith("E1 ") for cite in cites)
    assert [unfounded_cite for cite in cites for unfounded_cite in unfounded(cite, known_sections)] == []


def _cites(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _cites(child)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "cite":
                yield value
            else:
                yield from _cites(value)
