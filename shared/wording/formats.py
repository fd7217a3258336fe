"""Vietnamese formats: dates as 05/12/2023, numbers as 1.234,5, citations as people write them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from babel.numbers import format_decimal

from shared.contracts.model import local
from shared.wording.citations import citations


def ngay(day: date) -> str:
    """A local day: 05/12/2023."""
    return day.strftime("%d/%m/%Y")


def gio_ngay(instant: datetime) -> str:
    """An aware instant in the province's time zone: 08:00 ngày 05/12/2023."""
    local_time = local(instant)
    return f"{local_time:%H:%M} ngày {ngay(local_time.date())}"


_LAW = {
    "L1": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L2": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L4": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L5": "Nghị định số 152/2025/NĐ-CP",
    "L7": "Thông tư số 15/2025/TT-BNV",
}


INFERRED_AS_OF = "ngày chốt suy ra, nguồn không nêu"
"""Said beside every as-of day that the cited source does not state (A3)."""


def can_cu(cite: str, documents: Mapping[str, str]) -> str:
    """A citation in words: the document's number and the section ("Kế hoạch 46/KH-UBND, mục VI.2").

    A citation of no known document becomes "Bổ sung, chưa có trong kế hoạch". ``documents`` maps the
    keys of the source documents to their numbers.
    """
    sections: dict[str, list[str]] = {}
    for document, section in citations(cite):
        if name := documents.get(document) or _LAW.get(document):
            sections.setdefault(name, []).extend([section] if section else [])
    if not sections:
        return "Bổ sung, chưa có trong kế hoạch"
    return "; ".join(_with_sections(document, cited) for document, cited in sections.items())


def _with_sections(document: str, sections: list[str]) -> str:
    if not sections:
        return document
    if all(section.startswith("Phụ lục ") for section in sections):
        return f"{document}, Phụ lục, mục {', '.join(s.removeprefix('Phụ lục ') for s in sections)}"
    return f"{document}, mục {', '.join(sections)}"


def so(number: Decimal | int) -> str:
    """A number: 1.234,5."""
    return str(format_decimal(number, format="#,##0.######", locale="vi"))
