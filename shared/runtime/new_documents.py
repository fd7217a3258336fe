"""Documents at a new revision, alone or as a batch that is published together (see ``shared.runtime.mongo``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.runtime.tracing import current_trace

Document = dict[str, Any]


def new_document(doc: Document) -> Document:
    """A document at revision 1. One that brings a ``trace`` keeps it; others that publish get that of the writer."""
    unsent = list(doc.get("unsent", ()))
    fresh = {**doc, "rev": 1, "unsent": unsent, "pending": bool(unsent)}
    if unsent and "trace" not in fresh and (trace := current_trace()):
        fresh["trace"] = trace
    return fresh


def next_revision(doc: Document) -> Document:
    """A document at the revision after its own (0 for a new one), with the writer's ``trace`` if it publishes."""
    fresh = {**doc, "rev": doc["rev"] + 1, "pending": bool(doc["unsent"])}
    if fresh["pending"] and (trace := current_trace()):
        fresh["trace"] = trace
    return fresh


def new_batch(docs: Sequence[Document]) -> list[Document]:
    """Documents at revision 1; the first is pending and names the others that have something to publish."""
    fresh = [new_document(doc) for doc in docs]
    if others := [doc["_id"] for doc in fresh[1:] if doc["pending"]]:
        fresh = [fresh[0] | {"pending": True, "lot": others}, *(doc | {"pending": False} for doc in fresh[1:])]
    return fresh
