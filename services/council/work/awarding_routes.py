"""The routes of *Quyết định khen thưởng*: the decision that gives awards, and the one that revokes them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.council.acts import CouncilActs
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.reading import DeskReader
from services.council.desk_store import Part
from services.council.session_handlers import SessionPlace
from services.council.state import StoredSession
from services.council.work.awarding import REVOKING, AwardingView, awarding_view
from services.council.work.places import SESSION, session_place
from services.council.work.posting import post
from services.council.work.session_pages import session_answer
from shared.contracts.conferral import AwardingDecision, RevokingDecision
from shared.contracts.json_values import JsonObject
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import add_page_route, service_router

_AWARDING: Final = Form[AwardingDecision](
    AwardingDecision, "Quyết định khen thưởng", limit=MAX_BODY_BYTES, explain=typed_wrong
)
_REVOKING: Final = Form[RevokingDecision](
    RevokingDecision, "Quyết định hủy bỏ khen thưởng", limit=MAX_BODY_BYTES, explain=typed_wrong
)
_NEEDS: Final = {"awards": "subject"}
"""A row whose box is not ticked is none."""

_PARTS: Final[tuple[Part, ...]] = ("sessions", "heard", "decisions")

_Award = Annotated[str, Query(alias="hinh-thuc", max_length=200)]
_What = Annotated[str, Query(alias="viec", max_length=20)]


def awarding_routes(acts: CouncilActs, desk: DeskReader, reading: ReaderOf) -> APIRouter:
    """The page and its form."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    async def view_of(place: SessionPlace, award: str, what: str) -> tuple[StoredSession, AwardingView]:
        revoking = what == REVOKING
        key = f"awards {award} {revoking}"
        return await desk.session(place.key, key, lambda data: awarding_view(data, award, revoking=revoking), _PARTS)

    async def page(reader: Reader, place: SessionPlace, award: str, what: str, form: FormState = FRESH) -> HTMLResponse:
        stored, view = await view_of(place, award, what)
        return session_answer(reader, stored, "awarding.html", view, "quyết định khen thưởng", form)

    async def show_awards(request: Request, award: _Award = "", what: _What = "") -> HTMLResponse:
        return await page(await reading(request), await session_place(request), award, what)

    add_page_route(router, f"{SESSION}/quyet-dinh", show_awards, reading)

    @router.post(f"{SESSION}/quyet-dinh")
    async def record_decision(
        award: _Award,
        what: _What = "",
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        _, view = await view_of(place, award, what)
        body = submitted.body(needed=_NEEDS, days={"date"})

        async def record() -> None:
            if "awards" not in body.value:
                detail = "Chưa đánh dấu đơn vị, cá nhân nào."
                raise Refusal(422, "none_named", detail, problems=[{"pointer": "/awards", "detail": detail}])
            given: JsonObject = {**body.value, "recorded_afterwards": "recorded_afterwards" in body.value}
            if view.revoking:
                await acts.revoke_awards(place.province, view.movement, _REVOKING.parse(given), reader.person.name)
            else:
                await acts.give_awards(place.province, view.movement, _AWARDING.parse(given), reader.person.name)

        async def again(form: FormState) -> HTMLResponse:
            return await page(reader, place, award, what, form)

        return await post(reader, submitted, record, again, view.action, body)

    return router
