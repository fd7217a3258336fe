"""Whether what was sent is a report at all: every flaw with its place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.intake.web.strict_json import characters, escaped, plain
from shared.contracts.intake import Report
from shared.contracts.model import Kind
from shared.contracts.receipts import Problem

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


MOST_PROBLEMS = 50
"""Problems named in one answer; a receipt must fit a message, and nobody mends more at a time."""

_MAX_CHARACTERS = 200

_SAYS = {
    "missing": "Thiếu mục này",
    "extra_forbidden": "Mục này không có trong mẫu",
    "string_pattern_mismatch": "Không đúng dạng quy định",
    "too_short": "Không được để trống",
    "string_too_short": "Không được để trống",
    "too_long": "Quá dài",
    "string_too_long": "Quá dài",
    "value_error": "Các giá trị không khớp nhau",
    "union_tag_invalid": "Loại báo cáo không có trong mẫu",
    "union_tag_not_found": "Thiếu loại báo cáo",
}
_OTHERWISE = "Giá trị không hợp lệ"


def read(data: Mapping[str, Any], text: str = "\\") -> Report | list[Problem]:
    """The report in the data, or what keeps it from being one, field by field; text that cannot be read, first.

    ``text`` is the data as JSON, where it is at hand: most reports are seen at one glance to hold nothing unseen.
    """
    if not plain(text) and (unseen := list(islice(characters(data), MOST_PROBLEMS))):
        return unseen
    try:
        return _REPORT.validate_python(dict(data))
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # With every row wrong, the list is also "too short"; that says nothing to who has sent rows.
        told = [each for each in errors if each["type"] != "too_short" or not each["input"]]
        return [
            Problem(
                code="invalid",
                pointer=_pointer(each["loc"])[:_MAX_CHARACTERS],
                value=_shown(each["type"], each["input"]),
                expected=each["msg"],
                rule="report.submitted v1",
                detail=f"{wording(each['type'])}.",
            )
            for each in told[:MOST_PROBLEMS]
        ]


def wording(error: str) -> str:
    """What an error of the form is called in Vietnamese, by its type; no full stop."""
    return _SAYS.get(error, _OTHERWISE)


def _shown(error: str, value: object) -> str | None:
    """The value that is wrong, where it may go into an event: not what has no place in a report (names of people)."""
    if error in ("missing", "extra_forbidden") or isinstance(value, dict | list):
        return None
    return str(value)[:_MAX_CHARACTERS]


def _pointer(loc: tuple[int | str, ...]) -> str:
    """A JSON pointer; the first part may be the kind that chose the form of report, which is not in the body."""
    return "/" + "/".join(escaped(str(part)) for part in (loc[1:] if loc and loc[0] in set(Kind) else loc))


def reused(report_id: str) -> Problem:
    """The same report id came with another content."""
    return Problem(
        code="report_id_reused",
        pointer="/id",
        value=report_id,
        expected="a new id for a new report",
        rule="report.submitted v1",
        detail=f"Mã báo cáo “{report_id}” đã được dùng cho một báo cáo có nội dung khác; hãy gửi lại với mã mới.",
    )


def taken_back(report_id: str) -> Problem:
    """The same report came again after it had been taken back."""
    return Problem(
        code="taken_back",
        pointer="/id",
        value=report_id,
        expected="a new id for a new report",
        rule="report.submitted v1",
        detail=f"Báo cáo “{report_id}” đã được rút lại hoặc trả lại; hãy gửi báo cáo mới với mã mới.",
    )
