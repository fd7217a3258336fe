"""Answer a reader with a table as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import Response

from services.council.desk.addresses import TABLE_FORMATS
from services.council.documents.exports import Sheet, csv_file, xlsx
from shared.runtime.http.problems import Refusal
from shared.tables.workbooks.media_types import XLSX


async def table_answer(name: str, ending: str, make: Callable[[], Sheet]) -> Response:
    """The file ``<name>.<ending>``, made beside the event loop. Raises ``Refusal`` (404) for another ending."""
    if ending not in TABLE_FORMATS:
        raise Refusal(404, "no_table", f"Bảng tải về ở dạng {' hoặc '.join(TABLE_FORMATS)}.")
    write, media_type = (xlsx, XLSX) if ending == "xlsx" else (csv_file, "text/csv; charset=utf-8")
    content = await asyncio.to_thread(lambda: write(make()))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{ending}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
