"""Papers as Word files: a province's template of the kind, filled from the same view model as the PDF.

A template has the layout and styles, which a clerk may change; a field in it is one of ``fields_of``. The same template
and paper give the same bytes.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from services.council.documents.blocks import Paper
from services.council.documents.word_blocks import appendix_xml, blocks_xml

Field = str | Sequence[str] | Sequence[Mapping[str, str]]

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class UnusableTemplate(ValueError):
    """A template that cannot be filled: a Vietnamese sentence."""


def paper_docx(paper: Paper, template: Path) -> bytes:
    """One paper. Raises ``UnusableTemplate`` for a template with a field that no paper has, or a broken one."""
    try:
        document = DocxTemplate(template)
        document.render(dict(fields_of(paper)), environment(), autoescape=True)
    except (TemplateError, OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        detail = f"Không lập được văn bản từ mẫu {template.name}: {error}. Chạy lệnh kiểm tra mẫu để biết vị trí."
        raise UnusableTemplate(detail) from error
    filled = io.BytesIO()
    document.save(filled)
    return with_fixed_times(filled.getvalue())


def environment() -> SandboxedEnvironment:
    """Where a template is filled: texts are escaped, an unknown field is an error, and no code can run."""
    return SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def fields_of(paper: Paper) -> Mapping[str, Field]:
    """The fields of a template and their texts. ``noi_dung`` and ``phu_luc`` are written ``{{p noi_dung }}``."""
    head = paper.letterhead
    return {
        "co_quan_chu_quan": head.superior,
        "co_quan_ban_hanh": head.issuer,
        "so_ky_hieu": head.number,
        "dia_danh_ngay": head.place_and_day,
        "du_thao": head.draft,
        "ve_viec": head.about,
        "ten_loai": paper.title,
        "trich_yeu": paper.subtitle,
        "ghi_chu": paper.remark,
        "noi_dung": Markup(  # noqa: S704 its texts are escaped
            blocks_xml(paper.blocks, landscape=paper.landscape, signed=bool(paper.signatures))
        ),
        "phu_luc": Markup(appendix_xml(paper.appendix, landscape=paper.landscape)),  # noqa: S704 as above
        "noi_nhan": list(paper.recipients),
        "nguoi_ky": [
            {"quyen_han": s.authority, "chuc_vu": s.title, "ghi_chu": s.note, "ho_ten": s.name}
            for s in paper.signatures
        ],
    }


def write_zip(packed: BinaryIO, files: Iterable[tuple[str, bytes | Path]]) -> None:
    """Write files into one zip, in order, with fixed times. A file that is given by its path is not held in memory."""
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            if isinstance(content, bytes):
                archive.writestr(entry, content)
            else:
                with content.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target)


def with_fixed_times(docx: bytes) -> bytes:
    """The same Word file with fixed times in its zip."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        fixed = io.BytesIO()
        write_zip(fixed, [(name, archive.read(name)) for name in archive.namelist()])
        return fixed.getvalue()
