"""`thidua verify` and `thidua rebuild`: recompute what was derived, compare, and repair it on request."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deploy.cli.faults import OK, UNABLE, WRONG, CommandFailed
from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder, stack_addresses
from deploy.cli.support import KafkaAddress, MongoUrl, run

if TYPE_CHECKING:
    from deploy.maintenance.rebuild import RebuildResult
    from services.scoring.verify import Difference


def verify(
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    first: Annotated[int, typer.Option(help="In tối đa bao nhiêu sai khác.")] = 10,
) -> None:
    """Recompute every board from the first event and compare. Exits 1 if anything differs."""
    from deploy.maintenance.noting import note
    from deploy.maintenance.verify import verify as recompute

    kafka, mongo = _addresses(kafka, mongo, folder)

    async def work() -> tuple[int, list[Difference]]:
        with progress("Đọc lại từ sự kiện đầu tiên") as reading:
            records, differences = await recompute(kafka, mongo, on_progress=reading.update)
        await note(mongo, "scoring", "verify", len(differences))
        return records, differences

    records, differences = run(work())
    for difference in differences[:first]:
        print(difference)
    print(f"verify: {records} bản ghi, {len(differences)} sai khác")
    raise typer.Exit(WRONG if differences else OK)


def rebuild(
    service: Annotated[Literal["scoring", "council", "notify"], typer.Argument(help="Dịch vụ nào.")],
    swap: Annotated[bool, typer.Option("--swap", help="Ghi đè những tài liệu có sai khác.")] = False,
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    first: Annotated[int, typer.Option(help="In sai khác của tối đa bao nhiêu tài liệu.")] = 10,
) -> None:
    """Recompute a service's derived documents from the first event and compare. Exits 1 if anything differs.

    Exits 3 if that cannot be decided: not everything is published to this broker, or the service writes without pause.
    The service may run meanwhile. What it owns (judgements, decisions, item numbers, what was sent) is not touched.
    """
    from deploy.maintenance.rebuild import ComparisonUnstable, NotAllPublished, NotRebuilt
    from deploy.maintenance.rebuild import rebuild as recompute

    kafka, mongo = _addresses(kafka, mongo, folder)
    if swap:
        typer.echo(f"Tài liệu nào của {service} tại {mongo} khác với bản dựng lại sẽ bị ghi đè.", err=True)

    async def work() -> RebuildResult:
        with progress("Dựng lại từ sự kiện đầu tiên") as reading:
            return await recompute(service, kafka, mongo, swap=swap, on_progress=reading.update)

    try:
        result = run(work())
    except (NotAllPublished, ComparisonUnstable, NotRebuilt) as error:
        raise CommandFailed(str(error), UNABLE) from None
    _print(result, first)
    raise typer.Exit(WRONG if result.differences else OK)


def _addresses(kafka: str | None, mongo: str | None, folder: Path | None) -> tuple[str, str]:
    given = {"kafka": kafka, "mongo": mongo}
    addresses = stack_addresses(folder, ("kafka", "mongo"), "--kafka và --mongo", given)
    return addresses["kafka"], addresses["mongo"]


def _print(result: RebuildResult, first: int) -> None:
    from shared.wording.stored_data import collection_name

    service, differences = result.service, result.differences or result.mended
    documents = [list(facts) for _, facts in groupby(differences, key=lambda d: (d.collection, d.document))]
    for facts in documents[:first]:
        print(f"{facts[0]}{f' (và {len(facts) - 1} sai khác nữa ở đó)' if facts[1:] else ''}")
    compared = ", ".join(f"{n} tài liệu {collection_name(collection)}" for collection, n in result.documents.items())
    read = f"{result.records} bản ghi, {result.unreadable} không đọc được, {result.unknown} chưa áp dụng được"
    print(f"{service}: {read}; đã so sánh {compared}")
    count = f"{len(differences)} sai khác trong {len(documents)} tài liệu"
    if result.differences:
        print(f"rebuild {service}: {count}; sửa bằng --swap")
    elif result.mended:
        print(f"rebuild {service}: {count}, đã sửa, nay khớp")
    else:
        print(f"rebuild {service}: khớp, không có gì phải sửa")
