"""Opens an Excel file nobody has to trust: what it would unpack to is bounded before anything reads its cells. Pure.

The ZIP directory's sizes may lie, so every part is unpacked under a limit, looked through by a streaming XML parser,
and put into a fresh archive; python-calamine only ever reads that copy, which has no macros, links or drawings.
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

MAX_LINE = MAX_ROWS + 100
"""The last row that may hold something: the rows of a report, and the form's own above them."""

_MAX_COLUMN = 40
_MAX_SHEETS = 10
_MAX_PARTS = 300
_MAX_UNPACKED = 24 * 1024 * 1024
_MAX_RATIO = 150
_MAX_ELEMENTS = 400_000
_MAX_CHARACTERS = 4 * 1024 * 1024
_MOST_NAMED = 50
_CHUNK = 64 * 1024
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_WANTED = re.compile(
    r"xl/(workbook\.xml|_rels/workbook\.xml\.rels|sharedstrings\.xml|styles\.xml|worksheets/[^/]+\.xml)"
)
_ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")

Cell = Any
"""What a cell holds: text, a number, a day, True or False; "" where it is empty."""


class InvalidWorkbook(Exception):
    """A file that is not read at all: the HTTP status, a stable code, why in Vietnamese, and the cells it is about."""

    def __init__(self, status: int, code: str, detail: str, cells: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.cells = status, code, detail, cells


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's cells, row by row from the first."""

    name: str
    rows: list[list[Cell]]


def opened(content: bytes) -> list[Grid]:
    """The sheets of an .xlsx file. Raises ``InvalidWorkbook``."""
    try:
        return _grids(_safe_copy(content))
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError, EOFError) as error:
        raise _no_workbook() from error
    except (OSError, ValueError, struct.error, UnicodeError) as error:
        raise _no_workbook() from error


def _no_workbook() -> InvalidWorkbook:
    return InvalidWorkbook(
        400, "not_excel", "Tệp gửi lên không phải tệp Excel (.xlsx) đọc được; hãy lưu lại từ mẫu dưới dạng .xlsx."
    )


def _too_big() -> InvalidWorkbook:
    return InvalidWorkbook(
        413, "workbook_too_large", "Tệp Excel chứa quá nhiều dữ liệu; hãy dùng mẫu do hệ thống tạo ra."
    )


def _safe_copy(content: bytes) -> io.BytesIO:
    _check_directory(content)
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as fresh:
        entries = packed.infolist()
        if len({entry.filename.lower() for entry in entries}) < len(entries):
            raise _no_workbook()
        if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            raise _too_big()
        if any(entry.file_size > _CHUNK and entry.file_size > _MAX_RATIO * entry.compress_size for entry in entries):
            raise _too_big()
        wanted = [entry for entry in entries if _WANTED.fullmatch(entry.filename.lower())]
        names = {entry.filename for entry in wanted}
        if "xl/workbook.xml" not in names:
            raise _no_workbook()
        if sum("/worksheets/" in entry.filename.lower() for entry in wanted) > _MAX_SHEETS:
            raise _too_big()
        left = _MAX_UNPACKED
        parts: dict[str, bytes] = {}
        for entry in wanted:
            parts[entry.filename] = _unpacked(packed, entry, left)
            left -= len(parts[entry.filename])
        strings = next((part for name, part in parts.items() if name.lower() == "xl/sharedstrings.xml"), b"")
        lengths = _string_lengths(strings) if strings else []
        fresh.writestr("_rels/.rels", _ROOT)
        for name, part in parts.items():
            _look_through(part, lengths)
            fresh.writestr(name, part)
    copy.seek(0)
    return copy


def _check_directory(content: bytes) -> None:
    """Refuse by the archive's last record alone what has more parts than a workbook needs."""
    at = content.rfind(_END, max(0, len(content) - 65_557))
    if at < 0 or len(content) < at + 22 or content[max(0, at - 20) : at].startswith(_END_64):
        raise _no_workbook()
    parts, size = struct.unpack_from("<H I", content, at + 10)
    if parts > _MAX_PARTS or size > _MAX_PARTS * 512:
        raise _too_big()


def _unpacked(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    raw = bytearray()
    with packed.open(entry) as part:
        while chunk := part.read(_CHUNK):
            raw += chunk
            if len(raw) > limit:
                raise _too_big()
    return bytes(raw)


def _parser(part: bytes) -> expat.XMLParserType:
    """A parser that lets no document type, entity or foreign encoding through."""
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part:
        raise _no_workbook()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def declared(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise _no_workbook()

    def typed(*_: object) -> None:
        raise _no_workbook()

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = typed
    return parser


def _string_lengths(part: bytes) -> list[int]:
    """How long each shared string is: a cell names one by its number, and many cells may name a long one."""
    lengths: list[int] = []
    parser = _parser(part)

    def start(name: str, _: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "si":
            lengths.append(0)
            if len(lengths) > _MAX_ELEMENTS:
                raise _too_big()

    def text(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.Parse(part, True)
    return lengths


@dataclass(slots=True)
class _Seen:
    """What a look through a part has met so far."""

    elements: int = 0
    row: int = 0
    column: int = 0
    within: bool = False
    shared: bool = False
    column_letters: int = 0
    text: list[str] | None = None
    failed: bool = False
    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def _look_through(part: bytes, lengths: list[int]) -> None:
    """Refuse formulas, cells far away and texts repeated beyond measure. Raises ``InvalidWorkbook``."""
    seen, parser = _Seen(), _parser(part)

    def start(name: str, attributes: dict[str, str]) -> None:
        seen.elements += 1
        if seen.elements > _MAX_ELEMENTS:
            raise _too_big()
        kind = name.rpartition(" ")[2]
        if kind == "row":
            seen.row, seen.column = int(attributes.get("r", seen.row + 1)), 0
            if seen.row < 1:
                raise _no_workbook()
        elif kind == "c":
            seen.column, seen.within = seen.column + 1, True
            if (address := attributes.get("r")) is not None:
                seen.row, seen.column = _place(address)
            seen.shared, seen.failed = attributes.get("t") == "s", attributes.get("t") == "e"
        elif not seen.within:
            return  # a drop-down's choices are an f as well
        elif kind == "f":
            seen.formulas.append(f"{column_letters(seen.column)}{seen.row}")
        elif kind in ("v", "is"):
            if seen.row > MAX_LINE:
                detail = f"Mỗi báo cáo có nhiều nhất {MAX_ROWS} dòng; bảng có dữ liệu ở dòng {seen.row}."
                raise InvalidWorkbook(422, "too_many_rows", detail)
            if seen.column > _MAX_COLUMN:
                detail = f"Bảng có dữ liệu ở cột {column_letters(seen.column)}, ngoài các cột của mẫu."
                raise InvalidWorkbook(422, "too_many_columns", detail)
            seen.text = []
            if seen.failed:
                seen.errors.append(f"{column_letters(seen.column)}{seen.row}")

    def text(data: str) -> None:
        if seen.text is not None:
            seen.text.append(data)

    def end(name: str) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "c":
            seen.within = False
        if seen.text is not None and kind in ("v", "is"):
            if seen.shared and (index := "".join(seen.text).strip()).isdecimal() and int(index) < len(lengths):
                seen.column_letters += lengths[int(index)]
            if seen.column_letters > _MAX_CHARACTERS:
                raise _too_big()
            seen.text = None

    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.Parse(part, True)
    for code, found, why in (
        ("formula", seen.formulas, "chứa công thức; hãy sao chép rồi dán lại dưới dạng giá trị"),
        ("error_cell", seen.errors, "mang lỗi của Excel, không phải số liệu"),
    ):
        if found:
            cells = tuple(found[:_MOST_NAMED])
            raise InvalidWorkbook(422, code, f"Ô {', '.join(cells[:5])} {why}.", cells)


def _place(address: str) -> tuple[int, int]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise _no_workbook()
    column = 0
    for character in found[1].upper():
        column = column * 26 + ord(character) - ord("A") + 1
    return int(found[2]), column


def column_letters(column: int) -> str:
    """What Excel calls a column, counted from 1: A, B … Z, AA."""
    named = ""
    while column:
        column, rest = divmod(column - 1, 26)
        named = chr(ord("A") + rest) + named
    return named


def _grids(copy: io.BytesIO) -> list[Grid]:
    try:
        with python_calamine.load_workbook(copy) as workbook:
            sheets = workbook.sheet_names
            if len(sheets) > _MAX_SHEETS:
                raise _too_big()
            return [_grid(name, workbook.get_sheet_by_name(name)) for name in sheets]
    except InvalidWorkbook:
        raise
    except BaseException as error:  # a panic of the library is not an Exception
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _no_workbook() from error
        raise


def _grid(name: str, sheet: python_calamine.CalamineSheet) -> Grid:
    """A sheet's cells; its end is looked at once more, for two parsers may count otherwise."""
    if sheet.end is not None and (sheet.end[0] >= MAX_LINE or sheet.end[1] >= _MAX_COLUMN):
        raise _too_big()
    return Grid(name, sheet.to_python(skip_empty_area=False))
