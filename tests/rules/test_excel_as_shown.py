"""What a sheet shows is what is read: number formats, merged and hidden cells, packages as Excel opens them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.workbooks.cell_problems import CellProblem, Sheet
from shared.contracts.model import Kind
from shared.plans.load import load_register
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook
from shared.tables.workbooks.number_formats import shown
from shared.tables.workbooks.safe_open import open_workbook
from tests.support.filling import Change, changed, column, fill, form, heading_row, put, put_beside, read, repacked

DATA = Path(__file__).parent / "data"
SCORES = form("OB06")
TASKS = form("OB02")
FILLED = changed(SCORES, fill(Kind.SCORE))


def sent(name: str) -> bytes:
    """A file as an agency sent it."""
    return (DATA / name).read_bytes()


def styled(row: int, heading: str, value: Any, number_format: str) -> Change:
    """Type a value into a line of the table and give its cell a number format."""

    def typed(sheet: Any) -> None:
        cell = sheet.cell(heading_row(sheet) + row, column(sheet, heading))
        cell.value, cell.number_format = value, number_format

    return typed


def only_problem(content: bytes) -> CellProblem:
    (problem,) = read(content).problems
    return problem


def first_row(sheet: Sheet) -> Any:
    """The first line of figures that was read."""
    rows: Any = sheet.body["rows"]
    return rows[0]


def test_a_score_shown_as_a_percentage_is_refused_with_what_it_shows() -> None:
    """0.85 shown as 85% is neither 0,85 nor 85 points."""
    problem = only_problem(sent("percent-score.xlsx"))
    assert (problem.code, problem.value, problem.column) == ("shown_otherwise", "85%", "Điểm")
    assert "“85%”" in problem.detail
    assert "0,85" in problem.detail
    assert "Number" in problem.detail


def test_a_count_shown_as_a_percentage_is_refused() -> None:
    """1 shown as 100% of 20 tasks would be 1 of 20, and the unit would fail."""
    problem = only_problem(sent("percent-count.xlsx"))
    assert (problem.code, problem.value) == ("shown_otherwise", "100%")


@pytest.mark.parametrize(
    ("stored", "number_format", "seen"),
    [
        (0.9125, "0.00%", "91,25%"),
        (12000, "#,##0,", "12"),
        (87.5, "0", "88"),
        (87.456, "0.00", "87,46"),
        (87.5, "# ?/?", "định dạng # ?/?"),
        (87, '"1"0', 'định dạng "1"0'),
        (87, ";;;", "định dạng "),
        (87, '"Đạt"', 'định dạng "Đạt"'),
        (87, '0"%"', 'định dạng 0"%"'),
        (87, "-0", "định dạng -0"),
        (87, "[>50]0,;0", "định dạng [>50]0,;0"),
        (87, "0.0E+00", "định dạng 0.0E+00"),
    ],
)
def test_a_number_that_is_shown_as_another_is_refused(stored: float, number_format: str, seen: str) -> None:
    """Percentages, thousands, rounding, fractions and whatever a custom format makes of a number."""
    problem = only_problem(changed(SCORES, styled(1, "Điểm", stored, number_format)))
    assert (problem.code, problem.cell, problem.value) == ("shown_otherwise", "C16", seen)


@pytest.mark.parametrize(
    "number_format",
    [
        "General",
        "0.##",
        "#,##0.00",
        '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
        "[Red]0.0",
        '0.0 "điểm"',
        "@",
    ],
)
def test_a_format_that_shows_the_number_itself_is_read(number_format: str) -> None:
    """Colours, words, grouping and Excel's accounting formats change no digit."""
    sheet = read(changed(SCORES, styled(1, "Điểm", 87.5, number_format)))
    assert sheet.problems == []
    assert first_row(sheet)["score"] == "87.5"


def test_an_accounting_format_shows_zero_as_a_dash() -> None:
    """Zero stays zero."""
    accounting = '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)'
    assert first_row(read(changed(SCORES, styled(1, "Điểm", 0, accounting))))["score"] == "0"


def test_a_code_stored_as_a_number_that_shows_leading_zeros_is_refused() -> None:
    """00336 would be read as 336, which is another unit's code."""
    code = styled(1, "Mã đơn vị", 336, "00000"), put(1, "Tên đơn vị", None), put(1, "Điểm", 90)
    assert only_problem(changed(SCORES, *code)).code == "shown_otherwise"


@given(st.decimals(0, 10**6, places=3), st.integers(0, 4))
def test_a_rounding_format_shows_the_number_exactly_when_it_has_no_more_decimals(number: Decimal, places: int) -> None:
    """The oracle is Python's own rounding."""
    code = "0" if not places else "0." + "0" * places
    digits = shown(number, code).digits
    assert digits is not None
    assert (Decimal(digits) == number) == (number == number.quantize(Decimal(1).scaleb(-places)))


@given(st.decimals(allow_nan=False, allow_infinity=False), st.text('0#?.,%;-E/[]()"\\_*@$ GeneraldmyhsĐ', max_size=40))
def test_no_format_breaks_the_reader(number: Decimal, code: str) -> None:
    """Whatever a file contains, the format shows a number or it does not."""
    digits = shown(number, code).digits
    assert digits is None or Decimal(digits) is not None


def test_merged_cells_are_refused_with_their_range() -> None:
    """Only the first of the merged units would have a figure."""
    problem = only_problem(sent("merged-cells.xlsx"))
    assert problem.code == "merged"
    assert "bị gộp" in problem.detail


def merged(cells: str) -> Change:
    return lambda sheet: sheet.merge_cells(cells)


def test_a_merge_without_a_value_or_of_a_labelled_cell_changes_nothing() -> None:
    """A wide remark above the table is one cell to everybody."""
    note = put_beside("Ghi chú chung", "Số liệu chính thức")
    sheet = read(changed(FILLED, note, merged("B9:D9"), merged("A1:D1"), merged("A380:B381")))
    assert sheet.problems == []
    assert sheet.body["note"] == "Số liệu chính thức"


@pytest.mark.parametrize("cells", ["A16:A18", "B16:C16", "A15:B15", "C15:C16"])
def test_a_merge_of_units_figures_or_headings_is_refused(cells: str) -> None:
    """The range is named."""
    problems = read(changed(FILLED, merged(cells))).problems
    assert [cells in problem.detail for problem in problems if problem.code == "merged"] == [True]


def test_hidden_rows_and_columns_are_read_and_counted() -> None:
    """A filter hides rows too; the row that identifies the form does not count."""

    def hidden(sheet: Any) -> None:
        sheet.row_dimensions[17].hidden = sheet.row_dimensions[18].hidden = True
        sheet.column_dimensions["C"].hidden = True  # the library keeps C and D as one

    sheet = read(changed(FILLED, hidden))
    assert sheet.body == read(FILLED).body
    assert [(warning.code, warning.count) for warning in sheet.warnings] == [("hidden_rows", 2), ("hidden_columns", 2)]
    assert "2 dòng" in sheet.warnings[0].detail
    assert read(FILLED).warnings == []


def test_a_workbook_is_found_by_its_relationships() -> None:
    """Excel opens a workbook of any name."""
    assert read(sent("workbook-of-another-name.xlsx")).body["rows"]


def moved(content: bytes, old: str, new: str) -> bytes:
    """The file with a sheet under another name, as its relationship says."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w") as after:
        for name in before.namelist():
            raw = before.read(name)
            is_relationships = name == "xl/_rels/workbook.xml.rels"
            after.writestr(
                new if name == old else name, raw.replace(b"worksheets/sheet1", b"x/blatt") if is_relationships else raw
            )
    return packed.getvalue()


def test_a_sheet_is_found_by_its_relationship_whatever_its_name() -> None:
    """A part that no relationship names is not read."""
    assert read(moved(FILLED, "xl/worksheets/sheet1.xml", "xl/x/blatt.xml")).body == read(FILLED).body


def archive(**parts: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return packed.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (OLE + b"\0" * 2000, "(.xls)"),
        (OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2000, "mật khẩu"),
        ("Mã đơn vị;Điểm\n336;87,5\n".encode(), "CSV"),
        (b"\xef\xbb\xbf<!DOCTYPE html><table><tr><td>336", "HTML"),
        (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'>", "HTML"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        (b"%PDF-1.7", "PDF"),
        (archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), ".ods"),
        (archive(**{"_rels/.rels": "<R/>", "xl/workbook.bin": "x"}), ".xlsb"),
        (b"\x01\x02", ".xlsx"),
    ],
)
def test_every_other_kind_of_file_has_its_own_sentence(content: bytes, word: str) -> None:
    """The sender learns what the file is and what to do."""
    with pytest.raises(InvalidWorkbook) as caught:
        open_workbook(content)
    assert caught.value.code == "not_excel"
    assert word in caught.value.detail


UNITS_2 = load_register(DATA / "units-after-a-merger.csv", "thai-binh", 2)


def renamed_unit(day: date) -> Callable[[], Any]:
    changes = put(1, "Mã đơn vị", None), put(1, "Tên đơn vị", MERGED_NAME), put(1, "Điểm", 90)
    return lambda: read(changed(SCORES, *changes, put_beside("Số liệu tính đến ngày", day)), units=UNITS_2)


MERGED = next(
    unit
    for unit in UNITS_2.units
    if unit.predecessors and any(UNITS_2.by_code[old].name == unit.name for old in unit.predecessors)
)
MERGED_NAME = MERGED.name


def test_a_name_means_the_unit_that_has_it_on_the_as_of_day() -> None:
    """After a merger under the same name, the successor; before it, the unit of that time."""
    assert MERGED.valid_from is not None
    for day, code in ((date(2023, 11, 30), MERGED.code), (date(2023, 3, 31), None)):
        sheet = renamed_unit(day)()
        assert sheet.problems == []
        (row,) = sheet.body["rows"]
        unit = UNITS_2.by_code[row["unit"]]
        assert unit.exists_on(day)
        assert code in (None, unit.code)


@pytest.mark.parametrize(
    ("typed", "meant"), [("1.200", 1200), ("1,200", 1200), ("2.000", 2000), ("1.234.567", 1234567)]
)
def test_a_count_with_a_mark_for_thousands_is_read(typed: str, meant: int) -> None:
    """A count has no decimals, so only one reading exists."""
    sheet = read(changed(TASKS, put(1, "Số nhiệm vụ đến hạn", typed), put(1, "Số nhiệm vụ hoàn thành đúng hạn", 1)))
    assert sheet.problems == []
    assert first_row(sheet)["due"] == meant


@pytest.mark.parametrize(
    ("content", "heading", "typed", "code"),
    [
        (SCORES, "Điểm", "1.200", "number_two_ways"),
        (TASKS, "Số nhiệm vụ đến hạn", "2,000", "number_two_ways"),
        (TASKS, "Số nhiệm vụ đến hạn", "1.5", "not_whole"),
        (SCORES, "Điểm", "91,25%", "not_a_number"),
    ],
)
def test_a_number_of_two_readings_is_not_guessed(content: bytes, heading: str, typed: str, code: str) -> None:
    """The problem shows what was typed."""
    problem = only_problem(changed(content, put(1, heading, typed)))
    assert (problem.code, problem.value) == (code, typed)


def test_a_hostile_merge_is_refused_cheaply() -> None:
    """Ranges that cover more cells than a form has overlap, which no true file does."""
    many = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 1000 + "</mergeCells></worksheet>"
    hostile = repacked(FILLED, "xl/worksheets/sheet1.xml", lambda raw: raw.replace(b"</worksheet>", many.encode()))
    with pytest.raises(InvalidWorkbook) as caught:
        open_workbook(hostile)
    assert caught.value.code == "workbook_too_large"
