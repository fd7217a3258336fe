"""Days and hours as people type them on a form, as a program would send them. Pure.

A browser's own fields for days follow the language of the browser, not of the page: an English one asks for the month
first. So a form has plain fields, and reads 15/6/2023 whatever the browser speaks (0086).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_DAY: Final = re.compile(r"([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})")
_HOUR: Final = re.compile(r"([0-9]{1,2})\s*(?:[:.h]|giờ)\s*([0-9]{2})?")


def day_typed(text: str) -> str:
    """A day typed as day, month, year in the order YYYY-MM-DD; any other text as it is."""
    if (match := _DAY.fullmatch(text.strip())) is None:
        return text
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def hour_typed(text: str) -> str:
    """An hour typed as "8:00", "8h", "8 giờ 30" as HH:MM; any other text as it is."""
    if (match := _HOUR.fullmatch(text.strip().lower())) is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return text
    return f"{int(match[1]):02}:{match[2] or '00'}"
