"""`thidua dlq`: list, show, replay and discard what the services could not read or apply."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder, stack_addresses
from deploy.cli.support import AsJson, DatabasePrefix, KafkaAddress, MongoUrl, fail, print_json, run

if TYPE_CHECKING:
    from deploy.maintenance.dead_letters import Act, DeadLetter, DeadLetterAdmin

dead_letters = typer.Typer(
    no_args_is_help=True,
    help="Những gì không đọc được: xem, phát lại, loại bỏ, cho qua.",
)

_STATE = {
    "kept": "đang giữ",
    "replay wanted": "chờ phát lại",
    "replayed": "đã phát lại",
    "failed again": "phát lại vẫn lỗi",
    "discarded": "đã loại bỏ",
}


class _Summary(TypedDict):
    """A dead letter in the list, as JSON; ``at`` is UTC."""

    id: str
    place: str
    topic: str
    reason: str
    at: str
    state: str
    tries: int


class _Details(_Summary):
    """A dead letter in full, as JSON; bytes are text or hex."""

    headers: list[tuple[str, str | None]]
    key: str | None
    value: str | None
    history: list[dict[str, str]]


_Ids = Annotated[list[str], typer.Argument(help="Các mã, như list liệt kê.")]
_Reason = Annotated[str, typer.Option(help="Lý do, được ghi vào chuỗi kiểm toán.")]
_Actor = Annotated[str | None, typer.Option(help="Người thực hiện; không nêu thì người dùng của máy này.")]


@dead_letters.command(name="list", help="Liệt kê, cũ nhất trước; những bản ghi đã loại bỏ chỉ hiện với --all.")
def list_(
    service: Annotated[str | None, typer.Argument(help="Chỉ của dịch vụ này; không nêu thì của mọi dịch vụ.")] = None,
    topic: Annotated[str | None, typer.Option(help="Chỉ của chủ đề này.")] = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    prefix: DatabasePrefix = "thidua_",
    everything: Annotated[bool, typer.Option("--all", help="Cả những bản ghi đã loại bỏ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the dead letters, oldest first; those discarded only if asked for."""
    from shared.contracts.topics import SERVICES

    admin = _admin(mongo, folder, prefix)
    services = [_require_service(service)] if service else SERVICES
    listed = run(admin.find_all(services, topic))
    shown = [dead_letter for dead_letter in listed if everything or not dead_letter.discarded]
    if as_json:
        print_json([_summary(dead_letter) for dead_letter in shown])
        return
    for dead_letter in shown:
        summary = _summary(dead_letter)
        state = f"{_STATE[summary['state']]} ({summary['tries']} lần phát lại)"
        typer.echo(f"{summary['id']}  {_local_time(dead_letter.at)}  {state}")
        typer.echo(f"    {summary['place']}\n    {summary['reason']}")
    hidden = len(listed) - len(shown)
    typer.echo(f"{len(shown)} bản ghi{f'; {hidden} bản ghi đã loại bỏ, xem bằng --all' if hidden else ''}.")


@dead_letters.command(help="Xem đầy đủ một bản ghi: tiêu đề, khóa, nội dung, những gì đã làm với nó.")
def show(
    dead_letter: Annotated[str, typer.Argument(help="Một mã, như list liệt kê.")],
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    prefix: DatabasePrefix = "thidua_",
    as_json: AsJson = False,
) -> None:
    """Show one dead letter in full: headers, key, value as text or in hex, and its history."""
    admin = _admin(mongo, folder, prefix)

    async def find() -> DeadLetter:
        return (await _find_all(admin, [dead_letter]))[0]

    shown = run(find())
    assert shown.contents is not None
    details: _Details = {
        **_summary(shown),
        "headers": [(name, _text(value)) for name, value in shown.contents.headers],
        "key": _text(shown.contents.key),
        "value": _text(shown.contents.value),
        "history": _history(shown),
    }
    if as_json:
        print_json(details)
        return
    typer.echo(f"{details['id']}  {_STATE[details['state']]}")
    about = (
        ("Nơi đọc", shown.place),
        ("Lý do", shown.reason),
        ("Khóa", details["key"]),
        ("Nội dung", details["value"]),
    )
    for name, detail in about:
        typer.echo(f"{name:<10} {detail}")
    for name, value in details["headers"]:
        typer.echo(f"{'Tiêu đề':<10} {name} = {value}")
    for entry in details["history"]:
        actor = f" – {entry['actor']}" if "actor" in entry else ""
        typer.echo(f"{entry['at']}  {entry['what']}{actor}: {entry['reason']}")


@dead_letters.command(help="Đưa bản ghi trở lại chủ đề của nó, nguyên văn; mỗi bản ghi tối đa ba lần.")
def replay(
    ids: _Ids,
    reason: _Reason,
    actor: _Actor = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    prefix: DatabasePrefix = "thidua_",
    wait: Annotated[float, typer.Option(help="Chờ tối đa bao nhiêu giây đến khi đã phát lại.")] = 30.0,
) -> None:
    """Put dead letters back on their topics with their original bytes, key and headers; at most three times each."""
    admin, actor = _admin(mongo, folder, prefix), _require_actor(actor, reason)

    async def work() -> tuple[list[DeadLetter], list[str]]:
        selected = await _find_all(admin, ids)
        requested, refused = await _for_each(selected, lambda dead_letter: admin.replay(dead_letter, actor, reason))
        return await admin.wait_until_replayed(requested, wait), refused

    with progress("Chờ các dịch vụ phát lại"):
        requested, refused = run(work())
    waiting = [dead_letter for dead_letter in requested if dead_letter.waits_for_replay]
    for dead_letter in requested:
        late = "; dịch vụ chưa phát, sẽ phát khi chạy lại" if dead_letter in waiting else ""
        typer.echo(f"{dead_letter.id}: lần phát lại thứ {len(dead_letter.tries)}{late}.")
    _end(refused, failed=bool(waiting))


@dead_letters.command(help="Loại bỏ: bản ghi vẫn được giữ nhưng không phát lại được nữa.")
def discard(
    ids: _Ids,
    reason: _Reason,
    actor: _Actor = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    prefix: DatabasePrefix = "thidua_",
) -> None:
    """Discard dead letters: they are kept, but can no longer be replayed."""
    admin, actor = _admin(mongo, folder, prefix), _require_actor(actor, reason)

    async def work() -> tuple[list[DeadLetter], list[str]]:
        selected = await _find_all(admin, ids)
        return await _for_each(selected, lambda dead_letter: admin.discard(dead_letter, actor, reason))

    discarded, refused = run(work())
    for dead_letter in discarded:
        typer.echo(f"{dead_letter.id}: đã loại bỏ.")
    _end(refused)


@dead_letters.command(help="Cho một dịch vụ đã dừng vì quá nhiều bản ghi lỗi đọc tiếp phần hiện có của chủ đề.")
def allow(
    service: Annotated[str, typer.Argument(help="Dịch vụ đã dừng.")],
    topic: Annotated[str, typer.Argument(help="Chủ đề mà nó dừng.")],
    reason: _Reason,
    actor: _Actor = None,
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    prefix: DatabasePrefix = "thidua_",
) -> None:
    """Let a service that stopped at too many dead letters go on: every record now on the topic may become one."""
    addresses = stack_addresses(folder, ("kafka", "mongo"), "--kafka và --mongo", {"kafka": kafka, "mongo": mongo})
    admin, actor = _admin(addresses["mongo"], folder, prefix), _require_actor(actor, reason)
    ends = run(admin.allow(addresses["kafka"], _require_service(service), topic, actor, reason))
    if not ends:
        fail(f"không có chủ đề “{topic}”.")
    offsets = ", ".join(f"{partition}: {end}" for partition, end in sorted(ends.items()))
    typer.echo(f"{service} được đọc tiếp {topic} đến hết phần hiện có (phân vùng: vị trí {offsets}).")


def _admin(mongo: str | None, folder: Path | None, prefix: str) -> DeadLetterAdmin:
    from deploy.maintenance.dead_letters import DeadLetterAdmin

    return DeadLetterAdmin(stack_addresses(folder, ("mongo",), "--mongo", {"mongo": mongo})["mongo"], prefix)


def _require_service(service: str) -> str:
    from shared.contracts.topics import SERVICES

    if service not in SERVICES:
        fail(f"không có dịch vụ “{service}”; hãy chọn trong {', '.join(SERVICES)}.")
    return service


def _require_actor(actor: str | None, reason: str) -> str:
    """Who acts, by default the user of this machine. Ends the command if that or the reason is missing."""
    if not reason.strip():
        fail("hãy nêu lý do (--reason).")
    try:
        return actor or getpass.getuser()
    except (KeyError, OSError):
        fail("máy này không cho biết ai đang dùng; hãy nêu --actor.")


async def _find_all(admin: DeadLetterAdmin, ids: Sequence[str]) -> list[DeadLetter]:
    """The dead letters with these ids. Ends the command at an unknown id, before anything is changed."""
    selected: list[DeadLetter] = []
    for dead_letter_id in dict.fromkeys(ids):
        _require_service(dead_letter_id.partition(":")[0])
        dead_letter = await admin.find(dead_letter_id)
        if dead_letter is None:
            fail(f"không có bản ghi “{dead_letter_id}”.")
        selected.append(dead_letter)
    return selected


async def _for_each(
    dead_letters: Sequence[DeadLetter], action: Callable[[DeadLetter], Coroutine[Any, Any, DeadLetter]]
) -> tuple[list[DeadLetter], list[str]]:
    """The dead letters as the action leaves them, and a message for each that does not allow it."""
    from shared.runtime.dead_letters.state import ActionNotAllowed

    changed: list[DeadLetter] = []
    refused: list[str] = []
    for dead_letter in dead_letters:
        try:
            changed.append(await action(dead_letter))
        except ActionNotAllowed as error:
            refused.append(f"{dead_letter.id}: {error}.")
    return changed, refused


def _end(refused: Sequence[str], *, failed: bool = False) -> None:
    for message in refused:
        typer.echo(f"thidua: {message}", err=True)
    raise typer.Exit(1 if refused or failed else 0)


def _summary(dead_letter: DeadLetter) -> _Summary:
    return {
        "id": dead_letter.id,
        "place": dead_letter.place,
        "topic": dead_letter.topic,
        "reason": dead_letter.reason,
        "at": dead_letter.at.isoformat(),
        "state": dead_letter.state,
        "tries": len(dead_letter.tries),
    }


def _history(dead_letter: DeadLetter) -> list[dict[str, str]]:
    history: list[dict[str, str]] = []
    for attempt in dead_letter.tries:
        history.append(_entry("phát lại", attempt.ordered))
        if attempt.failed:
            history.append(_entry("vẫn lỗi", attempt.failed))
    if dead_letter.discarded:
        history.append(_entry("loại bỏ", dead_letter.discarded))
    return history


def _entry(what: str, act: Act) -> dict[str, str]:
    entry = {"what": what, "at": _local_time(act.at), "reason": act.reason}
    return entry if act.actor is None else {**entry, "actor": act.actor}


def _text(raw: bytes | None) -> str | None:
    """Bytes as text if they are UTF-8, otherwise in hex."""
    if raw is None:
        return None
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        return f"hex:{bytes(raw).hex()}"


def _local_time(at: datetime) -> str:
    from shared.wording.formats import giay_ngay

    return giay_ngay(at)
