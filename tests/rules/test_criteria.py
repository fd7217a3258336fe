"""A kind of criterion is three pieces: its model, its feed and words, and its evaluation; no other file knows it.

The tables of ``shared.plans.criteria`` and ``services.scoring.criteria`` have an entry for every kind of rule that a
plan may have, and nothing else switches on the kind.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

import services.scoring.criteria.table as scoring
import shared.plans.criteria.table as plans
from services.scoring.criteria.table import subjects_of
from shared.contracts import awards
from shared.contracts.fast_models import Finding
from shared.contracts.model import Verdict
from shared.contracts.scoring import Reason
from shared.plans.criteria.kind import Figures
from shared.plans.criteria.table import feed_of, reason_text, requirement_of
from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[2]
_UNION, _ = get_args(awards.Rule)
KINDS: list[Any] = list(get_args(_UNION))


def _name(kind: Any) -> str:
    (name,) = get_args(kind.model_fields["rule"].annotation)
    return str(name)


def _rule(kind: Any) -> Any:
    rank = {"field": "de-an-06", "at_most": 1} if _name(kind) == "rank" else {}
    return kind.model_validate({"rule": _name(kind), "criterion": "c", "cite": "S0", **rank})


@pytest.mark.parametrize("table", [plans.CRITERIA, scoring.CRITERIA], ids=["feeds and words", "evaluation"])
def test_a_table_has_every_kind_of_rule_and_no_other(table: Any) -> None:
    """The keys of the table are the names of the union's members."""
    assert set(table) == {_name(kind) for kind in KINDS}


def test_both_tables_name_the_modules_of_a_kind_alike() -> None:
    """A kind has the same module name in both packages."""

    def modules(table: Mapping[str, Any]) -> dict[str, str]:
        return {rule: kind.__name__.rpartition(".")[2] for rule, kind in table.items()}

    assert modules(plans.CRITERIA) == modules(scoring.CRITERIA)


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_the_first_subject_of_a_rule_is_the_one_a_feed_must_report(kind: Any) -> None:
    """``plan gaps`` and the evaluation agree on the figures that prove a rule."""
    feed = feed_of(_rule(kind))
    assert next(iter(subjects_of(_rule(kind))), None) == (feed.subject if isinstance(feed, Figures) else None)


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_every_kind_words_its_requirement(kind: Any) -> None:
    """The requirement is a clause without the rule's codes."""
    requirement = requirement_of(_rule(kind), {"de-an-06": "Đề án 06"})
    assert requirement
    assert not {"de-an-06", _name(kind)} & set(requirement.split())


def test_every_reason_has_its_words_in_one_place() -> None:
    """A reason belongs to one kind of criterion, or to all of them."""
    of_kinds = [reason for kind in plans.CRITERIA.values() for reason in kind.REASONS]
    assert sorted([*of_kinds, *plans.SHARED_REASONS]) == sorted(get_args(Reason))


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_reads_as_a_clause(reason: Reason) -> None:
    """No text fails for a finding that has only what its reason needs."""
    finding = Finding("c", Verdict.PASS, reason, 1, 2, 3, cases=("TT-01",), found=("TT-02",))
    text = reason_text(finding)
    assert text
    assert "None" not in text


@pytest.mark.parametrize("kind", scoring.CRITERIA.values(), ids=scoring.CRITERIA)
def test_a_kind_leaves_only_its_own_reasons_to_the_council(kind: Any) -> None:
    """The reasons of several kinds are decided in the table."""
    (words,) = [w for name, w in plans.CRITERIA.items() if scoring.CRITERIA[name] is kind]
    assert set(words.REASONS) >= kind.FOR_THE_COUNCIL


def _uses_a_kind(path: Path) -> bool:
    """Whether a file names the model of a kind, or compares a rule's ``rule`` field."""
    models = {kind.__name__ for kind in KINDS}
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and any(alias.name in models for alias in node.names):
            return True
        if isinstance(node, ast.Compare | ast.Match):
            parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else [node.subject]
            if any(isinstance(part, ast.Attribute) and part.attr == "rule" for part in parts):
                return True
    return False


def test_nothing_else_switches_on_the_kind() -> None:
    """Outside the three places only rank rules are named, because A4, the boards and cut-offs concern them alone.

    ``plan_form`` has the kinds that earlier releases know.
    """
    files = [path for room in ("services", "shared", "deploy") for path in (ROOT / room).rglob("*.py")]
    users = {str(path.relative_to(ROOT)) for path in files if _uses_a_kind(path)}
    beside = {user for user in users if Path(user).parts[1:3] in (("plans", "criteria"), ("scoring", "criteria"))}
    assert len(beside) == 2 * len(KINDS)
    assert users - beside == {
        "services/council/desk/answers.py",
        "services/council/desk/criteria.py",
        "services/council/desk/evidence.py",
        "services/council/desk/tables.py",
        "services/scoring/award_figures.py",
        "shared/contracts/plan_form.py",
        "shared/plans/checks/awards.py",
    }
