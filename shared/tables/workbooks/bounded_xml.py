"""The XML parser for parts of a workbook: no document types, no entities, a limited number of elements. Pure."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from shared.tables.workbooks.invalid_workbook import not_excel, workbook_too_large

MAX_ELEMENTS = 400_000

Start = Callable[[str, dict[str, str]], None]
"""Called for the beginning of an element, with its local name and its attributes."""


def parse_xml(
    part: bytes, start: Start, text: Callable[[str], None] | None = None, end: Callable[[str], None] | None = None
) -> None:
    """Read a part. Names of elements are local; those of attributes keep their namespace.

    Raises ``InvalidWorkbook`` for document types, entities, encodings other than UTF-8 and too many elements, and
    ``expat.ExpatError`` for anything that is not XML.
    """
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part:
        raise not_excel()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    elements = 0

    def on_declaration(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise not_excel()

    def on_doctype(*_: object) -> None:
        raise not_excel()

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > MAX_ELEMENTS:
            raise workbook_too_large()
        start(name.rpartition(" ")[2], attributes)

    parser.XmlDeclHandler = on_declaration
    parser.StartDoctypeDeclHandler = on_doctype
    parser.StartElementHandler = on_start
    if text is not None:
        parser.CharacterDataHandler = text
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    parser.Parse(part, True)
