"""Requests made one by one and answered in batches: those made during one batch form the next.

A round trip to the database costs the same for one document as for many. A single request does not wait for others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.runtime.tracing import untraced

Request = TypeVar("Request")
Answer = TypeVar("Answer")


@dataclass
class RequestBatcher(Generic[Request, Answer]):
    """Answers requests, one batch of at most ``max_batch`` at a time.

    ``work`` returns for each request an answer, an exception when it failed, or None when it must be made again, before
    all others. When a whole batch fails with an error that is not ``transient``, each request is made alone, so that a
    bad request fails no other; therefore ``work`` must be idempotent.
    """

    work: Callable[[Sequence[Request]], Awaitable[Sequence[Answer | Exception | None]]]
    max_batch: int
    transient: tuple[type[Exception], ...]
    _waiting: deque[tuple[Request, asyncio.Future[Answer]]] = field(default_factory=deque)
    _worker: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Answer:
        """The answer to a request; raises its exception. Cancelling the wait does not cancel the work."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), context=untraced())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self.max_batch, len(self._waiting)))]
            repeated = []
            answers = await self._answers([request for request, _ in batch])
            for (request, future), answer in zip(batch, answers, strict=True):
                if answer is None:
                    repeated.append((request, future))
                elif future.done():
                    continue
                elif isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
            self._waiting.extendleft(reversed(repeated))

    async def _answers(self, batch: Sequence[Request]) -> Sequence[Answer | Exception | None]:
        try:
            return await self.work(batch)
        except Exception as error:
            if len(batch) == 1 or isinstance(error, self.transient):
                return [error] * len(batch)
        return [answer for request in batch for answer in await self._answers([request])]
