"""The cost of growth: more units on a board, more provinces, more processes, more memory."""

from __future__ import annotations

from shared.runtime.mongo import Database
from tests.bench.filling import write
from tests.bench.load import Load, world
from tests.bench.paths import timed
from tests.bench.ratio import Ratio, Side, Took
from tests.bench.seeding import seed, write_seed
from tests.bench.stage import Stage
from tests.bench.watched import Stamp, Watched

_PROVINCES = 34
_PARTITIONS = 8
_PATIENT = {"THIDUA_STALLED_SECONDS": "3600"}
"""A limit high enough that a consumer on hold does not count as stalled."""
_FEW, _MANY, _MOST = 300, 10_000, 100_000


def units(communes: int, *entry: str) -> Side:
    """The cost of an event if every commune board already has this many communes."""

    async def side(stage: Stage) -> Took:
        load = Load(stage.figures, communes=communes, once_before=True, published=False)
        kafka, prefix = await stage.kafka(load), stage.fresh()
        options = list(entry)
        if "--memory" in entry:
            file = stage.folder / "run" / f"units-{communes}"
            if not file.exists():
                write_seed(load.worlds, file)
            options += ["--seed", str(file)]
        else:
            await _seed(stage, prefix, load)
        go = stage.folder / "run" / f"go{prefix}"
        options += ["--hold", str(go), "--before", str(load.before)]
        async with stage.service("scoring", kafka, prefix, *options, env=_PATIENT) as scoring:
            await scoring.committed(load.before)
            await scoring.wait_until_published()
            go.touch()
            took = await timed(scoring, load)
        if "--memory" not in entry:
            await stage.forget(prefix)
        return took

    return side


async def _seed(stage: Stage, prefix: str, load: Load) -> None:
    database = Database(await stage.mongo(), prefix + "scoring")
    try:
        await seed(database, load.worlds)
    finally:
        await database.close()


def provinces(n: int) -> Side:
    """The cost of an event if ``n`` provinces report at the same time, over eight partitions."""

    async def side(stage: Stage) -> Took:
        load = Load(stage.figures, provinces=n, partitions=_PARTITIONS)
        kafka, prefix = await stage.kafka(load), stage.fresh()
        async with stage.service("scoring", kafka, prefix) as scoring:
            took = await timed(scoring, load)
        await stage.forget(prefix)
        return took

    return side


def processes(n: int) -> Side:
    """The cost of an event of 34 provinces for ``n`` processes of one group, which start to read together."""

    async def side(stage: Stage) -> Took:
        load = Load(stage.figures, provinces=_PROVINCES, partitions=_PARTITIONS)
        kafka, prefix = await stage.kafka(load), stage.fresh()
        go = stage.folder / "run" / f"go{prefix}"
        running = [await stage.start("scoring", kafka, prefix, "--hold", str(go), env=_PATIENT) for _ in range(n)]
        try:
            whole = await _shared_out(running)
            go.touch()
            ends = await _all_handled(running, load.records)
            reads = [first for service in running if (first := _first_read(service)) is not None]
        finally:
            for service in running:
                await service.stop()
        await stage.forget(prefix)
        start, end = min(stamp.at for stamp in reads), max(stamp.at for stamp in ends)
        cpu = sum(last.cpu for last in ends) - sum(first.cpu for first in reads)
        return Took(end - start, load.figures, cpu, {"partitions": whole, "processes_that_read": len(reads)})

    return side


async def _shared_out(running: list[Watched]) -> int:
    """Wait until every process has partitions and the assignment is stable; returns their total."""
    seen: list[list[int]] = []

    async def partitions_shared() -> bool:
        seen.append([(await service.progress()).partitions for service in running])
        return len(seen) > 40 and all(seen[-1]) and all(counts == seen[-1] for counts in seen[-40:])

    await running[0].until(partitions_shared, "sharing out the partitions", 180)
    return sum(seen[-1])


async def _all_handled(running: list[Watched], records: int) -> list[Stamp]:
    async def committed() -> bool:
        done = [[stamp.seen for stamp in service.stamps() if stamp.what == "committed"] for service in running]
        return sum(max(counts, default=0) for counts in done) >= records

    await running[0].until(committed, f"committing {records} records")
    return [await service.rested() for service in running]


def _first_read(scoring: Watched) -> Stamp | None:
    return next((stamp for stamp in scoring.stamps() if stamp.what == "read"), None)


def memory() -> Side:
    """The megabytes that scoring needs for 100,000 communes on one board, counted by tracemalloc."""

    async def side(stage: Stage) -> Took:
        slots = world(0, _MOST, awards=False).slots
        of_one_field = sum(1 for slot in slots if slot.obligation == slots[0].obligation)
        load = Load(of_one_field, "pages", communes=_MOST, published=False, awards=False)
        kafka, prefix = await stage.kafka(None), stage.fresh()
        await _seed(stage, prefix, load)
        async with stage.service("scoring", kafka, prefix, "--trace") as scoring:
            await scoring.assigned()
            before = await scoring.rested()
            await write(kafka, load.results(), stage.login)
            after = await scoring.handled(load.records)
        await stage.forget(prefix)
        return Took((after.memory - before.memory) / 1e6, load.figures / _MOST)

    return side


async def _one(_: Stage) -> Took:
    return Took(1)


RATIOS = (
    *(
        Ratio(
            f"growth-units-{how}-{n // 1000}k",
            f"cost of a figure, {n:,} communes on the boards / {_FEW}, {description}",
            units(n, *entry),
            units(_FEW, *entry),
            "<=",
            target,
            reps=3 if n < _MOST else 2,
        )
        for how, entry, description, target in (
            ("without-db", ("--memory",), "documents kept in the process", 1.3),
            ("with-db", (), "everything on", 2.0),
        )
        for n in (_MANY, _MOST)
    ),
    Ratio(
        "growth-provinces",
        f"cost of a figure, {_PROVINCES} provinces over {_PARTITIONS} partitions / one",
        provinces(_PROVINCES),
        provinces(1),
        "<=",
        reps=3,
    ),
    Ratio(
        "two-processes",
        f"two scoring processes / one, {_PROVINCES} provinces over {_PARTITIONS} partitions",
        processes(2),
        processes(1),
        target=1.3,
        reps=3,
    ),
    Ratio(
        "memory-100k",
        "megabytes in use for 100,000 units on one board, no award evaluated / 1",
        memory(),
        _one,
        "<=",
        60,
        reps=1,
    ),
)
