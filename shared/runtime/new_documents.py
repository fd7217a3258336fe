"""Documents at their first revision, alone or as a batch that is published together (see ``shared.runtime.mongo``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]


def new_document(doc: Document) -> Document:
    """A document at revision 1."""
    unsent = list(doc.get("unsent", ()))
    return {**doc, "rev": 1, "unsent": unsent, "pending": bool(unsent)}


def new_batch(docs: Sequence[Document]) -> list[Document]:
    """Documents at revision 1; the first is pending and names the others that have something to publish."""
    fresh = [new_document(doc) for doc in docs]
    if others := [doc["_id"] for doc in fresh[1:] if doc["pending"]]:
        fresh = [fresh[0] | {"pending": True, "lot": others}, *(doc | {"pending": False} for doc in fresh[1:])]
    return fresh
