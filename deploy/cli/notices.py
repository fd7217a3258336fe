r"""`thidua notices`: the mails to agencies: those that wait for release, and what was sent about each report.

As the standing office, from any machine that reaches notify::

    export THIDUA_DESK_KEY=…
    thidua notices drafts --url https://notify.example
    thidua notices release 1f0c5a2b-… --url https://notify.example
    thidua notices ledger --agency so-noi-vu --url https://notify.example
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.faults import MISUSED, CommandFailed
from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import (
    AsJson,
    DeskKeyOption,
    NotifyUrl,
    ask_notify,
    notify_access,
    print_json,
    succeeded,
    wide_console,
)

if TYPE_CHECKING:
    from services.notify.inviting import SessionLedger
    from services.notify.ledger import DutyLedger, LedgerRow

notices = typer.Typer(no_args_is_help=True, help="Thư nhắc và đôn đốc: duyệt, hoãn, xem đã gửi gì.")

_Ids = Annotated[list[str] | None, typer.Argument(help="Mã thư, như `thidua notices drafts` in ra.")]


@notices.command(help="Liệt kê các thư chờ duyệt.")
def drafts(
    url: NotifyUrl = None, key: DeskKeyOption = None, folder: StackFolder = None, as_json: AsJson = False
) -> None:
    """List the mails that wait for release."""
    from rich.table import Table

    from services.notify.api import Reminder
    from shared.wording.reminding import role_of, stage_in_words

    rows = succeeded(ask_notify(notify_access(url, key, folder), "GET", "/v1/drafts")).json()
    if as_json:
        print_json(rows)
        return
    table = Table("Mã thư", "Gửi đến", "Nội dung", "Bước nhắc")
    for one in map(Reminder.model_validate, rows):
        for n, line in enumerate(one.notice.lines):
            head = ("", "") if n else (one.notice.id, role_of(one.name, one.notice.role))
            table.add_row(*head, line.what, stage_in_words(line.stage))
    if rows:
        wide_console().print(table)
    typer.echo(f"{len(rows)} thư chờ duyệt.")


@notices.command(help="Duyệt và gửi các thư nêu ra, hoặc mọi thư đang chờ (--all).")
def release(
    ids: _Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Mọi thư đang chờ.")] = False,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Have drafts sent. Ends with exit code 1 at the first one that is refused."""
    if bool(ids) == everything:
        raise CommandFailed("hãy nêu mã thư, hoặc --all.", MISUSED)
    access = notify_access(url, key, folder)
    if everything:
        ids = [row["notice"]["id"] for row in succeeded(ask_notify(access, "GET", "/v1/drafts")).json()]
    for one in ids or ():
        released = succeeded(ask_notify(access, "POST", f"/v1/notices/{one}/release")).json()
        typer.echo(f"Đã duyệt thư gửi {released['name']}.")


@notices.command(help="Hoãn một thư đang chờ, kèm lý do; thư ấy không được gửi.")
def withhold(
    notice: Annotated[str, typer.Argument(help="Mã thư.")],
    reason: Annotated[str, typer.Option(help="Lý do; được ghi vào nhật ký.")],
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Keep a draft from being sent."""
    access = notify_access(url, key, folder)
    withheld = succeeded(ask_notify(access, "POST", f"/v1/notices/{notice}/withhold", json={"reason": reason})).json()
    typer.echo(f"Đã hoãn thư gửi {withheld['name']}.")


@notices.command(help="In nội dung một thư, để gửi qua kênh khác.")
def text(
    notice: Annotated[str, typer.Argument(help="Mã thư.")],
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Print the text of a notice."""
    typer.echo(succeeded(ask_notify(notify_access(url, key, folder), "GET", f"/v1/notices/{notice}/text")).text)


@notices.command(help="Ghi nhận đã liên hệ với cơ quan bằng cách khác, như điện thoại.")
def contacted(
    agency: Annotated[str, typer.Argument(help="Mã cơ quan.")],
    duty: Annotated[str, typer.Argument(help="Nội dung báo cáo, như `thidua notices ledger` in ra.")],
    note: Annotated[str, typer.Option(help="Đã liên hệ với ai, hẹn gì.")],
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Note that an agency was reached about a report in another way."""
    access = notify_access(url, key, folder)
    listed = succeeded(ask_notify(access, "GET", "/v1/ledger", params={"agency": agency, "duty": duty})).json()
    if not listed:
        raise CommandFailed(f"{agency} không có nội dung báo cáo {duty}.", MISUSED)
    for row in listed:
        plan = row["plan"]
        body = {"province": plan["province"], "plan": plan["id"], "account": row["account"], "duty": duty, "note": note}
        succeeded(ask_notify(access, "POST", "/v1/contacts", json=body))
    typer.echo("Đã ghi nhận.")


@notices.command(help="Sổ đôn đốc: đã nhắc gì, gửi tới đâu, kết quả thế nào, bước tiếp theo.")
def ledger(
    agency: Annotated[str | None, typer.Option(help="Chỉ cơ quan này, theo mã đơn vị.")] = None,
    duty: Annotated[str | None, typer.Option(help="Chỉ nội dung báo cáo này.")] = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """Print the ladder of each report: what was sent, how that ended, and what comes next."""
    from services.notify.ledger import DutyLedger

    named = {"agency": agency, "duty": duty}
    query = {name: value for name, value in named.items() if value is not None}
    rows = succeeded(ask_notify(notify_access(url, key, folder), "GET", "/v1/ledger", params=query)).json()
    if as_json:
        print_json(rows)
        return
    for one in map(DutyLedger.model_validate, rows):
        _print_ledger(one)
    typer.echo(f"{len(rows)} nội dung.")


@notices.command(help="Giấy mời họp Hội đồng: đã gửi gì cho từng thành viên, ai chưa gửi được.")
def invitations(
    url: NotifyUrl = None, key: DeskKeyOption = None, folder: StackFolder = None, as_json: AsJson = False
) -> None:
    """Print what each member of the council was sent about each session. Ends with 1 if no mail reaches somebody."""
    from services.notify.inviting import SessionLedger

    rows = succeeded(ask_notify(notify_access(url, key, folder), "GET", "/v1/invitations")).json()
    if as_json:
        print_json(rows)
        return
    unreached = sum(_print_session(one) for one in map(SessionLedger.model_validate, rows))
    typer.echo(f"{len(rows)} phiên họp; {unreached} thành viên chưa gửi được.")
    if unreached:
        raise typer.Exit(1)


def _print_session(one: SessionLedger) -> int:
    """Print the members of a session; return how many of them no mail reaches."""
    from rich.table import Table

    from shared.wording.formats import gio_ngay, ngay
    from shared.wording.reminding import INVITATION_KINDS, INVITATION_STATES, SENDINGS

    day = f", {ngay(one.session.head.day)}" if one.session.head.day else ""
    table = Table("Thành viên", "Kết quả", "Thư đã lập", "Hộp thư", title=f"{one.session.name}{day}")
    for member in one.members:
        messages = "; ".join(f"{INVITATION_KINDS[m.kind]} {gio_ngay(m.sent_at)}" for m in member.messages)
        sendings = dict.fromkeys(
            f"{SENDINGS[s.state]} {s.mailbox}" + (f" ({s.last_error})" if s.last_error else "") for s in member.sendings
        )
        table.add_row(member.office, INVITATION_STATES[member.state], messages, "; ".join(sendings))
    wide_console().print(table)
    return sum(member.state in ("no_mailbox", "failed") for member in one.members)


def _print_ledger(one: DutyLedger) -> None:
    from rich.table import Table

    from shared.wording.formats import gio_ngay, ngay, thoi_han
    from shared.wording.reminding import role_of, stage_in_words

    done = f", đã nhận đủ lúc {gio_ngay(one.complete_at)}" if one.complete_at else ""
    table = Table(title=f"{one.owner} · {one.duty} · {one.what}, {thoi_han(one.last_day)}{done}", title_justify="left")
    for heading in ("Ngày", "Bước nhắc", "Gửi đến", "Kết quả"):
        table.add_column(heading)
    for row in one.rows:
        table.add_row(ngay(row.day), stage_in_words(row.stage), role_of(row.unit, row.role), _ending(row))
    for contact in one.contacts:
        table.add_row(gio_ngay(contact.at), "đã liên hệ", contact.agency, contact.note)
    wide_console().print(table)


def _ending(row: LedgerRow) -> str:
    from shared.wording.reminding import NOT_SENT, NOTICE_STATES, SENDINGS

    if row.outcome != "sent":
        return NOT_SENT[row.outcome]
    if row.sendings:
        sent = (
            f"{SENDINGS[s.state]} {s.mailbox}" + (f" ({s.last_error})" if s.last_error else "") for s in row.sendings
        )
        return "; ".join(sent)
    return NOTICE_STATES[row.state or "drafted"]
