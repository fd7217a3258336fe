"""Which reports intake accepts, and how it answers the others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.intake.context import IntakeContext, Ledger
from services.intake.plans import rules as plan_rules
from services.intake.reports import parsing, rules
from services.intake.reports.results import report_results
from services.intake.reports.state import AcceptedReport
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from tests.support.movement import register, s0, units
from tests.support.reports import NOW, body, codes, report, score, submit

COMMUNE = units(Tier.XA)[0]
SO = units(Tier.SO)


def test_the_responsible_agencys_report_is_accepted() -> None:
    """It is version 1, on time and final."""
    outcome = submit("so-noi-vu", report("OB06", [score(SO[0])]))
    assert isinstance(outcome, AcceptedReport)
    assert (outcome.receipt.version, outcome.receipt.timely, outcome.receipt.final) == (1, True, True)


REPORTERS = sorted({tenure.unit for role in s0().roles for tenure in role.held})


@pytest.mark.parametrize("agency", [agency for agency in REPORTERS if agency != "so-noi-vu"])
def test_every_other_agency_is_refused_with_the_rule_cited(agency: str) -> None:
    """An agency that the plan does not name may not report."""
    outcome = submit(agency, report("OB06", [score(SO[0])]))
    assert codes(outcome) == ["not_responsible"]
    assert "khoản 4 Mục VI Kế hoạch số 46/KH-UBND" in outcome.receipt.problems[0].rule
    assert "Sở Nội vụ" in outcome.receipt.problems[0].detail


@pytest.mark.parametrize("obligation", ["OB01", "OB02", "OB05"])
def test_a_commune_returns_the_whole_report_where_communes_are_not_listed_as_subjects(obligation: str) -> None:
    """The source lists sở, huyện and ĐVSNCL; the valid rows of the report are not applied either."""
    figures = {"OB01": {"invited": 1, "present": 1}, "OB02": {"due": 1, "done_on_time": 1}, "OB05": {"violations": 0}}
    rows = [{"unit": SO[0], **figures[obligation]}, {"unit": COMMUNE, **figures[obligation]}]
    outcome = submit("so-noi-vu" if obligation == "OB05" else "vp-ubnd-tinh", report(obligation, rows))
    assert codes(outcome) == ["tier_not_reported"]
    assert outcome.receipt.problems[0].pointer == "/rows/1/unit"


@pytest.mark.parametrize(("agency", "obligation"), [("so-tttt", "OB07"), ("cong-an-tinh", "OB08")])
def test_communes_are_accepted_where_the_source_leaves_the_list_open(agency: str, obligation: str) -> None:
    """A43 settles this."""
    assert isinstance(submit(agency, report(obligation, [score(COMMUNE)])), AcceptedReport)


def test_an_unranked_body_is_never_a_subject() -> None:
    """A10: a Party office is refused even where the list of subjects is open."""
    assert codes(submit("so-tttt", report("OB07", [score("vp-tinh-uy")]))) == ["tier_not_reported"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"as_of": "2023-12-01"}, "as_of_after_cut_off"),
        ({"as_of": None}, "as_of_missing"),
        ({"period": "2024"}, "wrong_period"),
        ({"complete_tiers": ["khac"]}, "tier_not_reported"),
        ({"kind": "listed", "rows": []}, "wrong_kind"),
        ({"obligation": "OB99"}, "not_responsible"),
    ],
)
def test_what_contradicts_the_obligation_is_named(changes: dict[str, Any], code: str) -> None:
    """Every contradiction has a stable code."""
    read = parsing.parse_report(body("OB06", [score(SO[0])]) | changes)
    assert not isinstance(read, list)
    assert code in codes(submit("so-noi-vu", read))


def test_an_as_of_in_the_future_is_refused() -> None:
    """On 01/9 the figures of 30/11 cannot be known."""
    early = datetime(2023, 9, 1, tzinfo=VIETNAM)
    assert codes(submit("so-noi-vu", report("OB06", [score(SO[0])]), now=early)) == ["as_of_in_future"]


def test_the_day_of_an_as_of_is_in_the_provinces_time_zone() -> None:
    """30/11 begins in Vietnam at 17:00 UTC on the day before."""
    start_of_day = datetime(2023, 11, 29, 17, 0, tzinfo=UTC)
    assert isinstance(submit("so-noi-vu", report("OB06", [score(SO[0])]), now=start_of_day), AcceptedReport)


def test_an_earlier_as_of_makes_the_report_interim_and_completes_nothing() -> None:
    """A2 settles this."""
    sent = report("OB08", [score(u) for t in (Tier.SO, Tier.HUYEN, Tier.XA) for u in units(t)], as_of="2023-09-30")
    outcome = submit("cong-an-tinh", sent)
    assert isinstance(outcome, AcceptedReport)
    assert outcome.receipt.final is False
    assert outcome.receipt.complete_at is None


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (score("nowhere"), "unknown_unit"),
        (score(SO[0], "100.01"), "score_above_scale"),
        (score(SO[0], "87.50505"), "too_many_decimals"),
    ],
)
def test_a_wrong_row_is_named_by_its_pointer(row: dict[str, Any], code: str) -> None:
    """The problem has a code, a pointer and the cited rule."""
    outcome = submit("so-noi-vu", report("OB06", [score(SO[1]), row]))
    assert code in codes(outcome)
    assert all(problem.pointer.startswith("/rows/1/") and problem.rule for problem in outcome.receipt.problems)


def test_scores_of_real_tables_fit_a_field_without_a_number_of_decimals() -> None:
    """Real tables have three decimals; four are allowed (A48)."""
    outcome = submit("so-noi-vu", report("OB06", [score(SO[0], "87.505"), score(SO[1], "90.0201")]))
    assert isinstance(outcome, AcceptedReport)


def test_a_unit_given_twice_is_returned() -> None:
    """It is unclear which of the two rows would count."""
    assert codes(submit("so-noi-vu", report("OB06", [score(SO[0]), score(SO[0], "90")]))) == ["unit_twice"]


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "/kind"),
        (body("OB06", [{"unit": SO[0], "score": "NaN"}]), "/rows/0/score"),
        (body("OB06", [{"unit": SO[0], "score": "abc"}]), "/rows/0/score"),
        (body("OB06", [{"unit": SO[0], "scoer": "87"}]), "/rows/0/score"),
        (body("OB02", [{"unit": SO[0], "due": 3, "done_on_time": 4}]), "/rows/0"),
        (body("OB06", [score(SO[0])], surprise=1), "/surprise"),
        (body("OB06", []), "/rows"),
    ],
)
def test_a_body_that_is_not_a_report_is_explained_field_by_field(data: dict[str, Any], pointer: str) -> None:
    """The pointer leads the sender to the field."""
    problems = parsing.parse_report(data)
    assert isinstance(problems, list)
    assert pointer in {problem.pointer for problem in problems}
    assert all(problem.code == "invalid" and problem.detail for problem in problems)


def test_an_unknown_movement_is_returned() -> None:
    """No plan in force determines who reports what."""
    outcome = rules.decide(report("OB06", [score(SO[0])]), "r-1", "so-noi-vu", None, Ledger(), NOW)
    assert codes(outcome) == ["unknown_movement"]


def test_timeliness_is_that_of_the_first_version_with_complete_coverage() -> None:
    """A37: a supplement completes the report; a later correction is late but does not change that."""
    everyone = [score(u) for t in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN) for u in units(t)]
    first = submit("so-noi-vu", report("OB06", everyone[:100]))
    assert isinstance(first, AcceptedReport)
    assert first.receipt.complete_at is None
    later = NOW + timedelta(hours=1)
    second = submit("so-noi-vu", report("OB06", everyone[100:]), ledger=first.ledger, now=later)
    assert isinstance(second, AcceptedReport)
    assert (second.receipt.version, second.receipt.complete_at, second.receipt.complete_timely) == (2, later, True)
    late = datetime(2023, 12, 8, tzinfo=VIETNAM)
    third = submit("so-noi-vu", report("OB06", everyone[:1]), ledger=second.ledger, now=late)
    assert (third.receipt.timely, third.receipt.complete_timely, third.receipt.complete_at) == (False, True, later)


def test_a_tier_declared_complete_needs_no_row_for_every_unit() -> None:
    """A39 settles this."""
    sent = report("OB07", [score(SO[0])], complete_tiers=["so", "huyen"])
    outcome = submit("so-tttt", sent)
    assert outcome.receipt.complete_at == NOW


def test_results_are_one_event_per_tier_and_page_of_at_most_256_rows() -> None:
    """260 communes need two pages; rendering again gives the same events."""
    everyone = [score(u) for t in (Tier.SO, Tier.XA) for u in units(t)]
    context = IntakeContext(s0(), register())
    taken = submit("so-noi-vu", report("OB06", everyone))
    assert isinstance(taken, AcceptedReport)
    events = report_results(taken, context, "thidua/intake")
    assert [(event.data.tier, event.data.page, len(event.data.rows)) for event in events] == [
        (Tier.SO, 0, 44),
        (Tier.XA, 0, 256),
        (Tier.XA, 1, 4),
    ]
    assert events == report_results(taken, context, "thidua/intake")


def test_a_final_list_marks_every_page_of_its_tiers_as_complete() -> None:
    """A40: otherwise no unit could fail for not being listed."""
    taken = submit("so-khdt", report("OB09", [{"unit": SO[0]}]))
    assert isinstance(taken, AcceptedReport)
    events = report_results(taken, IntakeContext(s0(), register()), "thidua/intake")
    assert {(event.data.tier, event.data.page) for event in events} == {
        (Tier.SO, 0),
        (Tier.HUYEN, 0),
        (Tier.XA, 0),
        (Tier.XA, 1),
    }
    assert all(event.data.complete for event in events)


def test_scores_stay_exact_decimals_from_the_body_to_the_event() -> None:
    """This holds for a JSON number in the body too."""
    read = parsing.parse_report(body("OB06", [{"unit": SO[0], "score": 87.1}]))
    assert not isinstance(read, list)
    assert read.rows[0].score == Decimal("87.1")  # type: ignore[union-attr]


def test_a_units_existence_is_judged_on_the_reports_own_day() -> None:
    """A unit founded later cannot be in an earlier report."""
    later_unit = register().units[-1].model_copy(update={"valid_from": date(2023, 12, 1)})
    changed = UnitRegister(province="thai-binh", version=2, units=(*register().units[:-1], later_unit))
    outcome = rules.decide(
        report("OB06", [score(later_unit.code)]), "r-1", "so-noi-vu", IntakeContext(s0(), changed), Ledger(), NOW
    )
    assert codes(outcome) == ["unknown_unit"]


def test_an_agency_of_a_plan_that_is_not_in_the_register_is_named() -> None:
    """It could never send its reports."""
    assert plan_rules.unknown_units(s0(), register()) == []
    smaller = UnitRegister(
        province="thai-binh", version=2, units=tuple(u for u in register().units if u.code not in {"so-khdt"})
    )
    assert plan_rules.unknown_units(s0(), smaller) == ["so-khdt"]


def test_a_register_may_only_be_extended_at_its_end() -> None:
    """Otherwise units would move to other pages."""
    grown = UnitRegister(
        province="thai-binh",
        version=2,
        units=(*register().units, register().units[-1].model_copy(update={"code": "new"})),
    )
    assert grown.only_appends_to(register())
    assert not register().only_appends_to(grown)
    swapped = UnitRegister(province="thai-binh", version=2, units=register().units[::-1])
    assert not swapped.only_appends_to(register())


def test_an_answer_names_at_most_fifty_problems_so_that_it_fits_a_message() -> None:
    """2,000 wrong rows still fit one receipt."""
    rows = [score("nowhere", "999999.999999")] * 2_000
    outcome = submit("so-noi-vu", report("OB06", rows))
    assert len(codes(outcome)) == parsing.MAX_PROBLEMS
    problems = parsing.parse_report(body("OB06", [{"x" * 5_000: "y" * 5_000, "unit": "336"}] * 2_000))
    assert isinstance(problems, list)
    assert len(problems) == parsing.MAX_PROBLEMS
    returned = rules.returned("r-1", "so-noi-vu", problems, NOW)
    assert len(returned.receipt.model_dump_json()) < 100_000


def test_wrong_rows_are_not_also_reported_as_missing_rows() -> None:
    """The sent list was not empty."""
    problems = parsing.parse_report(body("OB06", [{"unit": "336", "score": "abc"}]))
    assert isinstance(problems, list)
    assert [problem.pointer for problem in problems] == ["/rows/0/score"]


def test_an_interim_report_declares_nothing_complete() -> None:
    """A2, A39: otherwise the first final figure would be ranked among interim ones."""
    sent = report("OB07", [score(SO[0])], complete_tiers=["so"], as_of="2023-08-31")
    taken = submit("so-tttt", sent)
    assert isinstance(taken, AcceptedReport)
    assert [e.data.complete for e in report_results(taken, IntakeContext(s0(), register()), "thidua/intake")] == [False]


def test_a_report_that_covers_every_unit_of_its_day_lacks_none() -> None:
    """Of an obligation without a cut-off, units founded after the report's own day were called missing."""
    plan, original, day = s0(), register(), date(2023, 6, 30)
    obligation = plan.obligation["OB05"].model_copy(update={"as_of": None, "expected": (Tier.SO,)})
    plan = Plan.model_construct(**{**dict(plan), "obligations": (obligation,)})
    founded = original.units[0].model_copy(update={"code": "moi", "tier": Tier.SO, "valid_from": date(2023, 9, 1)})
    register_after = UnitRegister(
        province=original.province, version=original.version, units=(*original.units, founded)
    )
    context = IntakeContext(plan, register_after)
    rows = [{"unit": unit.code, "violations": 0} for unit in original.of_tier(Tier.SO, day)]
    sent = report("OB05", rows, as_of=day)
    outcome = rules.decide(sent, "r-1", "so-noi-vu", context, Ledger(), NOW)
    assert isinstance(outcome, AcceptedReport), outcome.problems
    assert outcome.receipt.complete_at is not None
    assert rules.units_missing(outcome.ledger, sent, outcome.receipt, context) == 0
