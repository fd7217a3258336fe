"""How people read things here: dates as 05/12/2023, numbers as 1.234,5."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from babel.numbers import format_decimal

from shared.contracts.model import local


def ngay(day: date) -> str:
    """A day: 05/12/2023."""
    return day.strftime("%d/%m/%Y")


def gio_ngay(instant: datetime) -> str:
    """An instant on the province's clock: 08:00 ngày 05/12/2023."""
    there = local(instant)
    return f"{there:%H:%M} ngày {ngay(there.date())}"


def can_cu(cite: str, documents: Mapping[str, str]) -> str:
    """A citation: the document's number and the section ("Kế hoạch 46/KH-UBND, mục VI.2"); a choice of ours as such.

    ``documents`` are the numbers of the source documents by their keys.
    """
    document, _, section = cite.partition(" ")
    if document not in documents:
        return f"Bổ sung, chưa có trong kế hoạch ({document})"
    if section.startswith("Phụ lục "):
        section = f"Phụ lục, mục {section.removeprefix('Phụ lục ')}"
    elif section:
        section = f"mục {section}"
    return f"{documents[document]}, {section}" if section else documents[document]


def so(number: Decimal | int) -> str:
    """A number: 1.234,5."""
    return str(format_decimal(number, format="#,##0.######", locale="vi"))
