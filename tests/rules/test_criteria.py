"""A kind of criterion is one module: the table has a module for every kind of rule a plan may have."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.scoring.criteria.table import CRITERIA, subjects_of
from shared.contracts.awards import Rule
from shared.plans.feeds import subject_of

_UNION, _ = get_args(Rule)
KINDS: list[Any] = list(get_args(_UNION))


def _name(kind: Any) -> str:
    (name,) = get_args(kind.model_fields["rule"].annotation)
    return str(name)


def test_the_table_has_every_kind_of_rule_and_no_other() -> None:
    """The keys of the table are the names of the union's members."""
    assert set(CRITERIA) == {_name(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_the_first_subject_of_a_rule_is_the_one_a_feed_must_report(kind: Any) -> None:
    """``plan gaps`` and the evaluation agree on the figures that prove a rule."""
    rank = {"field": "de-an-06", "at_most": 1} if _name(kind) == "rank" else {}
    rule = kind.model_validate({"rule": _name(kind), "criterion": "c", "cite": "S0", **rank})
    assert next(iter(subjects_of(rule)), None) == subject_of(rule)
