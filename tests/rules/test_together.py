"""What is asked one by one is done together, and nobody's trouble is another's. Pure and instant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from shared.runtime.request_batcher import RequestBatcher


class Away(Exception):
    """The database does not answer."""


class Doubling:
    """Doubles numbers, remembering which came together; 13 is a bug, 0 is asked again the first time."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.away = False

    async def __call__(self, asked: Sequence[int]) -> list[int | Exception | None]:
        self.batches.append(list(asked))
        await asyncio.sleep(0)
        if self.away:
            raise Away
        if 13 in asked:
            raise ValueError
        first_time = sum(0 in batch for batch in self.batches) == 1
        return [None if item == 0 and first_time else item * 2 for item in asked]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


def together(doubling: Doubling, most: int = 10) -> RequestBatcher[int, int]:
    return RequestBatcher(doubling, most, (Away,))


async def test_what_comes_while_a_lot_is_under_way_makes_the_next_one(doubling: Doubling) -> None:
    """The first waits for nobody; no lot is larger than it may be, and each gets its own answer."""
    asked = together(doubling, most=3)
    first = asyncio.create_task(asked(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = await asyncio.gather(*(asked(n) for n in range(2, 7)))
    assert (await first, rest) == (2, [4, 6, 8, 10, 12])
    assert doubling.batches == [[1], [2, 3, 4], [5, 6]]


async def test_a_bug_in_one_is_no_matter_of_the_others(doubling: Doubling) -> None:
    """Where all fail for one, each is done alone."""
    asked = together(doubling)
    answers = await asyncio.gather(*(asked(n) for n in (1, 13, 3)), return_exceptions=True)
    assert answers[0::2] == [2, 6]
    assert isinstance(answers[1], ValueError)


async def test_a_database_that_is_away_is_asked_once_for_all(doubling: Doubling) -> None:
    """They all hear of it; the next is another matter."""
    asked, doubling.away = together(doubling), True
    answers = await asyncio.gather(*(asked(n) for n in (1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Away, Away]
    assert doubling.batches == [[1, 2]]
    doubling.away = False
    assert await asked(4) == 8


async def test_what_is_asked_again_comes_before_all_others(doubling: Doubling) -> None:
    """So that nothing waits for ever."""
    asked = together(doubling, most=2)
    assert await asyncio.gather(*(asked(n) for n in (1, 0, 2, 3))) == [2, 0, 4, 6]
    assert doubling.batches == [[1, 0], [0, 2], [3]]


async def test_who_stops_waiting_stops_nothing(doubling: Doubling) -> None:
    """A client that hangs up leaves the others their answers."""
    asked = together(doubling)
    impatient, patient = asyncio.create_task(asked(1)), asyncio.create_task(asked(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 4
    assert doubling.batches == [[1, 2]]
