r"""`thidua agency`: let an agency in, over Kafka and over HTTP.

On a cluster in production, as its admin, from any machine that reaches it and intake (needs the extra
``kafka-admin``)::

    export THIDUA_KAFKA_ADMIN_PASSWORD=…  THIDUA_OPERATOR_KEY=…
    thidua agency add so-noi-vu --kafka kafka1.example:9093,kafka2.example:9093 --admin admin --ca /etc/kafka/ca.pem \
        --replication-factor 3 --url https://intake.example

The cluster must have an authorizer, a SASL listener with SCRAM-SHA-512 and ``auto.create.topics.enable=false``. The
connection is SASL_SSL unless ``--security`` says otherwise. Doing it again is safe: what is there stays, and a second
API key lives beside the first, so that a system can change over::

    thidua agency keys so-noi-vu                    # what each is called, and until when it is good
    thidua agency revoke so-noi-vu 1f0c5a2b9e77     # once the new one is in use

The services come in to the same cluster with ``THIDUA_KAFKA_USER``, ``THIDUA_KAFKA_PASSWORD``, ``THIDUA_KAFKA_TLS`` and
``THIDUA_KAFKA_CA``, as a user that may make and use every topic of the table. To try it all on this machine:
``python -m deploy.kafka``.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from deploy.cli.plans import _fail, _refusal, _running
from deploy.kafka.access import Security
from shared.contracts.model import local

if TYPE_CHECKING:
    import httpx

    from deploy.kafka.access import Access, Granted

agencies = typer.Typer(no_args_is_help=True, help="Let agencies in, over Kafka and over HTTP.")

_PASSWORD = "THIDUA_KAFKA_ADMIN_PASSWORD"  # noqa: S105 - the name of the variable
_Code = Annotated[str, typer.Argument(help="The agency's code in the register of units.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Kafka = Annotated[str | None, typer.Option(help="Bootstrap address of a cluster with users; HTTP alone without.")]
_Security = Annotated[Security, typer.Option(help="How to talk to it.")]
_Admin = Annotated[str, typer.Option(help=f"Its admin; the password is asked for, or taken from {_PASSWORD}.")]
_Ca = Annotated[Path | None, typer.Option(help="Certificates to trust, instead of the machine's.", exists=True)]
_Url = Annotated[str | None, typer.Option(help="intake's address; the running stack's where not given.")]
_Key = Annotated[str | None, typer.Option(help="The operator's key; likewise.", envvar="THIDUA_OPERATOR_KEY")]
_Fresh = Annotated[bool, typer.Option("--new-password", help="Give a user that is there another password.")]


@agencies.callback()
def _several() -> None:
    """Let agencies in, over Kafka and over HTTP."""


@agencies.command()
def add(
    code: _Code,
    kafka: _Kafka = None,
    security: _Security = "SASL_SSL",
    admin: _Admin = "admin",
    ca: _Ca = None,
    replication_factor: Annotated[int, typer.Option(help="Of its topics.", min=1)] = 1,
    new_password: _Fresh = False,
    url: _Url = None,
    key: _Key = None,
    api_key: Annotated[bool, typer.Option("--api-key/--no-api-key", help="Issue a key for HTTP.")] = True,
    as_json: _AsJson = False,
) -> None:
    """Make an agency's topics, Kafka user, rights and API key. Password and key are shown once, here.

    Two API keys may live at once, so that the agency can change from the old to the new; a third waits until one of
    them is withdrawn (`thidua agency revoke`) or has expired.
    """
    from deploy.kafka.access import NotGranted, named

    try:
        named(code)
    except ValueError:
        _fail(f"mã “{code}” không đặt tên chủ đề Kafka được; mã chỉ gồm chữ thường không dấu, số và dấu gạch ngang.")
    if kafka is None and not api_key:
        _fail("không có gì để cấp; hãy nêu --kafka hoặc bỏ --no-api-key.")
    told: dict[str, Any] = {"agency": code}
    try:
        # The cluster is met before the key is issued, and intake, which knows the agencies, before topics are made.
        access = _access(kafka, security, admin, ca) if kafka else None
        if api_key:
            told |= _issued(code, url, key)
        if access is not None:
            granted = access.grant(code, replication_factor=replication_factor, new_password=new_password)
            told["kafka"] = _told(granted, kafka, security)
    except NotGranted as error:
        # What was issued is shown all the same: it would be lost, and the agency has it.
        _print(told, as_json)
        _fail(f"cụm Kafka không thực hiện được: {error}")
    _print(told, as_json)


@agencies.command()
def keys(code: _Code, url: _Url = None, key: _Key = None, as_json: _AsJson = False) -> None:
    """Say which API keys an agency has: what each is called, since when, until when. A key itself is never shown."""
    answer = _asked("GET", f"/v1/agencies/{quote(code, safe='')}/keys", url, key)
    if not answer.is_success:
        _fail(f"không xem được khóa API của {code}: {_refusal(answer)}")
    found = answer.json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for each in found:
        state = "còn hiệu lực" if each["live"] else "đã hết hạn"
        typer.echo(f"{each['id']}   cấp {_day(each['issued_at'])}   hết hạn {_day(each['expires_at'])}   {state}")
    if not found:
        typer.echo(f"{code} chưa có khóa API nào.")


@agencies.command()
def revoke(
    code: _Code,
    key_id: Annotated[str, typer.Argument(help="The key's id, as `thidua agency keys` tells it.")],
    url: _Url = None,
    key: _Key = None,
) -> None:
    """Withdraw an API key of an agency. From then on it opens nothing."""
    answer = _asked("DELETE", f"/v1/agencies/{quote(code, safe='')}/keys/{quote(key_id, safe='')}", url, key)
    if not answer.is_success:
        _fail(f"không thu hồi được khóa API của {code}: {_refusal(answer)}")
    typer.echo(f"Đã thu hồi khóa {key_id} của {code}.")


def _access(kafka: str, security: Security, admin: str, ca: Path | None) -> Access:
    import os

    from deploy.kafka.access import Access

    password = os.environ.get(_PASSWORD)
    if not password and sys.stdin.isatty():
        password = str(typer.prompt(f"Mật khẩu của {admin}", hide_input=True, err=True))
    if not password:
        _fail(f"chưa có mật khẩu quản trị Kafka; hãy đặt {_PASSWORD}.")
    try:
        access = Access(kafka, security, admin, password, ca)
    except ImportError:
        _fail("thiếu thư viện quản trị Kafka; hãy cài thêm phần mở rộng “kafka-admin” của gói thidua.")
    access.meet()
    return access


def _issued(code: str, url: str | None, key: str | None) -> dict[str, str]:
    """An API key, by intake: it, what it is called and until when it is good. Ends the command where it issues none."""
    answer = _asked("POST", f"/v1/agencies/{code}/keys", url, key, "--url và --key, hoặc --no-api-key")
    if not answer.is_success:
        _fail(f"không cấp được khóa API cho {code}: {_refusal(answer)}{_way_out(code, answer)}")
    told = answer.json()
    return {"api_key": told["key"], "api_key_id": told["id"], "api_key_expires_at": told["expires_at"]}


def _way_out(code: str, refused: httpx.Response) -> str:
    """What to do where two keys are live already; nothing where it is another refusal."""
    try:
        problem = refused.json()
        live = problem["keys"] if problem["code"] == "two_keys" else []
    except (ValueError, KeyError, TypeError):
        live = []
    if not live:
        return ""
    lines = [
        "",
        "Mỗi cơ quan có tối đa hai khóa còn hiệu lực, để đổi khóa mà không gián đoạn. Hãy thu hồi khóa không còn dùng:",
        *(f"  thidua agency revoke {code} {each['id']}   (hết hạn {_day(each['expires_at'])})" for each in live),
        "rồi chạy lại lệnh này; chỉ cần quyền Kafka thì thêm --no-api-key.",
    ]
    return "\n".join(lines)


def _asked(method: str, path: str, url: str | None, key: str | None, needed: str = "--url và --key") -> httpx.Response:
    """What intake answers the operator. Ends the command where no stack runs here and none is named, or it is away."""
    import httpx

    # The running stack's key goes to the running stack only.
    running = {} if url else _running()
    intake, operator = url or running.get("intake"), key or running.get("operator_key")
    if not intake or not operator:
        _fail(f"không có hệ thống nào đang chạy ở đây; hãy nêu {needed}.")
    try:
        return httpx.request(method, f"{intake}{path}", headers={"Authorization": f"Bearer {operator}"}, timeout=30)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _fail(f"cổng tiếp nhận không trả lời tại {intake}: {error}")


def _day(instant: str) -> str:
    """An instant as intake writes it, on the province's clock."""
    return f"{local(datetime.fromisoformat(instant)):%H:%M %d/%m/%Y}"


def _told(granted: Granted, kafka: str | None, security: Security) -> dict[str, Any]:
    return {
        "bootstrap": kafka,
        "security": security,
        "mechanism": "SCRAM-SHA-512",
        "user": granted.user,
        "password": granted.password,
        "inbox": granted.inbox,
        "outbox": granted.outbox,
        "group_prefix": granted.group_prefix,
    }


def _print(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    lines = [("Cơ quan", told["agency"])]
    if "api_key" in told:
        lines.append(("Khóa API", f"{told['api_key']}   (chỉ hiện một lần)"))
        lines.append(("Mã khóa", f"{told['api_key_id']}   (hiệu lực đến {_day(told['api_key_expires_at'])})"))
    if "kafka" in told:
        to = told["kafka"]
        password = f"{to['password']}   (chỉ hiện một lần)" if to["password"] else "giữ nguyên (đổi: --new-password)"
        lines += [
            ("Kafka", f"{to['bootstrap']}   ({to['security']}, {to['mechanism']})"),
            ("Người dùng", to["user"]),
            ("Mật khẩu", password),
            ("Gửi vào", to["inbox"]),
            ("Nhận từ", to["outbox"]),
            ("Nhóm đọc", f"{to['group_prefix']}…"),
        ]
    for name, value in lines:
        typer.echo(f"{name:<11} {value}")
