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
from services.council.work.closing import Closing
from services.council.work.composing_routes import composing_routes
from services.council.work.confirming_routes import confirming_routes
from services.council.work.ending_routes import ending_routes
from services.council.work.freezing_routes import freezing_routes
from services.council.work.head_routes import head_routes
from services.council.work.judging_routes import judging_routes
from services.council.work.reasoned_routes import reasoned_routes
from services.council.work.running_routes import running_routes


def work_routes(
    sessions: Sessions, acts: CouncilActs, closing: Closing, desk: DeskReader, room: Room, reading: ReaderOf
) -> list[APIRouter]:
    """The pages on which the council works, each below the session or the results that it is about."""
    before = (calling_routes, composing_routes, head_routes, freezing_routes, reasoned_routes)
    at_the_sitting = (attending_routes, running_routes, confirming_routes)
    return [
        *(made(sessions, desk, reading) for made in (*before, *at_the_sitting)),
        ending_routes(sessions, closing, desk, reading),
        awarding_routes(acts, desk, reading),
        asking_routes(room, desk, acts, reading),
        judging_routes(room, acts, reading),
    ]
