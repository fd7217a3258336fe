"""The fast check passes ordinary valid reports, and never one with a problem in its rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.context import IntakeContext
from services.intake.reports import fast_row_check, row_validation, validation
from shared.contracts.model import VIETNAM, Tier
from shared.plans.authority import concerns
from shared.runtime.http.strict_json import parse_json, tidied
from tests.support.movement import register, s0, units
from tests.support.reports import report, score

NOW = datetime(2023, 12, 5, 9, tzinfo=VIETNAM)
CONTEXT = IntakeContext(s0(), register())
AGENCIES = {"OB06": "so-noi-vu", "OB08": "cong-an-tinh", "OB07": "so-tttt", "OB02": "vp-ubnd-tinh", "OB05": "so-noi-vu"}
ROWS: dict[str, Any] = {
    "score": lambda unit, n: score(unit, ("87.5", "0", "100", "100.01", "87.123", "87.50", "999999.999999")[n % 7]),
    "tasks": lambda unit, n: {"unit": unit, "due": 9, "done_on_time": n % 9},
    "discipline": lambda unit, n: {"unit": unit, "violations": n},
}
UNITS = [*units(Tier.SO)[:4], *units(Tier.HUYEN)[:2], *units(Tier.XA)[:2], "ubnd-tinh", "khong-co"]


@given(
    st.sampled_from(sorted(AGENCIES)),
    st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from([0, 0, 0, 1, 2, 5, 3, 4, 6])), min_size=1, max_size=6),
)
def test_the_fast_check_finds_the_same_problems_as_the_check_row_by_row(
    obligation: str, drawn: list[tuple[str, int]]
) -> None:
    """With duplicate, unknown or foreign units and invalid scores, both find the same problems in the same order."""
    rule = CONTEXT.plan.obligation[obligation]
    sent = report(obligation, [ROWS[str(rule.kind)](unit, n) for unit, n in drawn])
    arguments = (sent, rule, AGENCIES[obligation], CONTEXT, NOW)
    assert list(row_validation.row_problems(*arguments)) == list(row_validation._problems_row_by_row(*arguments))


@pytest.mark.parametrize("obligation", sorted(AGENCIES))
def test_a_valid_report_about_all_units_passes_the_fast_check(obligation: str) -> None:
    """Most reports are like this; without the fast check every row would be checked one by one."""
    rule, agency = CONTEXT.plan.obligation[obligation], AGENCIES[obligation]
    everybody = [unit.code for unit in register().units if concerns(CONTEXT.plan, rule, agency, unit)]
    assert len(everybody) > len(units(Tier.SO))
    sent = report(obligation, [ROWS[str(rule.kind)](unit, 0) for unit in everybody])
    day = row_validation.as_of_day(sent, CONTEXT.plan, NOW)
    assert fast_row_check.passes(sent, rule, agency, CONTEXT, day)
    assert list(validation.problems_of(sent, agency, CONTEXT, NOW)) == []


@pytest.mark.parametrize(
    "sent",
    ['{"a": " b"}', '{"a": "b "}', '{"a": ["", " ", "b"]}', '{" a ": "b"}', '{"a": "b\\t"}', '{ "a" : "b c" }', "{}"],
)
def test_the_fast_path_never_skips_a_body_that_needs_tidying(sent: str) -> None:
    """Blanks at the ends of texts are removed; blanks between names and values do not count."""
    assert parse_json(sent.encode()) == tidied(json.loads(sent))
