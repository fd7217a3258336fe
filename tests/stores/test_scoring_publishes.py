"""The events that scoring publishes follow the contract and equal its stored documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from deploy.stack.embedded import Stack
from services.scoring.figures import Withdrawn
from services.scoring.publisher import renderings
from services.scoring.stored_documents import StoredVerdicts, board_from, eligibility_from, unpack
from shared.contracts.fast_models import ScoreRow
from shared.contracts.model import Event, Kind
from shared.contracts.scoring import EligibilityChanged, EligibilitySummarised, StandingsChanged
from shared.contracts.topics import topic_named
from shared.runtime.mongo import Document
from tests.support.figures import unlike
from tests.support.scoring_processes import Process, World, log_of
from tests.support.small_province import feeds
from tests.support.years import Deciding, Inspecting, Reporting, Withdrawal, Year, good_year, years


async def published_events(process: Process) -> list[tuple[Document, Event]]:
    """Each document with the event that publishes it, decoded by the contract."""
    published: list[tuple[Document, Event]] = []
    for rendering in renderings(process.store):
        for doc in await rendering.documents.find():
            everything = {**doc, "unsent": list(rendering.everything(doc))}
            if not everything["unsent"]:
                continue
            for message in await rendering.render(everything):
                assert message.value is not None
                event = topic_named(message.topic).by_contract(message.value)
                assert message.key == event.subject.encode() == str(doc["_id"]).encode()
                assert (event.source, event.time) == ("thidua/scoring", doc["changed_at"])
                published.append((doc, event))
    return published


def assert_event_equals_document(doc: Document, event: Event) -> None:
    """Assert that the event has all the public content of its document and nothing else."""
    match event:
        case StandingsChanged(data=data):
            page = board_from(doc).contents()
            assert (data.field, data.tier, data.page) == (doc["subject"], doc["tier"], doc["page"])
            assert (data.version, data.declared_complete) == (doc["version"], bool(declared_of(doc)))
            scores = {unit: f for unit, f in page.rows.items() if not isinstance(f.value, Withdrawn)}
            assert [row.unit for row in data.rows] == sorted(scores)
            for row in data.rows:
                figure, source = scores[row.unit], page.evidence(scores[row.unit].event)
                assert source is not None
                assert isinstance(figure.value, ScoreRow)
                assert (row.score.as_tuple(), row.final) == (Decimal(figure.value.written).as_tuple(), figure.final)
                assert (row.version, row.receipt, row.as_of) == (source.version, source.receipt, source.as_of)
        case EligibilityChanged(data=data):
            assert (data.award, data.page, data.version) == (doc["award"], doc["page"], doc["version"])
            assert data.plan.model_dump() == doc["plan"]
            stored = eligibility_from(doc)
            assert isinstance(stored, StoredVerdicts)
            assert unlike(data.rows, stored.verdicts()) == []
            kept = {load["event"] for load in json.loads(unpack(doc["evidence"]))}
            assert {source.event for source in data.evidence} == kept
            findings = [finding for row in data.rows for finding in row.findings]
            assert kept == {event for finding in findings for event in (*finding.events, *finding.also_read)}
        case EligibilitySummarised(data=data):
            assert (data.version, data.plan.model_dump()) == (doc["version"], doc["plan"])
            assert [award.model_dump(mode="json") for award in data.awards] == doc["awards"]
        case _:
            raise AssertionError(event)


def declared_of(doc: Document) -> bool:
    """Whether a page stores that its tier is declared complete."""
    declared: dict[str, Any] | None = json.loads(doc["declared"])
    return declared is not None and declared.get("stands", True)


async def apply_one_by_one(process: Process, events: Sequence[Event]) -> None:
    for decoded in log_of(events):
        await process.apply([decoded])


def _every_kind_of_event() -> Year:
    """A good year, then opened and closed cases, interim and withdrawn reports, and decisions."""
    field = next(feed for feed in feeds() if feed.kind is Kind.SCORE)
    discipline = next(feed for feed in feeds() if feed.kind is Kind.DISCIPLINE)
    interim = Reporting(field, {unit: n % 6 for n, unit in enumerate(field.units)}, interim=True, complete=False)
    cases = Inspecting(discipline, {(unit, n): n for n, unit in enumerate(discipline.units[:3], start=1)})
    return Year((*good_year(), cases, interim, Withdrawal(0), Withdrawal(1), Deciding("C1", "so-a", 1, "granted")))


async def test_every_document_is_published_in_an_event_of_the_contract_with_all_its_content(servers: Stack) -> None:
    """Boards, verdicts with their evidence, and award lists."""
    async with World(servers) as world:
        process = await world.start()
        await apply_one_by_one(process, _every_kind_of_event().events)
        published = await published_events(process)
        for doc, event in published:
            assert_event_equals_document(doc, event)
        assert {type(event) for _, event in published} == {StandingsChanged, EligibilityChanged, EligibilitySummarised}


@pytest.mark.timeout(240)
@settings(max_examples=5, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink))
@given(data=st.data())
async def test_in_any_year_the_published_events_follow_the_contract(servers: Stack, data: st.DataObject) -> None:
    """Generated years with reports, withdrawals, judgements and decisions."""
    async with World(servers) as world:
        process = await world.start()
        await apply_one_by_one(process, data.draw(years(8)).events)
        for doc, event in await published_events(process):
            assert_event_equals_document(doc, event)
