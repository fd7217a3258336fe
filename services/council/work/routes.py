"""All forms of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from services.council.acts import CouncilActs
from services.council.desk.answering import ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import Sessions
from services.council.work.attending_routes import attending_routes
from services.council.work.awarding_routes import awarding_routes
from services.council.work.ending_routes import ending_routes
from services.council.work.freezing_routes import freezing_routes
from services.council.work.running_routes import running_routes


def work_routes(sessions: Sessions, acts: CouncilActs, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages on which the secretariat works, each below the session that it is about."""
    router = APIRouter()
    router.include_router(freezing_routes(sessions, desk, reading))
    router.include_router(attending_routes(sessions, desk, reading))
    router.include_router(running_routes(sessions, desk, reading))
    router.include_router(ending_routes(sessions, acts, desk, reading))
    router.include_router(awarding_routes(acts, desk, reading))
    return router
