"""Asked for one by one, done together: what is asked while the last lot is under way makes the next one.

A round trip to the database costs the same for one document as for many. Who comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Request = TypeVar("Request")
Answer = TypeVar("Answer")


@dataclass
class RequestBatcher(Generic[Request, Answer]):
    """Answers what it is asked, one lot at a time, at most ``most`` together.

    ``work`` does a lot: an answer to each, an exception where it failed, or None where it is to be asked again, before
    all others. Where a lot fails as a whole for a reason that is not ``transient``, each is done alone, so that what is
    wrong with one is nobody else's matter; so doing a thing twice must come to the same.
    """

    work: Callable[[Sequence[Request]], Awaitable[Sequence[Answer | Exception | None]]]
    most: int
    transient: tuple[type[Exception], ...]
    _waiting: deque[tuple[Request, asyncio.Future[Answer]]] = field(default_factory=deque)
    _working: asyncio.Task[None] | None = None

    async def __call__(self, request: Request) -> Answer:
        """The answer. Who stops waiting for it does not stop the work."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self.most, len(self._waiting)))]
            again = []
            for (request, waits), answer in zip(
                batch, await self._answers([request for request, _ in batch]), strict=True
            ):
                if answer is None:
                    again.append((request, waits))
                elif waits.done():
                    continue
                elif isinstance(answer, Exception):
                    waits.set_exception(answer)
                else:
                    waits.set_result(answer)
            self._waiting.extendleft(reversed(again))

    async def _answers(self, batch: Sequence[Request]) -> Sequence[Answer | Exception | None]:
        try:
            return await self.work(batch)
        except Exception as error:
            if len(batch) == 1 or isinstance(error, self.transient):
                return [error] * len(batch)
        return [each for request in batch for each in await self._answers([request])]
