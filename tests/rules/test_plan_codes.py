"""The codes of findings and of plans: each finding code is described, each plan code has a meaning."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from shared.contracts.choices import SWITCHES, Choices
from shared.contracts.plan import Plan
from shared.plans.checks.problem import CODES, Problem
from shared.plans.positioned_yaml import Position
from shared.wording.plan_codes import MEANINGS, NUMBERS_AND_LISTS, SWITCH_MEANINGS

ROOT = Path(__file__).parents[2]
SOURCES = [
    *sorted((ROOT / "shared" / "plans" / "checks").glob("*.py")),
    ROOT / "shared" / "plans" / "checking.py",
    ROOT / "deploy" / "cli" / "plan_files.py",
    ROOT / "shared" / "contracts" / "plan.py",
    ROOT / "shared" / "wording" / "plan_problems.py",
]


def test_the_documented_codes_and_severities_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "plans.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \| .+ \|$", text, re.M)
    assert [code for code, _ in documented] == list(CODES)
    assert {code: frozenset(severities.split(", ")) for code, severities in documented} == CODES


def test_every_code_is_given_to_some_problem() -> None:
    """So a code that is no longer used leaves the table and the document."""
    constants = {
        node.value
        for path in SOURCES
        if path.name != "problem.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert CODES.keys() - constants == set()


def test_a_problem_has_a_code_of_the_table_with_one_of_its_severities() -> None:
    with pytest.raises(KeyError):
        Problem(Position(1, 1), "new_code", (), "x")
    with pytest.raises(ValueError, match="no_feed"):
        Problem(Position(1, 1), "no_feed", (), "x", "error")


def _codes(schema: Any) -> set[str]:
    """The values of every list of codes in a JSON Schema."""
    if isinstance(schema, list):
        return {code for part in schema for code in _codes(part)}
    if not isinstance(schema, dict):
        return set()
    own = {*schema.get("enum", ())} | ({schema["const"]} if "const" in schema else set())
    return own | {code for part in schema.values() for code in _codes(part)}


def test_every_code_that_a_plan_can_have_has_a_meaning() -> None:
    """A list of allowed codes prints the meaning beside each."""
    assert _codes(Plan.model_json_schema()) == MEANINGS.keys()


def test_every_value_of_every_choice_has_a_meaning() -> None:
    lists = {
        decision: {*get_args(Choices.model_fields[name].annotation)}
        for decision, name in SWITCHES.items()
        if decision not in NUMBERS_AND_LISTS
    }
    assert {decision: {*values} for decision, values in SWITCH_MEANINGS.items()} == lists
    assert NUMBERS_AND_LISTS.keys() <= SWITCHES.keys()
