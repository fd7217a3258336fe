"""Failpoints at which a service kills, stops or delays itself. They wrap its classes from outside, before it runs.

The services contain no code for this. A failpoint is written as ``<point>:<pass>:<action>``: when the process passes
the point for the n-th time, it executes the action. ``before-write@papers`` and ``after-write@papers`` are passed only
by writes to that collection. ``kill`` kills the process with SIGKILL, and ``late`` does so seven
seconds later. ``doze`` suspends it with SIGSTOP; once resumed, it finishes the operation at the failpoint and is then
killed. ``sleep`` delays this pass and the next nine by a second each. ``block`` blocks the whole process, heartbeats
included, for longer than its session timeout.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, cast, get_args

from services.council.session_handlers import Sessions
from services.intake.reports.handlers import ReportIntake
from shared.runtime.consumer.consumer import Consumer
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.kafka.clients import Producer
from shared.runtime.mongo import Documents

Point = Literal[
    "in-handler",
    "before-write",
    "after-write",
    "after-dead-letter",
    "before-commit",
    "before-answer",
    "before-publish",
    "after-publish",
]
Action = Literal["kill", "late", "doze", "sleep", "block"]
POINTS: tuple[Point, ...] = get_args(Point)

_NO_PROJECTION = frozenset({"state", "dead_letters", "plans", "registers", "api_keys"})
_BLOCK_SECONDS = 8.0
_DAWDLES = 10
_LATE_SECONDS = 7.0
"""Longer than the auto-commit interval of a client."""


@dataclass
class Failpoint:
    """A point, the pass at which it triggers, and its action; of a write also its collection, or every projection."""

    point: Point
    at: int
    action: Action
    collection: str = ""
    passed: int = 0

    @classmethod
    def read(cls, text: str) -> Failpoint:
        """The failpoint written as ``<point>:<pass>:<action>``, with ``@<collection>`` after a point of writing."""
        place, at, action = text.split(":")
        point, _, collection = place.partition("@")
        assert point in POINTS
        assert action in get_args(Action)
        return cls(point, int(at), cast(Action, action), collection)

    def __str__(self) -> str:
        place = f"{self.point}@{self.collection}" if self.collection else self.point
        return f"{place}:{self.at}:{self.action}"

    async def strike(self) -> None:
        """Count a pass, and execute the action if it is the n-th one."""
        self.passed += 1
        if self.action == "sleep":
            if self.at <= self.passed < self.at + _DAWDLES:
                await asyncio.sleep(1.0)
            return
        if self.passed != self.at:
            return
        if self.action == "late":
            await asyncio.sleep(_LATE_SECONDS)
        if self.action in ("kill", "late"):
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.action == "doze":
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            time.sleep(_BLOCK_SECONDS)  # noqa: ASYNC251 - the whole process is meant to hang


def arm(failpoint: Failpoint) -> None:
    """Wrap the function that the failpoint names."""
    before = failpoint.point.startswith(("before-write", "before-publish", "in-"))
    for owner, method, counts in _PLACES[failpoint.point]:
        # A mutant may have put a function of another name there.
        name = next(name for name, value in vars(owner).items() if value is method)
        setattr(owner, name, _wrapped(method, failpoint, counts, before=before))


def _wrapped(
    real: Callable[..., Awaitable[Any]], failpoint: Failpoint, counts: Callable[..., bool], *, before: bool
) -> Callable[..., Awaitable[Any]]:
    @wraps(real)  # FastStream needs the annotations of the handler's parameters
    async def wrapped(self: Any, *args: Any, **named: Any) -> Any:
        passes = counts(self, *args) and _concerns(failpoint, self)
        if before and passes:
            await failpoint.strike()
        try:
            answer = await real(self, *args, **named)
        finally:
            if failpoint.action == "doze" and failpoint.passed >= failpoint.at:
                os.kill(os.getpid(), signal.SIGKILL)
        if not before and passes:
            await failpoint.strike()
        return answer

    return wrapped


def _concerns(failpoint: Failpoint, passing: object) -> bool:
    """Whether a failpoint is about what passes it: a collection, or anything if it names none."""
    if not failpoint.collection:
        return True
    return isinstance(passing, Documents) and str(passing._collection.name) == failpoint.collection


def _projection(documents: Documents, docs: object) -> bool:
    return bool(docs) and str(documents._collection.name) not in _NO_PROJECTION


def _something(_: object, what: object = True, *__: object) -> bool:
    return bool(what)


# These are the methods, not their names, so that mypy detects a renamed one.
_WRITES: list[tuple[type, Callable[..., Awaitable[Any]], Callable[..., bool]]] = [
    (Documents, method, _projection)
    for method in (Documents.insert, Documents.insert_in_order, Documents.save, Documents.save_all)
]
_PLACES: dict[Point, list[tuple[type, Callable[..., Awaitable[Any]], Callable[..., bool]]]] = {
    "in-handler": [(Consumer, Consumer._apply_or_pause, _something)],
    "before-write": _WRITES,
    "after-write": _WRITES,
    "after-dead-letter": [(DeadLetters, DeadLetters.store, _something)],
    "before-commit": [(Consumer, Consumer.handle, _something)],
    "before-answer": [(ReportIntake, ReportIntake.submit, _something), (Sessions, Sessions.act, _something)],
    "before-publish": [(Producer, Producer.__call__, _something)],
    "after-publish": [(Producer, Producer.__call__, _something)],
}
