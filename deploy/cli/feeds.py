r"""`thidua feeds`: calendars of deadlines that agencies and the standing office subscribe to.

As the standing office, from any machine that reaches notify::

    export THIDUA_DESK_KEY=…
    thidua feeds create --agency so-y-te --url https://notify.example
    thidua feeds withdraw 1f0c5a2b9e77 --url https://notify.example
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import typer

from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import (
    AsJson,
    DeskKeyOption,
    NotifyUrl,
    ProvinceOption,
    ask_notify,
    notify_access,
    only_province,
    print_json,
    succeeded,
)

feeds = typer.Typer(no_args_is_help=True, help="Lịch thời hạn (.ics) để đưa vào Outlook, Google Calendar, điện thoại.")

_OFFICE = "cơ quan Thường trực"


@feeds.command(help="Lập một lịch; địa chỉ của lịch chỉ hiện một lần, ai có địa chỉ thì xem được.")
def create(
    agency: Annotated[
        str | None, typer.Option(help="Mã cơ quan; không nêu thì là lịch của cơ quan Thường trực.")
    ] = None,
    province: ProvinceOption = None,
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """Make a feed and print its address, which is shown only here."""
    access = notify_access(url, key, folder)
    wanted = {"province": province or only_province(access), "agency": agency}
    feed = succeeded(ask_notify(access, "POST", "/v1/feeds", json=wanted)).json()
    address = feed["url"] or f"{access[0]}{feed['path']}"
    if as_json:
        print_json({**feed, "url": address})
        return
    typer.echo(f"Lịch của  {feed['name'] or _OFFICE}")
    typer.echo(f"Mã lịch   {feed['id']}   (thu hồi: thidua feeds withdraw {feed['id']})")
    typer.echo(f"Địa chỉ   {address}   (chỉ hiện một lần)")


@feeds.command("list", help="Liệt kê các lịch đã lập, kể cả đã thu hồi.")
def list_(
    url: NotifyUrl = None, key: DeskKeyOption = None, folder: StackFolder = None, as_json: AsJson = False
) -> None:
    """List the feeds, withdrawn ones included; never an address."""
    from shared.wording.formats import gio_ngay

    answered = succeeded(ask_notify(notify_access(url, key, folder), "GET", "/v1/feeds")).json()
    if as_json:
        print_json(answered)
        return
    for feed in answered:
        made = f"lập {gio_ngay(datetime.fromisoformat(feed['created_at']))}"
        at = feed["withdrawn_at"]
        state = f"đã thu hồi {gio_ngay(datetime.fromisoformat(at))}" if at else "đang dùng"
        typer.echo(f"{feed['id']}   {feed['name'] or _OFFICE}   {made}   {state}")
    typer.echo(f"{len(answered)} lịch.")


@feeds.command(help="Thu hồi một lịch; địa chỉ của lịch không còn dùng được.")
def withdraw(
    feed_id: Annotated[str, typer.Argument(help="Mã lịch, như thidua feeds list liệt kê.")],
    url: NotifyUrl = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Withdraw a feed, whose address then answers 404."""
    succeeded(ask_notify(notify_access(url, key, folder), "DELETE", f"/v1/feeds/{quote(feed_id, safe='')}"))
    typer.echo(f"Đã thu hồi lịch {feed_id}.")
