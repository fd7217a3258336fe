"""The form of council's stored documents, converted from and to state.

A movement's judgements, its decisions and the opinions of other agencies are one document each: ``rows`` by row name,
and in ``unsent`` the rows still to be published. The document of decisions also has the ``awards`` that followed from
them. A session is one document: its agenda, with what the secretariat has recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.council.arrivals import Arrivals, arrivals_in
from services.council.sessions.lifecycle import status_of
from services.council.state import DecisionKey, Entry, EntryKey, StoredDecisions, StoredEntries, StoredSession
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Agenda, Decision, Judgement
from shared.contracts.opinions import AgencyOpinion
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


def arrivals_of(receipts: Mapping[str, Document | None]) -> Arrivals:
    """The complete reports in the stored receipts of movements."""
    by_movement = [arrivals_in(movement, stored["rows"].values()) for movement, stored in receipts.items() if stored]
    return {key: arrival for of_movement in by_movement for key, arrival in of_movement.items()}


def judgements_from(doc: Document) -> StoredEntries[Judgement]:
    """A movement's judgements in a stored document."""
    judgements = [Judgement.model_validate(row) for row in doc["rows"].values()]
    by_key = {entry_key(judgement): judgement for judgement in judgements}
    return StoredEntries(doc["_id"], doc["rev"], by_key, tuple(doc["unsent"]))


def opinions_from(doc: Document) -> StoredEntries[AgencyOpinion]:
    """The opinions of other agencies in a movement's stored document."""
    opinions = [AgencyOpinion.model_validate(row) for row in doc["rows"].values()]
    return StoredEntries(doc["_id"], doc["rev"], {entry_key(opinion): opinion for opinion in opinions}, doc["unsent"])


def decisions_from(doc: Document) -> StoredDecisions:
    """A movement's decisions and awards in a stored document. One that an earlier release wrote has no awards."""
    decisions = [Decision.model_validate(row) for row in doc["rows"].values()]
    awards = [ConferredAward.model_validate(row) for row in doc.get("awards", {}).values()]
    return StoredDecisions(
        id=doc["_id"],
        revision=doc["rev"],
        by_key={decision_key(decision): decision for decision in decisions},
        awards={decision_key(award): award for award in awards},
        unsent=tuple(doc["unsent"]),
    )


def decision_key(entry: Decision | ConferredAward) -> DecisionKey:
    """The key that a decision or an award is stored by."""
    return entry.award, entry.subject


def entry_key(entry: Entry) -> EntryKey:
    """The key that a judgement or an opinion is stored by."""
    return (entry.id,) if isinstance(entry, AgencyOpinion) else (entry.unit, entry.criterion)


def award_row_name(key: DecisionKey) -> str:
    """The name of an award's row among the unsent ones. A decision's has two parts, so the two never coincide."""
    return row_name("award", *key)


def entries_document(stored: StoredEntries[Entry], entries: Iterable[Entry]) -> Document:
    """The document of stored entries with more of them, which replace those with the same key and are unsent."""
    rows: dict[str, Document] = {row_name(*entry_key(entry)): entry.model_dump(mode="json") for entry in entries}
    before = {row_name(*key): entry.model_dump(mode="json") for key, entry in stored.by_key.items()}
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "rows": before | rows,
        "unsent": sorted({*stored.unsent, *rows}),
    }


def decisions_document(
    stored: StoredDecisions, decisions: Iterable[Decision], awards: Iterable[ConferredAward]
) -> Document:
    """The document of stored decisions and awards with more of them, which replace those with the same key."""
    rows = {row_name(*decision_key(new)): new.model_dump(mode="json") for new in decisions}
    award_rows = {award_row_name(decision_key(new)): new.model_dump(mode="json") for new in awards}
    before = {row_name(*key): decision.model_dump(mode="json") for key, decision in stored.by_key.items()}
    awards_before = {award_row_name(key): award.model_dump(mode="json") for key, award in stored.awards.items()}
    return {
        "_id": stored.id,
        "rev": stored.revision,
        "rows": before | rows,
        "awards": awards_before | award_rows,
        "unsent": sorted({*stored.unsent, *rows, *award_rows}),
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
    return StoredSession(
        id=doc["_id"],
        revision=doc["rev"],
        agenda=agenda,
        changed_at=doc["changed_at"],
        rebuilt_from=doc.get(REBUILT_FROM),
        fixed_findings=doc.get("fixed_findings", ""),
        fixed_arrivals=doc.get("fixed_arrivals", ""),
    )


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
        "fixed_findings": stored.fixed_findings,
        "fixed_arrivals": stored.fixed_arrivals,
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
