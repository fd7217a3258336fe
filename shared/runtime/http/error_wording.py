"""Validation errors of pydantic in Vietnamese: the value that was found, the form that is expected, an example. Pure.

The parser's own English messages go nowhere: agencies' clerks read what their software shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from shared.contracts.model import CITE_PATTERN, DOCUMENT_KEY_PATTERN, NUMBER_PATTERN

_NUMBER = "cần số viết bằng dấu chấm thập phân, ví dụ 91.25"
_DATE = "cần ngày có thật dạng năm-tháng-ngày, ví dụ 2023-11-30"
_INSTANT = "cần thời điểm dạng năm-tháng-ngàyTgiờ:phút:giây+múi giờ, ví dụ 2023-11-30T08:00:00+07:00"
_WHOLE = "cần số nguyên không đặt trong ngoặc kép, ví dụ 12"
NUMBER_FORM = (
    "cần số, ký hiệu bắt đầu bằng chữ hoặc chữ số, chỉ gồm chữ cái không dấu thanh, chữ số và các dấu / - . & _ :, "
    "không có khoảng trắng, nhiều nhất 126 ký tự, ví dụ 12/BC-BTĐKT"
)
"""The form of the number and symbol of a paper."""

_LIST = "cần danh sách trong ngoặc vuông, ví dụ [...]"
_OBJECT = "cần một đối tượng trong ngoặc nhọn, ví dụ {...}"
_TRUTH = "cần true hoặc false, không đặt trong ngoặc kép"
_TEXT = "cần chuỗi ký tự đặt trong ngoặc kép"
_EXPECTED: Mapping[str, str] = {
    "decimal_parsing": _NUMBER,
    "decimal_pattern": _NUMBER,
    "decimal_type": _NUMBER,
    "finite_number": _NUMBER,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": _INSTANT,
    "time_type": "cần giờ dạng giờ:phút, ví dụ 08:00",
    "time_parsing": "cần giờ dạng giờ:phút, ví dụ 08:00",
    "string_type": _TEXT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
}
_LIMITS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "cần giá trị từ {} trở lên"),
    "less_than_equal": ("le", "cần giá trị không quá {}"),
    "greater_than": ("gt", "cần giá trị lớn hơn {}"),
    "less_than": ("lt", "cần giá trị nhỏ hơn {}"),
    "decimal_max_places": ("decimal_places", "cần số có nhiều nhất {} chữ số thập phân"),
    "decimal_max_digits": ("max_digits", "cần số có nhiều nhất {} chữ số"),
    "decimal_whole_digits": ("whole_digits", "cần số có nhiều nhất {} chữ số phần nguyên"),
    "string_too_long": ("max_length", "cần nhiều nhất {} ký tự"),
    "too_long": ("max_length", "cần nhiều nhất {} phần tử"),
}
_PATTERNS: Mapping[str, str] = {
    "[a-z0-9][a-z0-9-]{0,62}": "cần mã gồm chữ thường không dấu, chữ số và dấu gạch nối, ví dụ so-noi-vu",
    "[A-Za-z0-9][A-Za-z0-9._:-]{0,126}": "cần mã gồm chữ không dấu, chữ số và . _ : -, không có dấu cách, ví dụ OB06",
    r"[^\x00-\x1f\x7f]{1,126}": "cần số, ký hiệu dài từ 1 đến 126 ký tự, ví dụ 46/BC-SNV",
    "[0-9]{10}(-[0-9]{3})?": "cần mã số thuế 10 chữ số, hoặc 10 và 3 chữ số, ví dụ 1000123456 hoặc 1000123456-001",
    "[0-9]{4}(-(H[12]|Q[1-4]|[0-9]{2}|[0-9]{4}))?": "cần kỳ dạng năm, nửa năm, quý, tháng hoặc năm học, "
    "ví dụ 2023, 2023-H1, 2023-Q4, 2023-11, 2022-2023",
    NUMBER_PATTERN.removeprefix("^").removesuffix("$"): NUMBER_FORM,
    DOCUMENT_KEY_PATTERN.removeprefix("^").removesuffix("$"): "cần khóa văn bản, ví dụ KH46 hoặc 46/KH-UBND",
    CITE_PATTERN.removeprefix("^").removesuffix("$"): "cần căn cứ, ví dụ 46/KH-UBND VI.2 hoặc A23",
}
_CONTRADICTIONS: Mapping[str, str] = {
    "more tasks done on time or cancelled than were due": "Số nhiệm vụ hoàn thành đúng hạn cộng số được hủy bỏ "
    "phải không quá số nhiệm vụ đến hạn",
    "closed before it was opened": "Ngày khép lại vụ việc phải không trước ngày mở",
    "a violation is found when the case is closed": "Chỉ ghi có vi phạm (violation_found) khi vụ việc đã khép lại "
    "(closed)",
    "a person is nominated, and person is missing": "Phải ghi họ tên và ngày sinh của cá nhân được đề nghị, trong mục "
    'person, ví dụ {"name": "Nguyễn Văn A", "born": "1980-01-31"}',
    "person is only for a kind of person": "Mục person chỉ ghi khi đề nghị khen thưởng cá nhân",
    "unit and name are both missing": "Phải ghi đối tượng được đề nghị: mã đơn vị (unit), hoặc tên tập thể, "
    "doanh nghiệp (name)",
    "only one of unit, name and person": "Chỉ ghi một trong các mục unit, name, person",
}
_MAX_SHOWN = 60


def shown(value: object) -> str | None:
    """A value as JSON writes it, shortened; None for a list or an object."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list | tuple):
        return None
    text = str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def expected(error: ErrorDetails) -> str:
    """The form that is expected instead, in Vietnamese, without a full stop."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _LIMITS:
        name, form = _LIMITS[kind]
        return form.format(context.get(name, ""))
    if kind in ("enum", "literal_error"):
        return f"cần một trong: {_bare(context.get('expected', ''))}"
    if kind == "union_tag_invalid":
        return f"cần loại báo cáo là một trong: {_bare(context.get('expected_tags', ''))}"
    if kind == "union_tag_not_found":
        return "cần loại báo cáo (kind), ví dụ score"
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern", ""))
        return _PATTERNS.get(pattern.removeprefix("^").removesuffix("$"), f"cần đúng dạng {pattern}")
    return _EXPECTED.get(kind, "cần giá trị đúng mẫu")


def explained(error: ErrorDetails) -> str:
    """What is wrong and what is expected, in Vietnamese, without a full stop."""
    kind, value = error["type"], error.get("input")
    if kind == "union_tag_invalid":
        value = error.get("ctx", {}).get("tag")
    if kind == "missing":
        return "Thiếu mục này"
    if kind == "extra_forbidden":
        return "Mục này không có trong mẫu"
    if kind == "union_tag_not_found":
        return f"Thiếu loại báo cáo; {expected(error)}"
    if kind in ("too_short", "string_too_short"):
        return "Không được để trống"
    if kind in ("value_error", "assertion_error"):
        text = str(error.get("ctx", {}).get("error", ""))
        return _CONTRADICTIONS.get(text, "Các giá trị không khớp nhau")
    quoted = shown(value)
    if kind.startswith("decimal") and isinstance(value, str) and re.fullmatch(r"[0-9]+,[0-9]+", value):
        pointed = value.replace(",", ".")
        return f"“{value}” viết bằng dấu phẩy; trong JSON, số viết bằng dấu chấm thập phân: {pointed}"
    if kind in ("string_too_long", "too_long"):
        return f"Quá dài; {expected(error)}"
    return (
        f"Giá trị “{quoted}” không hợp lệ; {expected(error)}" if quoted is not None else f"Sai dạng; {expected(error)}"
    )


def typed_wrong(error: ErrorDetails) -> str:
    """What is wrong with a field of a form, in Vietnamese for who typed it, without a full stop."""
    if error["type"].startswith("date_"):
        return f"Đọc được “{shown(error.get('input'))}”; cần ngày/tháng/năm có thật, ví dụ 15/6/2023"
    return "Cần ghi mục này" if error["type"] == "missing" else explained(error)


def _bare(choices: object) -> str:
    return str(choices).replace("'", "").replace(" or ", ", ")
