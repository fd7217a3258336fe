"""The routes of *Triệu tập phiên họp*. The list of sessions leads here."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk.views import Views
from services.council.session_handlers import Sessions
from services.council.state import StoredSession
from services.council.work.calling import calling_body, calling_view
from services.council.work.places import ABOVE, LIST
from services.council.work.posting import PACKAGE, post
from shared.contracts.sessions import SessionCalled
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.routing import service_router

_CALLED = Form[SessionCalled](SessionCalled, "Phiên họp triệu tập thêm", explain=typed_wrong)


def calling_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The form that calls a session which no plan lists."""
    router, views = service_router(include_in_schema=False, default_response_class=HTMLResponse), Views()

    async def page(reader: Reader, form: FormState = FRESH) -> HTMLResponse:
        plans = desk.plans()
        view = views.view("calling", [plans], lambda: calling_view(plans))
        return reader.answer("calling.html", view, "Triệu tập phiên họp", LIST, None, ABOVE, form=form, package=PACKAGE)

    @router.get(f"{LIST}/trieu-tap")
    async def show_call(reader: Reader = Depends(reading)) -> HTMLResponse:
        return await page(reader)

    @router.post(f"{LIST}/trieu-tap")
    async def call(reader: Reader = Depends(reading), submitted: Submitted = Depends(submitted_form)) -> Response:
        stored, _ = await desk.sessions()
        province, plan, body = calling_body(submitted, [session.id for session in stored])

        async def do() -> StoredSession:
            given = _CALLED.parse(body.value)
            return await sessions.call(province, plan, given, reader.person.name, reader.person.role)

        return await post(reader, submitted, do, lambda form: page(reader, form), page_of, body)

    return router
