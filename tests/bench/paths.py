"""Ratios of the scoring path: against the raw client, with and without a database, and with and without FastStream."""

from __future__ import annotations

from tests.bench.load import Load, Shape
from tests.bench.ratio import Ratio, Side, Took
from tests.bench.stage import Stage
from tests.bench.watched import Stamp, Watched

_NAIVE_RECORDS = 2_000


def raw(figures: int | None = None) -> Side:
    """The time of ``getmany`` alone over this many figures (by default the run's), one per record."""

    async def side(stage: Stage) -> Took:
        load = Load(figures or stage.figures)
        result = await stage.child("tests.bench.raw", await stage.kafka(load), str(load.figures))
        return Took(result["seconds"], result["events"], result["cpu"])

    return side


def path(shape: Shape = "figures", *entry: str, share: float = 1.0) -> Side:
    """The time of the whole service over a load, from the first record read until all is committed and published.

    ``entry`` are options of ``tests.bench.entry``. ``share`` is the part of the run's figures to use, for slow sides.
    """

    async def side(stage: Stage) -> Took:
        load = Load(int(stage.figures * share), shape)
        kafka, prefix = await stage.kafka(load), stage.fresh()
        async with stage.service("scoring", kafka, prefix, *entry) as scoring:
            took = await timed(scoring, load)
        if "--memory" not in entry:
            await stage.forget(prefix)
        return took

    return side


async def naive(stage: Stage) -> Took:
    """The time of the naive version, which handles one message at a time; its boards are filled beforehand."""
    load = Load(stage.figures)
    kafka, prefix = await stage.kafka(load), stage.fresh()
    warm = len(load.worlds[0].slots)
    result = await stage.child(
        "tests.bench.naive", kafka, await stage.mongo(), prefix + "naive", str(warm), str(_NAIVE_RECORDS)
    )
    await stage.forget(prefix, "naive")
    return Took(result["seconds"], result["events"], result["cpu"])


async def timed(scoring: Watched, load: Load) -> Took:
    """The time of a service, already started, over a load."""
    end = await scoring.handled(load.records)
    return between(scoring.began, end, load.figures)


def between(start: Stamp, end: Stamp, figures: float) -> Took:
    """The time and the writes between two moments of a process."""
    facts = {
        "documents_per_event": (end.documents - start.documents) / figures,
        "writes_per_event": (end.commands - start.commands) / figures,
    }
    return Took(end.at - start.at, figures, end.cpu - start.cpu, facts)


RATIOS = (
    Ratio(
        "path-without-db-figures",
        "scoring, documents kept in the process, one figure a record / raw getmany of the same records",
        path("figures", "--memory"),
        raw(),
        target=0.35,
    ),
    Ratio(
        "path-without-db-pages",
        "scoring, documents kept in the process, figures in pages / raw getmany, one figure a record",
        path("pages", "--memory"),
        raw(),
        target=0.35,
    ),
    Ratio(
        "path-with-db",
        "scoring with everything on, one figure a record / raw getmany of the same records",
        path("figures"),
        raw(),
        target=0.25,
    ),
    Ratio(
        "path-with-db-pages",
        "scoring with everything on, figures in pages / raw getmany, one figure a record",
        path("pages"),
        raw(),
    ),
    Ratio(
        "path-against-naive",
        "scoring with everything on, one figure a record / one message at a time with FastStream, pydantic and Mongo",
        path("figures"),
        naive,
        target=300,
    ),
    Ratio(
        "framework",
        "scoring as it is / the same handler on a plain loop around the client, documents kept in the process",
        path("figures", "--memory"),
        path("figures", "--memory", "--bare"),
        target=0.9,
    ),
)
