"""Which feed proves which criterion: the table of DOMAIN.md 1.5, and what changes it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from shared.contracts.plan import Plan
from shared.plans.feeds import MissingFeed, missing_feeds
from shared.plans.load import load_plan
from tests.support.provinces import THAI_BINH

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
"""The feed of each criterion for each award in the order of ``AWARDS``; ``-`` where the award lacks the criterion."""


def cells() -> list[tuple[str, str, str]]:
    """Award, criterion and feed of every cell of the table."""
    return [
        (award, criterion, feed)
        for criterion, feeds in TABLE.items()
        for award, feed in zip(AWARDS, feeds.split(), strict=True)
    ]


@lru_cache
def s0() -> Plan:
    return load_plan(THAI_BINH / "s0-46-kh-ubnd.yaml")


def s0_with(obligation: str, **changes: Any) -> Plan:
    """S0 with one obligation changed."""
    document = s0().model_dump(mode="json")
    for row in document["obligations"]:
        if row["id"] == obligation:
            row |= changes
    return Plan.model_validate(document)


def missing(plan: Plan) -> dict[tuple[str, str], MissingFeed]:
    return {(missing_feed.award, missing_feed.criterion): missing_feed for missing_feed in missing_feeds(plan)}


def test_the_criteria_without_a_feed_are_those_of_the_table() -> None:
    criteria = {(award.id, rule.criterion) for award in s0().awards for rule in award.rules}
    rows = {(award, criterion): feed for award, criterion, feed in cells()}
    assert criteria == {cell for cell, feed in rows.items() if feed != "-"}
    assert set(missing(s0())) == {cell for cell, feed in rows.items() if feed == "none"}


@pytest.mark.parametrize(("award", "criterion", "feed"), [cell for cell in cells() if cell[2].startswith("OB")])
def test_without_the_feed_of_the_table_the_criterion_has_none(award: str, criterion: str, feed: str) -> None:
    """The feed in a cell of the table is the only one."""
    assert (award, criterion) in missing(s0_with(feed, optional=True))


def test_a_missing_feed_has_a_reason_and_the_obligation_that_could_prove_the_criterion() -> None:
    by_cell = {cell: (feed.tier.value, feed.reason, feed.could) for cell, feed in missing(s0()).items()}
    communes = {
        "nhiem-vu-duoc-giao": ("xa", "not_obliged", "OB02-H"),
        "chuyen-doi-so": ("xa", "not_stated", "OB07"),
        "ky-luat-ky-cuong": ("xa", "not_obliged", "OB05-H"),
    }
    for criterion, expected in communes.items():
        assert by_cell.pop(("C3", criterion)) == by_cell.pop(("B3", criterion)) == expected
    assert {(reason, could) for _, reason, could in by_cell.values()} == {("judgement", None)}


def test_a_missing_feed_cites_the_section_that_sets_the_criterion() -> None:
    assert {missing_feed.cite for missing_feed in missing_feeds(s0())} == {"S0 IV.3.a", "S0 IV.3.b"}


def test_an_optional_obligation_is_no_feed_until_it_is_mandatory() -> None:
    """A12."""
    mandatory = s0_with("OB02-H", optional=False, not_in_seed=False)
    assert not {("C3", "nhiem-vu-duoc-giao"), ("B3", "nhiem-vu-duoc-giao")} & set(missing(mandatory))
    for changes in ({"optional": True, "not_in_seed": False}, {"optional": False, "not_in_seed": True}):
        feed = missing(s0_with("OB02-H", **changes))["C3", "nhiem-vu-duoc-giao"]
        assert (feed.reason, feed.could) == ("not_obliged", "OB02-H")


def test_a_closed_list_of_subjects_leaves_no_possible_feed() -> None:
    """The opposite of A43."""
    feed = missing(s0_with("OB07", tiers_listed=True))["C3", "chuyen-doi-so"]
    assert (feed.reason, feed.could) == ("not_obliged", None)


def test_a_reporter_outside_the_register_is_not_obliged() -> None:
    feed = missing(s0_with("OB09", reporter=None, others="cơ quan khác"))["C1", "dong-gop-noi-bat"]
    assert (feed.reason, feed.could) == ("not_obliged", "OB09")


def test_the_existence_of_a_unit_needs_no_feed() -> None:
    """L7: the register proves it, so no report is missing."""
    document = s0().model_dump(mode="json")
    for award in document["awards"]:
        award["rules"] = [{"rule": "active", "criterion": "tham-muu-hieu-qua", "cite": "L7"}]
    assert missing_feeds(Plan.model_validate(document)) == []
