"""Reads a CSV file, however it was saved, into rows."""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from shared.tables.rows import Row, UnreadableRow, unreadable
from shared.wording.combining_marks import has_stacked_marks

MAX_BYTES = 64 * 1024 * 1024
"""The largest table that is read. A province's year of figures has a few hundred kilobytes."""

_SEPARATORS = ",;\t"
_INVISIBLE = "\ufeff\u200b"


def rows(
    path: Path, columns: Sequence[str], optional: Sequence[str] = (), names: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """The rows of a CSV file that has these columns and perhaps the ``optional`` ones, in any order.

    ``names`` maps other headings to the columns they mean. Read are UTF-8 and UTF-16, with or without a mark; commas,
    semicolons and tabs; blank lines and trailing separators. Texts are put in NFC and stripped.

    Raises ``UnreadableRow`` for a column that is missing, unknown or given twice, a row with too many or too few
    cells, a cell that is not UTF-8, and a file that is too large; ``OSError`` if the file cannot be read.
    """
    file = path.name
    text = _text(_content(path))
    separator, text, first_line = _separator(text, {*columns, *optional, *(names or {})})
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    parsed = _parsed(file, reader, first_line)
    _, cells = next(parsed, (1, []))
    in_file = [_tidied(cell).lower() for cell in cells]
    heading = [(names or {}).get(name, name) for name in in_file]
    while heading and not heading[-1]:
        heading.pop()
    _check_heading(file, heading, columns, optional)
    written = {column: name for column, name in zip(heading, in_file, strict=False) if column != name}
    for line, cells in parsed:
        tidy = [_tidied(cell) for cell in cells]
        while len(tidy) > len(heading) and not tidy[-1]:
            tidy.pop()
        if not any(tidy):
            continue
        if len(tidy) != len(heading):
            column = heading[min(len(tidy), len(heading) - 1)]
            raise UnreadableRow(file, line, column, unreadable(f"{len(tidy)} ô", f"{len(heading)} ô"))
        for column, cell in zip(heading, tidy, strict=True):
            if _is_damaged(cell):
                shown = cell.encode("utf-8", "backslashreplace").decode()
                raise UnreadableRow(file, line, column, unreadable(shown, "chữ mã UTF-8"))
        absent = dict.fromkeys((name for name in optional if name not in heading), "")
        yield Row(file, line, dict(zip(heading, tidy, strict=True)) | absent, separator == ";", written)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UnreadableRow(path.name, 1, "*", f"tệp lớn hơn {MAX_BYTES // 1024 // 1024} MiB nên không được đọc")
    return content


def _text(content: bytes) -> str:
    """The text. Bytes that are not UTF-8 become lone surrogates, so that the cell they are in can be named."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    # A heading has ASCII letters only, so without a mark every second byte of UTF-16 is 0.
    if content[1:2] == b"\0" and content[:1] != b"\0":
        return content.decode("utf-16-le", "replace")
    if content[:1] == b"\0" and content[1:2] not in (b"\0", b""):
        return content.decode("utf-16-be", "replace")
    return content.decode("utf-8-sig", "surrogateescape")


def _separator(text: str, headings: set[str]) -> tuple[str, str, int]:
    """The separator that gives the first filled line the most known headings; the rest of the text from that line on,
    and the number of that line. Excel reads a separator from a line ``sep=;``.
    """
    lines = text.splitlines(keepends=True)
    skipped = 0
    while skipped < len(lines) and not _tidied(lines[skipped]).strip(_SEPARATORS):
        skipped += 1
    first = _tidied(lines[skipped]) if skipped < len(lines) else ""
    if first.lower().startswith("sep=") and len(first.rstrip()) in (4, 5):
        skipped += 1
        first = lines[skipped] if skipped < len(lines) else ""

    def headings_between(separator: str) -> int:
        return len(headings & {_tidied(cell).strip('"').lower() for cell in first.split(separator)})

    return max(_SEPARATORS, key=headings_between), "".join(lines[skipped:]), skipped + 1


def _parsed(file: str, reader: Any, first_line: int) -> Iterator[tuple[int, list[str]]]:
    """The rows as cells, each with the line it begins on."""
    line = first_line
    try:
        for cells in reader:
            yield line, cells
            line = first_line + reader.line_num
    except csv.Error as error:
        raise UnreadableRow(
            file, line, "*", unreadable(str(error), "một dòng CSV (dấu nháy kép phải có dấu đóng)")
        ) from None


def _check_heading(file: str, heading: list[str], columns: Sequence[str], optional: Sequence[str]) -> None:
    expected = f"các cột {','.join(columns)}"
    for name in columns:
        if name not in heading:
            raise UnreadableRow(file, 1, name, unreadable(",".join(heading), expected))
    for name in heading:
        if name not in (*columns, *optional) or heading.count(name) > 1:
            raise UnreadableRow(file, 1, name, unreadable(name, expected))


def _tidied(cell: str) -> str:
    """The cell in NFC without surrounding white space, as texts are tidied at intake's entrance."""
    if not cell.isascii() and not has_stacked_marks(cell):
        cell = unicodedata.normalize("NFC", cell)
    return cell.strip().strip(_INVISIBLE).strip()


def _is_damaged(cell: str) -> bool:
    """Whether the cell had bytes that are not UTF-8, which the decoder turned into lone surrogates."""
    return not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell)
