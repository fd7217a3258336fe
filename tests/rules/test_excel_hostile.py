"""Malicious or broken Excel files are refused cheaply, and a formula is never read."""

from __future__ import annotations

import io
import random
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from shared.contracts.model import Kind
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook
from shared.tables.workbooks.safe_open import open_workbook
from tests.support.filling import changed, fill, form, put, read, repacked

pytestmark = pytest.mark.thorough

SCORES = form("OB06")
FILLED = changed(SCORES, fill(Kind.SCORE))
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def refused(content: bytes) -> InvalidWorkbook:
    """The refusal of a file, which takes less than five seconds and 150 MiB."""
    tracemalloc.start()
    began = time.perf_counter()
    try:
        with pytest.raises(InvalidWorkbook) as caught:
            open_workbook(content)
        assert time.perf_counter() - began < 5
        assert tracemalloc.get_traced_memory()[1] < 150 * 1024 * 1024
    finally:
        tracemalloc.stop()
    return caught.value


def into_sheet(rows: str | bytes) -> bytes:
    """The form with more rows in its sheet."""
    more = rows.encode() if isinstance(rows, str) else rows
    return repacked(FILLED, SHEET, lambda raw: raw.replace(b"</sheetData>", more + b"</sheetData>"))


@pytest.mark.parametrize("formula", ["=1+1", "=HYPERLINK(A1)", "=SUM(C2:C9)"])
def test_a_formula_is_refused_with_its_cell(formula: str) -> None:
    """The cached value beside the formula does not matter."""
    problem = refused(changed(SCORES, put(1, "Điểm", formula)))
    assert (problem.status, problem.code, problem.cells) == (422, "formula", ("C16",))


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="C1900"><f>1+1</f><v>2</v></c>',
        "<c r='C20'><f t='shared' si='0'/><v>2</v></c>",
        "<c><f\n>1</f></c>",
        '<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="C20"><x:f>1</x:f></x:c>',
    ],
)
def test_a_formula_is_detected_however_it_is_written(cell: str) -> None:
    """It may be shared, empty, or under another namespace prefix."""
    assert refused(into_sheet(f"<row>{cell}</row>")).code == "formula"


def test_the_source_of_a_drop_down_is_not_a_formula() -> None:
    """Excel itself saves a choice from another sheet as an extension that has an element f outside the cells."""
    choice = (
        '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{CCE6A557}">'
        '<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:dataValidation>'
        "<x14:formula1><xm:f>'Danh mục'!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>B20:B40</xm:sqref>"
        "</x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    saved = repacked(FILLED, SHEET, lambda raw: raw.replace(b"</worksheet>", choice.encode()))
    assert saved != FILLED
    assert read(saved).body == read(FILLED).body


def test_an_excel_error_is_not_an_empty_cell() -> None:
    """#DIV/0! is reported, not skipped."""
    problem = refused(changed(FILLED, put(1, "Điểm", "#DIV/0!")))
    assert (problem.code, problem.cells) == ("error_cell", ("C16",))


def test_a_zip_bomb_is_refused_by_its_directory() -> None:
    """A quarter of a gigabyte of zeros compresses to a quarter of a megabyte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open(SHEET, "w", force_zip64=True) as part:
        for _ in range(64):
            part.write(b"0" * 4 * 1024 * 1024)
    assert refused(packed.getvalue()).code == "workbook_too_large"


def test_false_sizes_do_not_help_a_zip_bomb() -> None:
    """The directory claims a hundred bytes; the decompressed size is still limited."""
    bomb = repacked(FILLED, SHEET, lambda raw: raw + b" " * 200 * 1024 * 1024)
    true_size = struct.pack("<I", 200 * 1024 * 1024 + _size_of(FILLED, SHEET))
    assert true_size in bomb
    assert refused(bomb.replace(true_size, struct.pack("<I", 100))).status in (400, 413)


def _size_of(content: bytes, part: str) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return packed.getinfo(part).file_size


def test_a_sheet_of_a_million_rows_is_refused_cheaply() -> None:
    """The file is refused before its cells are read."""
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(400, 1_000_400))
    assert refused(into_sheet(rows)).code in ("too_many_rows", "workbook_too_large")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('<c r="XFD20"><v>1</v></c>', "too_many_columns"),
        ('<c r="C1048576"><v>1</v></c>', "too_many_rows"),
        ('<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>', "too_many_rows"),
        ('<c r="ZZZZ1"><v>1</v></c>', "not_excel"),
        ('<c r="C-1"><v>1</v></c>', "not_excel"),
        ('<c r="C0"><v>1</v></c>', "not_excel"),
    ],
)
def test_one_distant_cell_does_not_make_a_huge_sheet(cell: str, code: str) -> None:
    """A library that fills the gap would need gigabytes."""
    assert refused(into_sheet(f"<row>{cell}</row>")).code == code


def test_an_empty_distant_cell_and_a_false_dimension_do_no_harm() -> None:
    """Excel itself leaves such cells; the figures are still read."""
    distant = into_sheet('<row r="1048576"><c r="XFD1048576" s="1"/></row>')
    false_dimension = repacked(
        distant, SHEET, lambda raw: raw.replace(b"<dimension ref=", b'<dimension ref="A1:XFD1048576" x=')
    )
    assert read(false_dimension).body == read(FILLED).body


def test_one_long_text_shared_by_many_cells_is_refused() -> None:
    """Two thousand cells refer to one text of a megabyte."""
    name = "".join(random.Random(1).choices("abcdefghij", k=1024 * 1024))
    long = repacked(SCORES, STRINGS, lambda raw: raw.replace(b"<si>", f"<si><t>{name}</t></si><si>".encode(), 1))
    cells = "".join(f'<row r="{n}"><c r="G{n}" t="s"><v>0</v></c></row>' for n in range(20, 2000))
    more = repacked(long, SHEET, lambda raw: raw.replace(b"</sheetData>", cells.encode() + b"</sheetData>"))
    assert refused(more).code == "workbook_too_large"


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1),
        lambda raw: raw.decode().encode("utf-16"),
        lambda raw: (
            raw.replace(b"utf-8", b"utf-7", 1).replace(b"UTF-8", b"utf-7", 1) if b"tf-8" in raw.lower() else b""
        ),
        lambda raw: raw[:-20],
        lambda raw: b"",
        lambda raw: raw.replace(b"<sheetData>", b"<sheetData><y:c/>"),
    ],
)
def test_xml_with_entities_other_encodings_or_missing_ends_is_not_a_workbook(change: Callable[[bytes], bytes]) -> None:
    """Elements of a foreign namespace are refused too."""
    assert refused(repacked(FILLED, SHEET, change)).code == "not_excel"


def _without(part: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILLED)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x05\x06",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
        b"unit;score\n336;87,5\n",
        FILLED[:-100],
        FILLED[len(FILLED) // 2 :],
        _without("xl/workbook.xml"),
        _without("xl/_rels/workbook.xml.rels"),
    ],
)
def test_a_file_that_is_not_an_xlsx_is_refused_as_such(content: bytes) -> None:
    """Examples are an old .xls, a text and half a file."""
    assert refused(content).code == "not_excel"


def test_thousands_of_parts_are_refused_by_the_end_record() -> None:
    """The names of the parts are not read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as many:
        for n in range(20_000):
            many.writestr(f"xl/{n}", b"")
    assert refused(packed.getvalue()).code == "workbook_too_large"


def test_a_workbook_without_the_form_or_with_two_forms_is_refused() -> None:
    """The row that identifies the form must be there and unchanged; nothing is guessed."""

    def without_marker(sheet: object) -> None:
        sheet["A5"] = None  # type: ignore[index]

    def with_second_form(sheet: object) -> None:
        sheet["A2"] = "#thidua"  # type: ignore[index]

    def with_other_field(sheet: object) -> None:
        sheet["E5"] = "wish"  # type: ignore[index]

    for change, code in (
        (without_marker, "no_form"),
        (with_second_form, "two_forms"),
        (with_other_field, "form_changed"),
    ):
        with pytest.raises(InvalidWorkbook) as caught:
            read(changed(FILLED, change))
        assert caught.value.code == code
