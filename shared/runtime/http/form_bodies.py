"""Read what a browser sent with a form, once a request: the check of the form's token and the route share it."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from shared.runtime.http.bodies import require_media_type
from shared.runtime.http.pages.submitted import Submitted
from shared.runtime.http.problems import Refusal

FORM_TYPE: Final = "application/x-www-form-urlencoded"
_MAX_BYTES: Final = 1024 * 1024
_MAX_FIELDS: Final = 20_000


async def submitted_form(request: Request) -> Submitted:
    """The fields of the form in a request. Raises ``Refusal`` with 400, 413 or 415.

    Declare it after the dependency that authenticates the caller, so that the body of an unknown caller is not read.
    """
    require_media_type(request.headers.get("content-type", ""), (FORM_TYPE,))
    form = await read_form(request)
    return Submitted.of([(name, value) for name, value in form.multi_items() if isinstance(value, str)])


async def read_form(request: Request) -> FormData:
    """The form in a request's body, as the framework keeps it. Raises ``Refusal`` with 400 or 413."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:18]) > _MAX_BYTES:
        raise Refusal(413, "too_large", f"Mẫu gửi lên lớn hơn {_MAX_BYTES // 1024} KiB.")
    try:
        return await request.form(max_fields=_MAX_FIELDS, max_part_size=_MAX_BYTES)
    except HTTPException as unreadable:
        if unreadable.status_code != 400:
            raise
        raise Refusal(400, "bad_form", "Không đọc được mẫu gửi lên; hãy mở lại trang rồi gửi.") from None
