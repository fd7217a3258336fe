"""All forms of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from services.council.acts import CouncilActs
from services.council.desk.answering import ReaderOf
from services.council.desk.reading import DeskReader
from services.council.desk.room import Room
from services.council.session_handlers import Sessions
from services.council.work.asking_routes import asking_routes
from services.council.work.attending_routes import attending_routes
from services.council.work.awarding_routes import awarding_routes
from services.council.work.calling_routes import calling_routes
from services.council.work.composing_routes import composing_routes
from services.council.work.confirming_routes import confirming_routes
from services.council.work.ending_routes import ending_routes
from services.council.work.freezing_routes import freezing_routes
from services.council.work.head_routes import head_routes
from services.council.work.judging_routes import judging_routes
from services.council.work.reasoned_routes import reasoned_routes
from services.council.work.running_routes import running_routes


def work_routes(sessions: Sessions, acts: CouncilActs, desk: DeskReader, room: Room, reading: ReaderOf) -> APIRouter:
    """The pages on which the council works, each below the session or the results that it is about."""
    router = APIRouter()
    for before in (calling_routes, composing_routes, head_routes, freezing_routes, reasoned_routes):
        router.include_router(before(sessions, desk, reading))
    for at_the_sitting in (attending_routes, running_routes, confirming_routes):
        router.include_router(at_the_sitting(sessions, desk, reading))
    router.include_router(ending_routes(sessions, acts, desk, reading))
    router.include_router(awarding_routes(acts, desk, reading))
    router.include_router(asking_routes(room, desk, acts, reading))
    router.include_router(judging_routes(room, acts, reading))
    return router
