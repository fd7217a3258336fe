"""The one stylesheet of all pages and its address, which changes with its content so that browsers may keep it."""

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


def static_routes() -> APIRouter:
    """The route of the stylesheet; it needs no sign-in. An address with another hash is an older release's: 404."""
    router = APIRouter()

    @router.get(_PATH, include_in_schema=False)
    async def static(name: str) -> Response:
        if name != stylesheet_name():
            raise Refusal(404, "not_found", "Không có địa chỉ này.")
        headers = {"Cache-Control": _YEAR, "X-Content-Type-Options": "nosniff"}
        return Response(stylesheet(), media_type="text/css", headers=headers)

    return router
