"""A limit on every request body, because the framework reads a body into memory before it checks the caller."""

from __future__ import annotations

from collections.abc import Mapping
from re import Pattern
from typing import Final

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.http.problems import Refusal

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Larger than any file an agency may send (5 MiB) and any unit register; routes have their own lower limits."""


UPLOAD_BYTES: Final = "thidua.upload_bytes"
"""The entry of a request's scope with the number of bytes that its path may receive, where that is more than usual."""

NO_UPLOADS: Final[Mapping[Pattern[str], int]] = {}


class BodyLimit:
    """Refuses larger bodies with 413: at once by their declared length, otherwise when that many bytes have arrived.

    ``uploads`` are the paths that take a file, with the number of bytes that each may receive; what comes there is
    written to disk part by part. The server goes on reading a refused body without keeping it, so that the sender sees
    the answer.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES, uploads: Mapping[Pattern[str], int] = NO_UPLOADS
    ) -> None:
        self._app, self._max_bytes, self._uploads = app, max_bytes, uploads

    def _limit(self, scope: Scope) -> int:
        for path, max_bytes in self._uploads.items():
            if scope["method"] in ("POST", "PUT") and path.fullmatch(
                scope["path"].removeprefix(scope.get("root_path", ""))
            ):
                scope[UPLOAD_BYTES] = max_bytes
                return max_bytes
        return self._max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count the bytes of its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._limit(scope)
        detail = f"Nội dung gửi lên lớn hơn {max_bytes // 1024 // 1024} MiB."
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > max_bytes):
            await Refusal(413, "too_large", detail).response()(scope, receive, send)
            return
        received = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counting_receive, send)
