"""council's HTTP routes about papers: what there is for the caller, each file, and the tables as exports."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.council.documents.exports import TABLES, csv_file, xlsx
from services.council.documents.making import Format, NoPaper, Wanted, wanted_file
from services.council.long_files.state import Work, WorkState
from services.council.paper_handlers import SessionPapers
from services.council.session_handlers import SessionPlace
from shared.contracts.people import Person, Role
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access
from shared.tables.workbooks.media_types import XLSX

_SESSION = "/v1/sessions/{province}/{plan}/{session}"
_MEDIA_TYPES: dict[Format, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}


class MakingFile(BaseModel):
    """How far the making of a file is: ``done`` of ``whole`` parts. ``problem`` says why it failed.

    ``interrupted``: the service was restarted meanwhile; ask again. ``expired``: it has persons' names and was kept for
    an hour; ask again.
    """

    file: str
    state: WorkState
    done: int
    whole: int
    doing: str
    problem: str


class PaperEntry(BaseModel):
    """One paper: its name, and its file without the ending."""

    name: str
    file: str


class PapersOfKind(BaseModel):
    """The papers of one kind. ``file`` with the ending ``.pdf`` has all of them."""

    name: str
    file: str
    papers: list[PaperEntry]


def paper_routes(papers: SessionPapers, access: Access) -> APIRouter:
    """The routes about papers."""
    router = service_router(dependencies=[Depends(access.caller)])

    async def place(province: str, plan: str, session: str) -> SessionPlace:
        return SessionPlace(province, plan, session)

    @router.get(f"{_SESSION}/papers", responses=problem_answers(401, 403, 404))
    async def list_papers(
        where: SessionPlace = Depends(place), caller: Person = Depends(access.caller)
    ) -> list[PapersOfKind]:
        return [
            PapersOfKind(name=name, file=kind, papers=[PaperEntry(name=p.name, file=p.key) for p in made])
            for kind, name, made in await papers.listed(where, caller.role)
        ]

    @router.get(
        f"{_SESSION}/papers/{{file}}", responses=problem_answers(401, 403, 404, 409, 503), response_class=Response
    )
    async def paper(
        request: Request, file: str, where: SessionPlace = Depends(place), caller: Person = Depends(access.caller)
    ) -> Response:
        wanted = _wanted(file, caller.role)
        if await papers.takes_long(where, wanted):
            parts = await papers.long_file(where, wanted, caller, request.headers)
            return StreamingResponse(parts, media_type=_MEDIA_TYPES[wanted.format], headers=_headers(file))
        return _download(await papers.file(where, wanted, request.headers), file, _MEDIA_TYPES[wanted.format])

    async def long_file(
        file: str, where: SessionPlace = Depends(place), caller: Person = Depends(access.caller)
    ) -> Wanted:
        wanted = _wanted(file, caller.role)
        if not await papers.takes_long(where, wanted):
            raise Refusal(409, "made_at_once", "Tệp này tải về được ngay, không phải lập trước.")
        return wanted

    @router.post(f"{_SESSION}/papers/{{file}}/making", status_code=202, responses=problem_answers(401, 403, 404, 409))
    async def make(
        request: Request,
        where: SessionPlace = Depends(place),
        caller: Person = Depends(access.caller),
        wanted: Wanted = Depends(long_file),
    ) -> MakingFile:
        return _making(await papers.ask(where, wanted, caller, request.headers))

    @router.get(f"{_SESSION}/papers/{{file}}/making", responses=problem_answers(401, 403, 404, 409))
    async def making(where: SessionPlace = Depends(place), wanted: Wanted = Depends(long_file)) -> MakingFile:
        if (work := await papers.progress(where, wanted)) is None:
            raise Refusal(404, "no_making", "Tệp này chưa được lập từ phiên họp như hiện nay.")
        return _making(work)

    @router.get(f"{_SESSION}/tables/{{file}}", responses=problem_answers(401, 403, 404), response_class=Response)
    async def table(file: str, where: SessionPlace = Depends(place)) -> Response:
        name, _, ending = file.rpartition(".")
        if name not in TABLES or ending not in ("xlsx", "csv"):
            raise Refusal(404, "no_table", f"Các bảng: {', '.join(TABLES)}; mỗi bảng ở dạng xlsx hoặc csv.")
        write, media_type = (xlsx, XLSX) if ending == "xlsx" else (csv_file, "text/csv; charset=utf-8")
        facts = await papers.facts(where)
        return _download(await asyncio.to_thread(lambda: write(TABLES[name](facts))), file, media_type)

    return router


def _wanted(file: str, role: Role) -> Wanted:
    """The file of an address, for a reader's role. Raises ``Refusal`` with 404."""
    try:
        return wanted_file(file, role)
    except NoPaper as error:
        raise Refusal(404, "no_paper", str(error)) from None


def _making(work: Work) -> MakingFile:
    return MakingFile(
        file=work.file,
        state=work.state(time.time()),
        done=work.done,
        whole=work.whole,
        doing=work.doing,
        problem=work.problem,
    )


def _download(content: bytes, file: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers=_headers(file))


def _headers(file: str) -> dict[str, str]:
    """The browser saves the file, and nobody in between keeps it."""
    return {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "private, no-store"}
