"""The addresses of the forms about a session."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from services.council.desk import addresses
from services.council.session_handlers import SessionPlace
from shared.runtime.http.pages.frame import Place

LIST: Final = addresses.SESSIONS
SESSION: Final = addresses.SESSION
ABOVE: Final = (Place("Phiên họp", LIST),)
"""What stands above a session's own page."""


async def session_place(request: Request) -> SessionPlace:
    """Which session an address names: the dependency of every route below ``SESSION``.

    The router has read the parts already; as parameters the framework would validate each of them again.
    """
    parts = request.path_params
    return SessionPlace(parts["province"], parts["plan"], parts["session"])
