"""All forms of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from services.council.desk.answering import ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import Sessions
from services.council.work.calling_routes import calling_routes
from services.council.work.composing_routes import composing_routes
from services.council.work.freezing_routes import freezing_routes
from services.council.work.head_routes import head_routes
from services.council.work.reasoned_routes import reasoned_routes


def work_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages on which the secretariat works, each below the session that it is about."""
    router = APIRouter()
    for of_form in (calling_routes, composing_routes, head_routes, freezing_routes, reasoned_routes):
        router.include_router(of_form(sessions, desk, reading))
    return router
