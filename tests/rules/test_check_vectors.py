"""The check vectors at the end of DOMAIN.md §2 that this release covers: (1)-(6), (8), (9)."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from services.notify import rules as notify_rules
from services.notify.state import Account
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.scoring import Eligible
from shared.plans.deadlines import is_timely
from shared.plans.duties import duties
from tests.support.movement import FIELDS, Given, s0, s1, units, with_award

SO = units(Tier.SO)
STAR = SO[3]
COUNCIL = ("hoan-thanh-xuat-sac", "tham-muu-hieu-qua")


def by_criterion(row: Eligible) -> dict[str, Verdict]:
    return {finding.criterion: finding.verdict for finding in row.findings}


def test_vector_1_a_department_first_everywhere_is_the_flag_candidate_and_leaves_the_certificate_list() -> None:
    """Ranks 1, 1, 1, tasks 100 %, no violation, listed, judged: C1's candidate, and not B1's (A9)."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    assert given.verdict("C1", STAR).verdict is Verdict.PASS
    assert given.verdict("B1", STAR).verdict is Verdict.PASS
    assert given.lists()["C1"].candidates == (STAR,)
    assert STAR not in given.lists()["B1"].candidates


def test_vector_2_second_in_one_field_is_no_flag_but_still_a_certificate() -> None:
    """Ranks 1, 1, 2: not C1; B1 under ALL."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 2)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    assert given.verdict("C1", STAR).verdict is Verdict.FAIL
    assert given.finding("C1", STAR, FIELDS[2]).reason == "rank_outside"
    assert given.lists()["B1"].candidates == (STAR,)


def test_vector_3_sixth_in_one_field_fails_under_all_and_passes_under_any() -> None:
    """Ranks 5, 5, 6: B1 fails ALL, passes ANY (A4)."""
    given = Given().ranks(Tier.SO, STAR, (5, 5, 6)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    assert given.verdict("B1", STAR).verdict is Verdict.FAIL
    any_of = Given(with_award("B1", ranks="any"))
    any_of.ranks(Tier.SO, STAR, (5, 5, 6)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    assert any_of.verdict("B1", STAR).verdict is Verdict.PASS
    assert any_of.finding("B1", STAR, FIELDS[2]).reason == "any_rank_within"


def test_vector_4_two_departments_tied_at_the_cut_off_are_both_inside() -> None:
    """Two sở tied at rank 5 in CCHC: both within 01-05 (A6)."""
    better, (one, other) = SO[:4], SO[4:6]
    above = {unit: str(90 - n) for n, unit in enumerate(better)}
    given = Given().scores("cai-cach-hanh-chinh", Tier.SO, {**above, one: "70.5", other: "70.5"})
    for unit in (one, other):
        finding = given.finding("B1", unit, "cai-cach-hanh-chinh")
        assert (finding.verdict, finding.rank) == (Verdict.PASS, 5)
    following = given.finding("B1", SO[6], "cai-cach-hanh-chinh")
    assert (following.verdict, following.rank) == (Verdict.FAIL, 7)


def test_vector_5_first_in_its_district_but_fortieth_in_the_province_waits_only_for_the_tasks() -> None:
    """A commune ranked 1 of its district and 40 of the province: not C3; B3's ranks met, overall MISSING."""
    district = "338"
    commune = units(Tier.XA, district)[0]
    abroad = [unit for unit in units(Tier.XA) if unit not in units(Tier.XA, district)]
    given = Given().ranks(Tier.XA, commune, (40, 40, 40), among=abroad)
    assert given.verdict("C3", commune).verdict is Verdict.FAIL
    assert given.finding("C3", commune, FIELDS[0]).rank == 40
    found = by_criterion(given.verdict("B3", commune))
    assert [found[field] for field in FIELDS] == [Verdict.PASS] * 3
    assert found["nhiem-vu-duoc-giao"] is Verdict.MISSING
    assert given.verdict("B3", commune).verdict is Verdict.MISSING
    assert given.finding("B3", commune, "nhiem-vu-duoc-giao").reason == "no_feed"


def test_vector_6_the_last_second_of_december_fourth_is_on_time_and_midnight_is_late() -> None:
    """ "Trước ngày 05/12/2023" ends at 00:00 of that day in Vietnam (A1)."""
    before = s0().obligation["OB06"].before
    assert is_timely(datetime(2023, 12, 4, 23, 59, 59, tzinfo=VIETNAM), before)
    assert not is_timely(datetime(2023, 12, 5, 0, 0, 0, tzinfo=VIETNAM), before)


def test_vector_8_the_same_events_twice_and_in_any_order_give_the_same_ranking() -> None:
    """Duplicates and reordering change neither boards nor verdicts."""
    straight = Given().ranks(Tier.SO, STAR, (1, 2, 3)).proven(Tier.SO, STAR)
    straight.scores("de-an-06", Tier.SO, {STAR: "95"}, others=None, version=2)
    shuffled = Given()
    events = straight.said * 2
    random.Random(8).shuffle(events)
    shuffled.hear(events)
    for field in FIELDS:
        boards = [given.tally.board(given.plan, field, Tier.SO).ranking() for given in (straight, shuffled)]
        assert boards[0] == boards[1]
    assert straight.verdicts("C1") == shuffled.verdicts("C1")
    assert straight.lists() == shuffled.lists()


def test_vector_9_a_task_whose_quarter_was_over_before_the_plan_was_issued_is_never_reminded_of() -> None:
    """Task 3 (Quý I) of the plan of 04/4/2023: historical, no reminder (A24); task 12 (Quý II) is reminded of."""
    tasks = {duty.id: duty for duty in duties(s1())}
    assert tasks["T03"].historical
    task_3 = task_12 = Account()
    for day in range(365):
        now = datetime(2023, 4, 5, 8, tzinfo=VIETNAM) + timedelta(days=day)
        task_3 = notify_rules.remind(task_3, [tasks["T03"]], s1(), "ban-tdkt", now)
        task_12 = notify_rules.remind(task_12, [tasks["T12"]], s1(), "ban-tdkt", now)
    assert task_3 == Account()
    assert len(task_12.notices) == 5
