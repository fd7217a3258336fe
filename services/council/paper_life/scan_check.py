"""Whether a file is a PDF that can be kept and shown to others: whole, without password, program or attached file.

A hostile file may make a parser run for ever or fill the memory, so a process of its own with limits reads it (0081):
``python -m services.council.paper_life.scan_check FILE`` prints the answer as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

MAX_PAGES: Final = 500
CPU_SECONDS: Final = 20
_MEMORY_BYTES: Final = 1 << 30
_MAX_OBJECTS: Final = 200_000
_MAX_DEPTH: Final = 50
_END_BYTES: Final = 2048

_PROGRAMS: Final = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/GoToE"}
_PROGRAM_KEYS: Final = {"/JS", "/JavaScript", "/XFA"}
_FILE_KEYS: Final = {"/EmbeddedFiles", "/EF", "/RichMediaContent"}
_FILES: Final = {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/3D", "/Movie", "/Sound"}


class UnusableScan(ValueError):
    """The file is refused: a stable code and a Vietnamese sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def check_scan(path: Path) -> int:
    """The number of pages of a PDF. Raises ``UnusableScan``."""
    with path.open("rb") as file:
        begins_well = file.read(5) == b"%PDF-"
        file.seek(max(path.stat().st_size - _END_BYTES, 0))
        ends_well = b"%%EOF" in file.read()
    if not begins_well:
        raise UnusableScan("not_pdf", "Tệp không phải là PDF; hãy quét bản đã ký thành tệp PDF rồi tải lên.")
    if not ends_well:
        raise damaged()
    try:
        return _read(path)
    except UnusableScan:
        raise
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise damaged() from error


def _read(path: Path) -> int:
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted:
        detail = "Tệp PDF có mật khẩu hoặc bị khóa; hãy quét lại, không đặt mật khẩu."
        raise UnusableScan("pdf_encrypted", detail)
    pages = len(reader.pages)
    if not pages:
        raise damaged()
    if pages > MAX_PAGES:
        raise UnusableScan("pdf_too_long", f"Tệp PDF có {pages} trang; mỗi bản ký nhiều nhất {MAX_PAGES} trang.")
    for page in reader.pages:
        if not page.mediabox.width or not page.mediabox.height:
            raise damaged()
    for dictionary in _dictionaries(reader):
        _require_harmless(dictionary)
    return pages


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary of the file, reachable or not."""
    numbers = {(number, generation) for generation, of in reader.xref.items() for number in of}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > _MAX_OBJECTS:
        raise damaged()
    yield reader.trailer
    for number, generation in sorted(numbers):
        yield from _within(reader.get_object(IndirectObject(number, generation, reader)), 0)


def _within(part: object, depth: int) -> Iterator[DictionaryObject]:
    if depth > _MAX_DEPTH:
        raise damaged()
    if isinstance(part, DictionaryObject):
        yield part
        for inner in part.values():
            yield from _within(inner, depth + 1)
    elif isinstance(part, ArrayObject):
        for inner in part:
            yield from _within(inner, depth + 1)


def _require_harmless(dictionary: DictionaryObject) -> None:
    """Raise ``UnusableScan`` for a program, a form that sends data, or an attached file."""
    kinds = {str(dictionary.raw_get(name)) for name in ("/S", "/Type", "/Subtype") if name in dictionary}
    if _PROGRAM_KEYS & dictionary.keys() or _PROGRAMS & kinds:
        detail = "Tệp PDF chứa mã chạy hoặc biểu mẫu tự gửi; hãy in ra, ký và quét lại thành PDF thường."
        raise UnusableScan("pdf_program", detail)
    if _FILE_KEYS & dictionary.keys() or _FILES & kinds:
        detail = "Tệp PDF có tệp khác đính kèm bên trong; hãy bỏ tệp đính kèm, quét lại thành PDF thường."
        raise UnusableScan("pdf_attachment", detail)


def damaged() -> UnusableScan:
    """The refusal of a file that cannot be read to its end."""
    detail = "Tệp PDF bị hỏng hoặc tải lên chưa hết; hãy mở thử tệp, quét lại nếu cần, rồi tải lên lần nữa."
    return UnusableScan("pdf_damaged", detail)


def main(file: str) -> None:
    """Print the answer about a file, within limits of time and memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        answer: dict[str, str | int] = {"pages": check_scan(Path(file))}
    except UnusableScan as refusal:
        answer = {"code": refusal.code, "detail": refusal.detail}
    except MemoryError:
        answer = {"code": damaged().code, "detail": damaged().detail}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
