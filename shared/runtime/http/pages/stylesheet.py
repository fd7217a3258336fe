"""The one stylesheet and the one script of all pages.

Their addresses change with their content, so that browsers may keep them.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from shared.runtime.http.problems import Refusal

_YEAR: Final = "public, max-age=31536000, immutable"
_PATH: Final = "/static/{name}"


@cache
def stylesheet() -> bytes:
    """The stylesheet as it is sent."""
    return (files(__package__) / "style.css").read_bytes()


@cache
def stylesheet_name() -> str:
    """The stylesheet's file name, with 12 digits of the hash of its content."""
    return f"trang-{hashlib.sha256(stylesheet()).hexdigest()[:12]}.css"


def stylesheet_address(prefix: str = "") -> str:
    """The path of the stylesheet at a service that is served below a prefix."""
    return prefix + _PATH.format(name=stylesheet_name())


@cache
def script() -> bytes:
    """The script as it is sent. Every page works without it; it only says that a page has changed since."""
    return (files(__package__) / "changes.js").read_bytes()


@cache
def script_name() -> str:
    """The script's file name, with 12 digits of the hash of its content."""
    return f"trang-{hashlib.sha256(script()).hexdigest()[:12]}.js"


def script_address(prefix: str = "") -> str:
    """The path of the script at a service that is served below a prefix."""
    return prefix + _PATH.format(name=script_name())


def static_routes() -> APIRouter:
    """The route of the stylesheet and the script; it needs no sign-in.

    An address with another hash is an older release's: 404.
    """
    router = APIRouter()

    @router.get(_PATH, include_in_schema=False)
    async def static(name: str) -> Response:
        kept = {stylesheet_name(): (stylesheet, "text/css"), script_name(): (script, "text/javascript")}
        if name not in kept:
            raise Refusal(404, "not_found", "Không có địa chỉ này.")
        headers = {"Cache-Control": _YEAR, "X-Content-Type-Options": "nosniff"}
        content, media_type = kept[name]
        return Response(content(), media_type=media_type, headers=headers)

    return router
