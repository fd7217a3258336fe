"""The stylesheet of all pages and the two scripts, at addresses that change with their content.

So browsers may keep them. Every page works without the scripts: one says that a page has changed since, the other says
while figures are typed whether they add up.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import open_router

_YEAR: Final = "public, max-age=31536000, immutable"
_PATH: Final = "/static/{name}"
_HASH_DIGITS: Final = 12


@cache
def stylesheet() -> bytes:
    """The stylesheet as it is sent."""
    return (files(__package__) / "style.css").read_bytes()


@cache
def sums_script() -> bytes:
    """The script that shows sums while they are typed, as it is sent."""
    return (files(__package__) / "sums.js").read_bytes()


@cache
def stylesheet_name() -> str:
    """The stylesheet's file name, with 12 digits of the hash of its content."""
    return f"trang-{_hash_of(stylesheet())}.css"


@cache
def sums_script_name() -> str:
    """The script's file name, with 12 digits of the hash of its content."""
    return f"tong-{_hash_of(sums_script())}.js"


def _hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]


def stylesheet_address(prefix: str = "") -> str:
    """The path of the stylesheet at a service that is served below a prefix."""
    return prefix + _PATH.format(name=stylesheet_name())


@cache
def script() -> bytes:
    """The script that says that a page has changed since, as it is sent."""
    return (files(__package__) / "changes.js").read_bytes()


@cache
def script_name() -> str:
    """That script's file name, with 12 digits of the hash of its content."""
    return f"trang-{hashlib.sha256(script()).hexdigest()[:12]}.js"


def script_address(prefix: str = "") -> str:
    """The path of that script at a service that is served below a prefix."""
    return prefix + _PATH.format(name=script_name())


def sums_script_address(prefix: str = "") -> str:
    """The path of the script of sums at a service that is served below a prefix."""
    return prefix + _PATH.format(name=sums_script_name())


def static_routes() -> APIRouter:
    """The route of these files; it needs no sign-in. An address with another hash is an older release's: 404."""
    router = open_router()

    @router.get(_PATH, include_in_schema=False)
    async def static(name: str) -> Response:
        kept = {
            stylesheet_name(): (stylesheet, "text/css"),
            script_name(): (script, "text/javascript"),
            sums_script_name(): (sums_script, "text/javascript"),
        }
        if name not in kept:
            raise Refusal(404, "not_found", "Không có địa chỉ này.")
        headers = {"Cache-Control": _YEAR, "X-Content-Type-Options": "nosniff"}
        content, media_type = kept[name]
        return Response(content(), media_type=media_type, headers=headers)

    return router
