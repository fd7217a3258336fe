"""Which units are on the lists of an award: candidates, for judgement, nearest misses, the other reading."""

from __future__ import annotations

import pytest

from services.scoring.explanation import Explainer
from shared.contracts.model import Tier, Verdict
from tests.support.movement import FIELDS, Given, first_in_everything, units, with_award, with_choices

SO = units(Tier.SO)
STAR = SO[3]
HUNG_HA, DONG_HUNG = units(Tier.XA, "339")[:3], units(Tier.XA, "340")[:3]


def test_a_unit_that_passes_every_fed_criterion_is_put_before_the_council() -> None:
    """It is listed in ``for_judgement``: the council judges the rest, and its judgement makes the unit a candidate."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR)
    assert given.lists()["C1"].for_judgement == (STAR,)
    assert given.lists()["C1"].candidates == ()
    given.judged(STAR, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    assert given.lists()["C1"].for_judgement == ()
    assert given.lists()["C1"].candidates == (STAR,)


def test_a_unit_that_still_waits_for_a_report_is_not_put_before_the_council() -> None:
    """The council does not replace a feed that exists but has not reported yet."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1))
    assert given.lists()["C1"].for_judgement == ()


def test_tied_flag_candidates_stay_on_both_lists_until_the_council_decides() -> None:
    """A6, A9: a tie for a single flag is shown and never awarded automatically."""
    one, other = SO[:2]
    given = Given()
    for field in FIELDS:
        given.scores(field, Tier.SO, {one: "90", other: "90"})
    for unit in (one, other):
        given.apply(given.results("OB02", Tier.SO, [{"unit": unit, "due": 3, "done_on_time": 3}]))
        given.apply(given.results("OB05", Tier.SO, [{"unit": unit, "violations": 0}]))
        given.apply(given.results("OB09", Tier.SO, [{"unit": unit}], complete=True))
        given.judged(unit, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    assert given.lists()["C1"].candidates == (one, other)
    assert given.lists()["B1"].candidates == (one, other)


def test_without_a_candidate_the_nearest_misses_are_listed() -> None:
    """A7 settles this."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 2)).proven(Tier.SO, STAR).judged(STAR, "hoan-thanh-xuat-sac")
    lists = given.lists()["C1"]
    assert lists.candidates == ()
    assert lists.nearest[0] == STAR
    assert STAR not in lists.nearest[1:]


def test_of_two_tied_units_the_winner_leaves_the_certificates_and_a_revocation_restores_it() -> None:
    """A6, A9, L4: the other unit keeps its certificate."""
    winner, loser = SO[:2]
    given = first_in_everything(winner, loser)
    assert given.lists()["B1"].candidates == (winner, loser)
    given.decided("C1", winner)
    assert given.lists()["C1"].candidates == (winner, loser)
    assert given.lists()["B1"].candidates == (loser,)
    given.decided("C1", winner, "revoked", version=2)
    assert given.lists()["B1"].candidates == (winner, loser)
    given.decided("C1", winner)
    assert given.lists()["B1"].candidates == (winner, loser)


def test_a_flag_that_was_given_excludes_like_a_proposed_one_until_it_is_revoked() -> None:
    """A9: exclusions follow proposals and awards alike, in whatever order their events arrive."""
    winner, loser = SO[:2]
    given = first_in_everything(winner, loser).awarded("C1", winner)
    assert given.lists()["B1"].candidates == (loser,)
    given.decided("C1", winner)
    assert given.lists()["B1"].candidates == (loser,)
    given.awarded("C1", winner, version=2, revoked=True)
    given.decided("C1", winner, "revoked", version=2)
    assert given.lists()["B1"].candidates == (winner, loser)
    given.awarded("C1", winner)
    assert given.lists()["B1"].candidates == (winner, loser)


def test_once_another_unit_gets_the_flag_the_only_candidate_keeps_its_certificate() -> None:
    """A41: the council may depart from the computed result; only the awarded unit is excluded (A9)."""
    given = first_in_everything(STAR)
    assert given.lists()["B1"].candidates == ()
    given.decided("C1", SO[0])
    assert given.lists()["B1"].candidates == (STAR,)


def test_the_only_candidate_keeps_its_certificate_when_the_flag_is_declined() -> None:
    """Otherwise it would get neither award, though it passes both."""
    given = first_in_everything(STAR).decided("C1", STAR, "declined")
    assert given.lists()["C1"].candidates == (STAR,)
    assert given.lists()["B1"].candidates == (STAR,)


def test_before_judgement_the_second_list_shows_units_that_would_reach_the_council_under_the_other_reading() -> None:
    """A4: with ranks 5, 5, 6 a unit fails ALL and would reach the council under ANY."""
    given = Given().ranks(Tier.SO, STAR, (5, 5, 6)).proven(Tier.SO, STAR)
    assert given.verdict("B1", STAR).verdict is Verdict.FAIL
    assert STAR in given.lists()["B1"].otherwise
    other = Given(with_choices(A4="any")).ranks(Tier.SO, STAR, (5, 5, 6)).proven(Tier.SO, STAR)
    assert STAR in other.lists()["B1"].for_judgement
    assert STAR in other.lists()["B1"].otherwise
    assert other.lists()["C1"].otherwise == ()


def flag_of_every_district(*codes: str) -> Given:
    """A plan with one flag for each district's communes; these communes pass everything for flag and certificate."""
    given = Given(with_award("C3", scope="parent"))
    for field in FIELDS:
        given.scores(field, Tier.XA, dict.fromkeys(codes, "90"))
    for unit in codes:
        given.proven(Tier.XA, unit).judged(unit, "hoan-thanh-xuat-sac")
    return given


def test_the_only_candidates_of_two_districts_flags_both_leave_the_certificates() -> None:
    """A49: before, two candidates in two scopes were taken for a tie, and both stayed."""
    given = flag_of_every_district(HUNG_HA[0], DONG_HUNG[0])
    assert given.lists()["C3"].candidates == (HUNG_HA[0], DONG_HUNG[0])
    assert given.lists()["B3"].candidates == ()


def test_a_tie_in_one_district_keeps_nobody_of_another_district_on_the_certificates() -> None:
    """A49: the tied units stay until the council decides (A6); the only candidate of the other district leaves."""
    given = flag_of_every_district(*HUNG_HA[:2], DONG_HUNG[0])
    assert given.lists()["B3"].candidates == (*HUNG_HA[:2],)


def test_a_flag_given_or_declined_in_one_district_changes_nothing_in_another() -> None:
    """A49: what the council decides about one scope's flag leaves the only candidate of another scope as it is."""
    given = flag_of_every_district(HUNG_HA[0], DONG_HUNG[0]).decided("C3", HUNG_HA[1])
    assert given.lists()["B3"].candidates == (HUNG_HA[0],)
    given = flag_of_every_district(HUNG_HA[0], DONG_HUNG[0]).decided("C3", HUNG_HA[0], "declined")
    assert given.lists()["B3"].candidates == (HUNG_HA[0],)


@pytest.mark.parametrize(
    ("candidates", "text"), [(1, " Đạt đủ tiêu chuẩn"), (2, " Cùng 1 đơn vị khác đạt đủ tiêu chuẩn")]
)
def test_the_explanation_counts_the_candidates_of_the_units_own_district(candidates: int, text: str) -> None:
    """A49: a candidate of another district's flag is no rival."""
    given = flag_of_every_district(*HUNG_HA[:candidates], DONG_HUNG[0])
    explained = Explainer(given.movement_figures, given.context, {}).explain(HUNG_HA[0], award="C3")
    assert any(text in line for section in explained.sections for line in section.lines)
