"""The addresses of the forms about a session."""

from __future__ import annotations

from typing import Final

from services.council.desk import addresses
from services.council.session_handlers import SessionPlace
from shared.runtime.http.pages.frame import Place

LIST: Final = addresses.SESSIONS
SESSION: Final = addresses.SESSION
ABOVE: Final = (Place("Phiên họp", LIST),)
"""What stands above a session's own page."""


async def session_place(province: str, plan: str, session: str) -> SessionPlace:
    """Which session an address names: the dependency of every route below ``SESSION``."""
    return SessionPlace(province, plan, session)
