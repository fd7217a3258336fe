"""Makes the first Word template of every kind. Afterwards they are files that a clerk edits in Word.

Run ``python -m services.council.documents.template_maker FOLDER``; a template that is there already is kept.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from services.council.documents.kinds import KINDS
from services.council.documents.word import with_fixed_times

FONT = "Times New Roman"

_LANDSCAPE = {"results", "attendance", "exemplars", "monitoring"}
_SIGNATURES = {"minutes": 2, "counting_minutes": 3}
_UNSIGNED = {"results", "watch_list", "attendance", "ballot", "run_sheet", "explanation", "exemplars", "monitoring"}
_ABOVE_CLOSING = 12
"""Points between the text and those who sign."""
_MADE_AT = datetime(2023, 1, 1, tzinfo=UTC)

_LEFT, _CENTER, _JUSTIFY = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY

_STYLES = (
    ("VBThan", "VB Thân bài", 14, _JUSTIFY, "", True),
    ("VBCanCu", "VB Căn cứ", 14, _JUSTIFY, "i", True),
    ("VBDeMuc", "VB Đề mục", 14, _LEFT, "bk", True),
    ("VBGiua", "VB Giữa", 14, _CENTER, "", False),
    ("VBGiuaDam", "VB Giữa đậm", 14, _CENTER, "bk", False),
    ("VBGhiChu", "VB Ghi chú", 12, _JUSTIFY, "i", False),
    ("VBTrai", "VB Trái", 14, _LEFT, "", False),
    ("VBBang", "VB Bảng", 12, _LEFT, "t", False),
    ("VBBangNho", "VB Bảng nhỏ", 10.5, _LEFT, "t", False),
    ("VBDauTrang", "VB Đầu trang", 12, _CENTER, "t", False),
    ("VBNoiNhan", "VB Nơi nhận", 11, _LEFT, "t", False),
)
"""Id, name, size, alignment, flags (bold, italic, kept with the next, tight), whether the first line is indented."""


def template(kind: str) -> bytes:
    """The first template of a kind of paper."""
    document = Document()
    _prepare(document, landscape=kind in _LANDSCAPE)
    _letterhead(document, landscape=kind in _LANDSCAPE)
    _line(document, "VBGiuaDam", "{{ ten_loai }}", condition="ten_loai", size=15)
    ruled = (257 if kind in _LANDSCAPE else 165) * 0.22
    _line(document, "VBGiuaDam", "{{ trich_yeu }}", condition="trich_yeu", ruled=ruled)
    _line(document, "VBGiua", "{{ ghi_chu }}", condition="ghi_chu", italic=True)
    document.add_paragraph("{{p noi_dung }}", style="VB Thân bài")
    if kind not in _UNSIGNED:
        _closing(document, _SIGNATURES.get(kind, 1))
    if kind == "decision":
        document.add_paragraph("{{p phu_luc }}", style="VB Thân bài")
    saved = io.BytesIO()
    document.save(saved)
    return with_fixed_times(saved.getvalue())


def _prepare(document: WordDocument, *, landscape: bool) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.title = properties.comments = ""
    properties.created = properties.modified = _MADE_AT
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = (Mm(20), Mm(20)) if landscape else (Mm(30), Mm(15))
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(14)
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        for name in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{name}"), FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    for style_id, name, size, alignment, flags, indented in _STYLES:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.element.set(qn("w:styleId"), style_id)
        style.base_style = normal
        style.font.size, style.font.bold, style.font.italic = Pt(size), "b" in flags or None, "i" in flags or None
        layout = style.paragraph_format
        layout.alignment, layout.keep_with_next = alignment, "k" in flags or None
        layout.space_after = layout.space_before = Pt(0 if "t" in flags else 3)
        layout.line_spacing = 1.0 if "t" in flags else 1.15
        layout.widow_control = True
        if indented:
            layout.first_line_indent = Mm(10)
    _page_number(section.header.paragraphs[0])


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = _CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._element.append(element)


def _letterhead(document: WordDocument, *, landscape: bool) -> None:
    left, right = _cells(document.add_table(rows=1, cols=2), (128, 129) if landscape else (75, 90))
    _in_cell(left, "{{ co_quan_chu_quan }}", condition="co_quan_chu_quan")
    _in_cell(left, "{{ co_quan_ban_hanh }}", bold=True, ruled=26)
    _in_cell(left, "{{ so_ky_hieu }}", condition="so_ky_hieu", size=13)
    _in_cell(left, "{{ ve_viec }}", condition="ve_viec")
    _boxed(_in_cell(left, "{{ du_thao }}", condition="du_thao", bold=True))
    _in_cell(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold=True)
    _in_cell(right, "Độc lập - Tự do - Hạnh phúc", bold=True, ruled=47, size=13)
    _in_cell(right, "{{ dia_danh_ngay }}", condition="dia_danh_ngay", italic=True, size=13.5)


def _closing(document: WordDocument, signatures: int) -> None:
    if signatures == 1:
        left, right = _cells(document.add_table(rows=1, cols=2), (73, 92), above=_ABOVE_CLOSING)
        _recipients(left)
        _signature(right, 0)
        return
    table = document.add_table(rows=1, cols=signatures)
    for n, cell in enumerate(_cells(table, (165 / signatures,) * signatures, above=_ABOVE_CLOSING)):
        _signature(cell, n)
    _recipients(document)


def _recipients(where: _Cell | WordDocument) -> None:
    for text in (
        "{%p if noi_nhan %}",
        "Nơi nhận:",
        "{%p for noi in noi_nhan %}",
        "- {{ noi }}",
        "{%p endfor %}",
        "{%p endif %}",
    ):
        paragraph = _next(where, text, "VB Nơi nhận")
        if text == "Nơi nhận:":
            paragraph.runs[0].bold = paragraph.runs[0].italic = True


def _signature(cell: _Cell, n: int) -> None:
    who = f"nguoi_ky[{n}]"
    _in_cell(cell, f"{{{{ {who}.quyen_han }}}}", condition=f"{who}.quyen_han", bold=True, size=13)
    _in_cell(cell, f"{{{{ {who}.chuc_vu }}}}", bold=True, size=13)
    _in_cell(cell, f"{{{{ {who}.ghi_chu }}}}", condition=f"{who}.ghi_chu", italic=True)
    for _ in range(4):
        _in_cell(cell, "")
    _in_cell(cell, f"{{{{ {who}.ho_ten }}}}", bold=True, size=14)


def _cells(table: Table, widths: Sequence[float], above: float = 0) -> list[_Cell]:
    """The cells of a table of one row, which stays on one page: widths in millimetres, no margins but ``above``."""
    table.autofit = False
    cells = list(table.rows[0].cells)
    for cell, column, width in zip(cells, table.columns, widths, strict=True):
        cell.width = column.width = Mm(width)
    margins = OxmlElement("w:tblCellMar")
    for side, points in (("top", above), ("left", 0), ("right", 0)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(20 * points)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The order of the elements is fixed: the look of the table follows its margins.
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    return cells


def _next(where: _Cell | WordDocument, text: str, style: str) -> Paragraph:
    """A new paragraph; the empty one that a cell begins with is used first."""
    if isinstance(where, _Cell) and len(where.paragraphs) == 1:
        first: Paragraph = where.paragraphs[0]
        if not first.text and first.style is not None and first.style.name == "Normal":
            first.text, first.style = text, style
            return first
    return where.add_paragraph(text, style=style)


def _in_cell(
    cell: _Cell,
    text: str,
    *,
    condition: str = "",
    bold: bool = False,
    italic: bool = False,
    ruled: float = 0,
    size: float | None = None,
) -> Paragraph:
    """A line of a cell and, with ``ruled``, a rule of so many millimetres below it."""
    if condition:
        _next(cell, f"{{%p if {condition} %}}", "VB Đầu trang")
    line = _next(cell, text, "VB Đầu trang")
    _formatted(line, bold=bold, italic=italic, size=size)
    if ruled:
        assert cell.width is not None
        _rule(cell.add_paragraph(style="VB Đầu trang"), cell.width.mm, ruled)
    if condition:
        cell.add_paragraph("{%p endif %}", style="VB Đầu trang")
    return line


def _boxed(line: Paragraph) -> None:
    """A border around the text of a line."""
    border = OxmlElement("w:bdr")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "000000")):
        border.set(qn(f"w:{name}"), value)
    line.runs[0]._element.get_or_add_rPr().append(border)
    line.paragraph_format.space_before = Pt(4)


def _line(
    document: WordDocument,
    style_id: str,
    text: str,
    *,
    condition: str,
    ruled: float = 0,
    italic: bool = False,
    size: float | None = None,
) -> None:
    style = next(name for own_id, name, *_ in _STYLES if own_id == style_id)
    document.add_paragraph(f"{{%p if {condition} %}}", style=style)
    _formatted(document.add_paragraph(text, style=style), bold=False, italic=italic, size=size)
    if ruled:
        section = document.sections[0]
        assert section.page_width is not None
        assert section.left_margin is not None
        assert section.right_margin is not None
        width = section.page_width.mm - section.left_margin.mm - section.right_margin.mm
        _rule(document.add_paragraph(style=style), width, ruled)
    document.add_paragraph("{%p endif %}", style=style)


def _formatted(paragraph: Paragraph, *, bold: bool, italic: bool, size: float | None) -> None:
    for run in paragraph.runs:
        run.bold, run.italic = bold or None, italic or None
        if size:
            run.font.size = Pt(size)


def _rule(paragraph: Paragraph, within: float, width: float) -> None:
    """A short line in the middle, in millimetres: a tiny paragraph with a border above, indented from both sides."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm((within - width) / 2)
    layout.line_spacing, layout.space_before, layout.space_after = Pt(4), Pt(1), Pt(3)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    paragraph._element.get_or_add_pPr().append(borders)


def make(folder: Path) -> list[str]:
    """Write the template of every kind that the folder has none of; return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[str] = []
    for kind in KINDS:
        path = folder / f"{kind}.docx"
        if not path.exists():
            path.write_bytes(template(kind))
            made.append(path.name)
    return made


if __name__ == "__main__":
    print(*make(Path(sys.argv[1])), sep="\n")
