"""Read what a browser sent with a form, once a request: the check of the form's token and the route share it."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from shared.runtime.http.bodies import require_media_type
from shared.runtime.http.body_limit import UPLOAD_BYTES
from shared.runtime.http.pages.submitted import Submitted
from shared.runtime.http.problems import Refusal

FORM_TYPE: Final = "application/x-www-form-urlencoded"
FILE_FORM_TYPE: Final = "multipart/form-data"
_MAX_BYTES: Final = 1024 * 1024
_MAX_FIELDS: Final = 20_000


async def submitted_form(request: Request) -> Submitted:
    """The fields of the form in a request. Raises ``Refusal`` with 400, 413 or 415.

    Declare it after the dependency that authenticates the caller, so that the body of an unknown caller is not read.
    """
    require_media_type(request.headers.get("content-type", ""), (FORM_TYPE,))
    form = await read_form(request)
    return Submitted.of([(name, value) for name, value in form.multi_items() if isinstance(value, str)])


async def submitted_file(request: Request, name: str) -> tuple[Submitted, UploadFile | None]:
    """The fields of a form with a file, and the file of one field; None where none was chosen. As ``submitted_form``.

    The framework keeps the file on disk until the request ends.
    """
    require_media_type(request.headers.get("content-type", "").split(";")[0], (FILE_FORM_TYPE,))
    form = await read_form(request)
    fields = Submitted.of([(key, value) for key, value in form.multi_items() if isinstance(value, str)])
    given = form.get(name)
    return fields, given if isinstance(given, UploadFile) and given.filename else None


async def read_form(request: Request) -> FormData:
    """The form in a request's body, as the framework keeps it. Raises ``Refusal`` with 400 or 413.

    Where a path takes a file, the file may have more bytes; the framework writes it to disk.
    """
    declared = request.headers.get("content-length", "0")
    most = request.scope.get(UPLOAD_BYTES, _MAX_BYTES)
    if not declared.isdecimal() or int(declared[:18]) > most:
        raise Refusal(413, "too_large", f"Mẫu gửi lên lớn hơn {most // 1024} KiB.")
    try:
        return await request.form(max_fields=_MAX_FIELDS, max_part_size=_MAX_BYTES)
    except HTTPException as unreadable:
        if unreadable.status_code != 400:
            raise
        raise Refusal(400, "bad_form", "Không đọc được mẫu gửi lên; hãy mở lại trang rồi gửi.") from None
