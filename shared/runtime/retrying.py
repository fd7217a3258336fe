"""Work that is tried again while what it needs is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

log = structlog.get_logger(__name__)

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0

T = TypeVar("T")


async def retry_transient(work: Callable[[], Awaitable[T]], transient: tuple[type[Exception], ...]) -> T:
    """The result of the work, tried again without end after a ``transient`` error; raises any other.

    The pause between two tries is 0.1 seconds, twice as long each time, and two seconds at most.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            return await work()
        except transient as error:
            log.warning("cannot go on yet", error=repr(error), retry_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
