"""How an Excel file names itself in a request or an answer."""

from __future__ import annotations

from typing import Final

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

WORKBOOK_TYPES: Final = (XLSX, "application/vnd.ms-excel")
"""The types of an Excel file; the second is that of .xls, which some systems give to every one."""
