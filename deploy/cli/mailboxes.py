r"""`thidua mailboxes`: the book of functional mailboxes, exported, filled in and imported again.

As the standing office, from any machine that reaches notify::

    export THIDUA_DESK_KEY=…
    thidua mailboxes export hop-thu.xlsx --url https://notify.example
    thidua mailboxes import hop-thu.xlsx --url https://notify.example
    thidua mailboxes flagged --url https://notify.example
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

import typer

from deploy.cli.faults import MISUSED, CommandFailed
from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import (
    AsJson,
    DeskKeyOption,
    NotifyUrl,
    ProvinceOption,
    ask_notify,
    fail,
    notify_access,
    only_province,
    print_json,
    succeeded,
    wide_console,
)

if TYPE_CHECKING:
    import httpx

    from shared.tables.rows import Row

mailboxes = typer.Typer(no_args_is_help=True, help="Sổ hộp thư công vụ: thư nhắc của đơn vị nào gửi đến địa chỉ nào.")

_Access = tuple[str, str]
_KINDS: Final = (".xlsx", ".csv")


@mailboxes.command(help="Xuất sổ ra tệp .xlsx (có dòng cho mọi đơn vị) hoặc .csv để điền.")
def export(
    file: Annotated[Path, typer.Argument(help="Tệp .xlsx hoặc .csv sẽ ghi.", dir_okay=False)],
    province: ProvinceOption = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Write the book to a file that can be filled in and imported."""
    _require_kind(file)
    access = notify_access(url, key, folder)
    path = _path(access, province)
    book = succeeded(ask_notify(access, "GET", path)).json()
    if file.suffix.lower() == ".xlsx":
        file.write_bytes(succeeded(ask_notify(access, "GET", f"{path}/form.xlsx")).content)
    else:
        _write_csv(file, book["mailboxes"])
    typer.echo(f"Đã ghi {file}: {len(book['mailboxes'])} địa chỉ (sổ lần {book['version']}).")


@mailboxes.command("import", help="Thay cả sổ bằng một tệp .xlsx hoặc .csv; có ô sai thì không ghi gì và nêu từng ô.")
def import_(
    file: Annotated[Path, typer.Argument(help="Tệp .xlsx hoặc .csv.", exists=True, dir_okay=False)],
    province: ProvinceOption = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Replace the book with a file, or change nothing if a cell is wrong.

    An exported Excel file names the version that it was made from; any other file replaces the book as it is now.
    """
    from shared.tables.workbooks.media_types import XLSX

    _require_kind(file)
    access = notify_access(url, key, folder)
    path = _path(access, province)
    if file.suffix.lower() == ".xlsx":
        answer = ask_notify(access, "PUT", path, content=file.read_bytes(), headers={"Content-Type": XLSX})
        if answer.status_code == 428:  # a table made by hand
            headers = {"Content-Type": XLSX, "If-Match": _version(access, path)}
            answer = ask_notify(access, "PUT", path, content=file.read_bytes(), headers=headers)
        _require_no_wrong_cells(answer, file, None)
    else:
        rows = _rows(file)
        given = {"mailboxes": [dict(row.cells) for row in rows]}
        answer = ask_notify(access, "PUT", path, json=given, headers={"If-Match": _version(access, path)})
        _require_no_wrong_cells(answer, file, rows)
    book = succeeded(answer).json()
    typer.echo(f"Đã ghi sổ hộp thư (lần {book['version']}): {len(book['mailboxes'])} địa chỉ.")


@mailboxes.command("list", help="Liệt kê các địa chỉ trong sổ.")
def list_(
    province: ProvinceOption = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the entries of the book."""
    from rich.table import Table

    from services.notify.mailboxes.reading import ROLES

    access = notify_access(url, key, folder)
    path = _path(access, province)
    book = succeeded(ask_notify(access, "GET", path)).json()
    if as_json:
        print_json(book["mailboxes"])
        return
    roles = {str(role): words for role, words in ROLES.items()}
    table = Table("Đơn vị", "Vai trò", "Địa chỉ", "Thời gian", "Người thay")
    for entry in book["mailboxes"]:
        away = " ".join(filter(None, (entry["deputy"], _span(entry["deputy_first"], entry["deputy_last"]))))
        valid = _span(entry["first"], entry["last"])
        table.add_row(entry["name"], roles[entry["role"]], entry["address"], valid, away if entry["deputy"] else "")
    if book["mailboxes"]:
        wide_console().print(table)
    typer.echo(f"{len(book['mailboxes'])} địa chỉ (sổ lần {book['version']}).")


@mailboxes.command(help="Liệt kê các địa chỉ không nhận được thư hai lần liên tiếp. Mã thoát 1 nếu có.")
def flagged(
    province: ProvinceOption = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the addresses that bounce. Exits with 1 if there are any."""
    access = notify_access(url, key, folder)
    bouncing = succeeded(ask_notify(access, "GET", f"{_path(access, province)}/flagged")).json()
    if as_json:
        print_json(bouncing)
    elif not bouncing:
        typer.echo("Địa chỉ nào cũng nhận được thư.")
    else:
        for one in bouncing:
            bounced, whose = one["bounced"], "; ".join(holder["name"] for holder in one["holders"])
            typer.echo(
                f"{bounced['address']}   {whose}   {bounced['failures']} thư không gửi được: {bounced['last_error']}"
            )
    if bouncing:
        raise typer.Exit(1)


def _require_kind(file: Path) -> None:
    if file.suffix.lower() not in _KINDS:
        raise CommandFailed(f"{file}: chỉ dùng tệp .xlsx hoặc .csv.", MISUSED)


def _path(access: _Access, province: str | None) -> str:
    """The path of a province's book: the one that is named, or the only one there is."""
    return f"/v1/mailboxes/{quote(province or only_province(access), safe='')}"


def _version(access: _Access, path: str) -> str:
    return str(succeeded(ask_notify(access, "GET", path)).headers["ETag"])


def _write_csv(file: Path, entries: Sequence[Mapping[str, str | None]]) -> None:
    """Write the entries with the headings of the Excel form, and a mark by which Excel knows UTF-8."""
    from services.notify.mailboxes.reading import COLUMNS, ROLES

    roles = {str(role): words for role, words in ROLES.items()}
    with file.open("w", encoding="utf-8-sig", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(COLUMNS.values())
        for entry in entries:
            days = {column: _day(entry[column]) for column in ("first", "last", "deputy_first", "deputy_last")}
            shown = {**entry, **days, "role": roles[entry["role"] or ""]}
            writer.writerow([shown[column] or "" for column in COLUMNS])


def _rows(file: Path) -> list[Row]:
    """The rows of a CSV file, whose headings may be those of the Excel form. Ends the command if one is wrong."""
    from services.notify.mailboxes.reading import COLUMNS, NEEDED
    from shared.tables.reading import rows
    from shared.tables.rows import UnreadableRow

    others = [column for column in COLUMNS if column not in NEEDED]
    try:
        return list(rows(file, NEEDED, others, {words.lower(): column for column, words in COLUMNS.items()}))
    except UnreadableRow as error:
        fail(str(error))


def _require_no_wrong_cells(answer: httpx.Response, file: Path, rows: Sequence[Row] | None) -> None:
    """Print each cell for which the book was refused, and end the command. ``rows`` are those of a CSV file."""
    problem = answer.json()
    cells = [cell for cell in problem.get("cells") or () if "detail" in cell] if answer.is_error else []
    if not cells:
        return
    for cell in cells:
        if rows is None:
            typer.echo(f"{file.name}: ô {cell['cell']}: {cell['detail']}", err=True)
        else:
            row = rows[cell["row"] - 1]
            typer.echo(row.error(cell["column"], cell["detail"]), err=True)
    fail(f"sổ hộp thư không được ghi [{problem['code']}].")


def _span(first: str | None, last: str | None) -> str:
    """A validity in words; empty if it is open at both ends."""
    parts = (f"từ {_day(first)}" if first else None, f"đến {_day(last)}" if last else None)
    return " ".join(filter(None, parts))


def _day(text: str | None) -> str:
    from shared.wording.formats import ngay

    return ngay(date.fromisoformat(text)) if text else ""
