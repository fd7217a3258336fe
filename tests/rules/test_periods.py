"""Years, half-years, quarters, months and school years: names, days, and how a plan asks for them (0032)."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from services.intake.context import IntakeContext, Ledger
from services.intake.obligations.rules import due_reports
from services.intake.obligations.rules import view as due_report_view
from services.intake.reports import rules
from services.intake.reports.row_validation import as_of_day
from services.intake.workbooks.writer import template
from shared.contracts.model import VIETNAM, Kind, Tier
from shared.contracts.periods import ReportPeriod, parse_period, period_of_days, periods_between
from shared.contracts.plan import Plan
from shared.plans.authority import current_period, decides, deciding_period, interim_end
from shared.plans.positioned_yaml import parse
from shared.plans.renewing import renewed
from shared.wording.formats import cac_ky, ky
from shared.wording.plan_changes import due
from tests.support.movement import register, s0, units
from tests.support.reports import codes, report, score, submit
from tests.support.small_plan import PLAN, changed, check_small

SO = units(Tier.SO)

PERIODS = [
    ("2023", "năm 2023", date(2023, 1, 1), date(2023, 12, 31), "2024"),
    ("2023-H1", "6 tháng đầu năm 2023", date(2023, 1, 1), date(2023, 6, 30), "2023-H2"),
    ("2023-H2", "6 tháng cuối năm 2023", date(2023, 7, 1), date(2023, 12, 31), "2024-H1"),
    ("2023-Q4", "Quý IV/2023", date(2023, 10, 1), date(2023, 12, 31), "2024-Q1"),
    ("2023-11", "tháng 11/2023", date(2023, 11, 1), date(2023, 11, 30), "2023-12"),
    ("2024-02", "tháng 02/2024", date(2024, 2, 1), date(2024, 2, 29), "2024-03"),
    ("2022-2023", "năm học 2022-2023", date(2022, 9, 1), date(2023, 5, 31), "2023-2024"),
]


@pytest.mark.parametrize(("text", "name", "first", "last", "following"), PERIODS)
def test_a_period_has_one_name_and_its_days(text: str, name: str, first: date, last: date, following: str) -> None:
    period = parse_period(text)
    assert (str(period), ky(text), period.first_day, period.last_day) == (text, name, first, last)
    assert str(period.next) == following
    assert period_of_days(first, last) == period


@pytest.mark.parametrize("text", ["", "2023-H3", "2023-Q5", "2023-13", "2023-1", "2022-2024", "2023-2022", "Q4/2023"])
def test_any_other_text_is_refused_with_the_forms_that_are_periods(text: str) -> None:
    with pytest.raises(ValueError, match="is no period"):
        parse_period(text)
    assert ky(text) == text


def test_periods_of_two_kinds_have_none_between_them() -> None:
    assert [str(p) for p in periods_between(parse_period("2023-Q3"), parse_period("2024-Q1"))] == [
        "2023-Q3",
        "2023-Q4",
        "2024-Q1",
    ]
    with pytest.raises(ValueError, match="two kinds"):
        list(periods_between(ReportPeriod("year", 2023), ReportPeriod("half_year", 2023)))


def test_many_periods_are_named_by_the_first_few_and_the_last() -> None:
    months = [f"2023-{month:02}" for month in range(1, 13)]
    assert cac_ky(["2023", "2023-H1"]) == "năm 2023 hoặc 6 tháng đầu năm 2023 (2023-H1)"
    assert cac_ky(months).endswith("hoặc tháng 8/2023 (2023-08) … tháng 12/2023 (2023-12)")


def with_due(obligation: str = "OB06", **changes: Any) -> Plan:
    """S0 with an obligation due for other periods."""
    document = s0().model_dump(mode="json")
    row = next(row for row in document["obligations"] if row["id"] == obligation)
    row.update(before=None, as_of=None, **changes)
    return Plan.model_validate(document)


def periodic(every: str, first: str, last: str, day: int = 15, **more: Any) -> Plan:
    return with_due(periodic={"every": every, "day": day, "first": first, "last": last, **more})


@pytest.mark.parametrize(
    ("plan", "dues", "words"),
    [
        (
            periodic("half_year", "2023-H1", "2023-H2"),
            {"2023-H1": date(2023, 7, 14), "2023-H2": date(2024, 1, 14)},
            "trước ngày 15 của tháng sau kỳ, từ 6 tháng đầu năm 2023 đến 6 tháng cuối năm 2023",
        ),
        (
            periodic("quarter", "2023-Q3", "2023-Q4", months_after=0),
            {"2023-Q3": date(2023, 9, 14), "2023-Q4": date(2023, 12, 14)},
            "trước ngày 15 của tháng cuối kỳ, từ Quý III/2023 đến Quý IV/2023",
        ),
        (
            periodic("month", "2023-11", "2023-12", day=5),
            {"2023-11": date(2023, 12, 4), "2023-12": date(2024, 1, 4)},
            "trước ngày 05 của tháng sau kỳ, từ tháng 11/2023 đến tháng 12/2023",
        ),
        (
            periodic("school_year", "2022-2023", "2022-2023", day=30),
            {"2022-2023": date(2023, 6, 29)},
            "trước ngày 30 của tháng sau kỳ, từ năm học 2022-2023 đến năm học 2022-2023",
        ),
    ],
)
def test_an_obligation_recurs_with_a_due_day_for_each_period(plan: Plan, dues: dict[str, date], words: str) -> None:
    """A day is exclusive, as everywhere (A1)."""
    obligation = plan.obligation["OB06"]
    assert dict(obligation.dues()) == dues
    assert due(obligation) == words
    assert [obligation.duty(period) for period in dues] == [f"OB06-{period}" for period in dues]


def test_intake_takes_the_periods_an_obligation_has_and_names_them_to_any_other() -> None:
    plan = periodic("quarter", "2023-Q3", "2023-Q4")
    refused = submit("so-noi-vu", report("OB06", [score(SO[0])], plan=plan, period="2023-H1"), plan=plan)
    assert codes(refused) == ["wrong_period"]
    (problem,) = refused.receipt.problems
    assert (problem.pointer, problem.value, problem.expected) == ("/period", "2023-H1", "cần kỳ 2023-Q3, 2023-Q4")
    assert problem.detail == (
        "Kỳ báo cáo phải là Quý III/2023 (2023-Q3) hoặc Quý IV/2023 (2023-Q4); "
        "báo cáo ghi 6 tháng đầu năm 2023 (2023-H1)."
    )
    taken = submit("so-noi-vu", report("OB06", [score(SO[0])], plan=plan, period="2023-Q3"), plan=plan)
    assert (taken.receipt.status, taken.receipt.period, taken.receipt.last_day) == (
        "accepted",
        "2023-Q3",
        date(2023, 10, 14),
    )


def test_a_report_is_about_the_units_of_its_period_and_is_counted_no_later_than_its_last_day() -> None:
    """Without a day of its own it is about the units of 30/6, not of the movement's 30/11."""
    plan = periodic("half_year", "2023-H1", "2023-H2")
    obligation = plan.obligation["OB06"]
    assert interim_end(plan, obligation, "2023-H1") == date(2023, 6, 30)
    assert [interim_end(plan, obligation, other) for other in ("2023", "2022-H1")] == [None, None]
    sent = report("OB06", [score(SO[0])], plan=plan, period="2023-H1", as_of=None)
    assert as_of_day(sent, plan, datetime(2023, 7, 3, 9, tzinfo=VIETNAM)) == date(2023, 6, 30)
    late = report("OB06", [score(SO[0])], plan=plan, period="2023-H1", as_of="2023-07-01")
    refused = submit("so-noi-vu", late, plan=plan)
    assert [(p.code, p.pointer, p.detail) for p in refused.receipt.problems] == [
        (
            "as_of_after_cut_off",
            "/as_of",
            "Số liệu tính đến ngày 01/7/2023, sau ngày cuối của kỳ 6 tháng đầu năm 2023.",
        )
    ]


def test_a_form_names_its_period_in_words() -> None:
    plan = periodic("half_year", "2023-H1", "2023-H2")
    context, day = IntakeContext(plan, register()), date(2023, 7, 3)
    book = template(context, plan.obligation["OB06"], Kind.SCORE, "so-noi-vu", "2023-H1", day, {})
    sheet = load_workbook(BytesIO(book)).worksheets[0]
    assert sheet["A2"].value.endswith("Kỳ báo cáo: 6 tháng đầu năm 2023.")
    assert "trước ngày 15/7/2023" in sheet["A3"].value
    assert sheet["D5"].value == "2023-H1"


def test_every_period_has_a_ledger_of_its_own() -> None:
    context = IntakeContext(periodic("quarter", "2023-Q3", "2023-Q4"), register())
    keys = {
        rules.ledger_id("thai-binh", sent, rules.account(sent, "so-noi-vu", context))
        for period in ("2023-Q3", "2023-Q4")
        for sent in (report("OB06", [score(SO[0])], plan=context.plan, period=period),)
    }
    assert len(keys) == 2


def test_an_agency_sees_each_period_and_its_form_is_of_the_one_that_runs_or_is_still_due() -> None:
    plan = periodic("quarter", "2023-Q1", "2023-Q4")
    now = datetime(2023, 5, 4, 9, tzinfo=VIETNAM)
    reports = due_reports(IntakeContext(plan, register()), "so-noi-vu", now)
    assert [r.period for r in reports if r.obligation.id == "OB06"] == ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"]
    view = due_report_view(
        IntakeContext(plan, register()), "so-noi-vu", reports[0], Ledger(), (), {"S0": plan.source}, now
    )
    assert (view.period, view.period_name) == (reports[0].period, ky(reports[0].period))
    days = {date(2023, 4, 14): "2023-Q1", date(2023, 4, 15): "2023-Q2", date(2024, 5, 1): "2023-Q4"}
    assert {day: current_period(plan, plan.obligation["OB06"], day) for day in days} == days


def test_the_movements_own_period_decides_and_an_obligation_due_once_is_about_it() -> None:
    """OB06 is due in December; one due in January of the next year would be about 2023 all the same."""
    assert deciding_period(s0()) == "2023"
    late = with_due()
    assert decides(s0(), s0().obligation["OB06"], "2023")
    assert decides(late, late.obligation["OB06"], "2024")
    quarterly = periodic("quarter", "2023-Q1", "2023-Q4")
    assert not decides(quarterly, quarterly.obligation["OB06"], "2023-Q4")


@pytest.mark.parametrize(
    ("first", "last", "own"),
    [
        ("2023-07-01", "2023-12-31", "2023-H2"),
        ("2023-10-01", "2023-12-31", "2023-Q4"),
        ("2023-08-28", "2024-05-31", "2023-2024"),
        ("2023-01-01", "2030-12-31", "2023"),
        ("2023-03-28", "2023-12-20", "2023"),
    ],
)
def test_a_movement_of_another_length_has_that_as_its_own_period(first: str, last: str, own: str) -> None:
    """A movement of several years has that of its as-of day, 30/11/2023."""
    document = s0().model_dump(mode="json")
    document["movement"]["period"] = {"first": first, "last": last}
    assert deciding_period(Plan.model_validate(document)) == own


HALF_YEAR = """\
  - id: OB1H
    reporter: noi-vu
    what: Kết quả cải cách hành chính 6 tháng đầu năm
    kind: score
    field: cchc
    tiers: [so]
    as_of: 2023-06-30
    before: 2023-07-15
    period: 2023-H1
    cite: S0 VI
awards:
"""


def test_a_half_year_beside_the_year_is_no_finding_and_alone_it_proves_nothing() -> None:
    """Neither two feeds of one field, nor another as-of day than the movement's."""
    both = changed("awards:\n", HALF_YEAR)
    assert [str(finding) for finding in check_small(both)] == []
    alone = changed("    before: 2023-12-05\n", "    before: 2023-12-05\n    period: 2023-H2\n")
    assert "no_feed" in {finding.code for finding in check_small(alone)}


def test_figures_counted_outside_their_period_are_an_error() -> None:
    text = changed("as_of: 2023-06-30", "as_of: 2023-07-10", changed("awards:\n", HALF_YEAR))
    details = [str(finding) for finding in check_small(text) if finding.code == "dates_out_of_order"]
    assert any("ngày chốt số liệu 10/7/2023 nằm ngoài kỳ báo cáo (6 tháng đầu năm 2023)" in d for d in details)


def test_the_plan_of_another_year_has_its_periods() -> None:
    text = changed("    period: 2023-H1\n", "    period: 2022-2023\n", changed("awards:\n", HALF_YEAR))
    recurring = "    periodic: {every: quarter, day: 15, first: 2023-Q1, last: 2024-Q1}\n"
    text = changed("    as_of: 2023-11-30\n    before: 2023-12-05\n", recurring, text)
    assert text != PLAN
    new = Plan.model_validate(parse(renewed(text, 2025)).data)
    assert new.obligation["OB1H"].period == "2024-2025"
    periodic_due = new.obligation["OB1"].periodic
    assert periodic_due is not None
    assert (periodic_due.first, periodic_due.last) == ("2025-Q1", "2026-Q1")
