"""Which units are eligible for which award, and why, beyond the check vectors."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.scoring import rules
from services.scoring.verdicts import Verdicts
from shared.contracts.ids import derived
from shared.contracts.model import Tier, Verdict
from shared.contracts.rows import WithdrawnRow
from tests.support.figures import as_kept, violation
from tests.support.movement import Given, first_in_everything, register, s0, units

SO = units(Tier.SO)
STAR = SO[3]
COMMUNE = units(Tier.XA)[0]
CIVIC = "ky-luat-ky-cuong"


def test_without_any_report_every_criterion_is_missing_and_none_fails() -> None:
    """The council's criteria have the reason "no_feed", the others "not_reported"."""
    row = Given().verdict("C1", STAR)
    assert row.verdict is Verdict.MISSING
    assert {f.reason for f in row.findings} == {"no_feed", "not_reported"}


def test_no_agency_reports_tasks_or_discipline_of_communes_so_the_council_judges_both() -> None:
    """A12: no feed for communes is MISSING "no_feed"."""
    given = Given()
    for criterion in ("nhiem-vu-duoc-giao", "ky-luat-ky-cuong", "chuyen-doi-so"):
        assert given.finding("C3", COMMUNE, criterion).reason == "no_feed"
    assert given.finding("C3", COMMUNE, "cai-cach-hanh-chinh").reason == "not_reported"


def test_a_rank_on_a_board_that_is_not_complete_proves_nothing() -> None:
    """A39: otherwise the only scored unit would rank first."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None)
    finding = given.finding("C1", STAR, "de-an-06")
    assert (finding.verdict, finding.reason, finding.rank) == (Verdict.MISSING, "board_incomplete", 1)


def test_a_tier_declared_complete_ranks_the_units_with_a_figure() -> None:
    """A39: units without a figure are MISSING."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, others=None, complete=True)
    assert given.finding("C1", STAR, "de-an-06").verdict is Verdict.PASS
    assert given.finding("C1", SO[0], "de-an-06").reason == "not_reported"


def test_an_interim_figure_is_ranked_but_proves_nothing() -> None:
    """A2: an earlier as-of is interim."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, as_of=date(2023, 8, 31))
    assert given.movement_figures.board(given.context, "de-an-06", Tier.SO).rank(STAR) == 1
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
    """A17 settles this."""
    given = Given()
    given.apply(given.results("OB02", Tier.SO, [{"unit": STAR, **tasks}]))
    finding = given.finding("C1", STAR, "nhiem-vu-duoc-giao")
    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_a_confirmed_violation_fails_discipline() -> None:
    """A18 settles this."""
    given = Given()
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 2}]))
    finding = given.finding("C1", STAR, "ky-luat-ky-cuong")
    assert (finding.verdict, finding.reason, finding.count) == (Verdict.FAIL, "violation", 2)


def test_a_unit_not_on_the_list_fails_once_the_list_is_in_and_passes_when_added() -> None:
    """A40: a correction can remove a unit from the list."""
    given = Given()
    given.apply(given.results("OB09", Tier.SO, [{"unit": SO[0]}], complete=True))
    missing = given.finding("C1", STAR, "dong-gop-noi-bat")
    assert missing.reason == "not_listed"
    assert len(missing.events) == 1
    given.apply(given.results("OB09", Tier.SO, [{"unit": STAR}, {"unit": SO[0], "listed": False}], version=2))
    assert given.finding("C1", STAR, "dong-gop-noi-bat").verdict is Verdict.PASS
    assert given.finding("C1", SO[0], "dong-gop-noi-bat").verdict is Verdict.FAIL


def test_a_council_judgement_fills_what_is_missing_and_never_overwrites_a_feed() -> None:
    """A41 settles this."""
    given = Given()
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}]))
    given.judged(STAR, "ky-luat-ky-cuong", "hoan-thanh-xuat-sac")
    assert given.finding("C1", STAR, "ky-luat-ky-cuong").verdict is Verdict.FAIL
    assert given.finding("C1", STAR, "hoan-thanh-xuat-sac").verdict is Verdict.PASS


def test_the_later_judgement_counts_in_whatever_order_they_arrive() -> None:
    """The highest version wins."""
    given = Given().judged(STAR, "hoan-thanh-xuat-sac", verdict=Verdict.FAIL, version=2)
    given.judged(STAR, "hoan-thanh-xuat-sac", verdict=Verdict.PASS, version=1)
    assert given.finding("C1", STAR, "hoan-thanh-xuat-sac").verdict is Verdict.FAIL


def test_units_of_a_tier_without_an_award_are_on_no_list() -> None:
    """A11: public service units are ranked apart and compete for no award."""
    dvsn = units(Tier.DVSN)[0]
    given = Given().scores("de-an-06", Tier.DVSN, {dvsn: "99"})
    assert given.movement_figures.board(given.context, "de-an-06", Tier.DVSN).rank(dvsn) == 1
    judged = {award.id: {row.unit for row in given.verdicts(award.id)} for award in given.plan.awards}
    assert (len(judged), all(judged.values())) == (6, True)
    assert [award for award, unit_codes in judged.items() if dvsn in unit_codes] == []


def test_figures_by_an_agency_that_may_not_report_them_are_a_violation() -> None:
    """Scoring checks the authority again, under the plan version that the event names."""
    given = Given()
    (results,) = given.results("OB06", Tier.SO, [{"unit": STAR, "score": "90"}])
    assert violation(given.plan, register(), results) is None
    assert violation(given.plan, register(), results.model_copy(update={"reported_by": "so-tttt"})) is not None
    assert violation(given.plan, register(), results.model_copy(update={"field": "de-an-06"})) is not None
    assert violation(given.plan, register(), results.model_copy(update={"obligation": "OB99"})) is not None
    for unit in ("nowhere", COMMUNE):
        withdrawal = {"rows": (), "withdrawn": (WithdrawnRow(unit=unit),)}
        assert violation(given.plan, register(), results.model_copy(update=withdrawal)) is not None


def test_events_with_known_versions_do_not_change_what_verdicts_are_computed_from() -> None:
    """The same versions mean the same verdicts; a new figure changes them."""
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"})
    before = rules.computed_from(given.movement_figures, given.context)
    given.apply(list(given.applied))
    assert rules.computed_from(given.movement_figures, given.context) == before
    given.scores("de-an-06", Tier.SO, {STAR: "91"}, others=None, version=2)
    assert rules.computed_from(given.movement_figures, given.context) != before


def test_a_figure_re_judges_only_its_unit_and_a_rank_also_those_that_cross_the_cut_off() -> None:
    """Without new figures no unit is judged again."""
    given = first_in_everything(STAR)
    verdicts = Verdicts(given.plan.award["C1"])

    def stale_units() -> list[str]:
        evaluator, units = verdicts.stale_units(given.movement_figures, given.context, given.movement_figures.dirty)
        verdicts.update(evaluator, units)
        given.movement_figures.dirty = {}
        return sorted(unit.code for unit in units)

    assert stale_units() == sorted(unit.code for unit in given.context.ranked(Tier.SO))
    assert stale_units() == []
    given.apply(given.results("OB05", Tier.SO, [{"unit": SO[5], "violations": 1}], version=2))
    assert stale_units() == [SO[5]]
    given.scores("de-an-06", Tier.SO, {SO[6]: "100"}, others=None, version=2)
    assert stale_units() == sorted([STAR, SO[6]])


def test_the_attendance_reports_of_three_offices_are_stored_side_by_side() -> None:
    """OB01, OB03 and OB04 are each at version 1; none replaces another, in whatever order they arrive."""
    given = Given()
    for obligation in ("OB03", "OB04", "OB01"):
        given.apply(given.results(obligation, Tier.SO, [{"unit": STAR, "invited": 3, "present": 3}]))
    assert {key.subject for key in given.movement_figures.pages} == {"OB01", "OB03", "OB04"}


def test_declarations_of_a_complete_tier_in_any_order_keep_the_same_event() -> None:
    """It is the last version that declares the tier complete."""
    one = Given().results("OB09", Tier.SO, [{"unit": SO[0]}], complete=True)
    two = Given().results("OB09", Tier.SO, [{"unit": SO[1]}], version=2, complete=True)
    forth, back = Given().apply([*one, *two]), Given().apply([*two, *one])
    assert forth.verdicts("C1") == back.verdicts("C1")
    assert (
        forth.movement_figures.declaring_event("listed", Tier.SO)
        == back.movement_figures.declaring_event("listed", Tier.SO)
        is not None
    )


def test_the_evidence_of_a_finding_names_the_report_the_agency_and_the_time_of_every_event() -> None:
    """It also has the agency's number of the report, its version, the receipt, the obligation and the as-of."""
    given = first_in_everything(STAR)
    given.scores("de-an-06", Tier.SO, {STAR: "91"}, others=None, version=2).apply(given.case(STAR, version=3))
    row = given.verdict("C1", STAR)
    evidence = {entry.event: entry for entry in rules.evidence_of([row], given.movement_figures)}
    assert set(evidence) == {event for finding in row.findings for event in (*finding.events, *finding.also_read)}
    assert {f.criterion for f in row.findings if f.also_read} == {CIVIC}  # the open case hides the count of violations
    expected = {
        "nhiem-vu-duoc-giao": ("OB02", "vp-ubnd-tinh", 1),
        "chuyen-doi-so": ("OB07", "so-tttt", 1),
        "de-an-06": ("OB08", "cong-an-tinh", 2),
        "cai-cach-hanh-chinh": ("OB06", "so-noi-vu", 1),
        CIVIC: ("OB05", "so-noi-vu", 3),
        "dong-gop-noi-bat": ("OB09", "so-khdt", 1),
    }
    published = {(source.obligation, source.version): source for source in given.applied}
    for criterion, (obligation, agency, version) in expected.items():
        (event,) = given.finding("C1", STAR, criterion).events
        source, results = evidence[event], published[obligation, version]
        assert (source.obligation, source.by, source.version) == (obligation, agency, version)
        assert (source.report, source.receipt, source.at, source.as_of) == (
            results.report,
            results.receipt,
            results.received_at,
            results.as_of,
        )
        assert source.note is None
    (judgement,) = given.finding("C1", STAR, "hoan-thanh-xuat-sac").events
    assert (evidence[judgement].by, evidence[judgement].note, evidence[judgement].report) == ("Chủ tịch", "họp", None)


def test_a_report_whose_every_figure_was_corrected_is_no_evidence() -> None:
    """The page keeps only the sources of its current figures."""
    given = Given()
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}]))
    (first,) = given.finding("C1", STAR, CIVIC).events
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 0}], version=2))
    assert all(first not in as_kept(page).sources for page in given.movement_figures.pages.values())
    (second,) = rules.evidence_of(given.verdicts("C1"), given.movement_figures)
    assert second.version == 2


def test_a_unit_reported_by_two_agencies_in_turn_has_the_later_figure_in_any_order() -> None:
    """A commune changed its district, and both districts number their versions from 1."""
    plan = s0()
    (first,) = Given(plan).results("OB02-H", Tier.XA, [{"unit": COMMUNE, "due": 2, "done_on_time": 2}], by="336")
    (second,) = Given(plan).results("OB02-H", Tier.XA, [{"unit": COMMUNE, "due": 2, "done_on_time": 1}], by="338")
    later = second.model_copy(
        update={"received_at": first.received_at + timedelta(days=1), "receipt": derived("receipt", "338")}
    )
    for events in ([first, later], [later, first], [later, first, later]):
        assert Given(plan).apply(events).finding("B3", COMMUNE, "nhiem-vu-duoc-giao").reason == "tasks_late"
