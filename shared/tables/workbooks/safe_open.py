"""Opens untrusted Excel files: the unpacked size is bounded before anything reads the cells. Pure.

Every needed part is unpacked under a limit, checked by a streaming XML parser, and written to a new archive.
python-calamine only reads that copy, which has no macros, links or drawings.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import python_calamine

from shared.tables.workbooks.invalid_workbook import InvalidWorkbook, not_excel, workbook_too_large
from shared.tables.workbooks.number_formats import GENERAL, formats_of_styles
from shared.tables.workbooks.packages import MAX_SHEETS, Package, open_package
from shared.tables.workbooks.sheet_parts import (
    MAX_COLUMN,
    MAX_SHEET_ROW,
    MergedRange,
    SheetLook,
    check_sheet,
    string_lengths,
)

_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_RELATIONSHIP = f'<Relationship Id={{}} Type="{_TYPES}/{{}}" Target="{{}}"/>'

Cell = Any
"""The value of a cell: text, a number, a date or time, True or False; "" if it is empty."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's cells, row by row from the first, and how the sheet looks.

    ``formats`` has the number format of each filled cell that has another one than General, by row and column from 1.
    ``hidden``: no tab shows the sheet. For the rest see ``SheetLook``.
    """

    name: str
    rows: list[list[Cell]]
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[MergedRange, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False


def open_workbook(content: bytes) -> list[Grid]:
    """The cells of all sheets of an .xlsx file. Raises ``InvalidWorkbook``."""
    try:
        package = open_package(content)
        lengths = string_lengths(package.strings) if package.strings else []
        looks = [check_sheet(sheet.xml, lengths) for sheet in package.sheets]
        formats = formats_of_styles(package.styles) if package.styles else []
        return _grids(package, looks, formats)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, EOFError) as error:
        raise not_excel() from error
    except (OSError, ValueError, struct.error, UnicodeError) as error:
        raise not_excel() from error


def _safe_copy(package: Package) -> io.BytesIO:
    """A new archive of the checked parts alone, under the names that every reader expects."""
    copy = io.BytesIO()
    ways: list[str] = []
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as target:
        root = _RELATIONSHIP.format('"rId1"', "officeDocument", "xl/workbook.xml")
        target.writestr("_rels/.rels", _RELATIONSHIPS.format(root))
        target.writestr("xl/workbook.xml", package.workbook)
        for number, sheet in enumerate(package.sheets, 1):
            name = f"worksheets/sheet{number}.xml"
            ways.append(_RELATIONSHIP.format(quoteattr(sheet.relationship), "worksheet", name))
            target.writestr(f"xl/{name}", sheet.xml)
        for kind, part in (("sharedStrings", package.strings), ("styles", package.styles)):
            if part:
                ways.append(_RELATIONSHIP.format(f'"thidua-{kind}"', kind, f"{kind}.xml"))
                target.writestr(f"xl/{kind}.xml", part)
        target.writestr("xl/_rels/workbook.xml.rels", _RELATIONSHIPS.format("".join(ways)))
    copy.seek(0)
    return copy


def _grids(package: Package, looks: list[SheetLook], formats: list[str]) -> list[Grid]:
    try:
        with python_calamine.load_workbook(_safe_copy(package)) as workbook:
            if len(workbook.sheet_names) > MAX_SHEETS:
                raise workbook_too_large()
            return [
                _grid(sheet.name, workbook.get_sheet_by_name(sheet.name), look, formats, hidden=sheet.hidden)
                for sheet, look in zip(package.sheets, looks, strict=True)
            ]
    except InvalidWorkbook:
        raise
    except BaseException as error:  # the library's PanicException is not an Exception
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise not_excel() from error
        raise


def _grid(
    name: str, sheet: python_calamine.CalamineSheet, look: SheetLook, formats: list[str], *, hidden: bool
) -> Grid:
    """A sheet's cells. Its size is checked again, because calamine may count it differently from our parser."""
    if sheet.end is not None and (sheet.end[0] >= MAX_SHEET_ROW or sheet.end[1] >= MAX_COLUMN):
        raise workbook_too_large()
    shown = {
        place: formats[style] if style < len(formats) else GENERAL
        for place, style in look.styles.items()
        if style >= len(formats) or formats[style] != GENERAL
    }
    return Grid(
        name,
        sheet.to_python(skip_empty_area=False),
        shown,
        tuple(look.merged),
        frozenset(look.hidden_rows),
        frozenset(look.hidden_columns),
        hidden,
    )
