"""council's HTTP routes about the life of a paper: made, scanned, numbered, withdrawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from re import Pattern
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from services.council.paper_acts import PaperActs, ScanFile
from services.council.paper_life.state import PaperRecord, State
from services.council.session_handlers import SessionPlace
from services.council.session_routes import expected_version
from shared.contracts.model import Day, StrictModel, Text
from shared.contracts.people import Person
from shared.runtime.http.bodies import parts_of
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import OpenApiObject, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access

_PAPER: Final = "/v1/sessions/{province}/{plan}/{session}/papers/{paper}"
_REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 413, 415)
PDF: Final = "application/pdf"
_PDF_BODY: Final[OpenApiObject] = {
    "requestBody": {"required": True, "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}
_AROUND_A_FILE: Final = 64 * 1024
"""What a form has beside its file, in bytes."""


class MadePaper(StrictModel):
    """A paper is made to be signed. ``reason``: why a paper in force is replaced."""

    reason: Text | None = None


class WithdrawnScan(StrictModel):
    """A scan was uploaded by mistake."""

    reason: Text


class PaperNumber(StrictModel):
    """The number and the local day that the signed paper bears; "12" is completed with the symbol of the kind."""

    number: Annotated[str, Field(min_length=1, max_length=126)]
    day: Day


class Edition(BaseModel):
    """One edition of a paper. ``pages`` and ``scanned_at`` are those of the scan that stands."""

    edition: int
    state: State
    made_by: str | None = None
    made_at: AwareDatetime | None = None
    snapshot: str | None = None
    pages: int | None = None
    scanned_by: str | None = None
    scanned_at: AwareDatetime | None = None
    number: str | None = None
    day: date | None = None


class PaperLife(BaseModel):
    """Where a paper stands, and all its editions, the latest last."""

    paper: str
    name: str
    state: State
    editions: list[Edition]


@dataclass(frozen=True, slots=True)
class PaperStep:
    """A step of a paper's life that somebody asks for; ``expected`` is the version that they have seen."""

    place: SessionPlace
    paper: str
    by: Person
    expected: int | None


_MADE = Form[MadePaper](MadePaper, "Lập văn bản")
_WITHDRAWN = Form[WithdrawnScan](WithdrawnScan, "Thu hồi bản ký")
NUMBER_FORM: Final = Form[PaperNumber](PaperNumber, "Số và ngày văn bản")


def upload_paths(scan_bytes: int) -> dict[Pattern[str], int]:
    """The paths that take a scan, with the number of bytes that a request there may have."""
    segment = "[^/]+"
    as_json = re.compile(_PAPER.format(**dict.fromkeys(("province", "plan", "session", "paper"), segment)) + "/scan")
    as_form = re.compile(f"/van-ban/{segment}/{segment}/{segment}/{segment}/ban-ky")
    return dict.fromkeys((as_json, as_form), scan_bytes + _AROUND_A_FILE)


def paper_life_routes(acts: PaperActs, access: Access) -> APIRouter:
    """The routes. Each answer has the number of steps taken so far as its ETag; ``If-Match`` as for sessions."""
    router = service_router(dependencies=[Depends(access.caller)])

    async def place(province: str, plan: str, session: str) -> SessionPlace:
        return SessionPlace(province, plan, session)

    async def step_asked(
        paper: str,
        where: SessionPlace = Depends(place),
        caller: Person = Depends(access.caller),
        expected: int | None = Depends(expected_version),
    ) -> PaperStep:
        return PaperStep(where, paper, caller, expected)

    @router.get(f"{_PAPER}/life", responses=problem_answers(401, 403, 404, 409))
    async def life(
        paper: str,
        response: Response,
        where: SessionPlace = Depends(place),
        caller: Person = Depends(access.caller),
    ) -> PaperLife:
        return _answer(await acts.record(where, paper, caller), response)

    @router.post(f"{_PAPER}/make", openapi_extra=_MADE.openapi, responses=_REFUSALS)
    async def make(
        response: Response,
        step: PaperStep = Depends(step_asked),
        given: MadePaper = Depends(_MADE.body),
    ) -> PaperLife:
        return _answer(await acts.make(step.place, step.paper, given.reason or "", step.by, step.expected), response)

    @router.put(f"{_PAPER}/scan", openapi_extra=_PDF_BODY, responses=_REFUSALS)
    async def upload(
        request: Request,
        response: Response,
        step: PaperStep = Depends(step_asked),
    ) -> PaperLife:
        return _answer(
            await acts.upload(step.place, step.paper, parts_of(request, (PDF,)), step.by, step.expected), response
        )

    @router.get(f"{_PAPER}/scan", responses=problem_answers(401, 403, 404), response_class=Response)
    async def scan(
        paper: str,
        where: SessionPlace = Depends(place),
        caller: Person = Depends(access.caller),
        edition: Annotated[int | None, Query(ge=1)] = None,
    ) -> StreamingResponse:
        return scan_answer(await acts.scan(where, paper, edition, caller))

    @router.post(f"{_PAPER}/scan/withdraw", openapi_extra=_WITHDRAWN.openapi, responses=_REFUSALS)
    async def withdraw(
        response: Response,
        step: PaperStep = Depends(step_asked),
        given: WithdrawnScan = Depends(_WITHDRAWN.body),
    ) -> PaperLife:
        return _answer(await acts.withdraw(step.place, step.paper, given.reason, step.by, step.expected), response)

    @router.put(f"{_PAPER}/number", openapi_extra=NUMBER_FORM.openapi, responses=_REFUSALS)
    async def number(
        response: Response,
        step: PaperStep = Depends(step_asked),
        given: PaperNumber = Depends(NUMBER_FORM.body),
    ) -> PaperLife:
        return _answer(
            await acts.give_number(step.place, step.paper, given.number, given.day, step.by, step.expected), response
        )

    return router


def scan_answer(scan: ScanFile) -> StreamingResponse:
    """The scan, which the browser saves and nobody in between keeps."""
    headers = {
        "Content-Disposition": f'attachment; filename="{scan.name}"',
        "Content-Length": str(scan.size),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(scan.parts, media_type=PDF, headers=headers)


def _answer(record: PaperRecord, response: Response) -> PaperLife:
    response.headers["ETag"] = f'"{len(record.steps)}"'
    editions = [
        Edition(
            edition=version.n,
            state=record.state_of(version),
            made_by=version.made.by if version.made else None,
            made_at=version.made.at if version.made else None,
            snapshot=version.made.snapshot if version.made else None,
            pages=version.scan.pages if version.scan else None,
            scanned_by=version.scan.by if version.scan else None,
            scanned_at=version.scan.at if version.scan else None,
            number=version.numbered.number if version.numbered else None,
            day=version.numbered.day if version.numbered else None,
        )
        for version in record.versions
    ]
    return PaperLife(paper=record.paper, name=record.name, state=record.state, editions=editions)
