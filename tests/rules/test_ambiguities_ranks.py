"""Ranks, boards and lists, where the sources leave it open: the default and the switch."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel

from shared.contracts import scoring as scoring_events
from shared.contracts.awards import Award, RankRule
from shared.contracts.model import Tier, Verdict
from shared.plans.authority import expected_units, reporters
from tests.support.ambiguities import COMMUNE, COUNCIL, DISTRICT, OTHER, SO, STAR, plans, proven, switched
from tests.support.movement import AS_OF, FIELDS, Given, register, s0, units
from tests.support.reports import codes, score, send


def test_a04_all_ranks_of_a_certificate_must_lie_within_or_if_switched_any_and_the_council_sees_both_lists() -> None:
    """``otherwise`` lists the units whose result differs under the other reading."""
    all_of = proven(5, 5, 6)
    assert all_of.verdict("B1", STAR).verdict is Verdict.FAIL
    assert (all_of.lists()["B1"].candidates, all_of.lists()["B1"].otherwise) == ((), (STAR,))
    any_of = proven(5, 5, 6, A4="any")
    assert any_of.verdict("B1", STAR).verdict is Verdict.PASS
    assert any_of.finding("B1", STAR, FIELDS[2]).reason == "any_rank_within"
    assert (any_of.lists()["B1"].candidates, any_of.lists()["B1"].otherwise) == ((STAR,), (STAR,))
    assert proven(2, 2, 2).lists()["B1"].otherwise == ()


def test_a04_a_flag_needs_all_three_fields_whatever_the_switch_for_certificates() -> None:
    """S0 IV.3.a requires it "trong các lĩnh vực"."""
    assert proven(1, 1, 2, A4="any").verdict("C1", STAR).verdict is Verdict.FAIL


@pytest.mark.parametrize(("values", "rank", "verdict"), [({}, 6, "FAIL"), ({"A5": "declared"}, 4, "PASS")])
def test_a05_a_rank_follows_from_the_score_or_if_switched_is_the_one_the_owner_declares(
    values: dict[str, str], rank: int, verdict: str
) -> None:
    given = Given(switched(**values))
    rows = [score(unit, str(90 - n)) for n, unit in enumerate(u for u in SO if u != STAR)]
    rows.append(score(STAR, "85.5", declared_rank=4))
    given.apply(given.results("OB08", Tier.SO, rows))
    finding = given.finding("B1", STAR, "de-an-06")
    assert (finding.rank, finding.verdict) == (rank, verdict)


def test_a05_where_the_declared_rank_counts_a_score_without_one_is_not_yet_reported() -> None:
    given = Given(switched(A5="declared")).scores("de-an-06", Tier.SO, {STAR: "90"})
    finding = given.finding("B1", STAR, "de-an-06")
    assert (finding.verdict, finding.reason) == (Verdict.MISSING, "not_reported")


@pytest.mark.parametrize(("values", "rank", "verdict"), [({}, 6, "FAIL"), ({"A6": "dense"}, 5, "PASS")])
def test_a06_ties_share_a_rank_and_the_next_one_skips_or_if_switched_does_not(
    values: dict[str, str], rank: int, verdict: str
) -> None:
    """After 1, 2, 3, 4, 4 comes 6, or 5, which is within a cut-off of five."""
    scores = dict(zip(SO[:6], ("90", "89", "88", "87", "87", "86"), strict=True))
    given = Given(switched(**values)).scores("de-an-06", Tier.SO, scores)
    for tied in SO[3:5]:
        assert given.finding("B1", tied, "de-an-06").rank == 4
    finding = given.finding("B1", SO[5], "de-an-06")
    assert (finding.rank, finding.verdict) == (rank, verdict)


def test_a06_ties_at_the_cut_off_are_all_inside_and_the_council_resolves_a_tie_for_a_flag() -> None:
    given = Given()
    for field in FIELDS:
        given.scores(field, Tier.SO, {STAR: "90", OTHER: "90"})
    for unit in (STAR, OTHER):
        given.proven(Tier.SO, unit).judged(unit, *COUNCIL)
    assert given.plan.award["C1"].quota == 1
    assert given.lists()["C1"].candidates == (STAR, OTHER)
    assert given.movement_figures.granted("C1") == frozenset()


@pytest.mark.parametrize(("values", "shown"), [({}, 3), ({"A7": 1}, 1), ({"A7": 0}, 0)])
def test_a07_without_a_unit_first_in_all_fields_there_is_no_flag_and_the_nearest_misses_are_listed(
    values: dict[str, int], shown: int
) -> None:
    given = proven(1, 1, 2, **values)
    given.apply(given.results("OB02", Tier.SO, [{"unit": unit, "due": 1, "done_on_time": 1} for unit in SO[:9]]))
    lists = given.lists()["C1"]
    assert (lists.candidates, len(lists.nearest)) == ((), shown)
    assert lists.nearest[:1] == (STAR,)[:shown]


@pytest.mark.parametrize(("values", "rank", "verdict"), [({}, 1, "PASS"), ({"A8": "tinh"}, 40, "FAIL")])
def test_a08_a_communes_certificate_uses_its_district_rank_or_if_switched_its_province_rank(
    values: dict[str, str], rank: int, verdict: str
) -> None:
    """The flag always uses the province rank; the rule set for provinces without districts sets the switch (E1)."""
    elsewhere = [unit for unit in units(Tier.XA) if unit not in units(Tier.XA, DISTRICT)]
    given = Given(switched(**values)).ranks(Tier.XA, COMMUNE, (40, 40, 40), among=elsewhere)
    finding = given.finding("B3", COMMUNE, "de-an-06")
    assert (finding.rank, finding.verdict) == (rank, verdict)
    assert given.finding("C3", COMMUNE, "de-an-06").rank == 40
    assert plans()["E1"].choices.certificate_scope == "tinh"


def test_a09_the_only_candidate_for_a_flag_leaves_the_certificates_or_if_switched_may_have_both() -> None:
    assert proven(1, 1, 1).lists()["B1"].candidates == ()
    assert proven(1, 1, 1, A9="both").lists()["B1"].candidates == (STAR,)
    assert proven(1, 1, 1).lists()["C1"].candidates == proven(1, 1, 1, A9="both").lists()["C1"].candidates == (STAR,)


def test_a10_departments_and_mass_organisations_are_one_tier_without_those_a_plan_leaves_out() -> None:
    """MTTQ and the project boards are ranked, Party offices are not; a plan may leave others out."""
    front, party = "uy-ban-mttq", "vp-tinh-uy"
    assert {front, "hoi-lhpn", "ban-qlda-giao-thong"} <= set(SO)
    assert register().by_code[party].tier is Tier.KHAC
    one, other = (
        Given(plan).scores("de-an-06", Tier.SO, {front: "90", STAR: "80"}) for plan in (s0(), switched(A10=(front,)))
    )
    assert {row.unit for row in one.verdicts("C1")} - {row.unit for row in other.verdicts("C1")} == {front}
    assert [given.finding("C1", STAR, "de-an-06").rank for given in (one, other)] == [2, 1]
    reporting_units = [
        reporters(given.plan, given.plan.obligation["OB11"], register(), AS_OF) for given in (one, other)
    ]
    assert [front in unit_codes for unit_codes in reporting_units] == [True, True]  # an unranked unit must still report
    expected = [
        expected_units(given.plan, given.plan.obligation["OB06"], register(), AS_OF, "so-noi-vu")
        for given in (one, other)
    ]
    assert expected[0] - expected[1] == {front}


def test_a11_public_service_units_are_a_tier_of_their_own_and_compete_for_no_award() -> None:
    own = units(Tier.DVSN)[0]
    outcome = send(s0(), "so-noi-vu", "OB06", [score(own, "99")])
    assert codes(outcome) == []
    given = Given().scores("cai-cach-hanh-chinh", Tier.DVSN, {own: "99"})
    given.scores("cai-cach-hanh-chinh", Tier.SO, {STAR: "90"})
    assert given.movement_figures.board(given.context, "cai-cach-hanh-chinh", Tier.DVSN).rank(own) == 1
    assert given.finding("C1", STAR, "cai-cach-hanh-chinh").rank == 1
    assert Tier.DVSN not in {award.tier for award in given.plan.awards}


@pytest.mark.parametrize(("values", "declared"), [({}, 2), ({"A14": "ignore"}, None)])
def test_a14_the_rank_by_score_counts_and_a_different_declared_rank_is_shown_or_if_switched_is_not(
    values: dict[str, str], declared: int | None
) -> None:
    given = Given(switched(**values))
    rows = [score(unit, "10") for unit in SO if unit != STAR] + [score(STAR, "90", declared_rank=2)]
    given.apply(given.results("OB08", Tier.SO, rows))
    finding = given.finding("C1", STAR, "de-an-06")
    assert (finding.verdict, finding.rank, finding.declared) == (Verdict.PASS, 1, declared)


def test_a15_no_award_adds_fields_up_and_no_published_model_has_a_total() -> None:
    """The unit with the highest sum is not a candidate if it is second in one field; each rank rule reads one field."""
    given = proven(1, 1, 2)
    for field in FIELDS[:2]:
        given.scores(field, Tier.SO, {STAR: "100"}, others=None, version=2)
    assert given.lists()["C1"].candidates == ()
    rules = [rule for plan in plans().values() for award in plan.awards for rule in award.rules]
    assert {rule.field for rule in rules if isinstance(rule, RankRule)} == set(FIELDS)
    totals = re.compile(r"total|sum$|composite|weight|points|average|overall")
    models = [
        value for value in vars(scoring_events).values() if isinstance(value, type) and issubclass(value, BaseModel)
    ]
    all_models: list[type[BaseModel]] = [*models, Award, RankRule]
    fields = {name for model in all_models for name in model.model_fields}
    assert fields >= {"score", "rank", "verdict", "at_most"}
    assert [name for name in fields if totals.search(name)] == []
