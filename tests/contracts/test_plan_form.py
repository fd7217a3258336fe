"""A plan that the releases 0.1.0 and 0.2.0 cannot read has an event type of its own, and only such a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.intake import PlanPublished, PlanPublishedV2, plan_published
from shared.contracts.plan import Plan
from shared.contracts.plan_form import AWARD_FORMS, RULE_KINDS
from shared.contracts.topics import PLANS
from shared.plans.load import load_plan
from tests.contracts.golden import CONTRACTS, examples
from tests.contracts.releases import every_release, schema_errors
from tests.support.provinces import HUNG_YEN, THAI_BINH

NOW = datetime(2027, 3, 1, tzinfo=UTC)
FILES = sorted([*THAI_BINH.glob("*.yaml"), *HUNG_YEN.glob("*.yaml")])
EXAMPLE: dict[str, Any] = json.loads(next(e.value for e in examples(PLANS) if e.path.stem == "plan.published"))["data"]


QUARTERLY = {"every": "quarter", "day": 15, "first": "2023-Q1", "last": "2023-Q4"}


def changed(section: str | None = None, **fields: Any) -> Plan:
    """The example's plan with fields of one section changed; of the first row if the section is a list."""
    data = json.loads(json.dumps(EXAMPLE))
    part = data[section] if section else data
    (part[0] if isinstance(part, list) else part).update(fields)
    return Plan.model_validate(data)


def as_first_type(plan: Plan) -> bytes:
    """The plan in the event that earlier releases read, whether or not they can read it."""
    event = PlanPublished(id="p", source="thidua/intake", time=NOW, subject=plan.key, data=plan)
    return event.encode()


@every_release
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_plan_that_earlier_releases_can_read_keeps_its_type(release: Path, path: Path) -> None:
    """Nothing changes for it, whichever releases run beside this one."""
    plan = load_plan(path)
    assert type(plan_published(plan, "thidua/intake", NOW)) is PlanPublished
    assert schema_errors(release, as_first_type(plan)) == []


UNREADABLE = [
    changed("source", key="KH46"),
    changed("source", key="46/KH-UBND"),
    changed("source", key="S10"),
    changed("movement", cite="KH46 V"),
    changed("criteria", cite="A123"),
    changed("roles", cite="L123 II"),
    changed("parameters", id="A100", at=("movement",)),
    changed("nominated", form="co_thi_dua_chinh_phu"),
]


@every_release
@pytest.mark.parametrize("plan", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_plan_that_earlier_releases_cannot_read_has_a_type_they_skip(release: Path, plan: Plan) -> None:
    """Its own type would make it a dead letter of theirs. Both types are read back as the same plan."""
    event = plan_published(plan, "thidua/intake", NOW)
    assert type(event) is PlanPublishedV2
    assert schema_errors(release, as_first_type(plan)) != []
    assert schema_errors(release, event.encode()) == []
    assert PLANS.parse(event.encode()) == event


def test_a_plan_with_a_kind_of_rule_of_a_later_release_has_that_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here ``rank`` stands for a kind that earlier releases do not know."""
    monkeypatch.setattr("shared.contracts.plan_form.RULE_KINDS", RULE_KINDS - {"rank"})
    assert type(plan_published(changed(), "thidua/intake", NOW)) is PlanPublishedV2


def closed_values(schema: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every value of a closed list in a schema (an enum or a constant), with the name of its definition or field."""
    if isinstance(schema, list):
        for part in schema:
            yield from closed_values(part, name)
    elif isinstance(schema, dict):
        values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
        yield from ((name, str(value)) for value in values)
        for key, part in schema.items():
            inner = key if isinstance(part, dict) and key not in ("items", "properties", "$defs") else name
            yield from closed_values(part, inner)


IGNORED_FIELDS = ("inferred", "every", "base", "order", "recusal", "substitutes", "ties")
"""Fields with closed lists that earlier releases do not know, and so ignore."""


@pytest.mark.parametrize(
    "due",
    [{"period": "2023-H1"}, {"before": None, "as_of": None, "periodic": QUARTERLY}],
    ids=["one period", "periodic"],
)
def test_a_plan_that_earlier_releases_would_misread_has_that_type_too(due: dict[str, Any]) -> None:
    """They would ignore the period, and take a half-year's figures for the year's."""
    assert type(plan_published(changed("obligations", **due), "thidua/intake", NOW)) is PlanPublishedV2


@every_release
def test_no_list_of_values_grows_without_the_type(release: Path) -> None:
    """A plan with a value that earlier releases do not know must be found by ``plan_form``: rule kinds and
    forms of award are, no other.

    If this fails, let ``shared/contracts/plan_form.py`` look at the values it names. Definitions of 0.1.0 have other
    names, so only values are compared.
    """
    file = "schemas/plan.published.schema.json"
    then, now = [[*closed_values(json.loads((at / file).read_text())["$defs"])] for at in (release, CONTRACTS)]
    values_then = {value for _, value in then}
    grown = {(name, value) for name, value in now if value not in values_then}
    assert {pair for pair in grown if pair[0] not in ("rule", "AwardForm", *IGNORED_FIELDS)} == set()
    assert {value for name, value in then if name == "rule"} == RULE_KINDS
    assert values_then >= AWARD_FORMS
