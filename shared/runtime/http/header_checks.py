"""Checks of the headers of every request that need no key and no body: what is given twice, and compressed bodies."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.http.problems import Refusal

_ONCE = frozenset({b"authorization", b"idempotency-key", b"content-type", b"content-encoding"})


class HeaderChecks:
    """Refuses with 400 a request that gives a header twice of which only one can count, with 415 a compressed body.

    Which of two keys counts would depend on the software in front: a proxy may check one and the service another.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its headers are right."""
        if scope["type"] == "http" and (refusal := _refusal(scope["headers"])) is not None:
            await refusal.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _refusal(headers: list[tuple[bytes, bytes]]) -> Refusal | None:
    seen: set[bytes] = set()
    for name, value in headers:
        if name in _ONCE:
            if name in seen:
                text = name.decode("ascii")
                return Refusal(400, "header_twice", f"Đầu mục {text} chỉ được ghi một lần trong mỗi yêu cầu.")
            seen.add(name)
            if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
                detail = "Không nhận nội dung nén (Content-Encoding); hãy gửi nội dung không nén."
                return Refusal(415, "unsupported_encoding", detail)
    return None
