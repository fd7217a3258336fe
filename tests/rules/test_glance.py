"""A report that is plainly right is seen so at one glance, and only such a one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.context import IntakeContext
from services.intake.reports import row_validation, validation
from services.intake.web.strict_json import parse_json, tidied
from shared.contracts.model import VIETNAM, Tier
from shared.plans.authority import concerns
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
SOME = [*units(Tier.SO)[:4], *units(Tier.HUYEN)[:2], *units(Tier.XA)[:2], "ubnd-tinh", "khong-co"]


@given(
    st.sampled_from(sorted(AGENCIES)),
    st.lists(st.tuples(st.sampled_from(SOME), st.sampled_from([0, 0, 0, 1, 2, 5, 3, 4, 6])), min_size=1, max_size=6),
)
def test_what_is_found_at_one_glance_is_what_is_found_row_by_row(obligation: str, drawn: list[tuple[str, int]]) -> None:
    """Units twice, unknown or of others, scores beyond the scale or too fine: with the same words in the same order."""
    owed = CONTEXT.plan.obligation[obligation]
    sent = report(obligation, [ROWS[str(owed.kind)](unit, n) for unit, n in drawn])
    asked = (sent, owed, AGENCIES[obligation], CONTEXT, NOW)
    assert list(row_validation.row_problems(*asked)) == list(row_validation._problems_row_by_row(*asked))


@pytest.mark.parametrize("obligation", sorted(AGENCIES))
def test_a_right_report_about_everybody_is_seen_so_at_one_glance(obligation: str) -> None:
    """As is most of what comes; else each row would be gone over."""
    owed, agency = CONTEXT.plan.obligation[obligation], AGENCIES[obligation]
    everybody = [unit.code for unit in register().units if concerns(CONTEXT.plan, owed, agency, unit)]
    assert len(everybody) > len(units(Tier.SO))
    sent = report(obligation, [ROWS[str(owed.kind)](unit, 0) for unit in everybody])
    day = row_validation.as_of_day(sent, CONTEXT.plan, NOW)
    assert row_validation._passes_fast_check(sent, owed, agency, CONTEXT, day)
    assert list(validation.problems_of(sent, agency, CONTEXT, NOW)) == []


@pytest.mark.parametrize(
    "sent",
    ['{"a": " b"}', '{"a": "b "}', '{"a": ["", " ", "b"]}', '{" a ": "b"}', '{"a": "b\\t"}', '{ "a" : "b c" }', "{}"],
)
def test_a_body_is_seen_to_be_tidy_only_where_it_is(sent: str) -> None:
    """Blanks at the ends of texts are taken away, those between names and texts are none of them."""
    assert parse_json(sent.encode()) == tidied(json.loads(sent))
