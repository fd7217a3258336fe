"""A workbook that is refused as a whole, and the names of its cells. Pure."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")


class InvalidWorkbook(Exception):
    """A file refused as a whole: the HTTP status, a stable code, the reason in Vietnamese, the cells concerned."""

    def __init__(self, status: int, code: str, detail: str, cells: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.cells = status, code, detail, cells


def not_excel(detail: str = "") -> InvalidWorkbook:
    """The error for a file that is no .xlsx; ``detail`` says in Vietnamese what it is instead, if that is known."""
    unknown = "Tệp gửi lên không phải tệp Excel (.xlsx) đọc được; hãy lưu lại từ mẫu dưới dạng .xlsx."
    return InvalidWorkbook(400, "not_excel", detail or unknown)


def workbook_too_large() -> InvalidWorkbook:
    """The error for a file that holds more than a form can."""
    return InvalidWorkbook(
        413, "workbook_too_large", "Tệp Excel chứa quá nhiều dữ liệu; hãy dùng mẫu do hệ thống tạo ra."
    )


def position(address: str) -> tuple[int, int]:
    """The row and column (both from 1) of an address such as "B12". Raises ``InvalidWorkbook``."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise not_excel()
    column = 0
    for character in match[1].upper():
        column = column * 26 + ord(character) - ord("A") + 1
    return int(match[2]), column


def column_name(column: int) -> str:
    """Excel's name of a column, counted from 1: A, B … Z, AA."""
    name = ""
    while column:
        column, remainder = divmod(column - 1, 26)
        name = chr(ord("A") + remainder) + name
    return name
