"""A filled-in Excel form is accepted; the reader tolerates different notations but never guesses a meaning."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from services.intake.context import IntakeContext, Ledger
from services.intake.reports import parsing
from services.intake.reports.rules import decide
from services.intake.reports.state import AcceptedReport
from services.intake.workbooks.cell_problems import CellProblem
from services.intake.workbooks.layout import SHEET
from shared.contracts.model import VIETNAM, Kind
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.load import load_plan
from tests.support.filling import Change, changed, column, fill, form, heading_row, put, put_beside, read, reporter
from tests.support.movement import register, s0
from tests.support.provinces import THAI_BINH

PLANS = [load_plan(path) for path in sorted(THAI_BINH.glob("s*.yaml"))]
SCORES = form("OB06")
FILLED = changed(SCORES, fill(Kind.SCORE))


def every_form() -> Iterator[Any]:
    for plan in PLANS:
        for obligation in plan.obligations if plan.movement else ():
            if obligation.kind:
                yield pytest.param(plan, obligation.id, obligation.kind, id=f"{plan.id} {obligation.id}")
            if obligation.kind is Kind.DISCIPLINE:
                yield pytest.param(plan, obligation.id, Kind.INSPECTION, id=f"{plan.id} {obligation.id} inspection")


def wrong(*changes: Change, content: bytes = SCORES, units: UnitRegister | None = None) -> CellProblem:
    """The only problem of a changed form."""
    problems = read(changed(content, *changes), units=units).problems
    assert len(problems) == 1, problems
    return problems[0]


def score_of(*changes: Change) -> Any:
    """The score in the first line of the changed form."""
    sheet = read(changed(SCORES, *changes))
    assert sheet.problems == []
    rows: Any = sheet.body["rows"]
    return rows[0]["score"]


def test_every_plan_with_reports_has_its_forms_tested() -> None:
    """Only S0 and S3 have a movement with reports."""
    assert Counter(parameter.id.split()[0] for parameter in every_form()) == {
        "46-kh-ubnd-2023": 16,
        "52-kh-ubnd-2023": 3,
    }


@pytest.mark.parametrize(("plan", "obligation", "kind"), [*every_form()])
def test_the_filled_in_form_of_every_obligation_is_accepted(plan: Plan, obligation: str, kind: Kind) -> None:
    """With every unit of the province filled in, the report is complete if the obligation expects units."""
    sheet = read(changed(form(obligation, kind, plan, register()), fill(kind)), plan, register())
    assert sheet.problems == []
    report = parsing.parse_report(sheet.body)
    assert not isinstance(report, list), report
    row = plan.obligation[obligation]
    now = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
    outcome = decide(report, "r-1", reporter(plan, row), IntakeContext(plan, register()), Ledger(), now)
    assert isinstance(outcome, AcceptedReport), outcome.problems
    if row.expected and kind is not Kind.INSPECTION:
        assert outcome.receipt.complete_at is not None


@pytest.mark.parametrize(("plan", "obligation", "kind"), [*every_form()])
def test_no_form_holds_a_formula_and_its_headings_are_locked(plan: Plan, obligation: str, kind: Kind) -> None:
    """Only the cells to fill in are unlocked; the row that identifies the form is hidden."""
    content = form(obligation, kind, plan, register())
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            assert b"<f>" not in packed.read(name)
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]
    assert sheet.protection.sheet
    assert sheet.row_dimensions[5].hidden
    opened_cells = {cell.value for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert opened_cells <= {None, datetime(2023, 11, 30)}  # noqa: DTZ001 - a cell's day has no zone


def test_the_form_cites_its_rule_and_offers_choices() -> None:
    """The citation is in the sheet and on each heading; drop-downs offer yes, no and the units."""
    sheet = openpyxl.load_workbook(io.BytesIO(form("OB05", Kind.INSPECTION)))[SHEET]
    citation = "Căn cứ: khoản 4 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh"
    assert str(sheet["A3"].value).startswith(citation)
    top = heading_row(sheet)
    notes = [sheet.cell(top, column_number).comment for column_number in range(3, 9)]
    assert all(note is not None and "Căn cứ: khoản 4 Mục VI Kế hoạch số 46/KH-UBND." in note.text for note in notes)
    choices = [choice for choice in sheet.data_validations.dataValidation if choice.type == "list"]
    assert {choice.formula1 for choice in choices} >= {'"Có,Không"'}
    assert any("Danh mục" in str(choice.formula1) for choice in choices)


def test_a_name_that_looks_like_a_formula_is_written_as_text() -> None:
    """Whatever a plan contains, nothing is executed when the form is opened."""
    document = s0().model_dump(mode="json")
    document["movement"]["name"] = '=HYPERLINK("http://x","y")'
    document["obligations"][5]["what"] = "=1+1"
    content = form("OB06", plan=Plan.model_validate(document))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not re.search(rb"<f[ >/]", packed.read("xl/worksheets/sheet1.xml"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (87.5, "87.5"),
        ("87,5", "87.5"),
        (" 87.50 ", "87.5"),
        (0.1 + 0.2, "0.3"),
        (90, "90"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("0,125", "0.125"),
        ("1.234.567", "1234567"),
    ],
)
def test_a_number_is_read_with_a_comma_or_a_point(typed: object, meant: str) -> None:
    """Digits beyond the precision of Excel are dropped."""
    assert score_of(put(1, "Điểm", typed)) == meant


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.234", "number_two_ways"),
        ("1,234", "number_two_ways"),
        ("87,5 điểm", "not_a_number"),
        ("87,5%", "not_a_number"),
        (True, "not_a_number"),
        (date(2023, 5, 7), "not_a_number"),
    ],
)
def test_an_ambiguous_or_invalid_number_is_not_guessed(typed: object, code: str) -> None:
    """The problem names the cell."""
    problem = wrong(put(1, "Điểm", typed))
    assert (problem.code, problem.column, problem.cell) == (code, "Điểm", "C16")


def test_blank_lines_and_the_order_of_lines_and_columns_do_not_matter() -> None:
    """The figures are the same, however the sheet is arranged."""

    def shuffled(sheet: Any) -> None:
        top = heading_row(sheet)
        table = [[cell.value for cell in row] for row in sheet.iter_rows(top, sheet.max_row, 1, 4)]
        for at, row in enumerate([table[0], [None] * 4, *reversed(table[1:])]):
            for place, value in enumerate(reversed(row), 1):
                sheet.cell(top + at, place).value = value

    plain = read(FILLED).body
    rearranged = read(changed(FILLED, shuffled))
    assert rearranged.problems == []

    def by_unit(row: Any) -> str:
        return str(row["unit"])

    rows: tuple[Any, Any] = rearranged.body["rows"], plain["rows"]
    assert sorted(rows[0], key=by_unit) == sorted(rows[1], key=by_unit)


@pytest.mark.parametrize("name", ["Thành phố Thái Bình", "  THÀNH PHỐ   thái bình ", "decomposed"])
def test_an_exact_name_identifies_the_unit(name: str) -> None:
    """Case, spaces and Unicode composition do not matter."""
    name = unicodedata.normalize("NFD", "Thành phố Thái Bình") if name == "decomposed" else name
    sheet = read(changed(SCORES, put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", name), put(1, "Điểm", 90)))
    assert sheet.problems == []
    assert sheet.body["rows"] == [{"unit": "336", "score": "90"}]


@pytest.mark.parametrize("name", ["Thanh pho Thai Binh", "Thành phố Thái Bỉnh", "TP Thái Bình"])
def test_a_name_without_diacritics_or_misspelt_only_gets_suggestions(name: str) -> None:
    """The problem asks for confirmation; no unit is assumed."""
    problem = wrong(put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", name), put(1, "Điểm", 90), units=register())
    assert problem.code == "unit_not_found"
    assert "336" in [suggestion.code for suggestion in problem.suggestions]
    assert "Có phải là" in problem.detail


def test_an_old_spelling_gets_the_unit_suggested() -> None:
    """An example is Hoà for Hòa."""
    names = put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", "Xã Minh Hoà"), put(1, "Điểm", 90)
    problem = wrong(*names, units=register())
    assert "xã Minh Hòa" in [suggestion.name.partition(", ")[0] for suggestion in problem.suggestions]


def test_a_name_several_communes_share_needs_its_district_or_its_code() -> None:
    """The problem suggests all of them."""
    unnamed = put(1, "Mã đơn vị", None), put(1, "Điểm", 90)
    problem = wrong(*unnamed, put(1, "Tên đơn vị", "Xã Minh Tân"))
    assert problem.code == "unit_ambiguous"
    assert len(problem.suggestions) == 3
    for suggestion in problem.suggestions:
        sheet = read(changed(SCORES, *unnamed, put(1, "Tên đơn vị", suggestion.name)))
        assert sheet.body["rows"] == [{"unit": suggestion.code, "score": "90"}]


def test_a_code_overrides_a_misspelt_name_but_not_the_name_of_another_unit() -> None:
    """So a column that was sorted on its own is detected."""
    assert score_of(put(1, "Tên đơn vị", "Van phong UBND"), put(1, "Điểm", 90)) == "90"
    problem = wrong(put(1, "Tên đơn vị", "Sở Y tế"), put(1, "Điểm", 90))
    assert (problem.code, problem.cell) == ("unit_contradiction", "A16")


def test_a_code_typed_as_a_number_is_a_code() -> None:
    """Excel stores 336 as a number."""
    sheet = read(changed(SCORES, put(1, "Mã đơn vị", 336), put(1, "Tên đơn vị", None), put(1, "Điểm", 90)))
    assert sheet.body["rows"] == [{"unit": "336", "score": "90"}]


def test_figures_without_a_unit_are_a_problem() -> None:
    """The line is not skipped."""
    assert wrong(put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", None), put(1, "Điểm", 90)).code == "unit_missing"


def test_unknown_and_missing_columns_are_named() -> None:
    """No typed value is silently dropped."""

    def renamed(sheet: Any) -> None:
        sheet.cell(heading_row(sheet), column(sheet, "Điểm")).value = "Điểm thưởng"

    problems = read(changed(SCORES, renamed)).problems
    assert [problem.code for problem in problems] == ["column_missing", "unknown_column"]


def test_a_missing_figure_is_reported_with_its_cell() -> None:
    """The problem comes from intake's parser; the cell is where the figure is expected."""
    tasks = form("OB02")
    sheet = read(changed(tasks, put(1, "Số nhiệm vụ đến hạn", 12)))
    problems = parsing.parse_report(sheet.body)
    assert isinstance(problems, list)
    assert [problem.pointer for problem in problems] == ["/rows/0/done_on_time"]
    cell_problems = sheet.locate(problems)
    assert [(problem.column, problem.cell[0]) for problem in cell_problems] == [
        ("Số nhiệm vụ hoàn thành đúng hạn", "D")
    ]


def test_impossible_counts_are_reported_with_their_line() -> None:
    """A problem with a whole row points to the row."""
    sheet = read(changed(form("OB02"), put(2, "Số nhiệm vụ đến hạn", 1), put(2, "Số nhiệm vụ hoàn thành đúng hạn", 2)))
    problems = parsing.parse_report(sheet.body)
    assert isinstance(problems, list)
    assert [problem.pointer for problem in problems] == ["/rows/0"]
    assert sheet.locate(problems)[0].row == 16


def test_an_empty_form_is_reported_at_its_headings() -> None:
    """An empty table is not a report."""
    sheet = read(SCORES)
    problems = parsing.parse_report(sheet.body)
    assert isinstance(problems, list)
    assert [(problem.code, problem.cell) for problem in sheet.locate(problems)] == [("invalid", "A15")]


@pytest.mark.parametrize("typed", [date(2023, 11, 15), "15/11/2023", "15.11.2023", "2023-11-15"])
def test_a_day_is_read_in_vietnamese_notation(typed: Any) -> None:
    """The day comes before the month; ISO dates are accepted too."""
    assert read(changed(FILLED, put_beside("Số liệu tính đến ngày", typed))).body["as_of"] == "2023-11-15"


@pytest.mark.parametrize("typed", ["31/11/2023", "11/15/2023", "tháng 11", datetime(2023, 11, 15, 10)])  # noqa: DTZ001
def test_an_invalid_day_is_not_guessed(typed: Any) -> None:
    """A time of day is not dropped either."""
    assert wrong(put_beside("Số liệu tính đến ngày", typed), content=FILLED).code == "not_a_day"


def test_a_tier_is_declared_complete_with_a_yes() -> None:
    """A39: "Không", like an empty cell, declares nothing."""
    label = "Đã đủ số liệu: Ủy ban nhân dân huyện, thành phố"
    assert read(changed(FILLED, put_beside(label, "có"))).body["complete_tiers"] == ["huyen"]
    assert "complete_tiers" not in read(changed(FILLED, put_beside(label, "Không"))).body
    assert wrong(put_beside(label, "Ừ"), content=FILLED).code == "not_yes_or_no"


def test_text_outside_the_form_is_named() -> None:
    """A remark that nobody would read is not silently accepted."""

    def beside(sheet: Any) -> None:
        sheet.cell(heading_row(sheet) + 2, 9).value = "chưa chắc"

    assert wrong(beside).code == "misplaced"
