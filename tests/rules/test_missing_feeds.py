"""Which feed proves which criterion: the table of DOMAIN.md 1.5, and what changes it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from shared.contracts.plan import Plan
from shared.plans.feeds import MissingFeed, missing_feeds
from shared.plans.load import THAI_BINH, load_plan

AWARDS = ("C1", "C2", "C3", "B1", "B2", "B3")

TABLE = {
    "hoan-thanh-xuat-sac": "none none none none none none",
    "nhiem-vu-duoc-giao": "OB02 OB02 none OB02 OB02 none",
    "chuyen-doi-so": "OB07 OB07 none OB07 OB07 none",
    "de-an-06": "OB08 OB08 OB08 OB08 OB08 OB08",
    "cai-cach-hanh-chinh": "OB06 OB06 OB06 OB06 OB06 OB06",
    "ky-luat-ky-cuong": "OB05 OB05 none OB05 OB05 none",
    "dong-gop-noi-bat": "OB09 OB09 - - - -",
    "tham-muu-hieu-qua": "none - - - - -",
}
"""The feed of each criterion for each award in the order above; ``-`` where the award does not ask it."""


def cells() -> list[tuple[str, str, str]]:
    """Award, criterion and feed of every cell of the table."""
    return [(award, c, feed) for c, feeds in TABLE.items() for award, feed in zip(AWARDS, feeds.split(), strict=True)]


@lru_cache
def s0() -> Plan:
    return load_plan(THAI_BINH / "s0-46-kh-ubnd.yaml")


def s0_with(obligation: str, **changes: Any) -> Plan:
    """S0 with one obligation changed."""
    written = s0().model_dump(mode="json")
    for row in written["obligations"]:
        if row["id"] == obligation:
            row |= changes
    return Plan.model_validate(written)


def missing(plan: Plan) -> dict[tuple[str, str], MissingFeed]:
    return {(missing_feed.award, missing_feed.criterion): missing_feed for missing_feed in missing_feeds(plan)}


def test_the_criteria_without_a_feed_are_those_of_the_table() -> None:
    asked = {(a.id, rule.criterion) for a in s0().awards for rule in a.rules}
    rows = {(award, criterion): feed for award, criterion, feed in cells()}
    assert asked == {cell for cell, feed in rows.items() if feed != "-"}
    assert set(missing(s0())) == {cell for cell, feed in rows.items() if feed == "none"}


@pytest.mark.parametrize(("award", "criterion", "feed"), [cell for cell in cells() if cell[2].startswith("OB")])
def test_without_the_feed_the_table_names_the_criterion_has_none(award: str, criterion: str, feed: str) -> None:
    """Each feed of the table is the only one of its cell."""
    assert (award, criterion) in missing(s0_with(feed, optional=True))


def test_each_says_why_and_what_could_prove_it() -> None:
    found = {cell: (each.tier.value, each.reason, each.could) for cell, each in missing(s0()).items()}
    communes = {
        "nhiem-vu-duoc-giao": ("xa", "not_obliged", "OB02-H"),
        "chuyen-doi-so": ("xa", "not_stated", "OB07"),
        "ky-luat-ky-cuong": ("xa", "not_obliged", "OB05-H"),
    }
    for criterion, said in communes.items():
        assert found.pop(("C3", criterion)) == found.pop(("B3", criterion)) == said
    assert {(reason, could) for _, reason, could in found.values()} == {("judgement", None)}


def test_each_cites_where_the_source_sets_the_criterion() -> None:
    assert {missing_feed.cite for missing_feed in missing_feeds(s0())} == {"S0 IV.3.a", "S0 IV.3.b"}


def test_an_optional_obligation_is_no_feed_until_somebody_owes_it() -> None:
    """A12."""
    owed = s0_with("OB02-H", optional=False, not_in_seed=False)
    assert not {("C3", "nhiem-vu-duoc-giao"), ("B3", "nhiem-vu-duoc-giao")} & set(missing(owed))
    for changes in ({"optional": True, "not_in_seed": False}, {"optional": False, "not_in_seed": True}):
        found = missing(s0_with("OB02-H", **changes))["C3", "nhiem-vu-duoc-giao"]
        assert (found.reason, found.could) == ("not_obliged", "OB02-H")


def test_a_list_that_is_closed_leaves_nothing_that_could() -> None:
    """Against A43."""
    found = missing(s0_with("OB07", tiers_listed=True))["C3", "chuyen-doi-so"]
    assert (found.reason, found.could) == ("not_obliged", None)


def test_who_is_in_no_register_has_to_report_nothing_here() -> None:
    found = missing(s0_with("OB09", reporter=None, others="cơ quan khác"))["C1", "dong-gop-noi-bat"]
    assert (found.reason, found.could) == ("not_obliged", "OB09")


def test_that_a_unit_still_exists_the_register_knows() -> None:
    """L7: nobody reports it, and nothing is missing."""
    written = s0().model_dump(mode="json")
    for award in written["awards"]:
        award["rules"] = [{"rule": "active", "criterion": "tham-muu-hieu-qua", "cite": "L7"}]
    assert missing_feeds(Plan.model_validate(written)) == []
