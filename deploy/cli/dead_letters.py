"""`thidua dlq`: what the services could not read or apply, and what becomes of it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from deploy.cli.audit import Kafka, Mongo, Prefix
from deploy.cli.plans import _fail, _print_json, _running
from shared.contracts.topics import SERVICES

if TYPE_CHECKING:
    from deploy.maintenance.dead_letters import DeadLetter, DeadLetterAdmin

dead_letters = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, replay, discard, allow.")

_STATE = {
    "kept": "đang giữ",
    "replay wanted": "chờ phát lại",
    "replayed": "đã phát lại",
    "failed again": "phát lại vẫn lỗi",
    "discarded": "đã loại bỏ",
}
_T = TypeVar("_T")
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Ids = Annotated[list[str], typer.Argument(help="Ids, as `list` shows them.")]
_Reason = Annotated[str, typer.Option(help="Why; goes into the audit chain.")]
_Actor = Annotated[str | None, typer.Option(help="Who; the user of this machine where not given.")]


@dead_letters.command(name="list")
def list_(
    service: Annotated[str | None, typer.Argument(help="Whose; all services' where none is named.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only from this topic.")] = None,
    mongo: Mongo = None,
    prefix: Prefix = "thidua_",
    as_json: _AsJson = False,
) -> None:
    """Show the dead letters, oldest first."""
    desk = _desk(mongo, prefix)
    found = _run(desk.all([_known(service)] if service else SERVICES, topic))
    if as_json:
        _print_json([_summary(each) for each in found])
        return
    for each in found:
        told = _summary(each)
        typer.echo(f"{told['id']}  {_time(each.doc['at'])}  {_STATE[told['state']]} ({told['tries']} lần phát lại)")
        typer.echo(f"    {told['place']}\n    {told['reason']}")
    typer.echo(f"{len(found)} bản ghi.")


@dead_letters.command()
def show(
    dead_letter: Annotated[str, typer.Argument(help="An id, as `list` shows it.")],
    mongo: Mongo = None,
    prefix: Prefix = "thidua_",
    as_json: _AsJson = False,
) -> None:
    """Show one letter whole: headers, key, value as text or in hex, and what has become of it."""
    desk = _desk(mongo, prefix)

    async def find() -> DeadLetter:
        return (await _all_of(desk, [dead_letter]))[0]

    found = _run(find())
    told = _summary(found) | {
        "headers": [[name, _text(value)] for name, value in found.doc["headers"]],
        "key": _text(found.doc["key"]),
        "value": _text(found.doc["value"]),
        "history": _history(found),
    }
    if as_json:
        _print_json(told)
        return
    typer.echo(f"{told['id']}  {_STATE[told['state']]}")
    for name, what in (("Nơi đọc", "place"), ("Lý do", "reason"), ("Khóa", "key"), ("Nội dung", "value")):
        typer.echo(f"{name:<10} {told[what]}")
    for name, value in told["headers"]:
        typer.echo(f"{'Tiêu đề':<10} {name} = {value}")
    for each in told["history"]:
        who = f" – {each['actor']}" if "actor" in each else ""
        typer.echo(f"{each['at']}  {each['what']}{who}: {each['reason']}")


@dead_letters.command()
def replay(
    ids: _Ids,
    reason: _Reason,
    actor: _Actor = None,
    mongo: Mongo = None,
    prefix: Prefix = "thidua_",
    wait: Annotated[float, typer.Option(help="Seconds to wait until they are on their topics.")] = 30.0,
) -> None:
    """Put letters back on their topics with the bytes, key and headers they had; at most three times each."""
    desk, who = _desk(mongo, prefix), _who(actor, reason)

    async def work() -> tuple[list[DeadLetter], list[str]]:
        done, refused = await _each(await _all_of(desk, ids), lambda each: desk.put_back(each, who, reason))
        return await desk.said(done, wait), refused

    done, refused = _run(work())
    waiting = [each for each in done if "replay" in each.doc["unsent"]]
    for each in done:
        late = "; dịch vụ chưa phát, sẽ phát khi chạy lại" if each in waiting else ""
        typer.echo(f"{each.id}: lần phát lại thứ {len(each.doc['tries'])}{late}.")
    _end(refused, failed=bool(waiting))


@dead_letters.command()
def discard(ids: _Ids, reason: _Reason, actor: _Actor = None, mongo: Mongo = None, prefix: Prefix = "thidua_") -> None:
    """Give letters up: they are kept, and never put back."""
    desk, who = _desk(mongo, prefix), _who(actor, reason)

    async def work() -> tuple[list[DeadLetter], list[str]]:
        return await _each(await _all_of(desk, ids), lambda each: desk.discard(each, who, reason))

    done, refused = _run(work())
    for each in done:
        typer.echo(f"{each.id}: đã loại bỏ.")
    _end(refused)


@dead_letters.command()
def allow(
    service: Annotated[str, typer.Argument(help="The service that stopped.")],
    topic: Annotated[str, typer.Argument(help="The topic it stopped on.")],
    reason: _Reason,
    actor: _Actor = None,
    kafka: Kafka = None,
    mongo: Mongo = None,
    prefix: Prefix = "thidua_",
) -> None:
    """Let a service go on that stopped at too many dead letters: all that is on the topic now may become one."""
    desk, who = _desk(mongo, prefix), _who(actor, reason)
    bootstrap = kafka or _running().get("kafka")
    if not bootstrap:
        _fail("không có hệ thống nào đang chạy ở đây; hãy nêu --kafka và --mongo.")
    ends = _run(desk.allow(bootstrap, _known(service), topic, who, reason))
    if not ends:
        _fail(f"không có chủ đề “{topic}”.")
    through = ", ".join(f"{partition}: {end}" for partition, end in sorted(ends.items()))
    typer.echo(f"{service} được đọc tiếp {topic} đến hết phần hiện có (phân vùng: vị trí {through}).")


def _desk(mongo: str | None, prefix: str) -> DeadLetterAdmin:
    from deploy.maintenance.dead_letters import DeadLetterAdmin

    url = mongo or _running().get("mongo")
    if not url:
        _fail("không có hệ thống nào đang chạy ở đây; hãy nêu --mongo.")
    return DeadLetterAdmin(url, prefix)


def _known(service: str) -> str:
    if service not in SERVICES:
        _fail(f"không có dịch vụ “{service}”; hãy chọn trong {', '.join(SERVICES)}.")
    return service


def _who(actor: str | None, reason: str) -> str:
    if not reason.strip():
        _fail("hãy nêu lý do (--reason).")
    try:
        return actor or getpass.getuser()
    except (KeyError, OSError):
        _fail("máy này không cho biết ai đang dùng; hãy nêu --actor.")


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
    from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS

    try:
        return asyncio.run(work)
    except (*TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS) as error:
        _fail(f"không thực hiện được: {error!r}")


async def _all_of(desk: DeadLetterAdmin, ids: Sequence[str]) -> list[DeadLetter]:
    """The letters of these ids; ends the command where one is of nobody, before anything is done."""
    found: list[DeadLetter] = []
    for each in dict.fromkeys(ids):
        _known(each.partition(":")[0])
        dead_letter = await desk.one(each)
        if dead_letter is None:
            _fail(f"không có bản ghi “{each}”.")
        found.append(dead_letter)
    return found


async def _each(
    found: Sequence[DeadLetter], act: Callable[[DeadLetter], Coroutine[Any, Any, DeadLetter]]
) -> tuple[list[DeadLetter], list[str]]:
    from shared.runtime.dead_letters.state import ActionNotAllowed

    done: list[DeadLetter] = []
    refused: list[str] = []
    for each in found:
        try:
            done.append(await act(each))
        except ActionNotAllowed as error:
            refused.append(f"{each.id}: {error}.")
    return done, refused


def _end(refused: Sequence[str], *, failed: bool = False) -> None:
    for each in refused:
        typer.echo(f"thidua: {each}", err=True)
    raise typer.Exit(1 if refused or failed else 0)


def _summary(dead_letter: DeadLetter) -> dict[str, Any]:
    from shared.runtime.dead_letters.state import state_of

    doc = dead_letter.doc
    return {
        "id": dead_letter.id,
        "place": doc["_id"],
        "topic": doc["topic"],
        "reason": doc["reason"],
        "at": doc["at"].isoformat(),
        "state": state_of(doc),
        "tries": len(doc.get("tries", ())),
    }


def _history(dead_letter: DeadLetter) -> list[dict[str, str]]:
    told: list[dict[str, str]] = []
    for each in dead_letter.doc.get("tries", ()):
        told.append({"what": "phát lại", **_entry(each), "actor": each["actor"]})
        if each["failed"]:
            told.append({"what": "vẫn lỗi", **_entry(each["failed"])})
    if given_up := dead_letter.doc.get("discarded"):
        told.append({"what": "loại bỏ", **_entry(given_up), "actor": given_up["actor"]})
    return told


def _entry(each: dict[str, Any]) -> dict[str, str]:
    return {"at": _time(each["at"]), "reason": each["reason"]}


def _text(raw: bytes | None) -> str | None:
    """Bytes as text where they are UTF-8, otherwise in hex."""
    if raw is None:
        return None
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError:
        return f"hex:{bytes(raw).hex()}"


def _time(at: datetime) -> str:
    from shared.contracts.model import local

    return f"{local(at):%d/%m/%Y %H:%M:%S}"
