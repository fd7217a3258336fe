"""The delay from publishing a figure to reading it on its board, at a share of scoring's capacity."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from itertools import islice

from tests.bench.filling import Paced, write
from tests.bench.load import Load
from tests.bench.paths import path
from tests.bench.ratio import Ratio, Side, Took
from tests.bench.stage import Stage
from tests.bench.watched import Stamp

_SECONDS = 10.0
_LEAST = 200
_capacity: dict[int, float] = {}


async def _rate(stage: Stage, share: float) -> float:
    """A share of scoring's capacity in figures per second; the capacity is measured once per run."""
    if id(stage) not in _capacity:
        took = await path("figures", share=0.25)(stage)
        _capacity[id(stage)] = took.events / took.seconds
    return _capacity[id(stage)] * share


def _figures(rate: float) -> int:
    return max(_LEAST, int(rate * _SECONDS))


def scoring(share: float) -> Side:
    """The median time from giving a record to the producer until its board is written."""

    async def side(stage: Stage) -> Took:
        rate = await _rate(stage, share)
        warm = Load(len(Load(1).worlds[0].slots))
        kafka, prefix = await stage.kafka(None), stage.fresh()
        async with Paced(kafka, stage.login) as producer:
            await write(kafka, warm.messages(), stage.login)
            async with stage.service("scoring", kafka, prefix) as service:
                await service.handled(warm.records)
                n = _figures(rate)
                sent_at = await producer.pace(islice(Load(warm.figures + n).results(), warm.figures, None), rate)
                await service.handled(warm.figures + n)
                stamps = list(service.stamps())
        await stage.forget(prefix)
        readable = _readable(stamps, warm.figures, len(sent_at))
        return _took([there - then for then, there in zip(sent_at, readable, strict=True)], rate)

    return side


def _readable(stamps: Sequence[Stamp], first: int, n: int) -> list[float]:
    """For each of ``n`` records after the first ``first``, when it was on its board (monotonic clock).

    That is the moment of the last write of a board before the record's offset was committed.
    """
    readable_at: list[float] = []
    written: float | None = None
    for stamp in stamps:
        if stamp.what == "written":
            written = stamp.at
        elif stamp.what == "committed":
            readable_at += [written or stamp.at] * (stamp.seen - first - len(readable_at))
            written = None
    return readable_at[:n]


def bare(share: float) -> Side:
    """The median time, at the same rate, for a loop of ``getmany`` and one write for each batch."""

    async def side(stage: Stage) -> Took:
        rate = await _rate(stage, share)
        kafka, prefix, n = await stage.kafka(None), stage.fresh(), _figures(rate)
        async with Paced(kafka, stage.login) as producer:
            ready = stage.folder / "run" / f"ready{prefix}"
            child = asyncio.create_task(
                stage.child("tests.bench.one_write", kafka, await stage.mongo(), prefix + "bare", str(n), str(ready))
            )
            while not ready.exists() and not child.done():  # noqa: ASYNC110 - another process creates it
                await asyncio.sleep(0.05)
            sent_at = await producer.pace(islice(Load(n).results(), n), rate)
            result = await child
        await stage.forget(prefix, "bare")
        return _took([there - then for then, there in zip(sent_at, result["readable"], strict=True)], rate)

    return side


def _took(latencies: list[float], rate: float) -> Took:
    p99 = statistics.quantiles(latencies, n=100)[98]
    return Took(statistics.median(latencies), facts={"p99_ms": 1e3 * p99, "figures_a_second": rate})


RATIOS = tuple(
    Ratio(
        f"latency-{percent}",
        f"published to readable on its board, median at {percent} % of capacity / produce to getmany and one write",
        scoring(percent / 100),
        bare(percent / 100),
        "<=",
        2 if percent == 50 else None,
        reps=3,
    )
    for percent in (1, 50, 90)
)
