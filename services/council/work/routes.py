"""All forms of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from services.council.acts import CouncilActs
from services.council.desk.answering import ReaderOf
from services.council.desk.reading import DeskReader
from services.council.desk.room import Room
from services.council.session_handlers import Sessions
from services.council.work.asking_routes import asking_routes
from services.council.work.chairing_routes import chairing_routes
from services.council.work.confirming_routes import confirming_routes
from services.council.work.freezing_routes import freezing_routes
from services.council.work.judging_routes import judging_routes


def work_routes(sessions: Sessions, acts: CouncilActs, desk: DeskReader, room: Room, reading: ReaderOf) -> APIRouter:
    """The pages on which the council works, each below the session or the results that it is about."""
    router = APIRouter()
    router.include_router(freezing_routes(sessions, desk, reading))
    router.include_router(chairing_routes(sessions, desk, reading))
    router.include_router(confirming_routes(sessions, desk, reading))
    router.include_router(asking_routes(room, desk, acts, reading))
    router.include_router(judging_routes(room, acts, reading))
    return router
