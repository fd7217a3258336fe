"""Opens untrusted Excel files: the unpacked size is bounded before anything reads the cells. Pure.

The sizes in the ZIP directory may be false. So every needed part is unpacked under a limit, checked by a streaming XML
parser, and written to a new archive. python-calamine only reads that copy, which has no macros, links or drawings.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import python_calamine

from shared.contracts.intake import MAX_ROWS

MAX_SHEET_ROW = MAX_ROWS + 100
"""The last row that may hold a value: the rows of a report, and those of the form above them."""

_MAX_COLUMN = 40
_MAX_SHEETS = 10
_MAX_PARTS = 300
_MAX_UNPACKED = 24 * 1024 * 1024
_MAX_RATIO = 150
_MAX_ELEMENTS = 400_000
_MAX_CHARACTERS = 4 * 1024 * 1024
_MAX_CELLS_NAMED = 50
_CHUNK = 64 * 1024
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_NEEDED_PARTS = re.compile(
    r"xl/(workbook\.xml|_rels/workbook\.xml\.rels|sharedstrings\.xml|styles\.xml|worksheets/[^/]+\.xml)"
)
_ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")

Cell = Any
"""The value of a cell: text, a number, a date or time, True or False; "" if it is empty."""


class InvalidWorkbook(Exception):
    """A file refused as a whole: the HTTP status, a stable code, the reason in Vietnamese, the cells concerned."""

    def __init__(self, status: int, code: str, detail: str, cells: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.cells = status, code, detail, cells


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's cells, row by row from the first."""

    name: str
    rows: list[list[Cell]]


def open_workbook(content: bytes) -> list[Grid]:
    """The cells of all sheets of an .xlsx file. Raises ``InvalidWorkbook``."""
    try:
        return _grids(_safe_copy(content))
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, EOFError) as error:
        raise _not_excel() from error
    except (OSError, ValueError, struct.error, UnicodeError) as error:
        raise _not_excel() from error


def _not_excel() -> InvalidWorkbook:
    return InvalidWorkbook(
        400, "not_excel", "Tệp gửi lên không phải tệp Excel (.xlsx) đọc được; hãy lưu lại từ mẫu dưới dạng .xlsx."
    )


def _too_large() -> InvalidWorkbook:
    return InvalidWorkbook(
        413, "workbook_too_large", "Tệp Excel chứa quá nhiều dữ liệu; hãy dùng mẫu do hệ thống tạo ra."
    )


def _safe_copy(content: bytes) -> io.BytesIO:
    _check_directory(content)
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as target:
        entries = source.infolist()
        if len({entry.filename.lower() for entry in entries}) < len(entries):
            raise _not_excel()
        if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            raise _too_large()
        if any(entry.file_size > _CHUNK and entry.file_size > _MAX_RATIO * entry.compress_size for entry in entries):
            raise _too_large()
        needed = [entry for entry in entries if _NEEDED_PARTS.fullmatch(entry.filename.lower())]
        names = {entry.filename for entry in needed}
        if "xl/workbook.xml" not in names:
            raise _not_excel()
        if sum("/worksheets/" in entry.filename.lower() for entry in needed) > _MAX_SHEETS:
            raise _too_large()
        remaining = _MAX_UNPACKED
        parts: dict[str, bytes] = {}
        for entry in needed:
            parts[entry.filename] = _unpacked(source, entry, remaining)
            remaining -= len(parts[entry.filename])
        strings = next((part for name, part in parts.items() if name.lower() == "xl/sharedstrings.xml"), b"")
        lengths = _string_lengths(strings) if strings else []
        target.writestr("_rels/.rels", _ROOT)
        for name, part in parts.items():
            _check_part(part, lengths)
            target.writestr(name, part)
    copy.seek(0)
    return copy


def _check_directory(content: bytes) -> None:
    """Refuse an archive with more parts than a workbook needs, by its last record alone."""
    at = content.rfind(_END, max(0, len(content) - 65_557))
    if at < 0 or len(content) < at + 22 or content[max(0, at - 20) : at].startswith(_END_64):
        raise _not_excel()
    parts, size = struct.unpack_from("<H I", content, at + 10)
    if parts > _MAX_PARTS or size > _MAX_PARTS * 512:
        raise _too_large()


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    raw = bytearray()
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            raw += chunk
            if len(raw) > limit:
                raise _too_large()
    return bytes(raw)


def _parser(part: bytes) -> expat.XMLParserType:
    """An XML parser that refuses document types, entities and other encodings than UTF-8."""
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part:
        raise _not_excel()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def on_declaration(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise _not_excel()

    def on_doctype(*_: object) -> None:
        raise _not_excel()

    parser.XmlDeclHandler = on_declaration
    parser.StartDoctypeDeclHandler = on_doctype
    return parser


def _string_lengths(part: bytes) -> list[int]:
    """The length of each shared string. Cells refer to strings by number, and many cells may refer to a long one."""
    lengths: list[int] = []
    parser = _parser(part)

    def start(name: str, _: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "si":
            lengths.append(0)
            if len(lengths) > _MAX_ELEMENTS:
                raise _too_large()

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.Parse(part, True)
    return lengths


@dataclass(slots=True)
class _PartState:
    """The state of the parser within one part."""

    elements: int = 0
    row: int = 0
    column: int = 0
    in_cell: bool = False
    is_shared: bool = False
    characters: int = 0
    text: list[str] | None = None
    is_error: bool = False
    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def _check_part(part: bytes, lengths: list[int]) -> None:
    """Refuse formulas, errors, cells outside the form and excessive text. Raises ``InvalidWorkbook``."""
    state, parser = _PartState(), _parser(part)

    def start(name: str, attributes: dict[str, str]) -> None:
        state.elements += 1
        if state.elements > _MAX_ELEMENTS:
            raise _too_large()
        kind = name.rpartition(" ")[2]
        if kind == "row":
            state.row, state.column = int(attributes.get("r", state.row + 1)), 0
            if state.row < 1:
                raise _not_excel()
        elif kind == "c":
            state.column, state.in_cell = state.column + 1, True
            if (address := attributes.get("r")) is not None:
                state.row, state.column = _position(address)
            state.is_shared, state.is_error = attributes.get("t") == "s", attributes.get("t") == "e"
        elif not state.in_cell:
            return  # outside cells, an f element is a list of choices
        elif kind == "f":
            state.formulas.append(f"{column_name(state.column)}{state.row}")
        elif kind in ("v", "is"):
            if state.row > MAX_SHEET_ROW:
                detail = f"Mỗi báo cáo có nhiều nhất {MAX_ROWS} dòng; bảng có dữ liệu ở dòng {state.row}."
                raise InvalidWorkbook(422, "too_many_rows", detail)
            if state.column > _MAX_COLUMN:
                detail = f"Bảng có dữ liệu ở cột {column_name(state.column)}, ngoài các cột của mẫu."
                raise InvalidWorkbook(422, "too_many_columns", detail)
            state.text = []
            if state.is_error:
                state.errors.append(f"{column_name(state.column)}{state.row}")

    def text(data: str) -> None:
        if state.text is not None:
            state.text.append(data)

    def end(name: str) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "c":
            state.in_cell = False
        if state.text is not None and kind in ("v", "is"):
            if state.is_shared and (index := "".join(state.text).strip()).isdecimal() and int(index) < len(lengths):
                state.characters += lengths[int(index)]
            if state.characters > _MAX_CHARACTERS:
                raise _too_large()
            state.text = None

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.Parse(part, True)
    for code, addresses, reason in (
        ("formula", state.formulas, "chứa công thức; hãy sao chép rồi dán lại dưới dạng giá trị"),
        ("error_cell", state.errors, "mang lỗi của Excel, không phải số liệu"),
    ):
        if addresses:
            cells = tuple(addresses[:_MAX_CELLS_NAMED])
            raise InvalidWorkbook(422, code, f"Ô {', '.join(cells[:5])} {reason}.", cells)


def _position(address: str) -> tuple[int, int]:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise _not_excel()
    column = 0
    for character in match[1].upper():
        column = column * 26 + ord(character) - ord("A") + 1
    return int(match[2]), column


def column_name(column: int) -> str:
    """Excel's name of a column, counted from 1: A, B … Z, AA."""
    name = ""
    while column:
        column, remainder = divmod(column - 1, 26)
        name = chr(ord("A") + remainder) + name
    return name


def _grids(copy: io.BytesIO) -> list[Grid]:
    try:
        with python_calamine.load_workbook(copy) as workbook:
            sheets = workbook.sheet_names
            if len(sheets) > _MAX_SHEETS:
                raise _too_large()
            return [_grid(name, workbook.get_sheet_by_name(name)) for name in sheets]
    except InvalidWorkbook:
        raise
    except BaseException as error:  # the library's PanicException is not an Exception
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _not_excel() from error
        raise


def _grid(name: str, sheet: python_calamine.CalamineSheet) -> Grid:
    """A sheet's cells. Its size is checked again, because calamine may count it differently from our parser."""
    if sheet.end is not None and (sheet.end[0] >= MAX_SHEET_ROW or sheet.end[1] >= _MAX_COLUMN):
        raise _too_large()
    return Grid(name, sheet.to_python(skip_empty_area=False))
