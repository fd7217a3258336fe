"""Counts and times every request by the template of its route."""

from __future__ import annotations

import time
from typing import Final

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.metrics import Metrics

STREAM_TYPE: Final = "text/event-stream"
UNROUTED: Final = "unrouted"
"""The route of a request that no route took: an unknown path, or one refused before routing."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


class RequestMetrics:
    """Measures requests until the response's last byte. The label's values are few: a caller cannot make new ones."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and measure it. One that ends in an exception counts as 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started, is_stream = 500, time.perf_counter(), False

        async def note_status(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = Headers(raw=message["headers"]).get("content-type", "").startswith(STREAM_TYPE)
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            requests, seconds = self._of(scope, status)
            requests.inc()
            if not is_stream:  # it is open as long as a page is, which says nothing about the service's speed
                seconds.observe(time.perf_counter() - started)

    def _of(self, scope: Scope, status: int) -> tuple[Counter, Histogram]:
        """The two series of a request. They are kept, because making the labels costs more than counting."""
        route = getattr(scope.get("route"), "path", UNROUTED)
        key = (scope["method"], route, status)
        series = self._series.get(key)
        if series is None:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            counter = self._metrics.requests.labels(method, route, str(status))
            series = counter, self._metrics.request_seconds.labels(route)
            if method != "other":
                self._series[key] = series
        return series
