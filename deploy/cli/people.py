"""`thidua people`: who may sign in and as what, and one-time sign-in links."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import typer

from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import AsJson, IntakeUrl, OperatorKey, ask_intake, print_json, succeeded
from shared.contracts.people import ROLE_NAMES, Role

people = typer.Typer(no_args_is_help=True, help="Người được đăng nhập, vai của từng người, liên kết đăng nhập.")

_Id = Annotated[str, typer.Argument(help="Mã của người dùng, do người vận hành đặt.")]


def _path(person: str, more: str = "") -> str:
    return f"/v1/people/{quote(person, safe='')}{more}"


@people.command("list", help="Mọi người được đăng nhập và vai của họ.")
def list_people(
    as_json: AsJson = False, url: IntakeUrl = None, key: OperatorKey = None, folder: StackFolder = None
) -> None:
    """Print everybody who may sign in."""
    everybody = succeeded(ask_intake("GET", "/v1/people", url, key, folder)).json()
    if as_json:
        print_json(everybody)
        return
    for person, account in everybody.items():
        role, agency = ROLE_NAMES[account["role"]], account["agency"]
        typer.echo(f"{person:<20} {account['name']}, {role}{f' của {agency}' if agency else ''}")
    if not everybody:
        typer.echo("Chưa có ai.")


@people.command("add", help="Thêm hoặc sửa một người; đổi vai thì người đó phải đăng nhập lại.")
def add_person(
    person: _Id,
    name: Annotated[str, typer.Option(help="Họ và tên, như trong biên bản.")],
    role: Annotated[Role, typer.Option(help="; ".join(f"{role}: {name}" for role, name in ROLE_NAMES.items()))],
    agency: Annotated[str | None, typer.Option(help="Mã cơ quan của chuyên viên.")] = None,
    subject: Annotated[str | None, typer.Option(help="Tài khoản ở nơi đăng nhập (sub).")] = None,
    url: IntakeUrl = None,
    key: OperatorKey = None,
    folder: StackFolder = None,
) -> None:
    """Add or change a person."""
    account = {"name": name, "role": role, "agency": agency, "subject": subject}
    given = {field: value for field, value in account.items() if value is not None}
    succeeded(ask_intake("PUT", _path(person), url, key, folder, json=given))


@people.command("remove", help="Xóa một người; các lần đăng nhập của người đó hết hiệu lực ngay.")
def remove_person(person: _Id, url: IntakeUrl = None, key: OperatorKey = None, folder: StackFolder = None) -> None:
    """Remove a person."""
    succeeded(ask_intake("DELETE", _path(person), url, key, folder))


@people.command("link", help="Cấp một liên kết đăng nhập dùng một lần, nơi hệ thống cho phép.")
def new_link(person: _Id, url: IntakeUrl = None, key: OperatorKey = None, folder: StackFolder = None) -> None:
    """Issue a one-time sign-in link and print it."""
    from shared.wording.formats import gio_ngay

    link = succeeded(ask_intake("POST", _path(person, "/links"), url, key, folder)).json()
    typer.echo(f"{link['url']}   (dùng một lần, đến {gio_ngay(datetime.fromisoformat(link['expires_at']))})")
