"""Who is eligible for what, and why, beyond the check vectors."""

from __future__ import annotations

from datetime import date

import pytest

from services.scoring import rules
from shared.contracts.model import Tier, Verdict
from tests.support.movement import FIELDS, Given, units

SO = units(Tier.SO)
STAR = SO[3]
COMMUNE = units(Tier.XA)[0]


def test_with_nothing_reported_every_fed_criterion_waits_and_nothing_fails() -> None:
    """MISSING, not FAIL; the council's criteria say that nobody reports them."""
    row = Given().verdict("C1", STAR)
    assert row.verdict is Verdict.MISSING
    assert {f.reason for f in row.findings} == {"no_feed", "not_reported"}


def test_no_agency_reports_tasks_or_discipline_of_communes_so_both_are_the_councils_to_judge() -> None:
    """A12: no feed for communes is MISSING "no_feed"."""
    given = Given()
    for criterion in ("nhiem-vu-duoc-giao", "ky-luat-ky-cuong", "chuyen-doi-so"):
        assert given.finding("C3", COMMUNE, criterion).reason == "no_feed"
    assert given.finding("C3", COMMUNE, "cai-cach-hanh-chinh").reason == "not_reported"


def test_a_rank_on_a_board_that_is_not_complete_proves_nothing() -> None:
    """A39: the only scored unit would be number 1."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None)
    finding = given.finding("C1", STAR, "de-an-06")
    assert (finding.verdict, finding.reason, finding.rank) == (Verdict.MISSING, "board_incomplete", 1)


def test_a_tier_declared_complete_ranks_those_that_have_a_figure() -> None:
    """A39: absent units are then MISSING themselves."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None, complete=True)
    assert given.finding("C1", STAR, "de-an-06").verdict is Verdict.PASS
    assert given.finding("C1", SO[0], "de-an-06").reason == "not_reported"


def test_an_interim_figure_is_ranked_but_proves_nothing() -> None:
    """A2: an earlier as-of is interim."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, as_of=date(2023, 8, 31))
    assert given.tally.board(given.plan, "de-an-06", Tier.SO).rank(STAR) == 1
    assert given.finding("C1", STAR, "de-an-06").reason == "interim"


def test_one_interim_figure_keeps_the_whole_board_incomplete() -> None:
    """A39 counts final figures only."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"})
    given.scores("de-an-06", Tier.SO, {SO[0]: "10"}, others=None, version=2, as_of=date(2023, 8, 31))
    assert given.finding("C1", STAR, "de-an-06").reason == "board_incomplete"


def test_a_districts_board_is_complete_without_the_other_districts() -> None:
    """A8: B3 ranks inside the commune's own district."""
    district = units(Tier.XA, "338")
    given = Given().scores("de-an-06", Tier.XA, dict.fromkeys(district, "50"), others=None)
    assert given.finding("B3", district[0], "de-an-06").verdict is Verdict.PASS
    assert given.finding("C3", district[0], "de-an-06").reason == "board_incomplete"


@pytest.mark.parametrize(
    ("tasks", "verdict", "reason"),
    [
        ({"due": 10, "done_on_time": 10}, Verdict.PASS, "tasks_on_time"),
        ({"due": 10, "done_on_time": 9}, Verdict.FAIL, "tasks_late"),
        ({"due": 10, "done_on_time": 9, "cancelled": 1}, Verdict.PASS, "tasks_on_time"),
        ({"due": 1, "done_on_time": 0, "cancelled": 1}, Verdict.MISSING, "nothing_due"),
        ({"due": 0, "done_on_time": 0}, Verdict.MISSING, "nothing_due"),
    ],
)
def test_tasks_count_those_due_and_not_cancelled(tasks: dict[str, int], verdict: Verdict, reason: str) -> None:
    """A17."""
    given = Given()
    given.hear(given.results("OB02", Tier.SO, [{"unit": STAR, **tasks}]))
    finding = given.finding("C1", STAR, "nhiem-vu-duoc-giao")
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_a_confirmed_violation_fails_discipline() -> None:
    """A18."""
    given = Given()
    given.hear(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 2}]))
    finding = given.finding("C1", STAR, "ky-luat-ky-cuong")
    assert (finding.verdict, finding.reason, finding.count) == (Verdict.FAIL, "violation", 2)


def test_a_unit_not_on_the_list_fails_once_the_list_is_in_and_passes_when_added() -> None:
    """A40; a correction takes a unit off again."""
    given = Given()
    given.hear(given.results("OB09", Tier.SO, [{"unit": SO[0]}], complete=True))
    missing = given.finding("C1", STAR, "dong-gop-noi-bat")
    assert missing.reason == "not_listed"
    assert len(missing.events) == 1
    given.hear(given.results("OB09", Tier.SO, [{"unit": STAR}, {"unit": SO[0], "listed": False}], version=2))
    assert given.finding("C1", STAR, "dong-gop-noi-bat").verdict is Verdict.PASS
    assert given.finding("C1", SO[0], "dong-gop-noi-bat").verdict is Verdict.FAIL


def test_the_councils_word_fills_what_is_missing_and_never_overwrites_a_feed() -> None:
    """A41."""
    given = Given()
    given.hear(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}]))
    given.judged(STAR, "ky-luat-ky-cuong", "hoan-thanh-xuat-sac")
    assert given.finding("C1", STAR, "ky-luat-ky-cuong").verdict is Verdict.FAIL
    assert given.finding("C1", STAR, "hoan-thanh-xuat-sac").verdict is Verdict.PASS


def test_a_later_judgement_replaces_the_earlier_in_whatever_order_they_come() -> None:
    """Last version wins."""
    given = Given().judged(STAR, "hoan-thanh-xuat-sac", verdict=Verdict.FAIL, version=2)
    given.judged(STAR, "hoan-thanh-xuat-sac", verdict=Verdict.PASS, version=1)
    assert given.finding("C1", STAR, "hoan-thanh-xuat-sac").verdict is Verdict.FAIL


def test_a_unit_with_all_that_feeds_can_prove_is_put_before_the_council() -> None:
    """for_judgement: the rest is the council's to judge, and its word makes a candidate."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR)
    assert given.lists()["C1"].for_judgement == (STAR,)
    assert given.lists()["C1"].candidates == ()
    given.judged(STAR, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    assert given.lists()["C1"].for_judgement == ()
    assert given.lists()["C1"].candidates == (STAR,)


def test_a_unit_that_still_waits_for_a_report_is_not_put_before_the_council() -> None:
    """A feed that exists and has not spoken is not the council's to replace."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1))
    assert given.lists()["C1"].for_judgement == ()


def test_tied_flag_candidates_stay_on_both_lists_until_the_council_decides() -> None:
    """A6, A9: a tie for a single flag is shown and never awarded by itself."""
    one, other = SO[:2]
    given = Given()
    for field in FIELDS:
        given.scores(field, Tier.SO, {one: "90", other: "90"})
    for unit in (one, other):
        given.hear(given.results("OB02", Tier.SO, [{"unit": unit, "due": 3, "done_on_time": 3}]))
        given.hear(given.results("OB05", Tier.SO, [{"unit": unit, "violations": 0}]))
        given.hear(given.results("OB09", Tier.SO, [{"unit": unit}], complete=True))
        given.judged(unit, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
    assert given.lists()["C1"].candidates == (one, other)
    assert given.lists()["B1"].candidates == (one, other)


def test_no_candidate_is_a_valid_answer_with_the_nearest_misses() -> None:
    """A7."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 2)).proven(Tier.SO, STAR).judged(STAR, "hoan-thanh-xuat-sac")
    lists = given.lists()["C1"]
    assert lists.candidates == ()
    assert lists.nearest[0] == STAR
    assert STAR not in lists.nearest[1:]


def test_units_without_an_award_line_are_on_no_list() -> None:
    """A11: the public service units are ranked apart and stand for nothing."""
    dvsn = units(Tier.DVSN)[0]
    given = Given().scores("de-an-06", Tier.DVSN, {dvsn: "99"})
    assert given.tally.board(given.plan, "de-an-06", Tier.DVSN).rank(dvsn) == 1
    assert all(dvsn not in {row.unit for row in given.verdicts(award.id)} for award in given.plan.awards)


def test_figures_by_an_agency_that_may_not_report_them_are_a_breach() -> None:
    """Scoring checks the authority again, by the plan version the event names."""
    given = Given()
    (results,) = given.results("OB06", Tier.SO, [{"unit": STAR, "score": "90"}])
    assert rules.breach(given.plan, results) is None
    assert rules.breach(given.plan, results.model_copy(update={"reported_by": "so-tttt"})) is not None
    assert rules.breach(given.plan, results.model_copy(update={"field": "de-an-06"})) is not None
    assert rules.breach(given.plan, results.model_copy(update={"obligation": "OB99"})) is not None


def test_verdicts_follow_from_versions_so_old_news_does_no_work() -> None:
    """The same versions mean the same verdicts; a new figure changes them."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"})
    award = given.plan.award["C1"]
    before = rules.computed_from(award, given.tally, given.terms)
    given.hear(list(given.said))
    assert rules.computed_from(award, given.tally, given.terms) == before
    given.scores("de-an-06", Tier.SO, {STAR: "91"}, others=None, version=2)
    assert rules.computed_from(award, given.tally, given.terms) != before


def test_attendance_of_three_offices_stands_beside_each_other() -> None:
    """OB01, OB03 and OB04 are each at version 1; none displaces another, in whatever order they come."""
    given = Given()
    for obligation in ("OB03", "OB04", "OB01"):
        given.hear(given.results(obligation, Tier.SO, [{"unit": STAR, "invited": 3, "present": 3}]))
    assert {key.subject for key in given.tally.pages} == {"OB01", "OB03", "OB04"}


def test_events_of_a_tier_declared_complete_in_any_order_name_the_same_event() -> None:
    """The last version that declares it."""
    one = Given().results("OB09", Tier.SO, [{"unit": SO[0]}], complete=True)
    two = Given().results("OB09", Tier.SO, [{"unit": SO[1]}], version=2, complete=True)
    forth, back = Given().hear([*one, *two]), Given().hear([*two, *one])
    assert forth.verdicts("C1") == back.verdicts("C1")
    assert forth.tally.declared("listed", Tier.SO) == back.tally.declared("listed", Tier.SO) is not None
