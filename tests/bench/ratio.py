"""Ratios and their measurement: two sides, each timed by itself, alternating, with medians."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any, Literal

from tests.bench.stage import Stage

Direction = Literal[">=", "<="]


class Skipped(Exception):
    """A side cannot be measured here; the message says why. The bench continues and reports it."""


@dataclass(frozen=True)
class Took:
    """The result of a side: wall-clock seconds for a number of events, and the CPU seconds of its process if known.

    ``facts`` are numbers that are reported beside the ratio, such as ``documents_per_event``.
    """

    seconds: float
    events: float = 1
    cpu: float | None = None
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds_per_event(self) -> float:
        """Wall-clock seconds per event."""
        return self.seconds / self.events

    @property
    def cpu_each(self) -> float | None:
        """CPU seconds per event; None if not known."""
        return None if self.cpu is None else self.cpu / self.events


Side = Callable[[Stage], Awaitable[Took]]
"""One measurement of one side of a ratio. The result does not include the time for preparations."""


@dataclass(frozen=True)
class Ratio:
    """Two sides and the comparison between them.

    With the direction ``>=`` the ratio is the speed of ``work`` (events per second) divided by that of ``base``. With
    ``<=`` it is the cost of ``work`` (time per event) divided by that of ``base``. A ratio whose ``target`` is None is
    only reported. ``reps`` is the default number of measurements. ``pure`` sides need no server. ``peer`` ratios are
    measured only with ``--peers`` or if they are named.
    """

    name: str
    description: str
    work: Side
    base: Side
    direction: Direction = ">="
    target: float | None = None
    reps: int = 5
    pure: bool = False
    peer: bool = False

    def of(self, work: Took, base: Took) -> float:
        """The ratio by the wall clock."""
        return _ratio(self.direction, work.seconds_per_event, base.seconds_per_event)

    def cpu_of(self, work: Took, base: Took) -> float | None:
        """The ratio by CPU seconds; None if they are not known for both sides."""
        if not work.cpu_each or not base.cpu_each:
            return None
        return _ratio(self.direction, work.cpu_each, base.cpu_each)


def _ratio(direction: Direction, work: float, base: float) -> float:
    return base / work if direction == ">=" else work / base


async def measure(ratio: Ratio, stage: Stage, reps: int | None = None) -> list[tuple[Took, Took]]:
    """Measure both sides ``reps`` times; returns pairs of (work, base). The side that runs first alternates."""
    pairs: list[tuple[Took, Took]] = []
    for rep in range(reps or ratio.reps):
        if rep % 2:
            work = await ratio.work(stage)
            base = await ratio.base(stage)
        else:
            base = await ratio.base(stage)
            work = await ratio.work(stage)
        pairs.append((work, base))
    return pairs


def line(ratio: Ratio, pairs: Sequence[tuple[Took, Took]]) -> dict[str, Any]:
    """The result of a measured ratio as it is printed; times per event are in microseconds."""
    measured = [ratio.of(*pair) for pair in pairs]
    by_cpu = [cpu_ratio for pair in pairs if (cpu_ratio := ratio.cpu_of(*pair)) is not None]
    median = statistics.median(measured)
    result: dict[str, Any] = {
        "ratio": ratio.name,
        "median": _short(median),
        "min": _short(min(measured)),
        "max": _short(max(measured)),
        "target": None if ratio.target is None else f"{ratio.direction} {ratio.target:g}",
        "met": met(ratio, median),
        "reps": len(pairs),
    }
    if by_cpu:
        result["cpu_median"] = _short(statistics.median(by_cpu))
    works = [work for work, _ in pairs]
    result["events"] = works[0].events
    result["work_us"] = _short(1e6 * statistics.median(work.seconds_per_event for work in works))
    result["base_us"] = _short(1e6 * statistics.median(base.seconds_per_event for _, base in pairs))
    for side, tooks in (("work", works), ("base", [base for _, base in pairs])):
        if cpu := [took.cpu_each for took in tooks if took.cpu_each is not None]:
            result[f"{side}_cpu_us"] = _short(1e6 * statistics.median(cpu))
    for name in works[0].facts:
        result[name] = _short(statistics.median(work.facts[name] for work in works))
    bases = [base for _, base in pairs]
    for name in bases[0].facts:
        result[f"base_{name}"] = _short(statistics.median(base.facts[name] for base in bases))
    return result


def met(ratio: Ratio, median: float) -> bool | None:
    """Whether the target is reached; None if the ratio has no target."""
    if ratio.target is None:
        return None
    return median >= ratio.target if ratio.direction == ">=" else median <= ratio.target


def _short(value: float) -> float:
    return float(f"{value:.4g}")


class Stopwatch:
    """Measures wall-clock and CPU seconds of a piece of work in this process."""

    seconds = 0.0
    cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time the body of the ``with`` statement."""
        wall, cpu = perf_counter(), process_time()
        yield
        self.seconds, self.cpu = perf_counter() - wall, process_time() - cpu

    def took(self, events: float = 1) -> Took:
        """The measured time, as a side's result."""
        return Took(self.seconds, events, self.cpu)
