"""Validation errors of pydantic in Vietnamese. Pure."""

from __future__ import annotations

_WORDINGS = {
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
_DEFAULT = "Giá trị không hợp lệ"


def wording(error_type: str) -> str:
    """The Vietnamese wording of a pydantic error type, without a full stop."""
    return _WORDINGS.get(error_type, _DEFAULT)
