"""How people read things here: dates as 05/12/2023, numbers as 1.234,5."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from babel.numbers import format_decimal

from shared.contracts.model import local
from shared.plans.sources import citations


def ngay(day: date) -> str:
    """A day: 05/12/2023."""
    return day.strftime("%d/%m/%Y")


def gio_ngay(instant: datetime) -> str:
    """An instant on the province's clock: 08:00 ngày 05/12/2023."""
    there = local(instant)
    return f"{there:%H:%M} ngày {ngay(there.date())}"


_LAW = {
    "L1": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L2": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L4": "Luật Thi đua, khen thưởng số 06/2022/QH15",
    "L5": "Nghị định số 152/2025/NĐ-CP",
    "L7": "Thông tư số 15/2025/TT-BNV",
}


def can_cu(cite: str, documents: Mapping[str, str]) -> str:
    """A citation: the document's number and the section ("Kế hoạch 46/KH-UBND, mục VI.2"); a choice of ours as such.

    ``documents`` are the numbers of the source documents by their keys.
    """
    sections: dict[str, list[str]] = {}
    for document, section in citations(cite):
        if name := documents.get(document) or _LAW.get(document):
            sections.setdefault(name, []).extend([section] if section else [])
    if not sections:
        return "Bổ sung, chưa có trong kế hoạch"
    return "; ".join(_with_sections(name, named) for name, named in sections.items())


def _with_sections(document: str, sections: list[str]) -> str:
    if not sections:
        return document
    if all(section.startswith("Phụ lục ") for section in sections):
        return f"{document}, Phụ lục, mục {', '.join(s.removeprefix('Phụ lục ') for s in sections)}"
    return f"{document}, mục {', '.join(sections)}"


def so(number: Decimal | int) -> str:
    """A number: 1.234,5."""
    return str(format_decimal(number, format="#,##0.######", locale="vi"))
