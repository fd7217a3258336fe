"""Reads the rows of a mailbox book, wherever they were written, and names every cell that is wrong. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.notify.mailboxes.book import ADDRESS, Mailbox, MailboxRole
from shared.contracts.units import UnitRegister
from shared.tables.rows import Row, UnreadableRow, unreadable
from shared.wording.formats import ngay
from shared.wording.unit_names import full_name, short_name

COLUMNS: Final[Mapping[str, str]] = {
    "unit": "Mã đơn vị",
    "name": "Tên đơn vị",
    "role": "Vai trò",
    "address": "Địa chỉ",
    "first": "Từ ngày",
    "last": "Đến ngày",
    "deputy": "Địa chỉ người thay",
    "deputy_first": "Thay từ ngày",
    "deputy_last": "Thay đến ngày",
}
"""The columns of a book in order, and their headings. ``name`` helps readers; the code counts."""

NEEDED: Final = ("unit", "role", "address")
"""The columns without which a table is no book."""

_FILLED_IN: Final = ("address", "first", "last", "deputy", "deputy_first", "deputy_last")

ROLES: Final[Mapping[MailboxRole, str]] = {
    "agency": "Cơ quan",
    "head": "Người đứng đầu",
    "leader": "Lãnh đạo cơ quan Thường trực",
    "chair": "Chủ tịch Hội đồng",
    "member": "Ủy viên Hội đồng",
}
"""The roles in words."""

_ROLE_OF: Final[Mapping[str, MailboxRole]] = {
    **{role: role for role in ROLES},
    **{words.lower(): role for role, words in ROLES.items()},
}
_AN_ADDRESS: Final = "địa chỉ thư công vụ, ví dụ so-noi-vu@tinh.gov.vn"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a cell: the row's line, the column's key, what the cell holds, a Vietnamese sentence."""

    line: int
    column: str
    value: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReadBook:
    """The entries of a table, and its problems; with a problem nothing may be stored."""

    mailboxes: tuple[Mailbox, ...]
    problems: tuple[RowProblem, ...]


def row_of(line: int, cells: Mapping[str, str | None]) -> Row:
    """A row of a book; columns that ``cells`` lacks are empty."""
    return Row("", line, {column: cells.get(column) or "" for column in COLUMNS})


def read_rows(rows: Iterable[Row], register: UnitRegister) -> ReadBook:
    """The entries in rows, whose cells are by the keys of ``COLUMNS``; every problem of every row is named.

    A row that has no more than a unit and a role is one that nobody has filled in, and is left out.
    """
    read = defaultdict[tuple[str, str], list[tuple[Row, Mailbox]]](list)
    problems = list[RowProblem]()
    for row in rows:
        if not any(row.has(column) for column in _FILLED_IN):
            continue
        entry, wrong = _entry(row, register)
        problems += wrong
        if entry is not None:
            of_role = read[entry.unit, entry.role]
            problems += _overlapping(row, entry, of_role)
            of_role.append((row, entry))
    in_order = sorted((pair for of_role in read.values() for pair in of_role), key=lambda pair: pair[0].line)
    return ReadBook(tuple(entry for _, entry in in_order), tuple(problems))


def _entry(row: Row, register: UnitRegister) -> tuple[Mailbox | None, list[RowProblem]]:
    """The entry of a row, None if it has a problem; and its problems."""
    values, problems = dict[str, object](), list[RowProblem]()
    for column, read in _READERS.items():
        try:
            values[column] = read(row, column) if row.has(column) or column in NEEDED else None
        except UnreadableRow as error:
            problems.append(_wrong_cell(row, column, error.problem))
    if "unit" in values:
        problems += _other_unit(row, register)
    if not problems:
        entry = Mailbox.model_validate(values)
        problems = list(_contradictions(row, entry))
    return (None if problems else entry), problems


def _role(row: Row, column: str) -> MailboxRole:
    role = _ROLE_OF.get(row.text(column).lower())
    if role is None:
        raise row.wrong(column, f"một trong: {', '.join(ROLES.values())}")
    return role


def _address(row: Row, column: str) -> str:
    """An address, its domain in small letters, so that one mailbox is written in one way."""
    address = row.text(column)
    if not ADDRESS.fullmatch(address):
        raise row.wrong(column, _AN_ADDRESS)
    local_part, _, domain = address.rpartition("@")
    return f"{local_part}@{domain.lower()}"


_READERS: Final[Mapping[str, Callable[[Row, str], object]]] = {
    "unit": Row.text,
    "role": _role,
    "address": _address,
    "first": Row.day,
    "last": Row.day,
    "deputy": _address,
    "deputy_first": Row.day,
    "deputy_last": Row.day,
}


def _other_unit(row: Row, register: UnitRegister) -> Iterator[RowProblem]:
    """A code that the register does not have, or a name that belongs to another unit."""
    code, name = row.cells["unit"], row.cells["name"]
    if code not in register.by_code:
        wanted = "mã đơn vị trong danh mục đơn vị"
        yield _wrong_cell(row, "unit", unreadable(code, wanted))
    elif name and name.casefold() not in (full_name(register, code).casefold(), short_name(register, code).casefold()):
        wanted = f"tên của đơn vị mang mã “{code}”: {full_name(register, code)}"
        yield _wrong_cell(row, "name", unreadable(name, wanted))


def _contradictions(row: Row, entry: Mailbox) -> Iterator[RowProblem]:
    if entry.first and entry.last and entry.last < entry.first:
        yield _wrong_cell(row, "last", unreadable(row.cells["last"], f"ngày không trước ngày {ngay(entry.first)}"))
    if entry.deputy is None:
        if row.has("deputy_first") or row.has("deputy_last"):
            yield _wrong_cell(row, "deputy", f"đã ghi ngày thay mà chưa ghi địa chỉ, cần {_AN_ADDRESS}")
    elif entry.deputy_first is None:
        yield _wrong_cell(row, "deputy_first", "chưa ghi, cần ngày đầu tiên người thay nhận thư, dạng 30/11/2023")
    elif entry.deputy_last and entry.deputy_last < entry.deputy_first:
        wanted = f"ngày không trước ngày {ngay(entry.deputy_first)}"
        yield _wrong_cell(row, "deputy_last", unreadable(row.cells["deputy_last"], wanted))


def _overlapping(row: Row, entry: Mailbox, earlier: Iterable[tuple[Row, Mailbox]]) -> Iterator[RowProblem]:
    for other_row, other in earlier:
        if entry.overlaps(other):
            both = f"cùng đơn vị, cùng vai trò với dòng {other_row.line}"
            yield _wrong_cell(row, "first", f"trùng thời gian, cần ngày không trùng ({both})")
            return


def _wrong_cell(row: Row, column: str, detail: str) -> RowProblem:
    return RowProblem(row.line, column, row.cells[column], detail)
