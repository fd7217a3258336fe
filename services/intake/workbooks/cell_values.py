"""Converts cells: text, numbers with a decimal comma or point, days, Có or Không. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from services.intake.workbooks.layout import NO, YES, CellType
from shared.contracts.json_values import JsonValue
from shared.runtime.http.strict_json import tidied
from shared.tables.workbooks.number_formats import shown

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_DECIMAL = re.compile(r"([+-]?[0-9]{1,30})[.,]([0-9]{1,30})")
_GROUPED = re.compile(r"([+-]?[0-9]{1,3}(?:([., ])[0-9]{3})(?:\2[0-9]{3}){0,9})(?:([.,])([0-9]{1,30}))?")
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class UnreadableCell(Exception):
    """A cell that cannot be read: a stable code, the reason in Vietnamese, what Excel shows instead of the value."""

    def __init__(self, code: str, detail: str, shown: str = "") -> None:
        super().__init__(detail)
        self.code, self.detail, self.shown = code, detail, shown


def cell_text(cell: Any) -> str:
    """A cell as text with normalized spaces; "" if it is empty."""
    if isinstance(cell, str):
        return " ".join(str(tidied(cell)).split())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _digits(number_of(cell)) if math.isfinite(cell) else str(cell)
    return str(cell)


def check_shown(cell: Any, number_format: str | None, *, is_text: bool) -> None:
    """Refuse a number that its format shows as another one; ``is_text`` if the digits themselves count, as in a code.

    Raises ``UnreadableCell``.
    """
    if number_format is None or isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        return
    number = number_of(cell)
    seen = shown(number, number_format)
    same = seen.digits is not None and (seen.digits == _digits(number) if is_text else Decimal(seen.digits) == number)
    if not same:
        stored = _digits(number).replace(".", ",")
        mend = "hãy định dạng ô là Text" if is_text else "hãy định dạng ô là Number (hoặc General)"
        what = f"hiện “{seen.text}”" if seen.digits or seen.text.endswith("%") else f"có {seen.text}"
        detail = f"Ô này {what} nhưng giá trị lưu trong tệp là {stored}; {mend} rồi nhập lại đúng nội dung."
        raise UnreadableCell("shown_otherwise", detail, seen.text)


def _text(cell: Any) -> str:
    if isinstance(cell, date | time):
        raise UnreadableCell("not_text", "Excel đã đổi nội dung này thành ngày; hãy định dạng ô là Text rồi nhập lại.")
    return cell_text(cell)


def number_of(cell: Any) -> Decimal:
    """A cell's number. Excel keeps 15 digits; any further digits come from its arithmetic, not from the user."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return Decimal(format(cell, ".15g"))
    text = cell_text(cell) if isinstance(cell, str) else ""
    if _WHOLE.fullmatch(text):
        return Decimal(text)
    if _AMBIGUOUS.fullmatch(text):
        detail = f"“{text}” có thể hiểu theo hai cách; hãy nhập lại dưới dạng số, không dùng dấu phân cách hàng nghìn."
        raise UnreadableCell("number_two_ways", detail)
    if match := _DECIMAL.fullmatch(text):
        return Decimal(f"{match[1]}.{match[2]}")
    if (match := _GROUPED.fullmatch(text)) and match[2] != match[3]:
        return Decimal(f"{match[1].replace(match[2], '')}.{match[4] or 0}")
    raise UnreadableCell("not_a_number", "Ô này phải là số.")


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _score(cell: Any) -> str:
    return _digits(number_of(cell))


def _count(cell: Any) -> int:
    text = cell_text(cell) if isinstance(cell, str) else ""
    # A count has no decimals, so "1.200" is 1200. "2,000" may still be 2 with three decimals.
    grouped = _AMBIGUOUS.fullmatch(text) and not text.endswith(",000")
    number = Decimal(re.sub("[.,]", "", text)) if grouped else number_of(cell)
    if number != number.to_integral_value():
        raise UnreadableCell("not_whole", "Ô này phải là số nguyên.")
    return int(number)


def _yes(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = cell_text(cell).casefold()
    if text not in (YES.casefold(), NO.casefold()):
        raise UnreadableCell("not_yes_or_no", f"Ô này chỉ ghi “{YES}” hoặc “{NO}”.")
    return text == YES.casefold()


def _day(cell: Any) -> str:
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell.isoformat()
    text = cell_text(cell) if isinstance(cell, str) else ""
    try:
        if match := _DAY.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1])).isoformat()
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        pass
    raise UnreadableCell("not_a_day", "Ô này phải là ngày có thật, dạng ngày/tháng/năm.")


READERS: Mapping[CellType, Callable[[Any], JsonValue]] = {
    "text": _text,
    "count": _count,
    "score": _score,
    "yes": _yes,
    "day": _day,
}
"""Converts each type of cell to its JSON value. Each function raises ``UnreadableCell``."""
