"""A limit on every request body, because the framework reads a body into memory before it checks the caller."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.http.problems import Refusal

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Larger than any file an agency may send (5 MiB) and any unit register; routes have their own lower limits."""


class BodyLimit:
    """Refuses larger bodies with 413: at once by their declared length, otherwise when that many bytes have arrived."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count the bytes of its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        detail = f"Nội dung gửi lên lớn hơn {self._max_bytes // 1024 // 1024} MiB."
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > self._max_bytes):
            await Refusal(413, "too_large", detail).response()(scope, receive, send)
            return
        received = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counting_receive, send)
