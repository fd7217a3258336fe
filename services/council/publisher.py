"""Render council's events from its stored documents: judgements, decisions and agendas."""

from __future__ import annotations

from services.council.store import CouncilStore
from services.council.stored_documents import AGENDA, session_from
from shared.contracts.council import AgendaAssembled, DecisionMade, JudgementMade
from shared.contracts.ids import derived
from shared.contracts.model import Event
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS, Topic
from shared.runtime.mongo import Document, Documents
from shared.runtime.outbox import Outgoing, Rendering

SOURCE = "thidua/council"


def renderings(store: CouncilStore) -> list[Rendering]:
    """How the outbox publishes the store's collections; each event has the document's current state."""
    return [
        _entry_rendering(store.judgements, JUDGEMENTS, "judgement", JudgementMade),
        _entry_rendering(store.decisions, DECISIONS, "decision", DecisionMade),
        Rendering(store.sessions, _render_agenda, lambda doc: [AGENDA]),
    ]


def _entry_rendering(
    documents: Documents, topic: Topic, name: str, event_type: type[JudgementMade] | type[DecisionMade]
) -> Rendering:
    async def render(doc: Document) -> list[Outgoing]:
        movement, rows = doc["_id"], doc["rows"]
        return [
            _outgoing(
                topic,
                event_type.model_validate(
                    {
                        "id": derived(name, movement, row, rows[row]["version"]),
                        "source": SOURCE,
                        "time": rows[row]["at"],
                        "subject": movement,
                        "data": rows[row],
                    }
                ),
            )
            for row in doc["unsent"]
        ]

    return Rendering(documents, render, lambda doc: list(doc["rows"]))


async def _render_agenda(doc: Document) -> list[Outgoing]:
    stored = session_from(doc)
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
