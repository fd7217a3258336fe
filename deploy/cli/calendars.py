"""`thidua calendar`: how long the calendar of working days holds, and what a new year might be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from deploy.cli.faults import OK, UNABLE, WRONG, CommandFailed
from deploy.cli.support import AsJson, print_json

calendars = typer.Typer(no_args_is_help=True, help="Lịch ngày làm việc, ngày nghỉ.")

_NO_PACKAGE = CommandFailed("chưa cài gói holidays; make setup cài gói này.", UNABLE)


@calendars.command(help="Lịch có căn cứ đến ngày nào, khác gói holidays ở đâu. Mã thoát 1 nếu còn dưới 60 ngày.")
def check(as_json: AsJson = False) -> None:
    """Show how long the calendar holds and where it differs from the package.

    Exits 1 if the last decreed day is less than 60 days away; a difference alone is in order.
    """
    from deploy.maintenance.calendars import differences
    from shared.contracts.model import local
    from shared.plans.working_days import WARNING_DAYS, viet_nam
    from shared.wording.formats import ngay

    calendar = viet_nam()
    try:
        differing = differences(calendar)
    except ModuleNotFoundError:
        raise _NO_PACKAGE from None
    today = local(datetime.now(UTC)).date()
    left, year = calendar.days_left(today), today.year
    if as_json:
        rows = [{"day": d.day.isoformat(), "calendar": d.calendar, "package": d.package} for d in differing]
        print_json({"decreed_until": calendar.decreed_until.isoformat(), "days_left": left, "differences": rows})
    else:
        for difference in differing:
            typer.echo(f"{ngay(difference.day)}: trong lịch {difference.calendar}; gói holidays: {difference.package}")
        if unsure := [day for day in sorted(calendar.rows) if day.year == year and calendar.is_provisional(day)]:
            typer.echo(f"Ngày dự kiến trong năm, chưa có văn bản: {', '.join(map(ngay, unsure))}.")
        typer.echo(f"{len(differing)} ngày khác nhau. Lịch có căn cứ đến hết ngày {ngay(calendar.decreed_until)}.")
        if left < WARNING_DAYS:
            typer.echo("Cần bổ sung lịch năm tới khi có văn bản; thidua calendar propose in các dòng dự kiến.")
    raise typer.Exit(WRONG if left < WARNING_DAYS else OK)


@calendars.command(help="In các dòng dự kiến của một năm theo gói holidays, để đưa vào tệp lịch.")
def propose(year: Annotated[int, typer.Argument(help="Năm.", min=2023, max=2100)]) -> None:
    """Print a year's rows for the calendar's file as the package computes them, marked provisional."""
    from deploy.maintenance.calendars import proposed

    try:
        rows = list(proposed(year))
    except ModuleNotFoundError:
        raise _NO_PACKAGE from None
    for row in rows:
        typer.echo(row.as_yaml())
