"""Blocks of a paper as WordprocessingML, in the styles of the province's templates. Pure.

A clerk changes how they look by changing the styles in Word; what they say is the same as in the PDF.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from services.council.documents.blocks import Block, Column, Line, NewPage, Row, Style, Table

STYLES: dict[Style | str, str] = {
    "text": "VBThan",
    "basis": "VBCanCu",
    "part": "VBDeMuc",
    "center": "VBGiua",
    "center_bold": "VBGiuaDam",
    "note": "VBGhiChu",
    "left": "VBTrai",
    "cell": "VBBang",
    "small_cell": "VBBangNho",
}
"""The ids of the templates' paragraph styles, by how a line looks."""

PORTRAIT_WIDTH, LANDSCAPE_WIDTH = 9355, 14570
"""The width of the text in twentieths of a point: A4 without its margins."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INDENT = '<w:tblInd w:w="80" w:type="dxa"/>'
"""The width of a cell's margin, so that a table's border stands where the text begins."""
_CELL_MARGINS = (
    '<w:tblCellMar><w:top w:w="25" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>'
    '<w:bottom w:w="25" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar>'
)
"""As the PDF's, in twentieths of a point; above and below, a line of Word has some of it already."""
_PAGE_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def blocks_xml(blocks: Sequence[Block], *, landscape: bool, signed: bool = False) -> str:
    """The blocks in order. The last line of a paper that is signed stays with the signatures."""
    width = LANDSCAPE_WIDTH if landscape else PORTRAIT_WIDTH
    *others, last = [*blocks] or [NewPage()]
    if not signed or not isinstance(last, Line):
        return "".join(_block(block, width) for block in blocks)
    kept = _paragraph(last.text, STYLES[last.style], "<w:keepNext/>")
    return "".join(_block(block, width) for block in others) + kept


def appendix_xml(blocks: Sequence[Block], *, landscape: bool) -> str:
    """The blocks on a new page; nothing if there are none."""
    return _PAGE_BREAK + blocks_xml(blocks, landscape=landscape) if blocks else ""


def _block(block: Block, width: int) -> str:
    if isinstance(block, Line):
        return _paragraph(block.text, STYLES[block.style])
    if isinstance(block, NewPage):
        return _PAGE_BREAK
    return _table(block, width)


def _paragraph(text: str, style: str, more: str = "", *, bold: bool = False) -> str:
    run = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>'
        f'<w:r>{run}<w:t xml:space="preserve">{escape(_NOT_XML.sub("", text))}</w:t></w:r></w:p>'
    )


def _table(table: Table, width: int) -> str:
    total = sum(column.width for column in table.columns)
    widths = [round(width * column.width / total) for column in table.columns]
    style = STYLES["small_cell" if table.small else "cell"]
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    heads = "".join(
        _cell(column.head, w, style, "center", bold=True) for column, w in zip(table.columns, widths, strict=True)
    )
    rows = "".join(_row(row, table.columns, widths, style) for row in table.rows)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{_INDENT}<w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/>{_CELL_MARGINS}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>{rows}</w:tbl>"
        f'<w:p><w:pPr><w:pStyle w:val="{STYLES["small_cell"]}"/></w:pPr></w:p>'
    )


def _row(row: Row, columns: Sequence[Column], widths: Sequence[int], style: str) -> str:
    if row.kind == "group":
        cells = _cell(row.cells[0], sum(widths), style, "left", span=len(columns), bold=True)
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"
    bold = row.kind == "total"
    cells = "".join(
        _cell(text, w, style, column.align, bold=bold)
        for text, column, w in zip(row.cells, columns, widths, strict=True)
    )
    whole = "<w:trPr><w:cantSplit/></w:trPr>" if sum(map(len, row.cells)) < 1200 else ""
    return f"<w:tr>{whole}{cells}</w:tr>"


def _cell(text: str, width: int, style: str, align: str, *, span: int = 1, bold: bool = False) -> str:
    spanning = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    keep = "<w:keepNext/>" if span > 1 else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanning}<w:vAlign w:val="center"/></w:tcPr>'
        f"{_paragraph(text, style, f'{keep}<w:jc w:val={chr(34)}{align}{chr(34)}/>', bold=bold)}</w:tc>"
    )
