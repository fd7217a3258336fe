"""The stylesheet of all pages and the three scripts, at addresses that change with their content.

So browsers may keep them. Every page works without the scripts: one says that a page has changed since, one opens a
reason over the page, one says while figures are typed whether they add up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from fastapi import APIRouter, Response

from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import open_router

StaticFile = Literal["style.css", "changes.js", "reasons.js", "sums.js"]

_NAMES: Final[Mapping[StaticFile, str]] = {
    "style.css": "trang",
    "changes.js": "trang",
    "reasons.js": "vi-sao",
    "sums.js": "tong",
}
"""What the names of the files begin with in addresses."""

_MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript"}
_YEAR: Final = "public, max-age=31536000, immutable"
_PATH: Final = "/static/{name}"
_HASH_DIGITS: Final = 12


@cache
def content_of(file: StaticFile) -> bytes:
    """A file as it is sent."""
    return (files(__package__) / file).read_bytes()


@cache
def _name_of(file: StaticFile) -> str:
    """The name of a file in its address, with 12 digits of the hash of its content."""
    return f"{_NAMES[file]}-{hashlib.sha256(content_of(file)).hexdigest()[:_HASH_DIGITS]}.{file.rpartition('.')[2]}"


@cache
def address_of(file: StaticFile, prefix: str = "") -> str:
    """The path of a file at a service that is served below a prefix."""
    return prefix + _PATH.format(name=_name_of(file))


def static_routes() -> APIRouter:
    """The route of these files; it needs no sign-in. An address with another hash is an older release's: 404."""
    router = open_router()

    @router.get(_PATH, include_in_schema=False)
    async def static(name: str) -> Response:
        file = next((file for file in _NAMES if _name_of(file) == name), None)
        if file is None:
            raise Refusal(404, "not_found", "Không có địa chỉ này.")
        headers = {"Cache-Control": _YEAR, "X-Content-Type-Options": "nosniff"}
        return Response(content_of(file), media_type=_MEDIA_TYPES[file.rpartition(".")[2]], headers=headers)

    return router
