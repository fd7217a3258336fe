"""Scoring stores the same result for any batching of the events, any process and any crash."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from deploy.stack.embedded import Stack
from services.scoring.store import ScoringStore
from services.scoring.stored_documents import unpack
from services.scoring.verify import Replay, compare
from shared.contracts.model import Kind
from shared.runtime.kafka.records import DecodedRecord, Record
from shared.runtime.mongo import Document
from tests.support.crashing import Died
from tests.support.scoring_processes import Delivery, World, decoded, log_of
from tests.support.small_province import feeds
from tests.support.years import Deciding, Publishing, Reporting, Year, good_year, years

deliveries = st.lists(
    st.builds(
        Delivery,
        to=st.integers(0, 1),
        ahead=st.integers(1, 12),
        back=st.sampled_from([0, 0, 3, 100]),
        dies_after=st.none() | st.integers(0, 24),
        stays=st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


async def content(store: ScoringStore) -> dict[str, Any]:
    """The stored documents without revisions, instants and counters of intermediate changes."""
    boards, eligibility = await store._boards.find(), await store._eligibility.find()
    passing = {"rev", "changed_at"}
    verdicts = [{name: v for name, v in doc.items() if name not in passing | {"version"}} for doc in eligibility]
    for doc in verdicts:
        if "awards" in doc:
            del doc["from"]
    pages = [{name: v for name, v in doc.items() if name not in passing} | _figures(doc) for doc in boards]
    return {doc["_id"]: doc for doc in (*pages, *verdicts)}


def _figures(doc: Document) -> dict[str, Any]:
    """The figures of a page and their sources, independent of their stored order."""
    sources = {load["event"]: load for load in json.loads(unpack(doc["sources"]))}
    return {"rows": json.loads(unpack(doc["rows"])), "sources": sources}


async def records(log: Iterable[DecodedRecord]) -> AsyncIterator[Record]:
    """The records of a log, as ``verify`` reads them."""
    for record in log:
        yield record.record


# The explain phase would repeat a failing year some hundred times.
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)


@settings(max_examples=5, deadline=None, derandomize=True, phases=PHASES)
@given(data=st.data())
async def test_after_crashes_and_takeovers_the_stored_state_equals_a_replay_of_the_events(
    servers: Stack, data: st.DataObject
) -> None:
    """Crash and replay on the real database: nothing is lost, counted twice or left stale."""
    await one_storm(servers, data)


@pytest.mark.apart
@settings(max_examples=40, deadline=None, derandomize=True, phases=PHASES)
@given(data=st.data())
async def test_the_same_holds_for_many_more_years(servers: Stack, data: st.DataObject) -> None:
    """As above."""
    await one_storm(servers, data)


async def one_storm(servers: Stack, data: st.DataObject) -> None:
    """Deliver a year to two processes that crash and take over, and to one that does not; compare what is stored."""
    log = log_of(data.draw(st.permutations(data.draw(years(8)).events)))
    plan, size, replay = data.draw(deliveries), data.draw(st.sampled_from([1, 2, 5])), Replay()
    async with World(servers) as stormy, World(servers) as calm:
        survivor, other = await stormy.deliver(log, plan), await calm.start()
        for batch in (log[n : n + size] for n in range(0, len(log), size)):
            refused = await other.apply(batch)
            assert [refusal.record for refusal in refused] == [
                decoded.record for decoded in batch if decoded.event.id.startswith("forged-")
            ]
            await replay.read(records(batch))
            assert await compare(replay, other.store) == []
        assert await compare(replay, survivor.store) == []
        assert await content(survivor.store) == await content(other.store)


async def test_a_decision_alone_updates_the_lists_even_if_the_process_dies_on_it(servers: Stack) -> None:
    """A unit that loses the flag keeps its certificate (S0 IV.4 "hoặc"); no verdict changes."""
    flag = [Deciding("C1", "so-b", 1, "granted" if n % 2 else "revoked") for n in range(1, 6)]
    year = [decoded(event, offset) for offset, event in enumerate(Year((*good_year(), *flag)).events)]
    before, decisions = year[: -len(flag)], year[-len(flag) :]
    replay = Replay()
    await replay.read(records(before))
    async with World(servers) as world:
        process = await world.start()
        await process.apply(before)
        for steps, decision in enumerate(decisions):
            old = await content(process.store)
            with pytest.raises(Died):
                await process.apply([decision], dies_after=min(steps, 3))
            process = await world.start()
            await process.apply([decision])
            await replay.read(records([decision]))
            assert await compare(replay, process.store) == []
            new = await content(process.store)
            assert {doc_id.rpartition("/")[2] for doc_id in old if old[doc_id] != new[doc_id]} >= {"summary"}


async def test_a_process_uses_the_newer_plan_that_another_process_applied(servers: Stack) -> None:
    """A report accepted just before a new plan is applied just after it, by a process that did not get the plan."""
    field = next(feed for feed in feeds() if feed.kind is Kind.SCORE)
    reports = [Reporting(field, {"so-a": 5, "so-b": 4, "so-c": n}, interim=False, complete=False) for n in (3, 2)]
    year = Year((*reports, Publishing("plan"))).events
    plan, units, first, second, newer = (decoded(event, offset) for offset, event in enumerate(year))
    async with World(servers) as world:
        one, other = await world.start(), await world.start()
        await one.apply([plan, units, first])
        await other.apply([newer])
        await one.apply([second])
        replay = Replay()
        await replay.read(records([plan, units, newer, first, second]))
        assert await compare(replay, one.store) == []


async def test_deferred_work_is_stored_and_a_note_added_meanwhile_is_not_removed(servers: Stack) -> None:
    """One process is behind. Another starts, computes the pending work, and must keep the notes made after that."""
    log = [decoded(event, offset) for offset, event in enumerate(Year(good_year()).events)]
    async with World(servers) as world:
        one = await world.start(behind=True)
        await one.apply(log[:6])
        await one.apply(log[6:10])
        other = await world.start()
        assert one.scoring.pending_recompute.is_set()
        assert other.scoring.pending_recompute.is_set()
        await one.apply(log[10:])
        await other.recompute_pending()
        (note,) = (await other.store.pending()).values()
        await one.recompute_pending()
        assert await one.store.pending() == {}
        assert note
        replay = Replay()
        await replay.read(records(log))
        assert await compare(replay, one.store) == []


async def test_a_process_that_takes_over_pending_work_uses_the_figures_of_the_other_process(servers: Stack) -> None:
    """It had the movement in memory before, without the events that came since."""
    log = [decoded(event, offset) for offset, event in enumerate(Year(good_year()).events)]
    async with World(servers) as world:
        one = await world.start(behind=True)
        await one.apply(log[:6])
        await one.apply(log[6:10])
        other = await world.start()
        await other.recompute_pending()
        await one.apply(log[10:])  # then the process is killed
        await other.scoring.take_over_pending()
        await other.recompute_pending()
        replay = Replay()
        await replay.read(records(log))
        assert await compare(replay, other.store) == []
