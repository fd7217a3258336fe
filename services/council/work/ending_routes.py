"""The routes of *Biên bản* and *Kết thúc phiên họp*."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.acts import CouncilActs
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.state import StoredSession
from services.council.work.ending import EndingView, ending_view
from services.council.work.places import ABOVE, LIST, SESSION, session_place
from services.council.work.posting import PACKAGE, Step, post, step
from services.council.work.proposals import Proposal, by_movement
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.problems import Refusal


def ending_routes(sessions: Sessions, acts: CouncilActs, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The pages at the end of a session, and their forms."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    async def view_of(place: SessionPlace) -> tuple[StoredSession, EndingView]:
        return await desk.session(place.key, "ending", ending_view)

    async def minutes_page(reader: Reader, place: SessionPlace, form: FormState = FRESH) -> HTMLResponse:
        return await page(reader, place, "minutes.html", "biên bản", form)

    async def closing_page(reader: Reader, place: SessionPlace, form: FormState = FRESH) -> HTMLResponse:
        return await page(reader, place, "closing.html", "kết thúc phiên họp", form)

    async def page(reader: Reader, place: SessionPlace, template: str, what: str, form: FormState) -> HTMLResponse:
        stored, view = await view_of(place)
        above = (*ABOVE, Place(stored.agenda.name, page_of(stored)))
        title = f"{stored.agenda.name}: {what}"
        return reader.answer(template, view, title, LIST, stored.changed_at, above, form=form, package=PACKAGE)

    async def take(reader: Reader, place: SessionPlace, submitted: Submitted, action: Step) -> None:
        await step(sessions, place, reader.person, submitted, action)

    @router.get(f"{SESSION}/bien-ban")
    async def show_minutes(
        reader: Reader = Depends(reading), place: SessionPlace = Depends(session_place)
    ) -> HTMLResponse:
        return await minutes_page(reader, place)

    @router.post(f"{SESSION}/bien-ban")
    async def draft_minutes(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        return await post(
            reader,
            submitted,
            lambda: take(reader, place, submitted, lambda session, _, actor: actions.draft_minutes(session, actor)),
            lambda form: minutes_page(reader, place, form),
            f"/phien/{place.key}/bien-ban",
        )

    @router.post(f"{SESSION}/bien-ban/thong-qua")
    async def approve_minutes(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        return await post(
            reader,
            submitted,
            lambda: take(reader, place, submitted, lambda session, _, actor: actions.approve_minutes(session, actor)),
            lambda form: minutes_page(reader, place, form),
            f"/phien/{place.key}/bien-ban",
        )

    @router.get(f"{SESSION}/ket-thuc")
    async def show_closing(
        reader: Reader = Depends(reading), place: SessionPlace = Depends(session_place)
    ) -> HTMLResponse:
        return await closing_page(reader, place)

    @router.post(f"{SESSION}/ket-thuc")
    async def close(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        async def do() -> None:
            _, view = await view_of(place)
            if view.version == submitted.version and "close" in view.may and not view.left:
                await record_proposals(acts, place.province, view.proposals, reader.person.name)
            await take(reader, place, submitted, lambda session, _, actor: actions.close(session, actor))

        return await post(
            reader, submitted, do, lambda form: closing_page(reader, place, form), f"/phien/{place.key}/ket-thuc"
        )

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
