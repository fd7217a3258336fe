"""Excel files (.xlsx) as bodies of requests and answers."""

from __future__ import annotations

from typing import Final

from fastapi import Response

from shared.runtime.http.problems import OpenApiObject
from shared.tables.workbooks.media_types import XLSX

WORKBOOK_CONTENT: Final[OpenApiObject] = {XLSX: {"schema": {"type": "string", "format": "binary"}}}
"""The ``content`` of an Excel file as a body in OpenAPI."""


class Workbook(Response):
    """An .xlsx file."""

    media_type = XLSX
