"""Pauses between attempts, and work that is attempted again while what it needs is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

log = structlog.get_logger(__name__)

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0

T = TypeVar("T")


class Backoff:
    """Exponential pauses without jitter, in seconds: ``first``, then twice the last one, at most ``longest``.

    A class of our own rather than a library such as stamina, because half of its users are not retried calls: the
    outbox, the deferred worker and the delivery worker are endless loops, which start again from ``first`` after a
    success and drop state or test a condition between a failure and the pause. The consumer counts each kind of error.
    """

    def __init__(self, first: float = _FIRST_PAUSE, longest: float = _LONGEST_PAUSE) -> None:
        self._first, self._longest = first, longest
        self._pause = first

    @property
    def pause(self) -> float:
        """How many seconds ``wait`` will sleep."""
        return self._pause

    def grow(self) -> None:
        """Double the pause, up to the longest."""
        self._pause = min(self._pause * 2, self._longest)

    def reset(self) -> None:
        """Start again from the first pause; to be called after a success."""
        self._pause = self._first

    async def wait(self) -> None:
        """Sleep for the pause, then double it. A cancellation ends the sleep."""
        await asyncio.sleep(self._pause)
        self.grow()


async def retry_transient(work: Callable[[], Awaitable[T]], transient: tuple[type[Exception], ...]) -> T:
    """The result of the work, attempted again without end after a ``transient`` error; raises any other.

    The pauses are 0.1 s, then twice as long each time, at most 2 s.
    """
    backoff = Backoff()
    while True:
        try:
            return await work()
        except transient as error:
            log.warning("cannot go on yet", error=repr(error), retry_in=backoff.pause)
            await backoff.wait()
