"""How much a request may carry, whoever sends it: the framework reads a body into memory before it asks who calls."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.http.problems import Refusal

MOST_BYTES = 8 * 1024 * 1024
"""Beyond any file an agency may send (5 MiB) and any register of units; routes have lower limits of their own."""


class BodyLimit:
    """Refuses larger bodies with 413: at once where their length is declared, else once that much has come."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        detail = f"Nội dung gửi lên lớn hơn {self._most // 1024 // 1024} MiB."
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > self._most):
            await Refusal(413, "too_large", detail).response()(scope, receive, send)
            return
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > self._most:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, counted, send)
