"""`thidua audit`: whether what the services said and people did is still written as it was."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.plans import _fail, _print_json, _running
from shared.contracts.topics import SERVICES

if TYPE_CHECKING:
    from deploy.maintenance.audit import Checked
    from shared.runtime.audit.hash_chain import Head

audits = typer.Typer(no_args_is_help=True, help="The audit chains of the services.")

_WHY = {
    "altered": "đã bị sửa",
    "missing": "không còn",
    "out of order": "không nối tiếp mục trước",
    "not what the head says": "không phải mục đã được công bố hoặc in ra",
    "shorter than the head": "và các mục sau không còn: ngắn hơn dấu đã được công bố hoặc in ra",
}
_HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{8,64})")

Kafka = Annotated[str | None, typer.Option(help="Bootstrap address; the running stack's where not given.")]
Mongo = Annotated[str | None, typer.Option(help="Database URL; the running stack's where not given.")]
Prefix = Annotated[str, typer.Option(help="Of the databases' names.", envvar="THIDUA_DATABASE_PREFIX")]


@audits.callback()
def _several() -> None:
    """The audit chains of the services."""


@audits.command()
def verify(
    services: Annotated[list[str] | None, typer.Argument(help="Which services; all where none is named.")] = None,
    head: Annotated[
        str | None, typer.Option(help="N:HASH from the foot of a document; the council's where no service is named.")
    ] = None,
    kafka: Kafka = None,
    mongo: Mongo = None,
    prefix: Prefix = "thidua_",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check every entry against the one before, and all against the heads published. Exits 1 at any fault.

    With ``--mongo`` alone the published heads are not looked at, and a cut tail does not show.
    """
    from deploy.maintenance.audit import check, published_heads
    from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
    from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS

    by_hand = _head(head) if head else None
    named = services or (["council"] if by_hand else list(SERVICES))
    if unknown := [each for each in named if each not in SERVICES]:
        _fail(f"không có dịch vụ “{unknown[0]}”; hãy chọn trong {', '.join(SERVICES)}.")
    if by_hand and len(named) > 1:
        _fail("--head là của một dịch vụ; hãy nêu đúng một dịch vụ.")
    if not mongo:
        running = _running()
        mongo, kafka = running.get("mongo"), kafka or running.get("kafka")
    if not mongo:
        _fail("không có hệ thống nào đang chạy ở đây; hãy nêu --mongo và --kafka.")

    async def work() -> list[Checked]:
        published = await published_heads(kafka) if kafka else {}
        return await check(mongo, named, published, by_hand, prefix)

    try:
        checked = asyncio.run(work())
    except (*TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS) as error:
        _fail(f"không đọc được: {error!r}")
    if as_json:
        _print_json([_as_json(each) for each in checked])
    else:
        for each in checked:
            typer.echo(_told(each))
        if not kafka:
            typer.echo("Chưa đối chiếu với các dấu đã công bố trên Kafka (không nêu --kafka).")
    raise typer.Exit(1 if any(each.bad for each in checked) else 0)


def _head(text: str) -> Head:
    from shared.runtime.audit.hash_chain import Head

    found = _HEAD.fullmatch(text.strip().lower().replace("…", ""))
    if found is None or int(found[1]) < 1:
        _fail(f"“{text}” không phải là dấu kiểm toán; hãy nhập SỐ:MÃ, ví dụ 128:3f2a9c01de4b77aa.")
    return Head(int(found[1]), found[2])


def _told(each: Checked) -> str:
    stands = f"{each.head.n}:{each.head.hash[:16]}" if each.entries else "trống"
    against = f"dấu công bố mới nhất: số {each.published.n}" if each.published else "chưa có dấu công bố"
    result = f"LỖI ở mục {each.bad.n}: {_WHY[each.bad.why]} ({each.bad.why})" if each.bad else "OK"
    return f"{each.service:<8} {each.entries:>7} mục  {stands:<24} {against:<32} {result}"


def _as_json(each: Checked) -> dict[str, object]:
    bad = {"n": each.bad.n, "why": each.bad.why.value} if each.bad else None
    published = {"n": each.published.n, "hash": each.published.hash} if each.published else None
    head = {"n": each.head.n, "hash": each.head.hash, "at": each.head.at}
    return {"service": each.service, "entries": each.entries, "head": head, "published": published, "bad": bad}
