"""council's HTTP routes about papers: what there is for the caller, each file, and the tables as exports."""

from __future__ import annotations

import asyncio
from typing import Protocol, get_args

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.council.documents.exports import TABLES, csv_file, xlsx
from services.council.documents.making import BUNDLE, Format, Wanted
from services.council.paper_handlers import SessionPapers
from services.council.session_handlers import SessionPlace
from shared.contracts.people import Role
from shared.runtime.http.problems import Refusal, problem_answers
from shared.runtime.http.sign_in.roles import Access
from shared.tables.workbooks.media_types import XLSX

_SESSION = "/v1/sessions/{province}/{plan}/{session}"
_MEDIA_TYPES: dict[Format, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}


class _Caller(Protocol):
    @property
    def role(self) -> Role: ...


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
    router = APIRouter(dependencies=[Depends(access.caller)])

    async def place(province: str, plan: str, session: str) -> SessionPlace:
        return SessionPlace(province, plan, session)

    @router.get(f"{_SESSION}/papers", responses=problem_answers(401, 403, 404))
    async def list_papers(
        where: SessionPlace = Depends(place), caller: _Caller = Depends(access.caller)
    ) -> list[PapersOfKind]:
        return [
            PapersOfKind(name=name, file=kind, papers=[PaperEntry(name=p.name, file=p.key) for p in made])
            for kind, name, made in await papers.listed(where, caller.role)
        ]

    @router.get(f"{_SESSION}/papers/{{file}}", responses=problem_answers(401, 403, 404, 409), response_class=Response)
    async def paper(
        file: str, where: SessionPlace = Depends(place), caller: _Caller = Depends(access.caller)
    ) -> Response:
        name, _, ending = file.rpartition(".")
        formats: dict[str, Format] = {form: form for form in get_args(Format)}
        if ending not in formats:
            raise Refusal(404, "no_paper", f"Văn bản tải về ở dạng {', '.join(formats)}, ví dụ {BUNDLE}.pdf.")
        content = await papers.file(where, Wanted(name, formats[ending], caller.role))
        return _download(content, file, _MEDIA_TYPES[formats[ending]])

    @router.get(f"{_SESSION}/tables/{{file}}", responses=problem_answers(401, 403, 404), response_class=Response)
    async def table(file: str, where: SessionPlace = Depends(place)) -> Response:
        name, _, ending = file.rpartition(".")
        if name not in TABLES or ending not in ("xlsx", "csv"):
            raise Refusal(404, "no_table", f"Các bảng: {', '.join(TABLES)}; mỗi bảng ở dạng xlsx hoặc csv.")
        write, media_type = (xlsx, XLSX) if ending == "xlsx" else (csv_file, "text/csv; charset=utf-8")
        facts = await papers.facts(where)
        return _download(await asyncio.to_thread(lambda: write(TABLES[name](facts))), file, media_type)

    return router


def _download(content: bytes, file: str, media_type: str) -> Response:
    """The file, which the browser saves and nobody in between keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
