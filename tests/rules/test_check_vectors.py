"""The eleven check vectors: rules worked out by hand for one unit, with the reason for every verdict."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from services.scoring import rules
from services.scoring.context import ScoringContext
from services.scoring.state import MovementFigures
from shared.contracts.awards import SubjectKind
from shared.contracts.council import Judgement
from shared.contracts.fast_models import Eligible
from shared.contracts.ids import derived
from shared.contracts.intake import Results
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.scoring import Reason
from shared.contracts.units import UnitRegister
from shared.plans.authority import reporters
from shared.plans.deadlines import is_timely
from shared.plans.duties import duties
from shared.plans.load import load_plans, load_register
from tests.support.chasing import Chasing
from tests.support.figures import figures, violation
from tests.support.movement import FIELDS, Given, register, s0, s1, units, with_choices
from tests.support.nominating import Desk
from tests.support.provinces import HUNG_YEN

SO = units(Tier.SO)
STAR = SO[3]
COUNCIL = ("hoan-thanh-xuat-sac", "tham-muu-hieu-qua")
CIVIC = "ky-luat-ky-cuong"


def criteria_of(row: Eligible) -> dict[str, tuple[Verdict, Reason]]:
    """Verdict and reason of each criterion."""
    return {finding.criterion: (finding.verdict, finding.reason) for finding in row.findings}


CERTIFICATE: dict[str, tuple[Verdict, Reason]] = {
    "hoan-thanh-xuat-sac": (Verdict.PASS, "judged"),
    "nhiem-vu-duoc-giao": (Verdict.PASS, "tasks_on_time"),
    "chuyen-doi-so": (Verdict.PASS, "rank_within"),
    "de-an-06": (Verdict.PASS, "rank_within"),
    "cai-cach-hanh-chinh": (Verdict.PASS, "rank_within"),
    "ky-luat-ky-cuong": (Verdict.PASS, "no_violation"),
}
FLAG = CERTIFICATE | {"tham-muu-hieu-qua": (Verdict.PASS, "judged"), "dong-gop-noi-bat": (Verdict.PASS, "listed")}
"""Verdict and reason of each criterion for a unit that passes all of them."""


def test_vector_1_a_department_first_everywhere_is_the_flag_candidate_and_leaves_the_certificate_list() -> None:
    """With ranks 1, 1, 1, tasks 100 %, no violation, listed and judged, it is C1's candidate and not B1's (A9)."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    flag, certificate = given.verdict("C1", STAR), given.verdict("B1", STAR)
    assert (flag.verdict, criteria_of(flag)) == (Verdict.PASS, FLAG)
    assert (certificate.verdict, criteria_of(certificate)) == (Verdict.PASS, CERTIFICATE)
    assert [given.finding("C1", STAR, field).rank for field in FIELDS] == [1, 1, 1]
    assert given.lists()["C1"].candidates == (STAR,)
    assert given.lists()["B1"].candidates == ()


def test_vector_2_second_in_one_field_is_no_flag_but_still_a_certificate() -> None:
    """With ranks 1, 1, 2 it does not get C1, but B1 under ALL."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 2)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    flag, certificate = given.verdict("C1", STAR), given.verdict("B1", STAR)
    assert (flag.verdict, criteria_of(flag)) == (Verdict.FAIL, FLAG | {FIELDS[2]: (Verdict.FAIL, "rank_outside")})
    outside = given.finding("C1", STAR, FIELDS[2])
    assert (outside.rank, outside.limit) == (2, 1)
    assert (certificate.verdict, criteria_of(certificate)) == (Verdict.PASS, CERTIFICATE)
    assert given.lists()["C1"].candidates == ()
    assert given.lists()["B1"].candidates == (STAR,)


def test_vector_3_sixth_in_one_field_fails_under_all_and_passes_under_any() -> None:
    """With ranks 5, 5, 6 it fails B1 under ALL and passes it under ANY (A4)."""
    given = Given().ranks(Tier.SO, STAR, (5, 5, 6)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    row = given.verdict("B1", STAR)
    assert (row.verdict, criteria_of(row)) == (Verdict.FAIL, CERTIFICATE | {FIELDS[2]: (Verdict.FAIL, "rank_outside")})
    assert [(f.rank, f.limit) for f in row.findings if f.criterion in FIELDS] == [(5, 5), (5, 5), (6, 5)]
    any_of = Given(with_choices(A4="any"))
    any_of.ranks(Tier.SO, STAR, (5, 5, 6)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    row = any_of.verdict("B1", STAR)
    assert (row.verdict, criteria_of(row)) == (
        Verdict.PASS,
        CERTIFICATE | {FIELDS[2]: (Verdict.PASS, "any_rank_within")},
    )


def test_vector_4_two_departments_tied_at_the_cut_off_are_both_inside() -> None:
    """Two sở are tied at rank 5 in CCHC, so both are within 01-05 (A6)."""
    better, (one, other) = SO[:4], SO[4:6]
    better_scores = {unit: str(90 - n) for n, unit in enumerate(better)}
    given = Given().scores("cai-cach-hanh-chinh", Tier.SO, {**better_scores, one: "70.5", other: "70.5"})
    for unit in (one, other):
        finding = given.finding("B1", unit, "cai-cach-hanh-chinh")
        assert (finding.verdict, finding.reason, finding.rank) == (Verdict.PASS, "rank_within", 5)
    following = given.finding("B1", SO[6], "cai-cach-hanh-chinh")
    assert (following.verdict, following.reason, following.rank) == (Verdict.FAIL, "rank_outside", 7)


def test_vector_5_first_in_its_district_but_fortieth_in_the_province_waits_only_for_the_tasks() -> None:
    """The commune fails C3 as 40th in the province; for B3 its rank in the district passes, the verdict is MISSING."""
    district = "338"
    commune = units(Tier.XA, district)[0]
    elsewhere = [unit for unit in units(Tier.XA) if unit not in units(Tier.XA, district)]
    given = Given().ranks(Tier.XA, commune, (40, 40, 40), among=elsewhere)
    unproven: dict[str, tuple[Verdict, Reason]] = {
        "hoan-thanh-xuat-sac": (Verdict.MISSING, "no_feed"),
        "nhiem-vu-duoc-giao": (Verdict.MISSING, "no_feed"),
        "ky-luat-ky-cuong": (Verdict.MISSING, "no_feed"),
    }
    flag, certificate = given.verdict("C3", commune), given.verdict("B3", commune)
    ranked: dict[str, tuple[Verdict, Reason]] = dict.fromkeys(FIELDS, (Verdict.FAIL, "rank_outside"))
    assert (flag.verdict, criteria_of(flag)) == (Verdict.FAIL, unproven | ranked)
    ranked = dict.fromkeys(FIELDS, (Verdict.PASS, "rank_within"))
    assert (certificate.verdict, criteria_of(certificate)) == (Verdict.MISSING, unproven | ranked)
    for row, rank in ((flag, 40), (certificate, 1)):
        assert [finding.rank for finding in row.findings if finding.criterion in FIELDS] == [rank] * 3


def test_vector_6_the_last_second_of_december_fourth_is_on_time_and_midnight_is_late() -> None:
    """ "Trước ngày 05/12/2023" ends at 00:00 of that day in Vietnam (A1)."""
    last_day = s0().obligation["OB06"].last_day("2023")
    assert last_day == date(2023, 12, 4)
    assert is_timely(datetime(2023, 12, 4, 23, 59, 59, tzinfo=VIETNAM), last_day)
    assert not is_timely(datetime(2023, 12, 5, 0, 0, 0, tzinfo=VIETNAM), last_day)


def test_vector_7_a_third_individual_of_a_district_is_refused_until_one_is_withdrawn() -> None:
    """S0 IV.4 allows "không quá 02" per district; every answer gives the places left."""
    desk = Desk()
    first, second, third = (desk.ask("338", "B6", SubjectKind.CAN_BO, person) for person in ("p-1", "p-2", "p-3"))
    assert [(nomination.status, nomination.places_left) for nomination in (first, second)] == [
        ("accepted", 1),
        ("accepted", 0),
    ]
    assert (third.status, third.reason, third.places_left) == ("refused", "quota_full", 0)
    assert third.detail is not None
    assert "không quá 02" in third.detail
    assert desk.withdraw(first).places_left == 1
    again = desk.ask("338", "B6", SubjectKind.CAN_BO, "p-3")
    assert (again.status, again.reason, again.places_left) == ("accepted", None, 0)


def test_vector_8_the_same_events_twice_and_in_any_order_give_the_same_ranking() -> None:
    """Duplicates and reordering change neither boards nor verdicts."""
    straight = Given().ranks(Tier.SO, STAR, (1, 2, 3)).proven(Tier.SO, STAR)
    straight.scores("de-an-06", Tier.SO, {STAR: "95"}, others=None, version=2)
    shuffled = Given()
    events = straight.applied * 2
    random.Random(8).shuffle(events)
    shuffled.apply(events)
    for field in FIELDS:
        boards = [
            given.movement_figures.board(given.context, field, Tier.SO).ranking() for given in (straight, shuffled)
        ]
        assert boards[0] == boards[1]
    assert straight.verdicts("C1") == shuffled.verdicts("C1")
    assert straight.lists() == shuffled.lists()


def test_vector_9_a_task_whose_quarter_ended_before_the_plan_was_issued_gets_no_reminder() -> None:
    """Task 3 (Quý I) of the plan of 04/4/2023 is historical and has no reminder (A24); task 12 (Quý II) has some."""
    tasks = {duty.id: duty for duty in duties(s1(), register(), date(2023, 4, 5))}
    assert tasks["T03"].historical
    year = Chasing(s1(), only=("T03", "T12"))
    notices = [notice for _, sent in year.days(date(2023, 4, 5), date(2024, 4, 3)) for notice in sent]
    assert [line.duty for notice in notices for line in notice.lines] == ["T12"] * 5


def test_vector_10_a_case_opened_after_the_as_of_holds_until_it_is_closed() -> None:
    """Opened on 01/12 with signs of violation, it makes the verdict HOLD (A18, L5).

    Closed without a violation it releases the unit; closed with one it makes the verdict FAIL.
    """
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    given.apply(given.case(STAR))
    row = given.verdict("C1", STAR)
    assert (row.verdict, criteria_of(row)) == (Verdict.HOLD, FLAG | {CIVIC: (Verdict.HOLD, "inspection_open")})
    assert given.finding("C1", STAR, CIVIC).cases == ("12/QĐ-TTr",)
    assert (given.lists()["C1"].candidates, given.lists()["C1"].held) == ((), (STAR,))
    given.apply(given.case(STAR, version=2, closed=date(2023, 12, 20)))
    row = given.verdict("C1", STAR)
    assert (row.verdict, criteria_of(row)) == (Verdict.PASS, FLAG)
    assert (given.lists()["C1"].candidates, given.lists()["C1"].held) == ((STAR,), ())
    given.apply(given.case(STAR, version=3, closed=date(2023, 12, 20), violation_found=True))
    row = given.verdict("C1", STAR)
    assert (row.verdict, criteria_of(row)) == (Verdict.FAIL, FLAG | {CIVIC: (Verdict.FAIL, "inspection_found")})
    assert (given.lists()["C1"].candidates, given.lists()["C1"].held) == ((), ())


def test_vector_11_a_unit_dissolved_before_the_decision_is_not_awardable_under_the_rules_of_2025() -> None:
    """It existed on the as-of (30/11/2025) and not on the last day of decisions (31/01/2026) (L7)."""
    plan, unit_register = load_plans(HUNG_YEN)[0], load_register(HUNG_YEN / "units-2025.csv", "hung-yen", 1)
    assert plan.movement is not None
    assert plan.movement.decided_by == date(2026, 1, 31)
    star, award = "so-y-te", plan.award["C1"]
    for last_day, verdict, reason in (
        (plan.movement.decided_by, Verdict.FAIL, "dissolved"),
        (plan.movement.decided_by + timedelta(days=1), Verdict.PASS, "active"),
    ):
        context = ScoringContext(plan, _dissolved(unit_register, star, last_day))
        rows = rules.evaluate(award, _first_in_everything(context, star), context)
        row = next(row for row in rows if row.unit == star)
        assert row.verdict is verdict
        assert criteria_of(row) == FLAG | {"don-vi-con-hoat-dong": (verdict, reason)}


def test_vector_11_the_rules_of_2023_do_not_ask_whether_a_unit_still_exists() -> None:
    """L7 dates from 2025; a movement of 2023 is judged by the rules of 2023 (L1)."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR).judged(STAR, *COUNCIL)
    context = ScoringContext(s0(), _dissolved(register(), STAR, date(2023, 12, 15)))
    rows = rules.evaluate(s0().award["C1"], given.movement_figures, context)
    row = next(row for row in rows if row.unit == STAR)
    assert (row.verdict, criteria_of(row)) == (Verdict.PASS, FLAG)


def _dissolved(units: UnitRegister, code: str, day: date) -> UnitRegister:
    """The register with one unit that no longer exists from a day on."""
    rows = [u.model_copy(update={"valid_to": day}) if u.code == code else u for u in units.units]
    return UnitRegister(province=units.province, version=units.version + 1, units=tuple(rows))


def _first_in_everything(context: ScoringContext, star: str) -> MovementFigures:
    """Figures in which one department passes every criterion, sent by the reporters of the plan."""
    plan = context.plan
    assert plan.movement is not None
    movement_figures = MovementFigures(plan.province, plan.movement.id)
    head = {"plan": plan.ref, "register_version": 1, "movement": plan.movement.id, "tier": Tier.SO, "page": 0}
    head |= {"period": "2025", "version": 1, "as_of": plan.movement.as_of, "final": True, "complete": True}
    head |= {"received_at": datetime(2025, 12, 1, tzinfo=VIETNAM)}
    everyone = [unit.code for unit in context.ranked(Tier.SO)]
    scores = [{"unit": unit, "score": 90 if unit == star else 10} for unit in everyone]
    reported: dict[str, list[dict[str, Any]]] = dict.fromkeys(("OB06", "OB07", "OB08"), scores)
    reported |= {"OB02": [{"unit": star, "due": 3, "done_on_time": 3}], "OB05": [{"unit": star, "violations": 0}]}
    for obligation_id, rows in {**reported, "OB09": [{"unit": star}]}.items():
        obligation = plan.obligation[obligation_id]
        (agency,) = reporters(plan, obligation, context.register, date(2025, 12, 1))
        fields = {
            "obligation": obligation_id,
            "reported_by": agency,
            "receipt": obligation_id,
            "report": f"1/{obligation_id}",
        }
        results = Results.model_validate(
            {**head, **fields, "kind": obligation.kind, "field": obligation.field, "rows": rows}
        )
        assert violation(plan, context.register, results) is None
        movement_figures.apply_results(derived(obligation_id), figures(results))
    common = {k: head[k] for k in ("plan", "register_version", "movement", "tier", "page", "version")}
    common |= {"unit": star, "verdict": Verdict.PASS, "reason": "họp", "by": "Chủ tịch", "at": head["received_at"]}
    for criterion in COUNCIL:
        movement_figures.apply_judgement(
            derived(criterion), Judgement.model_validate({**common, "criterion": criterion})
        )
    return movement_figures
