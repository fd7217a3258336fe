"""The routes of *Ý kiến cơ quan khác*: the list, a new letter, an agency's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from services.council.acts import CouncilActs
from services.council.desk.addresses import ASK, OPINIONS, with_query
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.choosing import movement_id_of, movement_key_of, plan_chosen
from services.council.desk.needs import page_of
from services.council.desk.reading import DeskReader
from services.council.desk.room import Room, no_plan
from services.council.desk.stream_routes import Mark
from services.council.desk.watching import CHANGES
from services.council.desk_store import Part
from services.council.work.asking import (
    ItemAsked,
    OpinionsView,
    answer_view,
    ask_view,
    item_asked,
    opinions_address,
    opinions_view,
)
from services.council.work.places import ABOVE, LIST
from services.council.work.posting import PACKAGE, post
from services.council.work.session_pages import SESSION_ONLY
from shared.contracts.opinions import OpinionAnswered, OpinionAsked
from shared.contracts.plan import Plan
from shared.runtime.http.form_bodies import submitted_form
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.changes import Watched, mark_of
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FRESH, FormState, Submitted
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import add_page_route, service_router
from shared.runtime.http.sign_in.reader import watcher_of

_TITLE: Final = "Ý kiến cơ quan khác"
_Session = Annotated[str, Query(alias="phien")]
"""The id of the session from which the reader comes, or empty."""
_ASKED = Form[OpinionAsked](OpinionAsked, "Công văn xin ý kiến")
_ANSWERED = Form[OpinionAnswered](OpinionAnswered, "Ý kiến trả lời")
_PARTS: Final[tuple[Part, ...]] = ("sessions", "heard")
_ONE: Final = f"{OPINIONS}/{{province}}/{{movement}}/{{opinion}}"


RevisionOf = Callable[[Plan], Awaitable[int]]
"""Reads the revision of the opinions that were asked in a plan's movement, 0 before the first."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a new letter is about, as the address names it: a movement, or an item of a session's agenda."""

    movement: str
    session: str
    item: str

    @property
    def query(self) -> str:
        return with_query("", phong_trao=self.movement, phien=self.session, noi_dung=self.item).removeprefix("?")


_Movement = Annotated[str, Query(alias="phong-trao")]
_Item = Annotated[str, Query(alias="noi-dung")]


async def _about(movement: _Movement = "", session: _Session = "", item: _Item = "") -> _About:
    return _About(movement, session, item)


def asking_routes(room: Room, desk: DeskReader, acts: CouncilActs, reading: ReaderOf) -> APIRouter:
    """The pages about opinions, and their forms."""
    router = service_router(include_in_schema=False, default_response_class=HTMLResponse)

    def watched(province: str) -> Watched:
        keys = (movement_key_of(plan) for plan in room.references.newest_plans() if plan.province == province)
        return {"opinions": [key for key in keys if not key.endswith("/")]}

    async def above(session: str) -> tuple[Place, ...]:
        """What stands above the list. Raises ``Refusal`` with 404 for a session that does not exist."""
        if not session:
            return ABOVE
        stored, name = await desk.session(session, "opinions", lambda data: data.stored.agenda.name, SESSION_ONLY)
        return (*ABOVE, Place(name, page_of(stored)))

    async def above_forms(session: str) -> tuple[Place, ...]:
        return (*await above(session), Place(_TITLE, opinions_address(session)))

    async def show_opinions(request: Request, session: _Session = "") -> HTMLResponse:
        reader, province = await reading(request), desk.province(None)
        records, subjects, revisions = await desk.opinions(province)

        def made() -> tuple[OpinionsView, str]:
            mark = mark_of(revisions, watched(province))
            return opinions_view(records, subjects), with_query(f"{OPINIONS}/{CHANGES}", tu=mark)

        view, stream = room.views.view(("opinions", province), [records, subjects, revisions], made)
        shown, places = replace(view, query=with_query("", phien=session)), await above(session)
        return reader.answer("opinions.html", shown, _TITLE, LIST, desk.now, places, package=PACKAGE, stream=stream)

    add_page_route(router, OPINIONS, show_opinions, reading)

    @router.get(f"{OPINIONS}/{CHANGES}")
    async def stream_opinions(request: Request, mark: Mark, reader: Reader = Depends(reading)) -> StreamingResponse:
        return room.changes.stream(watcher_of(request, reader.person), watched(desk.province(None)), mark)

    async def plan_and_item(about: _About) -> tuple[Plan, list[Plan], ItemAsked | None]:
        """The plan that a letter is about, all to choose from, and the item: one object until one of them changes."""
        data = (await desk.session(about.session, "asking", lambda data: data, _PARTS))[1] if about.session else None

        def made() -> tuple[Plan, list[Plan], ItemAsked | None]:
            plans = [plan for plan in newest if plan.movement and (plan.awards or plan.nominated)]
            item = item_asked(data, about.item) if data else None
            wanted = f"{about.session.partition('/')[0]}/{item.movement}" if item else about.movement
            if (plan := plan_chosen(plans, wanted)) is None:
                raise no_plan()
            return plan, plans, item

        newest = room.references.newest_plans()
        return room.views.view(("asked about", about), [data, newest], made)

    async def as_shown(plan: Plan) -> int:
        """The revision of a movement's opinions for a page that is opened."""
        documents = await room.store.desk.documents(plan.province, [movement_id_of(plan)], ("opinions",))
        return next((revision for _, _, revision in documents.revisions), 0)

    async def as_stored(plan: Plan) -> int:
        """The same for a form that was sent, also if another process has just written."""
        return (await room.store.stored_opinions(plan.province, movement_id_of(plan))).revision

    def asking(plan: Plan) -> frozenset[str]:
        """The standing offices that ask in a province."""
        of_province = (one for one in room.references.newest_plans() if one.province == plan.province)
        return frozenset(one.office.unit for one in of_province if one.office)

    async def ask_page(reader: Reader, about: _About, revision_of: RevisionOf, form: FormState = FRESH) -> HTMLResponse:
        choice = await plan_and_item(about)
        plan, plans, item = choice
        register, revision = acts.plan_and_units(plan.province, movement_id_of(plan))[1], await revision_of(plan)
        view = room.views.view(
            ("asking", about, revision),
            [choice, register],
            lambda: ask_view(
                plan, plans, register, revision, item, about.query, opinions_address(about.session), asking(plan)
            ),
        )
        title, places = "Ghi công văn xin ý kiến", await above_forms(about.session)
        return reader.answer("asking.html", view, title, LIST, None, places, form=form, package=PACKAGE)

    async def show_request(
        request: Request, movement: _Movement = "", session: _Session = "", item: _Item = ""
    ) -> HTMLResponse:
        return await ask_page(await reading(request), _About(movement, session, item), as_shown)

    add_page_route(router, ASK, show_request, reading)

    @router.post(ASK)
    async def ask(
        reader: Reader = Depends(reading),
        about: _About = Depends(_about),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        plan, _, _ = await plan_and_item(about)
        body = submitted.body(days=("date", "answer_by"))

        async def record() -> None:
            given, movement = _ASKED.parse(body.value), movement_id_of(plan)
            await acts.ask_opinions(plan.province, movement, given, reader.person.name, submitted.version)

        async def again(form: FormState) -> HTMLResponse:
            return await ask_page(reader, about, as_stored, form)

        return await post(reader, submitted, record, again, opinions_address(about.session), body)

    async def answer_page(
        reader: Reader, province: str, movement: str, opinion: str, session: str, form: FormState = FRESH
    ) -> HTMLResponse:
        plan, _ = acts.plan_and_units(province, movement)
        records, subjects, _ = await desk.opinions(province)
        current = next((entry for entry, _ in records.opinions.get(movement, ()) if entry.id == opinion), None)
        if current is None:
            raise Refusal(404, "no_opinion", "Không có công văn xin ý kiến này.")
        view = room.views.view(
            ("answering", movement, opinion, session),
            [current, plan, subjects],
            lambda: answer_view(current, plan, subjects, session),
        )
        title, places = "Ghi trả lời của cơ quan", await above_forms(session)
        return reader.answer("answering.html", view, title, LIST, current.at, places, form=form, package=PACKAGE)

    async def show_answer(
        request: Request, province: str, movement: str, opinion: str, session: _Session = ""
    ) -> HTMLResponse:
        return await answer_page(await reading(request), province, movement, opinion, session)

    add_page_route(router, _ONE, show_answer, reading)

    @router.post(_ONE)
    async def answer(
        province: str,
        movement: str,
        opinion: str,
        session: _Session = "",
        reader: Reader = Depends(reading),
        submitted: Submitted = Depends(submitted_form),
    ) -> Response:
        body = submitted.body(days=("date",))

        async def record() -> None:
            given = _ANSWERED.parse(body.value)
            await acts.answer_opinion(province, movement, opinion, given, reader.person.name, submitted.version)

        async def again(form: FormState) -> HTMLResponse:
            return await answer_page(reader, province, movement, opinion, session, form)

        return await post(reader, submitted, record, again, opinions_address(session), body)

    return router
