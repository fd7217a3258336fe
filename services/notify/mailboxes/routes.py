"""The mailbox book over HTTP: read it, replace it from JSON or Excel, see which addresses bounce."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import Field

from services.notify.mailboxes.book import Mailbox, MailboxBook
from services.notify.mailboxes.bounces import Flagged
from services.notify.mailboxes.handlers import Mailboxes
from services.notify.mailboxes.reading import COLUMNS, ReadBook, RowProblem, read_rows, row_of
from services.notify.mailboxes.sheet import BookSheet, read_sheet, write_sheet
from shared.contracts.model import Code, StrictModel, TolerantModel, local
from shared.contracts.units import UnitRegister
from shared.runtime.clock import Clock
from shared.runtime.http.bodies import bytes_of
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.forms import Form
from shared.runtime.http.openapi import json_body
from shared.runtime.http.problems import OpenApiObject, Refusal, problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.http.workbooks import WORKBOOK_CONTENT, Workbook
from shared.runtime.mongo import VersionConflict
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook
from shared.tables.workbooks.media_types import WORKBOOK_TYPES
from shared.wording.unit_names import full_name

_MOST_ENTRIES: Final = 5000
_MOST_NAMED: Final = 50
_MOST_IN_A_SENTENCE: Final = 5

_Cell = Annotated[str, Field(max_length=400)] | None


class MailboxGiven(StrictModel):
    """An entry as it is sent: texts as a table has them, days as 30/11/2023 or 2023-11-30."""

    unit: _Cell = None
    name: _Cell = None
    role: _Cell = None
    address: _Cell = None
    first: _Cell = None
    last: _Cell = None
    deputy: _Cell = None
    deputy_first: _Cell = None
    deputy_last: _Cell = None


class BookGiven(StrictModel):
    """All entries of the new book; the entries of the old one that are not among them are removed."""

    mailboxes: Annotated[tuple[MailboxGiven, ...], Field(max_length=_MOST_ENTRIES)]


class MailboxShown(Mailbox):
    """An entry with the name of its unit."""

    name: str


class BookShown(TolerantModel):
    """A province's book; ``mailboxes`` may be changed and sent back as ``BookGiven``."""

    province: Code
    version: int
    mailboxes: tuple[MailboxShown, ...]


class BookSummary(TolerantModel):
    """A book in the list of books: its province, its version, the number of its entries."""

    province: Code
    version: int
    entries: int


class CellProblemOfBook(TolerantModel):
    """A cell of a refused book: its row from 1 (in Excel the sheet's), its column's key, its address in Excel."""

    row: int
    column: str
    cell: str | None
    value: str
    detail: str


_GIVEN = Form[BookGiven](BookGiven, "Sổ hộp thư", limit=MAX_BODY_BYTES)


def _body() -> OpenApiObject:
    extra = json_body(BookGiven)
    extra["requestBody"]["content"] |= WORKBOOK_CONTENT
    return extra


def mailbox_routes(mailboxes: Mailboxes, access: Access, clock: Clock) -> APIRouter:
    """The routes of the mailbox book; all are the standing office's."""
    router = service_router(
        prefix="/v1/mailboxes", dependencies=[Depends(access.caller)], responses=problem_answers(401, 403)
    )

    async def register_of(province: str) -> UnitRegister:
        """The register of a province. Raises ``Refusal`` with 404 if there is none."""
        register = await mailboxes.register(province)
        if register is None:
            raise Refusal(404, "no_units", f"Chưa có danh mục đơn vị của tỉnh “{province[:80]}”.")
        return register

    @router.get("")
    async def books() -> list[BookSummary]:
        """The books of all provinces that have plans."""
        read = [await mailboxes.book(province) for province in mailboxes.provinces()]
        return [BookSummary(province=b.province, version=b.version, entries=len(b.mailboxes)) for b in read]

    @router.get("/{province}", responses=problem_answers(404))
    async def book(province: str, response: Response) -> BookShown:
        """A province's book; its version is also the ETag."""
        register = await register_of(province)
        return _shown(await mailboxes.book(province), register, response)

    @router.get("/{province}/form.xlsx", response_class=Workbook, responses=problem_answers(404))
    async def form(province: str) -> Workbook:
        """A province's book as an Excel file to fill in, with a row for every unit that has no mailbox yet."""
        register, today = await register_of(province), local(clock.now()).date()
        content = await asyncio.to_thread(write_sheet, await mailboxes.book(province), register, today)
        return Workbook(content, headers={"Content-Disposition": f'attachment; filename="hop-thu-{province}.xlsx"'})

    @router.put("/{province}", responses=problem_answers(400, 404, 412, 413, 415, 422, 428), openapi_extra=_body())
    async def replace(
        province: str,
        request: Request,
        response: Response,
        by: str = Depends(access.by),
        if_match: Annotated[str | None, Header()] = None,
    ) -> BookShown:
        """Replace all entries, or none if a cell is wrong. ``If-Match`` names the version that was changed.

        An Excel file made by ``form.xlsx`` names it itself.
        """
        register = await register_of(province)
        read, version, cell = await _read(request, province, register)
        if read.problems:
            raise _refused(read.problems, cell)
        current = await mailboxes.book(province)
        _require_current(current, if_match.strip('W/" ') if if_match is not None else version)
        try:
            return _shown(await mailboxes.replace(current, read.mailboxes, by), register, response)
        except VersionConflict:
            raise _changed_meanwhile() from None

    @router.get("/{province}/flagged", responses=problem_answers(404))
    async def flagged(province: str) -> list[Flagged]:
        """The addresses of a province to which two mails in a row could not be delivered."""
        await register_of(province)
        return await mailboxes.flagged(province)

    return router


_CellName = Callable[[RowProblem], str | None]


async def _read(request: Request, province: str, register: UnitRegister) -> tuple[ReadBook, str | None, _CellName]:
    """The book in a request, the version it names itself, and how its cells are named. Raises ``Refusal``."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in WORKBOOK_TYPES:
        given = await _GIVEN.body(request)
        rows = [row_of(line, entry.model_dump()) for line, entry in enumerate(given.mailboxes, start=1)]
        return await asyncio.to_thread(read_rows, rows, register), None, lambda problem: None
    content = await bytes_of(request, MAX_BODY_BYTES, WORKBOOK_TYPES, _too_large)
    try:
        sheet, read = await asyncio.to_thread(_read_workbook, content, province, register)
    except InvalidWorkbook as error:
        raise Refusal(error.status, error.code, error.detail, cells=[{"cell": cell} for cell in error.cells]) from None
    version = None if sheet.version is None else str(sheet.version)
    return read, version, lambda problem: sheet.cell(problem.line, problem.column)


def _read_workbook(content: bytes, province: str, register: UnitRegister) -> tuple[BookSheet, ReadBook]:
    sheet = read_sheet(content, province)
    return sheet, read_rows(sheet.rows, register)


def _refused(problems: Sequence[RowProblem], cell_name: _CellName) -> Refusal:
    cells = [
        CellProblemOfBook(row=p.line, column=p.column, cell=cell_name(p), value=p.value, detail=p.detail)
        for p in problems[:_MOST_NAMED]
    ]
    named = "; ".join(
        f"{f'ô {c.cell}' if c.cell else f'dòng {c.row}'}, cột “{COLUMNS[c.column]}”: {c.detail}"
        for c in cells[:_MOST_IN_A_SENTENCE]
    )
    more = f"; và {len(problems) - _MOST_IN_A_SENTENCE} ô khác" if len(problems) > _MOST_IN_A_SENTENCE else ""
    detail = f"Sổ hộp thư có {len(problems)} ô chưa đúng, chưa ghi gì: {named}{more}."
    return Refusal(422, "invalid", detail, cells=[cell.model_dump() for cell in cells])


def _require_current(book: MailboxBook, version: str | None) -> None:
    """Refuse a change of another version than the current one. Raises ``Refusal`` with 412, or 428 without one."""
    if version is None:
        detail = "Thiếu số lần sửa của sổ (If-Match); hãy xem sổ, rồi gửi lại với số đó."
        raise Refusal(428, "version_needed", detail, version=book.version)
    if version != str(book.version):
        raise _changed_meanwhile()


def _changed_meanwhile() -> Refusal:
    detail = "Sổ hộp thư đã được sửa từ khi tệp này được xuất; hãy xuất lại sổ, ghi lại các chỗ sửa rồi gửi."
    return Refusal(412, "changed_meanwhile", detail)


def _shown(book: MailboxBook, register: UnitRegister, response: Response) -> BookShown:
    """The book as it is answered; its version is the ETag of the answer."""
    response.headers["ETag"] = f'"{book.version}"'
    entries = [
        MailboxShown.model_validate({**entry.model_dump(), "name": full_name(register, entry.unit)})
        for entry in book.mailboxes
    ]
    return BookShown(province=book.province, version=book.version, mailboxes=tuple(entries))


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"Tệp Excel lớn hơn {MAX_BODY_BYTES // 1024 // 1024} MiB.")
