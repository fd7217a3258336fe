"""`thidua dlq`: list, show, replay and discard what the services could not read or apply."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, TypeVar

import typer

from deploy.cli.support import AsJson, DatabasePrefix, KafkaAddress, MongoUrl, fail, print_json, running_stack
from shared.contracts.topics import SERVICES

if TYPE_CHECKING:
    from deploy.maintenance.dead_letters import Act, DeadLetter, DeadLetterAdmin

dead_letters = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, replay, discard, allow.")

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


_T = TypeVar("_T")
_Ids = Annotated[list[str], typer.Argument(help="Ids, as `list` shows them.")]
_Reason = Annotated[str, typer.Option(help="The reason, recorded in the audit chain.")]
_Actor = Annotated[str | None, typer.Option(help="Who does it; by default the user of this machine.")]


@dead_letters.command(name="list")
def list_(
    service: Annotated[str | None, typer.Argument(help="Only this service's; by default all services'.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only from this topic.")] = None,
    mongo: MongoUrl = None,
    prefix: DatabasePrefix = "thidua_",
    as_json: AsJson = False,
) -> None:
    """Show the dead letters, oldest first."""
    admin = _admin(mongo, prefix)
    services = [_require_service(service)] if service else SERVICES
    listed = _run(admin.find_all(services, topic))
    if as_json:
        print_json([_summary(dead_letter) for dead_letter in listed])
        return
    for dead_letter in listed:
        summary = _summary(dead_letter)
        state = f"{_STATE[summary['state']]} ({summary['tries']} lần phát lại)"
        typer.echo(f"{summary['id']}  {_local_time(dead_letter.at)}  {state}")
        typer.echo(f"    {summary['place']}\n    {summary['reason']}")
    typer.echo(f"{len(listed)} bản ghi.")


@dead_letters.command()
def show(
    dead_letter: Annotated[str, typer.Argument(help="An id, as `list` shows it.")],
    mongo: MongoUrl = None,
    prefix: DatabasePrefix = "thidua_",
    as_json: AsJson = False,
) -> None:
    """Show one dead letter in full: headers, key, value as text or in hex, and its history."""
    admin = _admin(mongo, prefix)

    async def find() -> DeadLetter:
        return (await _find_all(admin, [dead_letter]))[0]

    shown = _run(find())
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


@dead_letters.command()
def replay(
    ids: _Ids,
    reason: _Reason,
    actor: _Actor = None,
    mongo: MongoUrl = None,
    prefix: DatabasePrefix = "thidua_",
    wait: Annotated[float, typer.Option(help="Seconds to wait until they are on their topics.")] = 30.0,
) -> None:
    """Put dead letters back on their topics with their original bytes, key and headers; at most three times each."""
    admin, actor = _admin(mongo, prefix), _require_actor(actor, reason)

    async def work() -> tuple[list[DeadLetter], list[str]]:
        selected = await _find_all(admin, ids)
        requested, refused = await _for_each(selected, lambda dead_letter: admin.replay(dead_letter, actor, reason))
        return await admin.wait_until_replayed(requested, wait), refused

    requested, refused = _run(work())
    waiting = [dead_letter for dead_letter in requested if dead_letter.waits_for_replay]
    for dead_letter in requested:
        late = "; dịch vụ chưa phát, sẽ phát khi chạy lại" if dead_letter in waiting else ""
        typer.echo(f"{dead_letter.id}: lần phát lại thứ {len(dead_letter.tries)}{late}.")
    _end(refused, failed=bool(waiting))


@dead_letters.command()
def discard(
    ids: _Ids, reason: _Reason, actor: _Actor = None, mongo: MongoUrl = None, prefix: DatabasePrefix = "thidua_"
) -> None:
    """Discard dead letters: they are kept, but can no longer be replayed."""
    admin, actor = _admin(mongo, prefix), _require_actor(actor, reason)

    async def work() -> tuple[list[DeadLetter], list[str]]:
        selected = await _find_all(admin, ids)
        return await _for_each(selected, lambda dead_letter: admin.discard(dead_letter, actor, reason))

    discarded, refused = _run(work())
    for dead_letter in discarded:
        typer.echo(f"{dead_letter.id}: đã loại bỏ.")
    _end(refused)


@dead_letters.command()
def allow(
    service: Annotated[str, typer.Argument(help="The service that stopped.")],
    topic: Annotated[str, typer.Argument(help="The topic it stopped on.")],
    reason: _Reason,
    actor: _Actor = None,
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    prefix: DatabasePrefix = "thidua_",
) -> None:
    """Let a service that stopped at too many dead letters go on: every record now on the topic may become one."""
    admin, actor = _admin(mongo, prefix), _require_actor(actor, reason)
    bootstrap = kafka or running_stack().get("kafka")
    if not bootstrap:
        fail("không có hệ thống nào đang chạy ở đây; hãy nêu --kafka và --mongo.")
    ends = _run(admin.allow(bootstrap, _require_service(service), topic, actor, reason))
    if not ends:
        fail(f"không có chủ đề “{topic}”.")
    offsets = ", ".join(f"{partition}: {end}" for partition, end in sorted(ends.items()))
    typer.echo(f"{service} được đọc tiếp {topic} đến hết phần hiện có (phân vùng: vị trí {offsets}).")


def _admin(mongo: str | None, prefix: str) -> DeadLetterAdmin:
    from deploy.maintenance.dead_letters import DeadLetterAdmin

    url = mongo or running_stack().get("mongo")
    if not url:
        fail("không có hệ thống nào đang chạy ở đây; hãy nêu --mongo.")
    return DeadLetterAdmin(url, prefix)


def _require_service(service: str) -> str:
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


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
    from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS

    try:
        return asyncio.run(work)
    except (*TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS) as error:
        fail(f"không thực hiện được: {error!r}")


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
    from shared.contracts.model import local

    return f"{local(at):%d/%m/%Y %H:%M:%S}"
