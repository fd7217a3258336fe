r"""`thidua agency`: give an agency access, over Kafka and over HTTP.

On a cluster in production, as its admin, from any machine that reaches it and intake (needs the extra
``kafka-admin``)::

    export THIDUA_KAFKA_ADMIN_PASSWORD=…  THIDUA_OPERATOR_KEY=…
    thidua agency add so-noi-vu --kafka kafka1.example:9093,kafka2.example:9093 --admin admin --ca /etc/kafka/ca.pem \
        --replication-factor 3 --url https://intake.example

The cluster must have an authorizer, a SASL listener with SCRAM-SHA-512 and ``auto.create.topics.enable=false``. The
connection is SASL_SSL unless ``--security`` names another protocol. The command can be repeated safely: what exists
stays, and a second API key is valid beside the first, so that a system can change over::

    thidua agency keys so-noi-vu                    # the id of each key and when it expires
    thidua agency revoke so-noi-vu 1f0c5a2b9e77     # once the new one is in use

The services connect to the same cluster with ``THIDUA_KAFKA_USER``, ``THIDUA_KAFKA_PASSWORD``, ``THIDUA_KAFKA_TLS`` and
``THIDUA_KAFKA_CA``, as a user that may create and use every topic of the table. To try it on this machine:
``python -m deploy.kafka``.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict
from urllib.parse import quote

import typer

from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder, stack_addresses
from deploy.cli.support import (
    AsJson,
    DatabasePrefix,
    IntakeUrl,
    MongoUrl,
    OperatorKey,
    ask_intake,
    fail,
    print_json,
    refusal_text,
    run,
)
from deploy.kafka.security import Security

if TYPE_CHECKING:
    import httpx

    from deploy.kafka.access import AccessAdmin, AgencyAccess

agencies = typer.Typer(no_args_is_help=True, help="Cấp quyền cho các cơ quan gửi báo cáo, qua HTTP và qua Kafka.")

_PASSWORD = "THIDUA_KAFKA_ADMIN_PASSWORD"  # noqa: S105 - the name of the variable


class _KafkaAccess(TypedDict):
    """An agency's access to Kafka; ``password`` is None if the user kept the one it had."""

    bootstrap: str | None
    security: Security
    mechanism: str
    user: str
    password: str | None
    inbox: str
    outbox: str
    group_prefix: str


class _Issued(TypedDict, total=False):
    """What was issued to an agency, as it is printed; the parts of the API key are there together or not at all."""

    agency: str
    api_key: str
    api_key_id: str
    api_key_expires_at: str
    kafka: _KafkaAccess


_Code = Annotated[str, typer.Argument(help="Mã cơ quan trong danh mục đơn vị.")]
_Kafka = Annotated[str | None, typer.Option(help="Địa chỉ cụm Kafka có người dùng; không nêu thì chỉ cấp HTTP.")]
_Security = Annotated[Security, typer.Option(help="Giao thức bảo mật khi nối tới cụm đó.")]
_Admin = Annotated[str, typer.Option(help=f"Người quản trị của cụm; mật khẩu được hỏi hoặc lấy từ {_PASSWORD}.")]
_Ca = Annotated[Path | None, typer.Option(help="Chứng thư được tin cậy, thay cho của máy này.", exists=True)]
_NewPassword = Annotated[bool, typer.Option("--new-password", help="Thay mật khẩu của người dùng đã có.")]


@agencies.command(help="Cấp chủ đề và người dùng Kafka, khóa API cho một cơ quan. Khóa và mật khẩu chỉ hiện một lần.")
def add(
    code: _Code,
    kafka: _Kafka = None,
    security: _Security = "SASL_SSL",
    admin: _Admin = "admin",
    ca: _Ca = None,
    replication_factor: Annotated[int, typer.Option(help="Số bản sao của các chủ đề.", min=1)] = 1,
    new_password: _NewPassword = False,
    url: IntakeUrl = None,
    key: OperatorKey = None,
    folder: StackFolder = None,
    api_key: Annotated[bool, typer.Option("--api-key/--no-api-key", help="Cấp khóa API cho HTTP.")] = True,
    as_json: AsJson = False,
) -> None:
    """Create an agency's topics, Kafka user, ACLs and API key. Password and key are shown only once, here.

    Two API keys may be valid at once, so that the agency can change from the old to the new; a third is issued only
    after one of them is revoked (`thidua agency revoke`) or has expired.
    """
    from deploy.kafka.access import NotGranted, access_names

    try:
        access_names(code)
    except ValueError:
        fail(f"mã “{code}” không đặt tên chủ đề Kafka được; mã chỉ gồm chữ thường không dấu, số và dấu gạch ngang.")
    if kafka is None and not api_key:
        fail("không có gì để cấp; hãy nêu --kafka hoặc bỏ --no-api-key.")
    issued: _Issued = {"agency": code}
    try:
        # Check the cluster before the key is issued; let intake reject an unknown agency before topics are created.
        access_admin = _connect(kafka, security, admin, ca) if kafka else None
        if api_key:
            issued["api_key"], issued["api_key_id"], issued["api_key_expires_at"] = _issue_key(code, url, key, folder)
        if access_admin is not None:
            with progress("Cấp quyền trên cụm Kafka"):
                access = access_admin.grant(code, replication_factor=replication_factor, new_password=new_password)
            issued["kafka"] = _kafka_access(access, kafka, security)
    except NotGranted as error:
        # A key that was issued is shown only here, so print it although the rest failed.
        _print_issued(issued, as_json)
        fail(f"cụm Kafka không thực hiện được: {error}")
    _print_issued(issued, as_json)


@agencies.command(name="list", help="Liệt kê các cơ quan có khóa API, và khóa của họ còn hiệu lực đến khi nào.")
def list_(
    mongo: MongoUrl = None, folder: StackFolder = None, prefix: DatabasePrefix = "thidua_", as_json: AsJson = False
) -> None:
    """List the agencies that have API keys, and until when those are accepted."""
    from deploy.maintenance.agencies import agencies_with_keys

    database = stack_addresses(folder, ("mongo",), "--mongo", {"mongo": mongo})["mongo"]
    holders, now = run(agencies_with_keys(database, prefix)), datetime.now(UTC)
    listed = [
        {"agency": entry.agency, "live": len(live), "expires_at": max(k.expires_at for k in entry.keys).isoformat()}
        for entry in holders
        for live in [entry.live(now)]
    ]
    if as_json:
        print_json(listed)
        return
    for entry in listed:
        until = f"{'hiệu lực đến' if entry['live'] else 'đã hết hạn từ'} {_local_time(str(entry['expires_at']))}"
        typer.echo(f"{entry['agency']:<24} {entry['live']} khóa còn hiệu lực   {until}")
    typer.echo(f"{len(listed)} cơ quan có khóa API.")


@agencies.command(help="Liệt kê các khóa API của một cơ quan: mã khóa, ngày cấp, ngày hết hạn.")
def keys(
    code: _Code,
    url: IntakeUrl = None,
    key: OperatorKey = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """List an agency's API keys: id, issued, expires. A key itself is never shown."""
    answer = ask_intake("GET", f"/v1/agencies/{quote(code, safe='')}/keys", url, key, folder)
    if not answer.is_success:
        fail(f"không xem được khóa API của {code}: {refusal_text(answer)}")
    api_keys = answer.json()
    if as_json:
        print_json(api_keys)
        return
    for api_key in api_keys:
        state = "còn hiệu lực" if api_key["live"] else "đã hết hạn"
        issued, expires = _local_time(api_key["issued_at"]), _local_time(api_key["expires_at"])
        typer.echo(f"{api_key['id']}   cấp {issued}   hết hạn {expires}   {state}")
    if not api_keys:
        typer.echo(f"{code} chưa có khóa API nào.")


@agencies.command(help="Thu hồi một khóa API của một cơ quan; khóa đó không còn dùng được.")
def revoke(
    code: _Code,
    key_id: Annotated[str, typer.Argument(help="Mã khóa, như thidua agency keys liệt kê.")],
    url: IntakeUrl = None,
    key: OperatorKey = None,
    folder: StackFolder = None,
) -> None:
    """Revoke an API key of an agency, which is then no longer accepted."""
    answer = ask_intake(
        "DELETE", f"/v1/agencies/{quote(code, safe='')}/keys/{quote(key_id, safe='')}", url, key, folder
    )
    if not answer.is_success:
        fail(f"không thu hồi được khóa API của {code}: {refusal_text(answer)}")
    typer.echo(f"Đã thu hồi khóa {key_id} của {code}.")


def _connect(kafka: str, security: Security, admin: str, ca: Path | None) -> AccessAdmin:
    from deploy.kafka.access import AccessAdmin

    password = os.environ.get(_PASSWORD)
    if not password and sys.stdin.isatty():
        password = str(typer.prompt(f"Mật khẩu của {admin}", hide_input=True, err=True))
    if not password:
        fail(f"chưa có mật khẩu quản trị Kafka; hãy đặt {_PASSWORD}.")
    try:
        access_admin = AccessAdmin(kafka, security, admin, password, ca)
    except ImportError:
        fail("thiếu thư viện quản trị Kafka; hãy cài thêm phần mở rộng “kafka-admin” của gói thidua.")
    access_admin.check_connection()
    return access_admin


def _issue_key(code: str, url: str | None, key: str | None, folder: Path | None) -> tuple[str, str, str]:
    """Have intake issue an API key: the key, its id and when it expires. Ends the command if intake refuses."""
    answer = ask_intake("POST", f"/v1/agencies/{code}/keys", url, key, folder, "--url và --key, hoặc --no-api-key")
    if not answer.is_success:
        fail(f"không cấp được khóa API cho {code}: {refusal_text(answer)}{_revocation_hint(code, answer)}")
    issued = answer.json()
    return issued["key"], issued["id"], issued["expires_at"]


def _revocation_hint(code: str, refused: httpx.Response) -> str:
    """How to revoke one of two keys that are valid already; empty for any other refusal."""
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
        *(
            f"  thidua agency revoke {code} {api_key['id']}   (hết hạn {_local_time(api_key['expires_at'])})"
            for api_key in live
        ),
        "rồi chạy lại lệnh này; chỉ cần quyền Kafka thì thêm --no-api-key.",
    ]
    return "\n".join(lines)


def _local_time(instant: str) -> str:
    """An instant in ISO 8601, as intake writes it, in Vietnam's time zone."""
    from shared.wording.formats import gio_ngay

    return gio_ngay(datetime.fromisoformat(instant))


def _kafka_access(access: AgencyAccess, kafka: str | None, security: Security) -> _KafkaAccess:
    return {
        "bootstrap": kafka,
        "security": security,
        "mechanism": "SCRAM-SHA-512",
        "user": access.user,
        "password": access.password,
        "inbox": access.inbox,
        "outbox": access.outbox,
        "group_prefix": access.group_prefix,
    }


def _print_issued(issued: _Issued, as_json: bool) -> None:
    if as_json:
        print_json(issued)
        return
    lines = [("Cơ quan", issued["agency"])]
    if "api_key" in issued:
        lines.append(("Khóa API", f"{issued['api_key']}   (chỉ hiện một lần)"))
        expires = _local_time(issued["api_key_expires_at"])
        lines.append(("Mã khóa", f"{issued['api_key_id']}   (hiệu lực đến {expires})"))
    if "kafka" in issued:
        kafka = issued["kafka"]
        kept = "giữ nguyên (đổi: --new-password)"
        password = f"{kafka['password']}   (chỉ hiện một lần)" if kafka["password"] else kept
        lines += [
            ("Kafka", f"{kafka['bootstrap']}   ({kafka['security']}, {kafka['mechanism']})"),
            ("Người dùng", kafka["user"]),
            ("Mật khẩu", password),
            ("Gửi vào", kafka["inbox"]),
            ("Nhận từ", kafka["outbox"]),
            ("Nhóm đọc", f"{kafka['group_prefix']}…"),
        ]
    for name, value in lines:
        typer.echo(f"{name:<11} {value}")
