"""The routes of *Soạn chương trình*: begin the draft, order it, add to it, take off and put back."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.session_handlers import SessionPlace, Sessions
from services.council.sessions import actions
from services.council.state import StoredSession
from services.council.work.composing import composing_view, place_of
from services.council.work.places import LIST, SESSION, session_place
from services.council.work.posting import post, record
from services.council.work.session_pages import add_page, add_step_form, session_answer
from shared.contracts.sessions import ItemAdded, ItemMoved, ItemReason
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import FORM_NAME, FormState, Submitted
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import service_router

_MOVED = Form[ItemMoved](ItemMoved, "Vị trí nội dung", explain=typed_wrong)
_ADDED = Form[ItemAdded](ItemAdded, "Nội dung thêm", explain=typed_wrong)
_ITEM = Form[ItemReason](ItemReason, "Nội dung và lý do", explain=typed_wrong)


def composing_routes(sessions: Sessions, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The page of an agenda that is put together, and its forms."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def page(reader: Reader, place: SessionPlace, form: FormState) -> HTMLResponse:
        stored, view = await desk.session(place.key, "compose", composing_view)
        return session_answer(reader, stored, "composing.html", view, "soạn chương trình", form)

    add_step_form(
        router,
        sessions,
        reading,
        "/du-thao",
        lambda session, context, actor: actions.draft(session, context.last_head, actor),
        page,
        "/soan",
    )
    add_page(router, reading, "/soan", page)

    @router.post(f"{SESSION}/soan")
    async def change_agenda(
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = submitted.body(numbers={"to"})

        async def change() -> StoredSession:
            of_session = sessions, place, reader.person, submitted
            match submitted.text(FORM_NAME):
                case "chuyen":
                    return await record(
                        *of_session, _MOVED, body, lambda s, _, actor, given: actions.move(s, given, actor)
                    )
                case "them":
                    return await record(
                        *of_session, _ADDED, body, lambda s, _, actor, given: actions.add(s, given, actor)
                    )
                case "dua-ra":
                    return await record(
                        *of_session, _ITEM, body, lambda s, _, actor, given: actions.remove(s, given, actor)
                    )
                case "tra-lai":
                    return await record(
                        *of_session, _ITEM, body, lambda s, _, actor, given: actions.restore(s, given, actor)
                    )
            raise Refusal(400, "unknown_form", "Không rõ việc cần làm; hãy mở lại trang rồi gửi.")

        def then(changed: StoredSession) -> str:
            item = submitted.text("item") or changed.meeting.added[-1].id
            return f"{LIST}/{place.key}/soan{place_of(changed, item)}"

        return await post(reader, submitted, change, lambda form: page(reader, place, form), then, body)

    return router
