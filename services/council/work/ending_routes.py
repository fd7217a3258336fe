"""The routes of *Biên bản* and *Kết thúc phiên họp*."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.acts import CouncilActs
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.work.ending import ending_view
from services.council.work.places import SESSION, session_place
from services.council.work.posting import post, step
from services.council.work.proposals import Proposal, by_movement
from services.council.work.session_pages import add_page, add_step_form, session_answer
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.pages.submitted import FormState, Submitted
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import service_router


def ending_routes(sessions: Sessions, acts: CouncilActs, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages at the end of a session, and their forms."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def minutes_page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "ending", ending_view)
        return session_answer(reader, stored, "minutes.html", view, "biên bản", form)

    async def closing_page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "ending", ending_view)
        return session_answer(reader, stored, "closing.html", view, "kết thúc phiên họp", form)

    add_page(router, reading, "/bien-ban", minutes_page)

    for path, action in (
        ("/bien-ban", lambda session, _, actor: actions.draft_minutes(session, actor)),
        ("/bien-ban/thong-qua", lambda session, _, actor: actions.approve_minutes(session, actor)),
    ):
        add_step_form(router, sessions, reading, path, action, minutes_page, "/bien-ban")

    add_page(router, reading, "/ket-thuc", closing_page)

    @router.post(f"{SESSION}/ket-thuc")
    async def close(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        async def do() -> None:
            _, view = await desk.session(place.key, "ending", ending_view)
            if view.version == submitted.version and "close" in view.may and not view.left:
                await record_proposals(acts, place.province, view.proposals, reader.person.name)
            await step(
                sessions, place, reader.person, submitted, lambda session, _, actor: actions.close(session, actor)
            )

        then = f"/phien/{place.key}/ket-thuc"
        return await post(reader, submitted, do, lambda form: closing_page(reader, place, form), then)

    return router


async def record_proposals(acts: CouncilActs, province: str, proposals: Sequence[Proposal], by: str) -> None:
    """Record what the council proposed, before the session is closed; what is recorded already is left out.

    So a crash in between loses nothing: closing again records the rest. Raises ``Refusal`` with 422, whose pointers
    name the place of each proposal that cannot be recorded.
    """
    for movement, places in by_movement(proposals).items():
        try:
            await acts.decide(province, movement, [proposals[n].given for n in places], by)
        except Refusal as refusal:
            raise _naming_places(refusal, places) from None


def _naming_places(refusal: Refusal, places: Sequence[int]) -> Refusal:
    problems = [
        {**problem, "pointer": f"/de-nghi/{places[int(str(problem['pointer']).split('/')[1])]}"}
        for problem in refusal.extra.get("problems", ())
    ]
    if not problems:
        return refusal
    detail = f"Chưa kết thúc được: {len(problems)} đề nghị của Hội đồng chưa ghi được, lý do ở từng dòng."
    return Refusal(refusal.status, refusal.code, detail, problems=problems)
