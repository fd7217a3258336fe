"""The one way in which tests wait."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

_PAUSE_SECONDS = 0.02


@overload
async def until(condition: Callable[[], Awaitable[T]], what: str = "", *, seconds: float = 30.0) -> T: ...
@overload
async def until(condition: Callable[[], T], what: str = "", *, seconds: float = 30.0) -> T: ...
async def until(condition: Callable[[], object], what: str = "", *, seconds: float = 30.0) -> object:
    """Evaluate a plain or an asynchronous condition until it is true, and return its value.

    Raises ``TimeoutError`` with ``what`` (or else the condition's source) and the last value. An exception of the
    condition is raised at once.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while True:
        outcome = condition()
        answer = await outcome if inspect.isawaitable(outcome) else outcome
        if answer:
            return answer
        if clock() > deadline:
            raise TimeoutError(f"after {seconds:g} seconds still {answer!r}: {what or _source(condition)}")
        await asyncio.sleep(_PAUSE_SECONDS)


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except OSError:
        return repr(condition)
