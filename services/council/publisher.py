"""Render council's events from its stored documents: judgements, decisions and agendas."""

from __future__ import annotations

from services.council.store import CouncilStore
from services.council.stored_documents import AGENDA, session_from
from shared.contracts.council import AgendaAssembled, Decision, DecisionMade, Judgement, JudgementMade
from shared.contracts.ids import derived
from shared.contracts.model import Event
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS, Topic
from shared.runtime.mongo import Document
from shared.runtime.outbox import Outgoing, Rendering

SOURCE = "thidua/council"


def renderings(store: CouncilStore) -> list[Rendering]:
    """How the outbox publishes the store's collections; each event has the document's current state."""
    return [
        Rendering(store.judgements, _render_judgements, lambda doc: list(doc["rows"])),
        Rendering(store.decisions, _render_decisions, lambda doc: list(doc["rows"])),
        Rendering(store.sessions, _render_agenda, lambda doc: [AGENDA]),
    ]


async def _render_judgements(doc: Document) -> list[Outgoing]:
    messages: list[Outgoing] = []
    for row in doc["unsent"]:
        judgement = Judgement.model_validate(doc["rows"][row])
        event = JudgementMade(
            id=derived("judgement", doc["_id"], row, judgement.version),
            source=SOURCE,
            time=judgement.at,
            subject=doc["_id"],
            data=judgement,
        )
        messages.append(_outgoing(JUDGEMENTS, event))
    return messages


async def _render_decisions(doc: Document) -> list[Outgoing]:
    messages: list[Outgoing] = []
    for row in doc["unsent"]:
        decision = Decision.model_validate(doc["rows"][row])
        event = DecisionMade(
            id=derived("decision", doc["_id"], row, decision.version),
            source=SOURCE,
            time=decision.at,
            subject=doc["_id"],
            data=decision,
        )
        messages.append(_outgoing(DECISIONS, event))
    return messages


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
