"""How people read things here: dates as 05/12/2023, numbers as 1.234,5."""

from __future__ import annotations

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


def so(number: Decimal | int) -> str:
    """A number: 1.234,5."""
    return str(format_decimal(number, format="#,##0.######", locale="vi"))
