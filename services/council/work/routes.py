"""All forms of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from services.council.desk.answering import ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import Sessions
from services.council.work.freezing_routes import freezing_routes


def work_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages on which the secretariat works, each below the session that it is about."""
    router = APIRouter()
    router.include_router(freezing_routes(sessions, desk, reading))
    return router
