"""What proves a criterion, where the sources leave it open: the default and the switch."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from services.intake.reports import parsing
from services.intake.reports.state import AcceptedReport
from services.scoring.criteria.table import FOR_THE_COUNCIL
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Tier, Verdict
from shared.plans.duties import duties
from tests.support.ambiguities import CIVIC, COMMUNE, DISTRICT, FOREIGN, OTHER, STAR, proven, switched
from tests.support.figures import violation
from tests.support.movement import AS_OF, FIELDS, Given, register, s0, units
from tests.support.reports import NOW, codes, score, send

FIGURES = {"OB02-H": {"due": 5, "done_on_time": 5}, "OB05-H": {"violations": 0}}
CRITERION = {"OB02-H": "nhiem-vu-duoc-giao", "OB05-H": CIVIC}


def test_a12_what_nobody_must_report_is_missing_or_if_switched_fails() -> None:
    """Tasks and discipline of communes; a criterion without any figure in the source stays with the council."""
    for plan, verdict in ((s0(), Verdict.MISSING), (switched(A12="fail"), Verdict.FAIL)):
        for criterion in ("nhiem-vu-duoc-giao", CIVIC):
            finding = Given(plan).finding("B3", COMMUNE, criterion)
            assert (finding.verdict, finding.reason) == (verdict, "no_feed")
        assert Given(plan).finding("B3", COMMUNE, "hoan-thanh-xuat-sac").verdict is Verdict.MISSING


def test_a12_the_optional_reports_are_nobodys_duty() -> None:
    optional = {o.id: o for o in s0().obligations if o.optional}
    assert set(optional) == {"OB02-H", "OB05-H"}
    assert all(o.not_in_seed and o.basis == "assumed" and o.cite == "A12" for o in optional.values())
    assert not {duty.id for duty in duties(s0(), register(), AS_OF)} & set(optional)


@pytest.mark.parametrize("obligation", FIGURES)
def test_a12_a_district_that_reports_its_own_communes_proves_the_criterion(obligation: str) -> None:
    """Its report is complete with all its own communes; the council still judges those of other districts."""
    own = [{"unit": unit, **FIGURES[obligation]} for unit in units(Tier.XA, DISTRICT)]
    outcome = send(s0(), DISTRICT, obligation, own)
    assert isinstance(outcome, AcceptedReport)
    assert outcome.receipt.complete_at == NOW
    assert outcome.receipt.timely is True
    given = Given()
    given.apply(given.results(obligation, Tier.XA, own[1:], by=DISTRICT, complete=True))
    reported, unreported = own[1]["unit"], own[0]["unit"]
    assert isinstance(reported, str)
    assert isinstance(unreported, str)
    for award in ("C3", "B3"):
        assert given.finding(award, reported, CRITERION[obligation]).verdict is Verdict.PASS
        assert given.finding(award, unreported, CRITERION[obligation]).reason == "not_reported"
        foreign = given.finding(award, FOREIGN, CRITERION[obligation])
        assert (foreign.reason, foreign.events) == ("no_feed", ())


@pytest.mark.parametrize("obligation", FIGURES)
def test_a12_a_district_may_not_report_about_another_districts_commune(obligation: str) -> None:
    """Intake refuses the report and scoring refuses it again; no other agency may report it either."""
    rows = [{"unit": COMMUNE, **FIGURES[obligation]}, {"unit": FOREIGN, **FIGURES[obligation]}]
    outcome = send(s0(), DISTRICT, obligation, rows)
    assert codes(outcome) == ["tier_not_reported"]
    assert outcome.receipt.problems[0].pointer == "/rows/1/unit"
    assert codes(send(s0(), "so-noi-vu", obligation, rows)) == ["not_responsible"]
    given = Given()
    (own,) = given.results(obligation, Tier.XA, rows[:1], by=DISTRICT)
    (foreign,) = given.results(obligation, Tier.XA, rows[1:], by=DISTRICT)
    assert violation(s0(), register(), own) is None
    assert violation(s0(), register(), foreign) == f"{DISTRICT} may not report {obligation} about {FOREIGN}"


def test_a12_while_one_district_reports_communes_of_the_others_still_reach_the_council() -> None:
    """One district's report of its own communes does not decide who must report the rest."""
    given = Given()
    for field in FIELDS:
        given.scores(field, Tier.XA, {FOREIGN: "90"})
    assert FOREIGN in given.lists()["B3"].for_judgement
    for obligation, figures in FIGURES.items():
        given.apply(given.results(obligation, Tier.XA, [{"unit": COMMUNE, **figures}], by=DISTRICT))
    assert FOREIGN in given.lists()["B3"].for_judgement


def test_a13_digital_scores_of_communes_count_where_reported_and_are_missing_elsewhere() -> None:
    field = "chuyen-doi-so"
    assert Given().finding("C3", COMMUNE, field).reason == "no_feed"
    assert codes(send(s0(), "so-tttt", "OB07", [score(COMMUNE)])) == []
    given = Given().scores(field, Tier.XA, {COMMUNE: "90"})
    assert given.finding("C3", COMMUNE, field).verdict is Verdict.PASS
    assert Given().scores(field, Tier.XA, {COMMUNE: "90"}, others=None).finding("C3", FOREIGN, field).verdict == (
        Verdict.MISSING
    )


def test_a16_attendance_is_stored_but_changes_no_verdict() -> None:
    """Even a unit that never attended is unaffected: the source names no threshold."""
    rows = [{"unit": STAR, "invited": 9, "present": 0, "substitute": 2, "excused": 3, "unexcused": 4}]
    given, without = proven(1, 1, 1), proven(1, 1, 1)
    for obligation in ("OB01", "OB03", "OB04"):
        given.apply(given.results(obligation, Tier.SO, rows))
        figure = given.movement_figures.figure(obligation, Tier.SO, 0, STAR)
        assert figure is not None
        assert asdict(figure.value) == rows[0]
    assert given.verdict("C1", STAR) == without.verdict("C1", STAR)
    assert given.lists() == without.lists()


@pytest.mark.parametrize(("values", "verdict"), [({}, "MISSING"), ({"A17": "pass"}, "PASS")])
def test_a17_where_no_task_was_due_the_council_judges_or_if_switched_the_unit_passes(
    values: dict[str, str], verdict: str
) -> None:
    given = Given(switched(**values))
    given.apply(given.results("OB02", Tier.SO, [{"unit": STAR, "due": 2, "done_on_time": 0, "cancelled": 2}]))
    finding = given.finding("C1", STAR, "nhiem-vu-duoc-giao")
    assert (finding.verdict, finding.reason) == (verdict, "nothing_due")
    assert finding.reason in FOR_THE_COUNCIL
    given.judged(STAR, "nhiem-vu-duoc-giao")
    assert given.finding("C1", STAR, "nhiem-vu-duoc-giao").verdict is Verdict.PASS


@pytest.mark.parametrize("counts", [(3, 4, 0), (3, 3, 1), (3, 0, 4)])
def test_a17_impossible_counts_are_an_error_in_the_report(counts: tuple[int, int, int]) -> None:
    """More tasks done or cancelled than were due."""
    row: JsonObject = {"unit": STAR, **dict(zip(("due", "done_on_time", "cancelled"), counts, strict=True))}
    head = {"movement": "m", "obligation": "OB02", "period": "2023", "kind": "tasks"}
    problems = parsing.parse_report({**head, "rows": [row]})
    assert isinstance(problems, list)
    assert [problem.pointer for problem in problems] == ["/rows/0"]


@pytest.mark.parametrize(
    ("values", "verdict", "reason"),
    [
        ({}, "HOLD", "inspection_open"),
        ({"A18": "fail"}, "FAIL", "inspection_open"),
        ({"A18": "ignore"}, "PASS", "no_violation"),
    ],
)
def test_a18_an_open_case_with_signs_of_violation_holds_or_if_switched_fails_or_is_ignored(
    values: dict[str, str], verdict: str, reason: str
) -> None:
    given = proven(1, 1, 1, **values)
    given.apply(given.case(STAR))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (verdict, reason)


@pytest.mark.parametrize("values", [{}, {"A18": "fail"}])
def test_a18_an_ordinary_inspection_passes_and_a_confirmed_violation_fails(values: dict[str, str]) -> None:
    given = proven(1, 1, 1, **values)
    given.apply(given.case(STAR, signs=False))
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}], version=2))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (Verdict.FAIL, "violation")


def test_a39_a_rank_on_an_incomplete_board_proves_nothing_or_if_switched_counts() -> None:
    """Otherwise the only scored unit would rank first; a reporter's declaration completes the board."""
    for values, verdict in (({}, Verdict.MISSING), ({"A39": "counts"}, Verdict.PASS)):
        given = Given(switched(**values)).scores("de-an-06", Tier.SO, {STAR: "90"}, others=None)
        assert given.finding("C1", STAR, "de-an-06").verdict is verdict
        assert given.finding("C1", STAR, "de-an-06").rank == 1
    declared = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None, complete=True)
    assert declared.finding("C1", STAR, "de-an-06").verdict is Verdict.PASS
    assert declared.finding("C1", OTHER, "de-an-06").verdict is Verdict.MISSING


@pytest.mark.parametrize(("values", "verdict"), [({}, Verdict.FAIL), ({"A40": "missing"}, Verdict.MISSING)])
@pytest.mark.parametrize("removed", [False, True])
def test_a40_a_unit_missing_from_a_received_list_fails_or_if_switched_is_for_the_council(
    values: dict[str, str], verdict: Verdict, removed: bool
) -> None:
    """A unit that was never listed and one that was removed are alike; before the list arrives nothing is known."""
    given = Given(switched(**values))
    assert given.finding("C1", STAR, "dong-gop-noi-bat").reason == "not_reported"
    given.ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR)
    assert given.finding("C1", STAR, "dong-gop-noi-bat").reason == "listed"
    if removed:
        given.apply(given.results("OB09", Tier.SO, [{"unit": STAR, "listed": False}], version=2, complete=True))
    unit = STAR if removed else OTHER
    finding = given.finding("C1", unit, "dong-gop-noi-bat")
    assert (finding.verdict, finding.reason) == (verdict, "not_listed")
    if removed:
        assert given.lists()["C1"].for_judgement == ((STAR,) if values else ())


def test_a41_a_council_judgement_fills_what_is_missing_or_if_switched_overrides_a_feed() -> None:
    for values, verdict, reason in (({}, Verdict.FAIL, "violation"), ({"A41": "any"}, Verdict.PASS, "judged")):
        given = Given(switched(**values))
        given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}]))
        given.judged(STAR, CIVIC, "hoan-thanh-xuat-sac")
        finding = given.finding("C1", STAR, CIVIC)
        assert (finding.verdict, finding.reason) == (verdict, reason)
        assert given.finding("C1", STAR, "hoan-thanh-xuat-sac").reason == "judged"


@pytest.mark.parametrize("values", [{}, {"A41": "any"}])
def test_a41_no_council_judgement_releases_an_open_case(values: dict[str, str]) -> None:
    """Only closing the case does (A18)."""
    given = proven(1, 1, 1, **values).judged(STAR, CIVIC)
    given.apply(given.case(STAR))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (Verdict.HOLD, "inspection_open")


def test_a41_a_decision_is_not_a_criterion() -> None:
    """The computed verdict stays, whatever the council decides (S0 VI.1)."""
    given = proven(1, 1, 2).decided("C1", STAR)
    assert given.verdict("C1", STAR).verdict is Verdict.FAIL
