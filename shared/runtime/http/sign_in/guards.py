"""What is checked and set on every request, whoever calls: the host it names, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.http.problems import Refusal
from shared.runtime.http.sign_in.addresses import host_name, is_loopback

_OPEN: Final = frozenset({"/livez", "/readyz", "/metrics", "/progress"})
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


class HostCheck:
    """Refuses (400) a request for a host that is not ours, so that no other name's page can reach the service.

    ``names`` are the host names beside this machine's own, whatever the port; without any, no host is refused. Probes
    ask by addresses that nobody can list, and a program with a key is no browser: neither is checked.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app, self._names = app, frozenset(map(host_name, names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its host is ours."""
        if scope["type"] == "http" and self._names and scope["path"] not in _OPEN:
            headers = Headers(scope=scope)
            host = headers.get("host", "")
            has_key = headers.get("authorization", "").lower().startswith("bearer ")
            if not has_key and not is_loopback(host) and host_name(host) not in self._names:
                await Refusal(400, "unknown_host", "Tên máy chủ trong yêu cầu không phải của hệ thống này.").response()(
                    scope, receive, send
                )
                return
        await self._app(scope, receive, send)


class AnswerHeaders:
    """Sets on every answer the headers that keep a browser from guessing its type, embedding it or loading more.

    An answer that sets one of them itself, as pages do, keeps its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def completing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if not headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Content-Security-Policy", _POLICY)
            await send(message)

        await self._app(scope, receive, completing)
