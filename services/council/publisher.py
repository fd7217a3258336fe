"""Render council's events from its stored documents: judgements, decisions and agendas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.council.state import Entry, StoredEntries, StoredSession
from services.council.store import CouncilStore
from services.council.stored_documents import AGENDA, row_name
from shared.contracts.council import AgendaAssembled, Decision, DecisionMade, Judgement, JudgementMade
from shared.contracts.ids import derived
from shared.contracts.model import Event
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS, Topic
from shared.runtime.outbox import Outgoing, Rendering, rendering

SOURCE = "thidua/council"


def renderings(store: CouncilStore) -> list[Rendering]:
    """How the outbox publishes the store's documents; each event has the current state."""
    return [
        rendering(store.published_judgements, _render_judgements, _row_names),
        rendering(store.published_decisions, _render_decisions, _row_names),
        rendering(store.published_sessions, _render_agenda, lambda stored: [AGENDA]),
    ]


async def _render_judgements(stored: StoredEntries[Judgement], unsent: Sequence[str]) -> list[Outgoing]:
    messages = []
    for row, judgement in _unsent_entries(stored, unsent):
        event = JudgementMade(
            id=derived("judgement", stored.id, row, judgement.version),
            source=SOURCE,
            time=judgement.at,
            subject=stored.id,
            data=judgement,
        )
        messages.append(_outgoing(JUDGEMENTS, event))
    return messages


async def _render_decisions(stored: StoredEntries[Decision], unsent: Sequence[str]) -> list[Outgoing]:
    messages = []
    for row, decision in _unsent_entries(stored, unsent):
        event = DecisionMade(
            id=derived("decision", stored.id, row, decision.version),
            source=SOURCE,
            time=decision.at,
            subject=stored.id,
            data=decision,
        )
        messages.append(_outgoing(DECISIONS, event))
    return messages


def _unsent_entries(stored: StoredEntries[Entry], unsent: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """The names and entries of the rows that are still to be published."""
    by_row = {row_name(*key): entry for key, entry in stored.by_key.items()}
    return ((row, by_row[row]) for row in unsent)


def _row_names(stored: StoredEntries[Entry]) -> list[str]:
    return [row_name(*key) for key in stored.by_key]


async def _render_agenda(stored: StoredSession, unsent: Sequence[str]) -> list[Outgoing]:
    event = AgendaAssembled(
        id=derived("agenda", stored.id, stored.agenda.version),
        source=SOURCE,
        time=stored.changed_at,
        subject=stored.id,
        data=stored.agenda,
    )
    return [_outgoing(AGENDAS, event)]


def _outgoing(topic: Topic, event: Event) -> Outgoing:
    return Outgoing(topic.name, event.subject.encode(), event.encode())
