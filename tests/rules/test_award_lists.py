"""Which units are on the lists of an award: candidates, for judgement, nearest misses, the other reading."""

from __future__ import annotations

from shared.contracts.model import Tier, Verdict
from tests.support.movement import FIELDS, Given, first_in_everything, units, with_choices

SO = units(Tier.SO)
STAR = SO[3]


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
