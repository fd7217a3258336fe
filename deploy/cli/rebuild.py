"""`thidua rebuild`: recompute a service's derived documents, compare, and repair them on request."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import Progress

from deploy.cli.support import KafkaAddress, MongoUrl, print_error, require_running_stack, run

if TYPE_CHECKING:
    from deploy.maintenance.rebuild import RebuildResult


def rebuild(
    service: Annotated[Literal["scoring", "council", "notify"], typer.Argument(help="Whose documents.")],
    swap: Annotated[bool, typer.Option("--swap", help="Write what differs over the live documents.")] = False,
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    first: Annotated[int, typer.Option(help="In how many documents to show a difference.")] = 10,
) -> None:
    """Recompute a service's derived documents from the first event and compare. Exits 1 if anything differs.

    Exits 2 if that cannot be decided: not everything is published to this broker, or the service writes without pause.
    The service may run meanwhile. What it owns (judgements, decisions, item numbers, what was sent) is not touched.
    """
    from deploy.maintenance.rebuild import ComparisonUnstable, NotAllPublished
    from deploy.maintenance.rebuild import rebuild as recompute

    async def work() -> RebuildResult:
        addresses = {"kafka": kafka, "mongo": mongo} if kafka and mongo else require_running_stack()
        with Progress(transient=True) as bar:
            task = bar.add_task("Dựng lại từ sự kiện đầu tiên", total=None)
            return await recompute(
                service,
                kafka or addresses["kafka"],
                mongo or addresses["mongo"],
                swap=swap,
                on_progress=lambda n: bar.update(task, completed=n),
            )

    try:
        result = run(work())
    except (NotAllPublished, ComparisonUnstable) as error:
        print_error(error)
        raise typer.Exit(2) from None
    _print(result, first)
    raise typer.Exit(1 if result.differences else 0)


def _print(result: RebuildResult, first: int) -> None:
    service, differences = result.service, result.differences or result.mended
    documents = [list(facts) for _, facts in groupby(differences, key=lambda d: (d.collection, d.document))]
    for facts in documents[:first]:
        print(f"{facts[0]}{f' (and {len(facts) - 1} more there)' if facts[1:] else ''}")
    compared = ", ".join(f"{n} {collection}" for collection, n in result.documents.items())
    print(f"{service}: {result.records} records, {result.unreadable} unreadable, {result.unknown} waiting; {compared}")
    count = f"{len(differences)} differences in {len(documents)} documents"
    if result.differences:
        print(f"rebuild {service}: {count}; --swap mends them")
    elif result.mended:
        print(f"rebuild {service}: {count}, mended and equal now")
    else:
        print(f"rebuild {service}: equal, nothing to swap")
