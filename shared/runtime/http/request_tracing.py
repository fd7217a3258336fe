"""Makes a span of every request, named by the template of its route."""

from __future__ import annotations

from typing import Final

from opentelemetry.trace import Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.tracing import TRACEPARENT, Tracing

_HEADER: Final = TRACEPARENT.encode()
_PROBES: Final = frozenset({"/livez", "/readyz", "/metrics", "/progress", "/clock"})
"""What operators' programs ask every few seconds."""


class RequestTracing:
    """Passes requests on inside a span that continues the caller's trace. The path is not in it, only its template."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app, self._tracing = app, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        trace = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        with self._tracing.request(scope["method"], trace.decode("latin-1")) as span:
            status = 500

            async def note_status(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await self._app(scope, receive, note_status)
            finally:
                if span is not None and span.is_recording():
                    if (route := getattr(scope.get("route"), "path", None)) is not None:
                        span.update_name(f"{scope['method']} {route}")
                        span.set_attribute("http.route", route)
                    span.set_attribute("http.request.method", scope["method"])
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(Status(StatusCode.ERROR))
