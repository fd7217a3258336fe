"""PDF files as somebody may upload them for the scan of a signed paper."""

from __future__ import annotations

import io

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

NO_PDF = b"<html>%PDF-1.7</html>"


def signed_scan(pages: int = 2, title: str = "") -> bytes:
    """A harmless PDF; another title gives other bytes."""
    return _written(_pages(pages, title))


def encrypted() -> bytes:
    """A PDF with a password."""
    writer = _pages(1)
    writer.encrypt("bí mật", algorithm="RC4-128")
    return _written(writer)


def with_script() -> bytes:
    """A PDF that runs a script when it is opened."""
    return _with_action({"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert(1)")})


def with_launch() -> bytes:
    """A PDF that starts a program when it is opened."""
    return _with_action({"/S": NameObject("/Launch"), "/F": TextStringObject("cmd.exe")})


def with_attachment() -> bytes:
    """A PDF that carries another file."""
    writer = _pages(1)
    writer.add_attachment("bang-tinh.xlsm", b"PK")
    return _written(writer)


def cut_off() -> bytes:
    """A PDF whose end never came."""
    return signed_scan()[:-40]


def without_a_table() -> bytes:
    """A file that begins and ends as a PDF does, with nothing between."""
    return b"%PDF-1.7\n" + b"x" * 5000 + b"\n%%EOF\n"


def endless() -> bytes:
    """A PDF whose pages lie within each other without end."""
    writer = _pages(1)
    pages = writer._root_object["/Pages"]
    assert isinstance(pages, DictionaryObject)
    pages[NameObject("/Kids")] = ArrayObject([writer._root_object.raw_get("/Pages")])
    return _written(writer)


def _with_action(action: dict[str, NameObject | TextStringObject]) -> bytes:
    writer = _pages(1)
    opened = DictionaryObject({NameObject(name): value for name, value in action.items()})
    writer._root_object[NameObject("/OpenAction")] = opened
    return _written(writer)


def _pages(pages: int, title: str = "") -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.metadata = {"/Title": title} if title else None
    return writer


def _written(writer: PdfWriter) -> bytes:
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()
