"""Two variants of the same work, measured step by step in turns by the CPU time of this process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Protocol

from tests.bench.ratio import Took
from tests.bench.stage import Stage


@contextmanager
def without_collector() -> Iterator[None]:
    """Collect once and then not: a collection of both variants' garbage would fall to one of them."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Variant(Protocol):
    """One of two ways to do the same work, in steps."""

    events: int
    """How many events a step handles."""

    async def step(self) -> None:
        """Do the next part of the work."""


Opened = Callable[[Stage], AbstractAsyncContextManager[Variant]]


class InTurns:
    """Two variants that are measured together: step by step in turns, by the CPU time of this process.

    They are opened twice, each once as the first, because what is opened first is slower, even when both do the same.
    """

    def __init__(self, work: Opened, base: Opened, steps: int) -> None:
        self._variants, self._steps = (work, base), steps
        self._left: dict[int, Took] = {}

    async def work(self, stage: Stage) -> Took:
        """The one side. Whichever side is asked first measures both."""
        return await self._side(0, stage)

    async def base(self, stage: Stage) -> Took:
        """The other side."""
        return await self._side(1, stage)

    async def _side(self, number: int, stage: Stage) -> Took:
        if number not in self._left:
            seconds, events = [0.0, 0.0], 0
            for order in ((0, 1), (1, 0)):
                async with self._variants[order[0]](stage) as first, self._variants[order[1]](stage) as second:
                    for of, took in zip(order, await self._measured(first, second), strict=True):
                        seconds[of] += took
                    events += self._steps * first.events
            self._left = {of: Took(took, events, took) for of, took in enumerate(seconds)}
        return self._left.pop(number)

    async def _measured(self, *variants: Variant) -> list[float]:
        seconds: tuple[list[float], list[float]] = [], []
        with without_collector():
            for n in range(self._steps):
                for number in (0, 1) if n % 2 else (1, 0):
                    began = time.process_time()
                    await variants[number].step()
                    seconds[number].append(time.process_time() - began)
        # Both variants do the same in a step, and what else runs on the machine only adds to it: the pairs that took
        # least are those that were disturbed least.
        pairs = sorted(zip(*seconds, strict=True), key=sum)
        quickest = pairs[: len(pairs) // 2 + 1]
        return [self._steps / len(quickest) * sum(of) for of in zip(*quickest, strict=True)]
