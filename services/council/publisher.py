"""Render council's events from its stored documents: judgements, opinions, decisions, awards and agendas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.council.state import Entry, StoredDecisions, StoredEntries, StoredSession
from services.council.store import CouncilStore
from services.council.stored_documents import AGENDA, award_row_name, row_name
from shared.contracts.conferral import AwardGiven, AwardRevoked, ConferredAward
from shared.contracts.council import AgendaAssembled, DecisionMade, Judgement, JudgementMade
from shared.contracts.ids import derived
from shared.contracts.model import Event
from shared.contracts.opinions import AgencyOpinion, OpinionRecorded
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS, Topic
from shared.runtime.outbox import Outgoing, Rendering, rendering

SOURCE = "thidua/council"


def renderings(store: CouncilStore) -> list[Rendering]:
    """How the outbox publishes the store's documents; each event has the current state."""
    return [
        rendering(store.published_judgements, _render_judgements, _row_names),
        rendering(store.published_opinions, _render_opinions, _row_names),
        rendering(store.published_decisions, _render_decisions, _decision_row_names),
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


async def _render_opinions(stored: StoredEntries[AgencyOpinion], unsent: Sequence[str]) -> list[Outgoing]:
    messages = []
    for row, opinion in _unsent_entries(stored, unsent):
        event = OpinionRecorded(
            id=derived("opinion", stored.id, row, opinion.version),
            source=SOURCE,
            time=opinion.at,
            subject=stored.id,
            data=opinion,
        )
        messages.append(_outgoing(JUDGEMENTS, event))
    return messages


async def _render_decisions(stored: StoredDecisions, unsent: Sequence[str]) -> list[Outgoing]:
    """The unsent decisions, then the unsent awards: an award follows from a decision."""
    messages = []
    waiting = set(unsent)
    for key, decision in stored.by_key.items():
        if (row := row_name(*key)) in waiting:
            event = DecisionMade(
                id=derived("decision", stored.id, row, decision.version),
                source=SOURCE,
                time=decision.at,
                subject=stored.id,
                data=decision,
            )
            messages.append(_outgoing(DECISIONS, event))
    for key, award in stored.awards.items():
        if (row := award_row_name(key)) in waiting:
            messages.append(_outgoing(DECISIONS, _award_event(award, row, stored.id)))
    return messages


def _award_event(award: ConferredAward, row: str, subject: str) -> Event:
    kind = AwardGiven if award.stands else AwardRevoked
    event_id = derived("award", subject, row, award.version)
    return kind(id=event_id, source=SOURCE, time=award.at, subject=subject, data=award)


def _decision_row_names(stored: StoredDecisions) -> list[str]:
    return [*(row_name(*key) for key in stored.by_key), *(award_row_name(key) for key in stored.awards)]


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
