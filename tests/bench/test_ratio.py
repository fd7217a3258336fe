"""The result line of two sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime.mongo import VersionConflict
from tests.bench.memory import MemoryDatabase
from tests.bench.ratio import Ratio, Side, Took, line, measure
from tests.bench.registry import RATIOS
from tests.bench.stage import Stage


def side(name: str, calls: list[str], took: Took) -> Side:
    async def done(_: Stage) -> Took:
        calls.append(name)
        return took

    return done


nothing = side("", [], Took(1))


async def test_the_sides_alternate_and_so_does_which_is_first(tmp_path: Path) -> None:
    calls: list[str] = []
    ratio = Ratio("r", "", side("work", calls, Took(1)), side("base", calls, Took(1)))
    pairs = await measure(ratio, Stage(tmp_path), 3)
    assert calls == ["base", "work", "work", "base", "base", "work"]
    assert len(pairs) == 3


def test_a_speed_is_events_a_second_against_the_bases() -> None:
    ratio = Ratio("r", "", nothing, nothing, ">=", 0.35)
    pairs = [(Took(2, 100, 1), Took(1, 100, 1)), (Took(4, 100, 2), Took(1, 100, 1)), (Took(1, 100, 1), Took(4, 200, 4))]
    result = line(ratio, pairs)
    assert (result["median"], result["min"], result["max"]) == (0.5, 0.25, 2.0)
    assert (result["target"], result["met"], result["reps"]) == (">= 0.35", True, 3)
    assert result["cpu_median"] == 1.0
    assert (result["work_cpu_us"], result["base_cpu_us"]) == (10_000, 10_000)


def test_a_cost_is_seconds_an_event_against_the_bases() -> None:
    ratio = Ratio("r", "", nothing, nothing, "<=", 1.3)
    result = line(ratio, [(Took(3, 100, facts={"documents": 7}), Took(1, 50, facts={"documents": 9}))])
    assert (result["median"], result["met"], result["documents"], result["base_documents"]) == (1.5, False, 7, 9)
    assert "cpu_median" not in result


def test_ratio_names_are_unique() -> None:
    names = [ratio.name for ratio in RATIOS]
    assert len(set(names)) == len(names)


async def test_the_database_in_memory_compares_and_sets_like_the_other() -> None:
    """A second writer of the same revision is stale; an unsent document is pending until it is published."""
    documents = MemoryDatabase("", "test").documents("boards")
    await documents.save({"_id": "a", "unsent": ["page"], "n": 1})
    mine, theirs = await documents.get("a"), await documents.get("a")
    assert mine is not None
    assert theirs is not None
    await documents.save({**mine, "n": 2})
    with pytest.raises(VersionConflict):
        await documents.save({**theirs, "n": 3})
    with pytest.raises(VersionConflict):
        await documents.insert({"_id": "a", "unsent": []})
    (pending,) = await documents.pending(10)
    assert await documents.sent([theirs]) == ["a"]
    assert await documents.sent([pending]) == []
    assert await documents.count({"pending": True}) == 0
    assert (await documents.find({"n": {"$in": [2]}}))[0]["rev"] == 2
