"""The mailbox book: which address a mail of a day goes to, what a row may hold, and the Excel file it is kept in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest

from services.notify.mailboxes.book import Mailbox, MailboxBook, MailboxRole, address_on, assumed_address, holders
from services.notify.mailboxes.bounces import Failure, bounced
from services.notify.mailboxes.reading import COLUMNS, ReadBook, read_rows, row_of
from services.notify.mailboxes.sheet import BookSheet, read_sheet, write_sheet
from shared.contracts.model import VIETNAM
from shared.tables.workbooks.invalid_workbook import InvalidWorkbook
from tests.support.movement import register

DAY = date(2023, 12, 1)
HEAD = {"unit": "so-y-te", "role": "head", "address": "giam-doc.syt@tinh.example"}
AWAY = {"deputy": "pgd.syt@tinh.example", "deputy_first": "04/12/2023", "deputy_last": "08/12/2023"}


def read(*rows: Mapping[str, str | None]) -> ReadBook:
    return read_rows([row_of(line, cells) for line, cells in enumerate(rows, start=1)], register())


def book(*rows: Mapping[str, str | None]) -> MailboxBook:
    given = read(*rows)
    assert given.problems == ()
    return MailboxBook(province="thai-binh", version=3, mailboxes=given.mailboxes)


def test_a_mail_goes_to_the_entry_that_holds_on_its_day() -> None:
    """Both ends of a validity are inclusive, and an entry without them holds always."""
    old = {**HEAD, "address": "cu@tinh.example", "last": "30/11/2023"}
    changed = book(old, {**HEAD, "first": "01/12/2023"})
    assert address_on(changed, "so-y-te", "head", date(2023, 11, 30)) == "cu@tinh.example"
    assert address_on(changed, "so-y-te", "head", DAY) == "giam-doc.syt@tinh.example"
    assert address_on(book(HEAD), "so-y-te", "head", date(1999, 1, 1)) == "giam-doc.syt@tinh.example"
    assert address_on(book(HEAD), "so-y-te", "agency", DAY) is None
    assert address_on(book({**HEAD, "first": "02/12/2023"}), "so-y-te", "head", DAY) is None


@pytest.mark.parametrize(("day", "deputy"), [(3, False), (4, True), (8, True), (9, False)])
def test_the_deputy_gets_the_mail_while_the_holder_is_away(day: int, deputy: bool) -> None:
    wanted = "pgd.syt@tinh.example" if deputy else "giam-doc.syt@tinh.example"
    assert address_on(book({**HEAD, **AWAY}), "so-y-te", "head", date(2023, 12, day)) == wanted


def test_a_deputy_without_a_last_day_gets_the_mail_until_further_notice() -> None:
    assert address_on(book({**HEAD, **AWAY, "deputy_last": ""}), "so-y-te", "head", date(2030, 1, 1)) == AWAY["deputy"]


def test_each_role_without_an_entry_has_an_address_of_its_own() -> None:
    """Otherwise a mail to a head would go to the mailbox that the agency's clerks read."""
    roles: tuple[MailboxRole, ...] = ("agency", "head", "leader", "chair", "member")
    assert [assumed_address("so-y-te", role, "x.example") for role in roles] == [
        "so-y-te@x.example",
        "thu-truong.so-y-te@x.example",
        "lanh-dao.so-y-te@x.example",
        "chu-tich.so-y-te@x.example",
        "uy-vien.so-y-te@x.example",
    ]


def test_an_address_belongs_to_whoever_its_mail_of_today_is_for() -> None:
    """An address that the book has replaced belongs to nobody, so it is no longer flagged."""
    given = book(HEAD, {**HEAD, "role": "agency", "unit": "so-noi-vu", "address": "vt@tinh.example"})

    def held(address: str) -> list[tuple[str, str]]:
        return list(holders(address, given, register(), "x.example", DAY))

    assert held("giam-doc.syt@tinh.example") == [("so-y-te", "head")]
    assert held("so-y-te@x.example") == [("so-y-te", "agency")]
    assert held("thu-truong.so-noi-vu@x.example") == [("so-noi-vu", "head")]
    assert held("so-noi-vu@x.example") == []
    assert held("thu-truong.so-y-te@x.example") == []
    assert held("ai-do@x.example") == []


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"unit": "so-y-tee"}, "unit", "“so-y-tee” không đọc được, cần mã đơn vị trong danh mục đơn vị"),
        ({"unit": ""}, "unit", "cần một giá trị"),
        ({"role": "giám đốc"}, "role", "“giám đốc” không đọc được, cần một trong: Cơ quan, Người đứng đầu"),
        ({"address": "", "first": "01/12/2023"}, "address", "cần một giá trị"),
        ({"address": "giam doc@tinh.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": "syt@tinh"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": "a@x.example, b@x.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": ".a@x.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": "+a@x.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": "a@-x.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": "a@x.example\nBcc: b@x.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"address": "ă@x.example"}, "address", "cần địa chỉ thư công vụ"),
        ({"first": "31/02/2023"}, "first", "“31/02/2023” không đọc được, cần ngày"),
        ({"first": "02/12/2023", "last": "01/12/2023"}, "last", "cần ngày không trước ngày 02/12/2023"),
        ({"deputy": "pgd"}, "deputy", "“pgd” không đọc được"),
        ({"deputy_first": "04/12/2023"}, "deputy", "đã ghi ngày thay mà chưa ghi địa chỉ"),
        ({"deputy": "pgd@x.example"}, "deputy_first", "chưa ghi, cần ngày đầu tiên"),
        ({**AWAY, "deputy_last": "03/12/2023"}, "deputy_last", "cần ngày không trước ngày 04/12/2023"),
        ({"name": "Sở Nội vụ"}, "name", "“Sở Nội vụ” không đọc được, cần tên của đơn vị mang mã “so-y-te”: Sở Y tế"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row_and_what_it_should_hold(
    change: Mapping[str, str], column: str, words: str
) -> None:
    given = read({**HEAD, "role": "agency", "address": "vt@tinh.example"}, {**HEAD, **change})
    (problem,) = given.problems
    assert (problem.line, problem.column, problem.value) == (2, column, {**HEAD, **change}.get(column, ""))
    assert words in problem.detail


def test_every_wrong_cell_of_every_row_is_named_at_once() -> None:
    """Somebody who mends a book should not have to send it once for each mistake."""
    given = read({"unit": "khong-co", "role": "?", "address": "?", "first": "?"}, HEAD, {**HEAD, "last": "?"})
    assert [(p.line, p.column) for p in given.problems] == [
        (1, "role"),
        (1, "address"),
        (1, "first"),
        (1, "unit"),
        (3, "last"),
    ]


def test_two_entries_of_one_role_never_hold_on_the_same_day() -> None:
    """Which of two addresses a mail goes to would be chance."""
    (problem,) = read(
        {**HEAD, "last": "01/12/2023"}, {**HEAD, "role": "agency"}, {**HEAD, "first": "01/12/2023"}
    ).problems
    assert (problem.line, problem.column) == (3, "first")
    assert "cùng đơn vị, cùng vai trò với dòng 1" in problem.detail


def test_roles_are_written_in_words_and_domains_in_capitals() -> None:
    (entry,) = read({**HEAD, "role": "người Đứng đầu", "address": "Giam-Doc@Tinh.Example"}).mailboxes
    assert (entry.role, entry.address) == ("head", "Giam-Doc@tinh.example")


def test_a_row_that_nobody_has_filled_in_is_left_out() -> None:
    """The form has a row for every unit, and a book without them is no mistake."""
    assert read({"unit": "so-y-te", "name": "Sở Y tế", "role": "Cơ quan"}, {}) == ReadBook((), ())


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def saved(workbook: Any) -> bytes:
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def sheet_of(content: bytes) -> BookSheet:
    return read_sheet(content, "thai-binh")


def test_a_book_is_read_from_excel_as_it_was_written() -> None:
    """Below the entries the form names every unit of today that has no mailbox of its own yet."""
    given = book({**HEAD, **AWAY, "first": "01/01/2023"}, {**HEAD, "role": "member", "unit": "so-noi-vu"})
    content = write_sheet(given, register(), DAY)
    form = sheet_of(content)
    assert form.version == 3
    assert read_rows(form.rows, register()) == ReadBook(given.mailboxes, ())
    codes = [row.cells["unit"] for row in form.rows if row.cells["unit"]]
    assert codes[:2] == ["so-y-te", "so-noi-vu"]
    assert sorted(codes[2:]) == sorted(unit.code for unit in register().units if unit.exists_on(DAY))
    assert {row.cells["name"] for row in form.rows if row.cells["unit"] == "so-y-te"} == {"Sở Y tế"}


def test_a_cell_of_the_file_is_named_as_excel_names_it() -> None:
    workbook = opened(write_sheet(book(HEAD), register(), DAY))
    workbook.active["D5"] = "không có"
    form = sheet_of(saved(workbook))
    (problem,) = read_rows(form.rows, register()).problems
    assert form.cell(problem.line, problem.column) == "D5"


def test_a_table_made_by_hand_is_read_too() -> None:
    """Columns in any order, headings in any letters, a day as a day or as text; it names no version."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["Địa chỉ ", "VAI TRÒ", "Mã đơn vị", "Từ ngày", "Đến ngày"])
    sheet.append(["vt@tinh.example", "Cơ quan", "so-y-te", datetime(2023, 12, 1), "31/12/2023"])  # noqa: DTZ001 - Excel
    form = sheet_of(saved(workbook))
    (entry,) = read_rows(form.rows, register()).mailboxes
    assert form.version is None
    assert entry == Mailbox(
        unit="so-y-te", role="agency", address="vt@tinh.example", first=DAY, last=date(2023, 12, 31)
    )


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("D4", "Thư điện tử", "no_headings"),
        ("E4", "Tên người", "unknown_column"),
        ("E4", "Địa chỉ", "column_twice"),
        ("B3", "x", "form_changed"),
        ("C3", "ha-nam", "form_changed"),
        ("D3", "x", "form_changed"),
    ],
)
def test_a_file_that_is_no_book_of_the_province_is_refused(cell: str, value: str, code: str) -> None:
    """A column for names of persons would be one of them: they are kept in intake alone."""
    workbook = opened(write_sheet(book(HEAD), register(), DAY))
    workbook.active[cell] = value
    with pytest.raises(InvalidWorkbook) as refused:
        sheet_of(saved(workbook))
    assert refused.value.code == code


def test_a_file_with_two_books_is_refused() -> None:
    workbook = opened(write_sheet(book(HEAD), register(), DAY))
    workbook.copy_worksheet(workbook.active)
    with pytest.raises(InvalidWorkbook, match="nhiều hơn một sổ"):
        sheet_of(saved(workbook))


def test_the_headings_are_those_that_the_form_has() -> None:
    (cells,) = opened(write_sheet(book(), register(), DAY)).active.iter_rows(min_row=4, max_row=4, values_only=True)
    assert list(cells) == list(COLUMNS.values())


T0 = datetime(2026, 1, 5, 9, tzinfo=VIETNAM)


def failures(*minutes: int) -> list[Failure]:
    return [Failure(T0 + timedelta(minutes=minute), f"550 {minute}") for minute in minutes]


def test_an_address_bounces_after_two_failures_since_the_last_mail_it_took() -> None:
    """One failure may be the mail's own fault; a mail that got through in between clears the address."""

    def count(*minutes: int, sent: int | None) -> int:
        address = bounced(
            "a@x.example", "smtp", failures(*minutes), None if sent is None else T0 + timedelta(minutes=sent)
        )
        return address.failures if address else 0

    assert count(1, sent=None) == 0
    assert count(1, 2, sent=None) == 2
    assert count(1, 3, sent=2) == 0
    assert count(1, 3, 4, sent=2) == 2
    address = bounced("a@x.example", "smtp", failures(5, 2), None)
    assert address is not None
    assert address.last_error == "550 5"
