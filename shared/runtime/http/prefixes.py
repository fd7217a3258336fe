"""A service below a prefix: a proxy that gives all services one origin passes paths on unchanged.

Without a proxy the same paths without the prefix are answered, so that other services and operators need no proxy.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.http.problems import Refusal

PREFIX_PATTERN: Final = r"^(/[a-z0-9]+(-[a-z0-9]+)*)?$"

FOR_OPERATORS: Final = frozenset({"/livez", "/readyz", "/metrics", "/progress", "/clock"})
"""The paths that nobody reaches below a prefix, because whoever reaches the proxy could."""

_API: Final = ("/v1/", "/openapi.json")


def root_of(path: str, name: str, prefix: str) -> str | None:
    """The prefix that a path begins with: of the pages, ``/api/<name>`` of the interface for programs, or neither: "".

    None for a path that nobody may ask for below its prefix. ``path`` is as the server decoded it. Pure.
    """
    api = f"/api/{name}"
    if path.startswith(f"{api}/"):
        return api if path.removeprefix(api).startswith(_API) else None
    if prefix and path.startswith(f"{prefix}/"):
        return None if path.removeprefix(prefix).rstrip("/") in FOR_OPERATORS else prefix
    return ""


class BelowPrefix:
    """Answers paths below the service's prefixes as it answers them without, but for those for operators (404).

    ``name`` is the service's, ``prefix`` where a proxy shows its pages, such as ``/hoi-dong``, or empty.
    """

    def __init__(self, app: ASGIApp, name: str, prefix: str) -> None:
        self._app, self._name, self._prefix = app, name, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the prefix as the app's root."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._prefix and scope["path"] == self._prefix:
            await RedirectResponse(f"{self._prefix}/", 308)(scope, receive, send)
            return
        root = root_of(scope["path"], self._name, self._prefix)
        if root is None:
            await Refusal(404, "not_found", "Không có địa chỉ này.").response()(scope, receive, send)
            return
        if root:
            scope["root_path"] = root
            if Headers(scope=scope).get("x-forwarded-proto") == "https":
                scope["scheme"] = "https"  # only redirects to addresses of our own are made of it
        await self._app(scope, receive, send)
