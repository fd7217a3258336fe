"""The routes of a paper's page with its forms, and of the files that take long to make."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from services.council.access import may_use
from services.council.desk.addresses import PAPERS
from services.council.desk.answering import Reader, ReaderOf
from services.council.desk.papers import LONG_FILES
from services.council.desk.reading import DeskReader
from services.council.desk.views import Views
from services.council.documents.kinds import KINDS
from services.council.documents.making import NoPaper, Wanted, takes_long, wanted_file
from services.council.paper_acts import PaperActs, record_shown, text_hash
from services.council.paper_facts import no_session, papers_of_province
from services.council.paper_handlers import Listed, Listing, SessionPapers, key_of
from services.council.paper_life.state import PaperRecord
from services.council.paper_life_routes import NUMBER_FORM
from services.council.session_handlers import SessionPlace
from services.council.session_routes import find_session
from services.council.state import StoredSession
from services.council.store import CouncilStore
from services.council.work.long_file import long_file_view
from services.council.work.paper import PaperView, paper_view
from services.council.work.places import session_place
from services.council.work.posting import PACKAGE, post
from shared.contracts.people import Role
from shared.runtime.http.form_bodies import submitted_file, submitted_form
from shared.runtime.http.pages.frame import Place
from shared.runtime.http.pages.submitted import FRESH, Body, FormState, Submitted, refused
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import add_page_route, service_router

_SESSION: Final = f"{PAPERS}/{{province}}/{{plan}}/{{session}}"
_PAPER: Final = f"{_SESSION}/{{paper}}"
_FILE: Final = f"{_SESSION}/tep/{{file}}"
_UPLOAD_ROUTE: Final = ("POST", f"{_PAPER}/ban-ky")
_PART_BYTES: Final = 256 * 1024
_AGAIN_SECONDS: Final = "2"


def paper_page_routes(
    store: CouncilStore, desk: DeskReader, papers: SessionPapers, acts: PaperActs, reading: ReaderOf
) -> APIRouter:
    """The page of a paper with its forms, and the page of a file that takes long."""
    router, views = service_router(include_in_schema=False, default_response_class=HTMLResponse), Views()

    def view_of(session: StoredSession, record: PaperRecord, listed: Listed, role: Role) -> _Shown:
        view = paper_view(
            record,
            session,
            role,
            text=text_hash(listed, record.paper),
            symbol=papers_of_province(session.id.partition("/")[0]).kinds[record.kind].symbol,
            scan_bytes=acts.scan_bytes,
            may_act=may_use(role, *_UPLOAD_ROUTE),
        )
        updated_at = record.steps[-1].at if record.steps else session.changed_at
        return _Shown(view, f"{record.name}, {session.agenda.name}", updated_at)

    def answer(reader: Reader, place: SessionPlace, shown: _Shown, form: FormState = FRESH) -> HTMLResponse:
        above = (Place("Văn bản, tài liệu", _papers_of(place)),)
        return reader.answer("paper.html", shown.view, shown.title, PAPERS, shown.updated_at, above, "", form, PACKAGE)

    async def page(reader: Reader, place: SessionPlace, paper: str, form: FormState) -> HTMLResponse:
        """The page for a form that was sent: as the database is."""
        record, session = await acts.record(place, paper, reader.person), await find_session(store, place)
        listed = await papers.listed(place, reader.person.role)
        return answer(reader, place, view_of(session, record, listed, reader.person.role), form)

    async def show_paper(request: Request, paper: str) -> HTMLResponse:
        reader, place = await reading(request), await session_place(request)
        documents, _ = await desk.sessions_and_papers()
        role = reader.person.role
        if (session := documents.sessions.get(place.key)) is None:
            raise Refusal(404, "no_session", "Không có phiên họp này.")
        listing = await papers.listing(place, role)

        def made() -> _Shown:
            recorded = next((r for r in documents.papers if (r.session, r.paper) == (place.key, paper)), None)
            record = record_shown(session, recorded, listing.papers, paper, role)
            return view_of(session, record, listing.papers, role)

        return answer(reader, place, views.view((place.key, paper, role), [documents, listing], made))

    add_page_route(router, _PAPER, show_paper, reading)

    def form_route(path: str, do: Callable[[SessionPlace, str, Reader, Submitted, Body], Awaitable[object]]) -> None:
        """A form of the page whose fields are those of a body."""

        async def route(
            paper: str,
            reader: Reader = Depends(reading),
            place: SessionPlace = Depends(session_place),
            submitted: Submitted = Depends(submitted_form),
        ) -> Response:
            body = submitted.body(days=("day",))
            return await post(
                reader,
                submitted,
                lambda: do(place, paper, reader, submitted, body),
                lambda form: page(reader, place, paper, form),
                _page_of(place, paper),
                body,
            )

        router.add_api_route(f"{_PAPER}/{path}", route, methods=["POST"], name=path)

    async def make(place: SessionPlace, paper: str, reader: Reader, submitted: Submitted, _: Body) -> object:
        return await acts.make(place, paper, submitted.text("reason"), reader.person, submitted.version)

    async def number(place: SessionPlace, paper: str, reader: Reader, submitted: Submitted, body: Body) -> object:
        given = NUMBER_FORM.parse(body.value)
        return await acts.give_number(place, paper, given.number, given.day, reader.person, submitted.version)

    async def withdraw(place: SessionPlace, paper: str, reader: Reader, submitted: Submitted, _: Body) -> object:
        if not (reason := submitted.text("reason")):
            problems = [{"pointer": "/reason", "code": "reason_needed", "detail": "Cần ghi lý do thu hồi."}]
            raise Refusal(422, "reason_needed", "Cần ghi lý do thu hồi.", problems=problems)
        return await acts.withdraw(place, paper, reason, reader.person, submitted.version)

    form_route("lap", make)
    form_route("so", number)
    form_route("thu-hoi", withdraw)

    @router.post(f"{_PAPER}/ban-ky")
    async def upload(
        request: Request,
        paper: str,
        reader: Reader = Depends(reading),
        place: SessionPlace = Depends(session_place),
    ) -> Response:
        submitted, file = await submitted_file(request, "scan")
        try:
            if file is None:
                problems = [{"pointer": "/scan", "code": "not_pdf", "detail": "Chưa chọn tệp."}]
                raise Refusal(422, "not_pdf", "Chưa chọn tệp để tải lên.", problems=problems)
            await acts.upload(place, paper, _parts(file), reader.person, submitted.version)
        except Refusal as refusal:
            if refusal.status not in (409, 413, 422):
                raise
            return await page(reader, place, paper, refused(submitted, refusal))
        return RedirectResponse(f"{reader.frame.prefix}{_page_of(place, paper)}", status_code=303)

    async def show_long_file(request: Request, file: str) -> HTMLResponse:
        reader, place = await reading(request), await session_place(request)
        documents, _ = await desk.sessions_and_papers()
        if (session := documents.sessions.get(place.key)) is None:
            raise no_session()
        listing, role = await papers.listing(place, reader.person.role), reader.person.role

        def named() -> tuple[Wanted, str]:
            wanted = _long_file(file, listing, role)
            records = [record for record in documents.papers if record.session == place.key]
            return wanted, key_of(wanted, listing, session, records)

        wanted, key = views.view((place.key, file, role), [documents, listing], named)
        work = (await papers.shown([key])).get(key)
        usual = await papers.usual_seconds(wanted) if work and work.state(time.time()) == "running" else None
        address = f"{PAPERS}/{_path(place)}/tep/{quote(file)}"
        download = f"/v1/sessions/{_path(place)}/papers/{quote(file)}"
        view = long_file_view(address, _papers_of(place), session.agenda.name, download, work, time.time(), usual)
        kinds = {f"{kind}.pdf": name for kind, (name, _) in KINDS.items()}
        title = f"{LONG_FILES.get(file) or kinds.get(file, file)}, {session.agenda.name}"
        above = (Place("Văn bản, tài liệu", _papers_of(place)),)
        answer = reader.answer("long_file.html", view, title, PAPERS, session.changed_at, above, package=PACKAGE)
        if view.running:
            answer.headers["Refresh"] = _AGAIN_SECONDS
        return answer

    add_page_route(router, _FILE, show_long_file, reading)

    @router.post(_FILE)
    async def make_long_file(
        request: Request, file: str, reader: Reader = Depends(reading), place: SessionPlace = Depends(session_place)
    ) -> RedirectResponse:
        wanted = _long_file(file, await papers.listing(place, reader.person.role), reader.person.role)
        await papers.ask(place, wanted, reader.person, request.headers)
        address = f"{reader.frame.prefix}{PAPERS}/{_path(place)}/tep/{quote(file)}"
        return RedirectResponse(address, status_code=303)

    return router


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows, its title, and how fresh it is."""

    view: PaperView
    title: str
    updated_at: datetime


def _long_file(file: str, listing: Listing, role: Role) -> Wanted:
    """The file that a name means to a reader. Raises ``Refusal`` with 404 unless it takes long to make."""
    try:
        wanted = wanted_file(file, role)
    except NoPaper as error:
        raise Refusal(404, "no_paper", str(error)) from None
    if not takes_long(wanted, listing.papers):
        raise Refusal(404, "no_paper", "Không có tệp này, hoặc tệp tải về được ngay.")
    return wanted


async def _parts(file: UploadFile) -> AsyncIterator[bytes]:
    """The parts of a file that the framework keeps on disk."""
    while part := await file.read(_PART_BYTES):
        yield part


def _path(place: SessionPlace) -> str:
    return "/".join(quote(part, safe="") for part in (place.province, place.plan, place.session))


def _papers_of(place: SessionPlace) -> str:
    return f"{PAPERS}?phien={quote(place.key, safe='')}"


def _page_of(place: SessionPlace, paper: str) -> str:
    return f"{PAPERS}/{_path(place)}/{quote(paper)}"
