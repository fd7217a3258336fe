"""The form of council's stored documents, converted from and to state.

A movement's judgements and its decisions are one document each: ``rows`` by row name, and in ``unsent`` the rows
still to be published. A session is one document: its agenda, with what the secretariat has recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.council.sessions.lifecycle import status_of
from services.council.state import DecisionKey, Entry, JudgementKey, StoredEntries, StoredSession
from shared.contracts.council import Agenda, Decision, Judgement
from shared.contracts.sessions import Phase
from shared.runtime.derived_state import Facts
from shared.runtime.mongo import Document

AGENDA = "agenda"
"""The name of the only thing that a session's document publishes."""

REBUILT_FROM = "seeded"
"""The field of a document in a rebuilt database that holds the revision of the live document it was copied from."""

_TECHNICAL_FIELDS = frozenset({"_id", "rev", "unsent", "pending"})


def row_name(*parts: str) -> str:
    """The name of a row. MongoDB reads a dot in a name as a path, so dots become ``·``, which no id contains."""
    return "|".join(parts).replace(".", "·")


def eligibility_page_id(movement_key: str, award: str, page: int) -> str:
    """The document id of an award's page of verdicts."""
    return f"{movement_key}/{award}/{page}"


def judgements_from(doc: Document) -> StoredEntries[Judgement]:
    """A movement's judgements in a stored document."""
    judgements = [Judgement.model_validate(row) for row in doc["rows"].values()]
    by_key = {entry_key(judgement): judgement for judgement in judgements}
    return StoredEntries(doc["_id"], doc["rev"], by_key, tuple(doc["unsent"]))


def decisions_from(doc: Document) -> StoredEntries[Decision]:
    """A movement's decisions in a stored document."""
    decisions = [Decision.model_validate(row) for row in doc["rows"].values()]
    by_key = {entry_key(decision): decision for decision in decisions}
    return StoredEntries(doc["_id"], doc["rev"], by_key, tuple(doc["unsent"]))


def entry_key(entry: Entry) -> DecisionKey | JudgementKey:
    """The key that a judgement or decision is stored by."""
    return (entry.award, entry.subject) if isinstance(entry, Decision) else (entry.unit, entry.criterion)


def entries_document(stored: StoredEntries[Entry], entries: Iterable[Entry]) -> Document:
    """The document of stored entries with more of them, which replace those with the same key and are unsent."""
    rows: dict[str, Document] = {row_name(*entry_key(entry)): entry.model_dump(mode="json") for entry in entries}
    before = {row_name(*key): entry for key, entry in stored.by_key.items()}
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "rows": {name: entry.model_dump(mode="json") for name, entry in before.items()} | rows,
        "unsent": sorted({*stored.unsent, *rows}),
    }


_PHASE_OF: Mapping[str, Phase] = {
    "draft": "planned",
    "frozen": "frozen",
    "closed": "frozen",
    "historical": "historical",
}
"""The phases of sessions that 0.2.0 stored, by status: it said ``closed`` when a window ended, though nobody had closed
the session; the items were fixed then and had been quoted by number.
"""


def session_from(doc: Document) -> StoredSession:
    """The session in a stored document, also of one that 0.2.0 stored."""
    phase = doc.get("phase") or _PHASE_OF[doc["status"]]
    agenda = Agenda.model_validate(
        {
            **{name: doc[name] for name in ("session", "name", "plan", "version", "items")},
            **{name: doc[name] for name in ("window_over", "outcomes", "meeting") if name in doc},
            "frozen_at": doc.get("frozen_at"),
            "phase": phase,
            "status": status_of(phase),
            "numbered": doc.get("numbered", phase == "frozen"),
        },
        extra="ignore",
    )
    return StoredSession(doc["_id"], doc["rev"], agenda, doc["changed_at"], doc.get(REBUILT_FROM))


def session_document(stored: StoredSession) -> Document:
    """The document of a session whose agenda is to be published."""
    copied: Document = {} if stored.rebuilt_from is None else {REBUILT_FROM: stored.rebuilt_from}
    return {
        **stored.agenda.model_dump(mode="json"),
        "_id": stored.id,
        "rev": stored.revision,
        "unsent": [AGENDA],
        "phase": stored.phase,
        "numbered": stored.agenda.numbered,
        "frozen_at": stored.agenda.frozen_at,
        "changed_at": stored.changed_at,
        **copied,
    }


def consumed_facts(doc: Document) -> Facts:
    """The facts in a document of the collection ``heard``, by name; each row is a fact of its own."""
    rows = {f"row {name}": row for name, row in doc.get("rows", {}).items()}
    return {name: value for name, value in doc.items() if name not in _TECHNICAL_FIELDS | {"rows"}} | rows


def session_facts(doc: Document) -> Facts:
    """The facts in a session's document that follow from the topics, by name; each item is a fact of its own."""
    agenda = session_from(doc).agenda.model_dump(mode="json")
    items = {f"item {item['id']}": item for item in agenda["items"]}
    return {"status": agenda["status"], "name": agenda["name"], "plan": agenda["plan"], **items}
