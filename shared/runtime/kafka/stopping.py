"""Stop a Kafka client in bounded time.

aiokafka 0.14 can lose the cancellation with which it ends its own fetching: ``Fetcher.close`` then waits for ever, and
a cancellation of whoever waits there is lost too (``_fetch_requests_routine`` suppresses ``CancelledError`` around the
tasks of an assignment that has just been replaced).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

STOP_SECONDS: Final = 5.0
_LAST_SECONDS = 1.0


async def stop_in_time(stop: Callable[[], Coroutine[Any, Any, object]], seconds: float = STOP_SECONDS) -> None:
    """Run ``stop`` for at most about ``seconds``, then cancel it and go on. Raises what ``stop`` raises.

    A cancellation of the caller is passed on at once, even when ``stop`` would suppress it.
    """
    task = asyncio.create_task(stop())
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
    if not task.done():
        log.warning("a Kafka client did not stop in time", seconds=seconds)
        await asyncio.wait({task}, timeout=_LAST_SECONDS)
    if task.done() and not task.cancelled():
        task.result()
