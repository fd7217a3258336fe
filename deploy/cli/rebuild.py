"""`thidua rebuild`: what a service derived, made anew and compared; put right where told."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress


def rebuild(
    service: Annotated[Literal["scoring", "council", "notify"], typer.Argument(help="Whose documents.")],
    swap: Annotated[bool, typer.Option("--swap", help="Write what differs over the live documents.")] = False,
    kafka: Annotated[str | None, typer.Option(help="Bootstrap address; the running stack's where not given.")] = None,
    mongo: Annotated[str | None, typer.Option(help="Database URL; the running stack's where not given.")] = None,
    first: Annotated[int, typer.Option(help="Of how many documents to show a difference.")] = 10,
) -> None:
    """Make what a service derived anew from the first event, beside it, and compare. Exits 1 where anything differs.

    Exits 2 where it cannot be told: not all has been said to this broker, or the service writes without pause.
    The service may run meanwhile. What it owns (judgements, decisions, item numbers, what was sent) is not touched.
    """
    from deploy.cli.main import _run, _running
    from deploy.maintenance.rebuild import NeverStill, NotAllPublished
    from deploy.maintenance.rebuild import rebuild as make_anew

    async def work() -> int:
        running = {"kafka": kafka, "mongo": mongo} if kafka and mongo else _running()
        try:
            with Progress(transient=True) as bar:
                task = bar.add_task("Dựng lại từ sự kiện đầu tiên", total=None)
                done = await make_anew(
                    service,
                    kafka or running["kafka"],
                    mongo or running["mongo"],
                    swap=swap,
                    seen=lambda n: bar.update(task, completed=n),
                )
        except (NotAllPublished, NeverStill) as error:
            Console(stderr=True).print(f"thidua: {error}", style="red", markup=False)
            return 2
        found = done.differences or done.mended
        together = [list(those) for _, those in groupby(found, key=lambda each: (each.collection, each.document))]
        for those in together[:first]:
            print(f"{those[0]}{f' (and {len(those) - 1} more there)' if those[1:] else ''}")
        kept = ", ".join(f"{n} {collection}" for collection, n in done.documents.items())
        print(f"{service}: {done.records} records, {done.unreadable} unreadable, {done.unknown} waiting; {kept}")
        said = f"{len(found)} differences in {len(together)} documents"
        if done.differences:
            print(f"rebuild {service}: {said}; --swap mends them")
        elif done.mended:
            print(f"rebuild {service}: {said}, mended and equal now")
        else:
            print(f"rebuild {service}: equal, nothing to swap")
        return 1 if done.differences else 0

    _run(work())
