"""Vietnamese formats: dates as 04/4/2023, numbers as 1.234,50, deadlines, delays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from babel.numbers import format_decimal

from shared.contracts.model import local
from shared.contracts.periods import parse_period

_WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def ngay(day: date) -> str:
    """A local day as NĐ 30/2020 writes it: days below 10 and the months 1 and 2 get a zero.

    05/12/2023, 28/3/2023, 04/4/2023, 15/02/2023.
    """
    return f"{ngay_thang(day.day, day.month)}/{day.year}"


def ngay_thang(day: int, month: int) -> str:
    """A day of any year: 05/12, 28/3."""
    return f"{day:02}/{month:02}" if month <= 2 else f"{day:02}/{month}"


def thu(day: date) -> str:
    """The day of the week: thứ Hai … thứ Bảy, Chủ nhật."""
    return _WEEKDAYS[day.weekday()]


def ngay_lam_viec_cuoi(day: date) -> str:
    """The last working day before a deadline on a day off: "ngày làm việc cuối cùng là thứ Sáu, 08/12/2023"."""
    return f"ngày làm việc cuối cùng là {thu(day)}, {ngay(day)}"


def gio_ngay(instant: datetime) -> str:
    """An aware instant in the province's time zone: 08:00 ngày 05/12/2023."""
    local_time = local(instant)
    return f"{local_time:%H:%M} ngày {ngay(local_time.date())}"


def giay_ngay(instant: datetime) -> str:
    """An aware instant to the second, for operators: 08:00:09 ngày 05/12/2023."""
    local_time = local(instant)
    return f"{local_time:%H:%M:%S} ngày {ngay(local_time.date())}"


def gio_phut(instant: datetime) -> str:
    """An aware instant as letters write it, in the province's time zone: "08 giờ 00 ngày 07/12/2023"."""
    local_time = local(instant)
    return f"{local_time:%H giờ %M} ngày {ngay(local_time.date())}"


def cac_ngay(days: Sequence[date]) -> str:
    """Local days in order; those of one year share it: "14/11, 23/11, 04/12/2023"."""
    written = [
        ngay(day) if following is None or following.year != day.year else ngay_thang(day.day, day.month)
        for day, following in zip_longest(days, days[1:])
        if day is not None
    ]
    return ", ".join(written)


_QUARTERS: Final = ("I", "II", "III", "IV")


def ky(period: str) -> str:
    """A reporting period: "năm 2023", "6 tháng đầu năm 2023", "Quý IV/2023", "tháng 11/2023", "năm học 2022-2023".

    A text that is no period stays as it is: it may be what an agency sent.
    """
    try:
        kind, year, number = parse_period(period)
    except ValueError:
        return period
    match kind:
        case "year":
            return f"năm {year}"
        case "half_year":
            return f"6 tháng {'đầu' if number == 1 else 'cuối'} năm {year}"
        case "quarter":
            return f"Quý {_QUARTERS[number - 1]}/{year}"
        case "month":
            return f"tháng {number:02}/{year}" if number <= 2 else f"tháng {number}/{year}"
        case "school_year":
            return f"năm học {period}"


def ky_va_ma(period: str) -> str:
    """A period with what a report writes for it: "6 tháng đầu năm 2023 (2023-H1)", "năm 2023"."""
    name = ky(period)
    return name if period in name else f"{name} ({period})"


_PERIODS_SHOWN: Final = 8


def cac_ky(periods: Sequence[str]) -> str:
    """Some periods to choose from: "năm 2023 hoặc năm 2024"; of many, the first few."""
    named = " hoặc ".join(map(ky_va_ma, periods[:_PERIODS_SHOWN]))
    return f"{named} … {ky_va_ma(periods[-1])}" if len(periods) > _PERIODS_SHOWN else named


INFERRED_AS_OF = "ngày chốt suy ra, nguồn không nêu"
"""Said beside every as-of day that the cited source does not state (A3)."""


def thoi_han(last_day: date) -> str:
    """A deadline by its last permitted local day: "trước ngày 10/12/2023 (chậm nhất hết ngày 09/12/2023)"."""
    return f"{truoc_ngay(last_day)} (chậm nhất hết ngày {ngay(last_day)})"


def truoc_ngay(last_day: date) -> str:
    """A deadline in short, by its last permitted local day: "trước ngày 10/12/2023"."""
    return f"trước ngày {ngay(last_day + timedelta(days=1))}"


def thoi_han_theo_thu(last_day: date, last_working_day: date) -> str:
    """A deadline with its weekday: "trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023, thứ Hai)".

    If the last permitted day is a day off, the last working day before it is named too.
    """
    worked = f"; {ngay_lam_viec_cuoi(last_working_day)}" if last_working_day != last_day else ""
    return f"{truoc_ngay(last_day)} (chậm nhất hết ngày {ngay(last_day)}, {thu(last_day)}{worked})"


def gia_han(last_day: date, until: date) -> str:
    """An extension: "gia hạn từ hết ngày 04/12/2023 đến hết ngày 08/12/2023"."""
    return f"gia hạn từ hết ngày {ngay(last_day)} đến hết ngày {ngay(until)}"


def con_lai(working_days: int) -> str:
    """What remains until a deadline, in working days: "còn 03 ngày làm việc"."""
    return f"còn {working_days:02} ngày làm việc"


def cham(days: int) -> str:
    """By how much a report is late, in calendar days: "chậm 03 ngày"."""
    return f"chậm {days:02} ngày"


def diem(score: Decimal, decimals: int) -> str:
    """A score as it was sent, with two decimals at least if its field has them: 99,10 beside 98,97 and 91,255 (A48)."""
    sent = -int(score.as_tuple().exponent)
    return so(score, max(sent, min(decimals, 2)))


@lru_cache(maxsize=8192)
def so(number: Decimal | int, places: int | None = None) -> str:
    """A number: 1.234,5. With ``places``, that many decimals: 99,10 beside 98,97.

    The scores of a board recur on every page, so results are cached.
    """
    decimals = "######" if places is None else "0" * places
    return str(format_decimal(number, format=f"#,##0.{decimals}" if decimals else "#,##0", locale="vi"))
