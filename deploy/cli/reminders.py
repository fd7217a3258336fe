"""`thidua remind`: which reminders a day brings, to whom and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from deploy.cli.faults import MISUSED, CommandFailed
from deploy.cli.progress import progress
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


def remind(
    at: Annotated[datetime, typer.Option(help="Ngày nào (giờ Việt Nam).", formats=["%Y-%m-%d"])],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem; phải nêu.")] = False,
    agency: Annotated[str | None, typer.Option(help="Chỉ cơ quan này, theo mã đơn vị.")] = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the reminders of a local day that are still to be sent as things stand now. Sends nothing."""
    from rich.table import Table

    from services.notify.api import Reminder
    from shared.wording.formats import ngay
    from shared.wording.reminding import role_of, stage_in_words

    if not dry_run:
        raise CommandFailed("hãy nêu --dry-run: lệnh này chỉ để xem, thư do dịch vụ nhắc việc tự gửi.", MISUSED)
    access = notify_access(url, key, folder)
    with progress("Hỏi dịch vụ nhắc việc"):
        answer = ask_notify(access, "GET", "/v1/reminders", params={"day": at.date().isoformat()})
    rows = [row for row in succeeded(answer).json() if agency in (None, row["notice"]["recipient"])]
    if as_json:
        print_json(rows)
        return
    reminders = [Reminder.model_validate(row) for row in rows]
    table = Table("Gửi đến", "Nội dung", "Bước nhắc", "Chậm nhất hết ngày")
    for one in reminders:
        to = role_of(one.name, one.notice.role) + (" (chờ duyệt)" if one.state == "drafted" else "")
        for line in one.notice.lines:
            last_day = ngay(line.last_day) if line.last_day else ""
            table.add_row(to, line.what, stage_in_words(line.stage), last_day)
    if reminders:
        wide_console().print(table)
    drafts = sum(one.state == "drafted" for one in reminders)
    waiting = f", trong đó {drafts} thư chờ duyệt" if drafts else ""
    typer.echo(f"{len(reminders)} thư nhắc trong ngày {ngay(at.date())}{waiting}.")
