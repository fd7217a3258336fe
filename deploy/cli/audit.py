"""`thidua audit`: check that what the services published and people did is still recorded as it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder, stack_addresses
from deploy.cli.support import AsJson, DatabasePrefix, KafkaAddress, MongoUrl, fail, print_json, run

if TYPE_CHECKING:
    from deploy.maintenance.audit import ChainReport
    from shared.runtime.audit.hash_chain import Head

audits = typer.Typer(no_args_is_help=True, help="Chuỗi kiểm toán: những gì đã công bố, đã làm có còn nguyên không.")

_WHY = {
    "altered": "đã bị sửa",
    "missing": "không còn",
    "out of order": "không nối tiếp mục trước",
    "not what the head says": "không phải mục đã được công bố hoặc in ra",
    "shorter than the head": "và các mục sau không còn: ngắn hơn dấu đã được công bố hoặc in ra",
}
_HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{8,64})")


@audits.callback()
def _group() -> None:
    """The audit chains of the services."""


@audits.command(help="Đối chiếu từng mục với mục trước và với các dấu đã công bố. Mã thoát 1 nếu có lỗi.")
def verify(
    services: Annotated[list[str] | None, typer.Argument(help="Những dịch vụ nào; không nêu thì tất cả.")] = None,
    head: Annotated[
        str | None, typer.Option(help="SỐ:MÃ ở cuối một tài liệu; không nêu dịch vụ thì của Hội đồng.")
    ] = None,
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    prefix: DatabasePrefix = "thidua_",
    as_json: AsJson = False,
) -> None:
    """Check every entry against the one before it, and all against the published heads. Exits 1 at any fault.

    With ``--mongo`` alone the published heads are not read, and entries cut off at the end go unnoticed.
    """
    from deploy.maintenance.audit import check_chains, published_heads
    from shared.contracts.topics import SERVICES

    printed_head = _parse_head(head) if head else None
    names = services or (["council"] if printed_head else list(SERVICES))
    if unknown := [name for name in names if name not in SERVICES]:
        fail(f"không có dịch vụ “{unknown[0]}”; hãy chọn trong {', '.join(SERVICES)}.")
    if printed_head and len(names) > 1:
        fail("--head là của một dịch vụ; hãy nêu đúng một dịch vụ.")
    given = {"kafka": kafka, "mongo": mongo}
    addresses = stack_addresses(folder, ("mongo",), "--mongo và --kafka", given)
    database, kafka = addresses["mongo"], addresses.get("kafka")

    async def work() -> list[ChainReport]:
        with progress("Đọc chuỗi kiểm toán") as reading:
            heads = await published_heads(kafka) if kafka else {}
            return await check_chains(database, names, heads, printed_head, prefix, reading.update)

    reports = run(work())
    if as_json:
        print_json([_as_json(report) for report in reports])
    else:
        for report in reports:
            typer.echo(_as_text(report))
        if not kafka:
            typer.echo("Chưa đối chiếu với các dấu đã công bố trên Kafka (không nêu --kafka).")
    raise typer.Exit(1 if any(report.bad for report in reports) else 0)


def _parse_head(text: str) -> Head:
    from shared.runtime.audit.hash_chain import Head

    match = _HEAD.fullmatch(text.strip().lower().replace("…", ""))
    if match is None or int(match[1]) < 1:
        fail(f"“{text}” không phải là dấu kiểm toán; hãy nhập SỐ:MÃ, ví dụ 128:3f2a9c01de4b77aa.")
    return Head(int(match[1]), match[2])


def _as_text(report: ChainReport) -> str:
    head = f"{report.head.n}:{report.head.hash[:16]}" if report.entries else "trống"
    published = f"dấu công bố mới nhất: số {report.published.n}" if report.published else "chưa có dấu công bố"
    result = f"LỖI ở mục {report.bad.n}: {_WHY[report.bad.why]} ({report.bad.why})" if report.bad else "OK"
    return f"{report.service:<8} {report.entries:>7} mục  {head:<24} {published:<32} {result}"


def _as_json(report: ChainReport) -> dict[str, object]:
    bad = {"n": report.bad.n, "why": report.bad.why.value} if report.bad else None
    published = {"n": report.published.n, "hash": report.published.hash} if report.published else None
    head = {"n": report.head.n, "hash": report.head.hash, "at": report.head.at}
    return {"service": report.service, "entries": report.entries, "head": head, "published": published, "bad": bad}
