"""The Excel form: what is made can be filled in and is taken; reading forgives how it is typed, never what it means."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from services.intake.context import IntakeContext, Ledger, Taken
from services.intake.reports import parsing
from services.intake.reports.rules import decide
from services.intake.workbooks.cell_problems import CellProblem
from services.intake.workbooks.layout import SHEET
from shared.contracts.model import VIETNAM, Kind
from shared.contracts.plan import Plan
from shared.plans.load import THAI_BINH, load_plan
from tests.support.filling import Change, changed, column, fill, form, heading_row, put, read, reporter, say
from tests.support.movement import register, s0

PLANS = [load_plan(path) for path in sorted(THAI_BINH.glob("s*.yaml"))]
SCORES = form("OB06")
FILLED = changed(SCORES, fill(Kind.SCORE))


def every_form() -> Iterator[Any]:
    for plan in PLANS:
        for owed in plan.obligations if plan.movement else ():
            if owed.kind:
                yield pytest.param(plan, owed.id, owed.kind, id=f"{plan.id} {owed.id}")
            if owed.kind is Kind.DISCIPLINE:
                yield pytest.param(plan, owed.id, Kind.INSPECTION, id=f"{plan.id} {owed.id} inspection")


def wrong(*changes: Change, content: bytes = SCORES) -> CellProblem:
    """The one problem of a file."""
    problems = read(changed(content, *changes)).problems
    assert len(problems) == 1, problems
    return problems[0]


def score_of(*changes: Change) -> Any:
    """The first line's score."""
    sheet = read(changed(SCORES, *changes))
    assert sheet.problems == []
    return sheet.body["rows"][0]["score"]


@pytest.mark.parametrize(("plan", "obligation", "kind"), [*every_form()])
def test_the_form_of_every_obligation_filled_in_is_taken(plan: Plan, obligation: str, kind: Kind) -> None:
    """Template, filled, read, accepted; with every unit filled in it is complete where the obligation expects units."""
    sheet = read(changed(form(obligation, kind, plan), fill(kind)), plan)
    assert sheet.problems == []
    report = parsing.read(sheet.body)
    assert not isinstance(report, list), report
    owed = plan.obligation[obligation]
    now = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
    outcome = decide(report, "r-1", reporter(plan, owed), IntakeContext(plan, register()), Ledger(), now)
    assert isinstance(outcome, Taken), outcome.problems
    if owed.expected and kind is not Kind.INSPECTION:
        assert outcome.receipt.complete_at is not None


@pytest.mark.parametrize(("plan", "obligation", "kind"), [*every_form()])
def test_no_form_holds_a_formula_and_its_headings_are_locked(plan: Plan, obligation: str, kind: Kind) -> None:
    """Only the cells to fill in are open; the row that says what the form is for is hidden."""
    content = form(obligation, kind, plan)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            assert b"<f>" not in packed.read(name)
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]
    assert sheet.protection.sheet
    assert sheet.row_dimensions[5].hidden
    opened_cells = {cell.value for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert opened_cells <= {None, datetime(2023, 11, 30)}  # noqa: DTZ001 - a cell's day has no zone


def test_the_form_says_whose_rule_it_is_and_offers_choices() -> None:
    """The citation in the sheet and beside each heading; drop-downs for yes, no and for units."""
    sheet = openpyxl.load_workbook(io.BytesIO(form("OB05", Kind.INSPECTION)))[SHEET]
    said = f"Căn cứ: {s0().source.name}, mục VI.4"
    assert str(sheet["A3"].value).startswith(said)
    top = heading_row(sheet)
    notes = [sheet.cell(top, each).comment for each in range(3, 9)]
    assert all(note is not None and said in note.text for note in notes)
    choices = [each for each in sheet.data_validations.dataValidation if each.type == "list"]
    assert {each.formula1 for each in choices} >= {'"Có,Không"'}
    assert any("Danh mục" in str(each.formula1) for each in choices)


def test_a_name_that_looks_like_a_formula_is_written_as_text() -> None:
    """Whatever a register holds, nothing is executed when the form is opened."""
    written = s0().model_dump(mode="json")
    written["movement"]["name"] = '=HYPERLINK("http://x","y")'
    written["obligations"][5]["what"] = "=1+1"
    content = form("OB06", plan=Plan.model_validate(written))
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
    """And without what lies beyond the digits Excel keeps."""
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
def test_what_could_be_two_numbers_or_none_is_not_guessed(typed: object, code: str) -> None:
    """The answer names the cell."""
    problem = wrong(put(1, "Điểm", typed))
    assert (problem.code, problem.column, problem.cell) == (code, "Điểm", "C14")


def test_lines_may_be_blank_and_in_any_order_and_columns_too() -> None:
    """The same figures, however the sheet is arranged."""

    def shuffled(sheet: Any) -> None:
        top = heading_row(sheet)
        table = [[cell.value for cell in row] for row in sheet.iter_rows(top, sheet.max_row, 1, 4)]
        for at, row in enumerate([table[0], [None] * 4, *reversed(table[1:])]):
            for place, value in enumerate(reversed(row), 1):
                sheet.cell(top + at, place).value = value

    plain = read(FILLED).body
    other = read(changed(FILLED, shuffled))
    assert other.problems == []

    def by_unit(row: Any) -> str:
        return str(row["unit"])

    assert sorted(other.body["rows"], key=by_unit) == sorted(plain["rows"], key=by_unit)


@pytest.mark.parametrize("name", ["Thành phố Thái Bình", "  THÀNH PHỐ   thái bình ", "decomposed"])
def test_an_exact_name_is_enough(name: str) -> None:
    """Whatever its case, spaces and composition."""
    name = unicodedata.normalize("NFD", "Thành phố Thái Bình") if name == "decomposed" else name
    sheet = read(changed(SCORES, put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", name), put(1, "Điểm", 90)))
    assert sheet.problems == []
    assert sheet.body["rows"] == [{"unit": "336", "score": "90"}]


@pytest.mark.parametrize("name", ["Thanh pho Thai Binh", "Thành phố Thái Bỉnh", "TP Thái Bình"])
def test_a_name_without_marks_or_spelt_otherwise_is_only_suggested(name: str) -> None:
    """The answer asks; nothing is taken."""
    problem = wrong(put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", name), put(1, "Điểm", 90))
    assert problem.code == "unit_not_found"
    assert "336" in [each.code for each in problem.suggestions]
    assert "Có phải là" in problem.detail


def test_an_old_spelling_is_suggested() -> None:
    """Hoà for Hòa."""
    problem = wrong(put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", "Xã Minh Hoà"), put(1, "Điểm", 90))
    assert "Xã Minh Hòa" in [each.name.partition(" (")[0] for each in problem.suggestions]


def test_a_name_several_communes_share_needs_its_district_or_its_code() -> None:
    """The answer names them all."""
    unnamed = put(1, "Mã đơn vị", None), put(1, "Điểm", 90)
    problem = wrong(*unnamed, put(1, "Tên đơn vị", "Xã Minh Tân"))
    assert problem.code == "unit_ambiguous"
    assert len(problem.suggestions) == 3
    for each in problem.suggestions:
        sheet = read(changed(SCORES, *unnamed, put(1, "Tên đơn vị", each.name)))
        assert sheet.body["rows"] == [{"unit": each.code, "score": "90"}]


def test_a_code_goes_before_a_misspelt_name_but_not_before_another_units_name() -> None:
    """A column that was sorted alone is found out."""
    assert score_of(put(1, "Tên đơn vị", "Van phong UBND"), put(1, "Điểm", 90)) == "90"
    problem = wrong(put(1, "Tên đơn vị", "Sở Y tế"), put(1, "Điểm", 90))
    assert (problem.code, problem.cell) == ("unit_contradiction", "A14")


def test_a_code_typed_as_a_number_is_a_code() -> None:
    """Excel makes 336 a number."""
    sheet = read(changed(SCORES, put(1, "Mã đơn vị", 336), put(1, "Tên đơn vị", None), put(1, "Điểm", 90)))
    assert sheet.body["rows"] == [{"unit": "336", "score": "90"}]


def test_figures_without_a_unit_are_a_problem() -> None:
    """They are not left out."""
    assert wrong(put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", None), put(1, "Điểm", 90)).code == "unit_missing"


def test_a_column_that_is_not_in_the_form_is_named_and_one_that_is_gone_too() -> None:
    """Nothing that was typed is left out in silence."""

    def renamed(sheet: Any) -> None:
        sheet.cell(heading_row(sheet), column(sheet, "Điểm")).value = "Điểm thưởng"

    problems = read(changed(SCORES, renamed)).problems
    assert [problem.code for problem in problems] == ["column_missing", "unknown_column"]


def test_a_line_that_lacks_a_figure_is_returned_with_its_cell() -> None:
    """The problem is the door's own, of the report; the cell is where it would have stood."""
    tasks = form("OB02")
    sheet = read(changed(tasks, put(1, "Số nhiệm vụ đến hạn", 12)))
    problems = parsing.read(sheet.body)
    assert isinstance(problems, list)
    assert [each.pointer for each in problems] == ["/rows/0/done_on_time"]
    located = sheet.locate(problems)
    assert [(each.column, each.cell[0]) for each in located] == [("Số nhiệm vụ hoàn thành đúng hạn", "D")]


def test_counts_that_cannot_be_are_returned_with_their_line() -> None:
    """A rule about a whole row leads to the row."""
    sheet = read(changed(form("OB02"), put(2, "Số nhiệm vụ đến hạn", 1), put(2, "Số nhiệm vụ hoàn thành đúng hạn", 2)))
    problems = parsing.read(sheet.body)
    assert isinstance(problems, list)
    assert [each.pointer for each in problems] == ["/rows/0"]
    assert sheet.locate(problems)[0].row == 14


def test_a_form_with_nothing_filled_in_is_returned_with_its_headings() -> None:
    """An empty table is no report."""
    sheet = read(SCORES)
    problems = parsing.read(sheet.body)
    assert isinstance(problems, list)
    assert [(each.code, each.cell) for each in sheet.locate(problems)] == [("invalid", "A13")]


@pytest.mark.parametrize("typed", [date(2023, 11, 15), "15/11/2023", "15.11.2023", "2023-11-15"])
def test_a_day_is_read_as_it_is_written_here(typed: Any) -> None:
    """Day before month."""
    assert read(changed(FILLED, say("Số liệu tính đến ngày", typed))).body["as_of"] == "2023-11-15"


@pytest.mark.parametrize("typed", ["31/11/2023", "11/15/2023", "tháng 11", datetime(2023, 11, 15, 10)])  # noqa: DTZ001
def test_what_is_no_day_is_not_guessed(typed: Any) -> None:
    """Nor is an hour dropped."""
    assert wrong(say("Số liệu tính đến ngày", typed), content=FILLED).code == "not_a_day"


def test_a_tier_is_declared_complete_with_a_yes() -> None:
    """A39; No, like nothing, declares nothing."""
    label = "Đã đủ số liệu: Ủy ban nhân dân huyện, thành phố"
    assert read(changed(FILLED, say(label, "có"))).body["complete_tiers"] == ["huyen"]
    assert "complete_tiers" not in read(changed(FILLED, say(label, "Không"))).body
    assert wrong(say(label, "Ừ"), content=FILLED).code == "not_yes_or_no"


def test_what_is_written_beside_the_form_is_named() -> None:
    """A remark nobody would read is not accepted in silence."""

    def beside(sheet: Any) -> None:
        sheet.cell(heading_row(sheet) + 2, 9).value = "chưa chắc"

    assert wrong(beside).code == "misplaced"
