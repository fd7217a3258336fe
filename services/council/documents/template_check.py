"""Whether a Word template can be filled: every problem with its place, in Vietnamese."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from services.council.documents.blocks import Letterhead, Paper, Signature
from services.council.documents.template_maker import FONT
from services.council.documents.word import UnusableTemplate, environment, fields_of, paper_docx

MAX_BYTES = 5 * 1024 * 1024

_TAG = re.compile(r"\{([{%])(?:p|tr|tc|r)?(?=[\s-])(.*?)[}%]\}", re.DOTALL)
_FORBIDDEN = re.compile(r"vbaProject|/activeX/|/embeddings/|attachedToolbars")
_SIGNER = frozenset({"quyen_han", "chuc_vu", "ghi_chu", "ho_ten"})
_SIGNATURE = Signature("TM.", "CHỨC VỤ", "(Ký)", "Họ tên")
_EXAMPLE = Paper(
    key="minutes",
    name="Mẫu",
    letterhead=Letterhead("CƠ QUAN", "CƠ QUAN", "Số: 1", "Ngày", "DỰ THẢO", "V/v"),
    title="TÊN",
    subtitle="Trích yếu",
    blocks=(),
    signatures=(_SIGNATURE, _SIGNATURE, _SIGNATURE),
    recipients=("Như trên",),
    remark="Ghi chú",
)
_FIELDS = frozenset(fields_of(_EXAMPLE))


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """A problem of a template. ``place`` may be the whole file."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


def check(path: Path) -> list[TemplateProblem]:
    """Every problem of a template; none if it can be used."""
    if problem := _package_problem(path):
        return [TemplateProblem("cả tệp", problem)]
    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError):
        return [TemplateProblem("cả tệp", "không mở được bằng Word")]
    problems = [*_field_problems(document), *_font_problems(document)]
    if not problems:
        try:
            paper_docx(_EXAMPLE, path)
        except UnusableTemplate as error:
            problems.append(TemplateProblem("cả tệp", str(error)))
    return problems


def _package_problem(path: Path) -> str | None:
    if path.suffix.lower() == ".docm":
        return "là tệp có macro (.docm); lưu lại bằng kiểu Word Document (*.docx)"
    if path.stat().st_size > MAX_BYTES:
        return f"lớn hơn {MAX_BYTES // (1024 * 1024)} MB"
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            types = archive.read("[Content_Types].xml").decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError):
        return "không phải tệp Word (.docx)"
    if "macroEnabled" in types or any(map(_FORBIDDEN.search, names)):
        return "có macro hoặc đối tượng nhúng; xóa đi rồi lưu bằng kiểu Word Document (*.docx)"
    return None


def _field_problems(document: WordDocument) -> Iterator[TemplateProblem]:
    local_names: set[str] = set()
    used: set[str] = set()
    for place, text in _paragraphs(document):
        for kind, inside in _TAG.findall(text):
            names, problem = _names(kind, inside.strip(), local_names)
            used |= names
            if problem:
                yield TemplateProblem(place, problem)
    if "noi_dung" not in used:
        yield TemplateProblem("cả tệp", "thiếu trường {{p noi_dung }}, nơi in nội dung văn bản")


def _names(kind: str, inside: str, local_names: set[str]) -> tuple[set[str], str | None]:
    """The fields that a tag reads, and what is wrong with it. The variable of a loop is known from then on."""
    if kind == "%" and inside.startswith(("end", "else")):
        return set(), None
    source = f"{{{{ {inside} }}}}"
    if kind == "%":
        closing = inside.split()[0] if inside else ""
        source = f"{{% {inside} %}}{{% end{closing} %}}" if closing in ("if", "for") else f"{{% {inside} %}}"
    try:
        tree = environment().parse(source)
        environment().compile(source)
    except TemplateSyntaxError as error:
        return set(), f"“{inside}” viết sai ({error.message})"
    local_names |= {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)}
    read = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
    unknown = sorted(read - _FIELDS - local_names)
    attributes = {a.attr for a in tree.find_all(nodes.Getattr)} if "nguoi_ky" in read else set()
    unknown += sorted(f"nguoi_ky.{attribute}" for attribute in attributes - _SIGNER)
    return read, f"không có trường “{', '.join(unknown)}”" if unknown else None


def _paragraphs(document: WordDocument) -> Iterator[tuple[str, str]]:
    """Every paragraph with its place, in the order of the page."""
    for n, section in enumerate(document.sections, 1):
        for name, part in (("đầu trang", section.header), ("chân trang", section.footer)):
            yield from ((f"{name}, phần {n}", paragraph.text) for paragraph in part.paragraphs)
    paragraph_number = table_number = 0
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            paragraph_number += 1
            yield f"đoạn {paragraph_number}", block.text
            continue
        table_number += 1
        for row_number, row in enumerate(block.rows, 1):
            for column_number, cell in enumerate(row.cells, 1):
                where = f"bảng {table_number}, hàng {row_number}, cột {column_number}"
                yield from _in_cell(cell, where)


def _in_cell(cell: _Cell, where: str) -> Iterator[tuple[str, str]]:
    yield from ((f"{where}, đoạn {n}", paragraph.text) for n, paragraph in enumerate(cell.paragraphs, 1))


def _font_problems(document: WordDocument) -> Iterator[TemplateProblem]:
    for name, element in (("nội dung", document.element), ("kiểu chữ", document.styles.element)):
        yield from (
            TemplateProblem(name, f"phông “{font}”; văn bản dùng phông {FONT}") for font in sorted(_fonts(element))
        )


def _fonts(element: object) -> set[str]:
    fonts: set[str] = set()
    for run_fonts in element.iter(qn("w:rFonts")):  # type: ignore[attr-defined]
        names: Sequence[str | None] = [run_fonts.get(qn(f"w:{name}")) for name in ("ascii", "hAnsi")]
        fonts |= {name for name in names if name and name != FONT}
    return fonts
