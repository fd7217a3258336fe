"""Single requests are handled in batches, and one failure does not affect other requests. No I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from shared.runtime.request_batcher import RequestBatcher


class DatabaseDown(Exception):
    """The database does not answer."""


class Doubling:
    """Doubles numbers and records the batches; 13 raises an error, 0 is requeued the first time."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.away = False

    async def __call__(self, requests: Sequence[int]) -> list[int | Exception | None]:
        self.batches.append(list(requests))
        await asyncio.sleep(0)
        if self.away:
            raise DatabaseDown
        if 13 in requests:
            raise ValueError
        first_time = sum(0 in batch for batch in self.batches) == 1
        return [None if request == 0 and first_time else request * 2 for request in requests]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


def batcher_of(doubling: Doubling, max_batch: int = 10) -> RequestBatcher[int, int]:
    return RequestBatcher(doubling, max_batch, (DatabaseDown,))


async def test_requests_that_arrive_during_a_batch_form_the_next_batch(doubling: Doubling) -> None:
    """The first request is not delayed; no batch exceeds the maximum, and every request gets its own answer."""
    batcher = batcher_of(doubling, max_batch=3)
    first = asyncio.create_task(batcher(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = await asyncio.gather(*(batcher(n) for n in range(2, 7)))
    assert (await first, rest) == (2, [4, 6, 8, 10, 12])
    assert doubling.batches == [[1], [2, 3, 4], [5, 6]]


async def test_an_error_in_one_request_does_not_affect_the_others(doubling: Doubling) -> None:
    """If one request fails the whole batch, every request is handled alone."""
    batcher = batcher_of(doubling)
    answers = await asyncio.gather(*(batcher(n) for n in (1, 13, 3)), return_exceptions=True)
    assert answers[0::2] == [2, 6]
    assert isinstance(answers[1], ValueError)


async def test_a_database_that_does_not_answer_is_tried_once_for_the_batch(doubling: Doubling) -> None:
    """All requests of the batch get the error; a later request is tried again."""
    batcher, doubling.away = batcher_of(doubling), True
    answers = await asyncio.gather(*(batcher(n) for n in (1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [DatabaseDown, DatabaseDown]
    assert doubling.batches == [[1, 2]]
    doubling.away = False
    assert await batcher(4) == 8


async def test_a_requeued_request_comes_before_all_others(doubling: Doubling) -> None:
    """So no request waits for ever."""
    batcher = batcher_of(doubling, max_batch=2)
    assert await asyncio.gather(*(batcher(n) for n in (1, 0, 2, 3))) == [2, 0, 4, 6]
    assert doubling.batches == [[1, 0], [0, 2], [3]]


async def test_a_cancelled_request_does_not_stop_the_batch(doubling: Doubling) -> None:
    """If one client disconnects, the others still get their answers."""
    batcher = batcher_of(doubling)
    impatient, patient = asyncio.create_task(batcher(1)), asyncio.create_task(batcher(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 4
    assert doubling.batches == [[1, 2]]
