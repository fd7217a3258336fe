"""What writers hand over to the outbox relay: a wake-up call, and the documents they have just written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared.runtime.mongo import Document, Documents

BATCH_SIZE = 200
"""The relay publishes about this many documents at a time."""
_MAX_JUST_WRITTEN = 5 * BATCH_SIZE

DocumentBatch = Sequence[Document]
"""A document and the documents that its ``lot`` names (mostly none), which are published together."""


class Handover:
    """The way from the stores and handlers of one process to its relay.

    The service makes it before its parts, so each part gets it in its constructor. ``must_look`` is set when the relay
    must query the database for pending documents; ``batches`` are the documents it need not read back, by the id of
    the first document of each batch, in the order they were written.
    """

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.must_look = True
        self.batches: dict[str, tuple[Documents, DocumentBatch]] = {}

    def wake(self) -> None:
        """Have the relay look for pending documents now rather than at its next round."""
        self.must_look = True
        self.woken.set()

    def just_written(self, documents: Documents, docs: Sequence[Document]) -> None:
        """Have the relay publish documents that this process has just written, without reading them back.

        When more than 1000 documents wait, all of them are dropped and the relay queries for them as for any others.
        """
        by_id = {doc["_id"]: doc for doc in docs}
        for doc in docs:
            if doc["pending"]:
                rest = [by_id[doc_id] for doc_id in doc.get("lot", ()) if doc_id in by_id]
                self.batches[doc["_id"]] = documents, [doc, *rest]
        if sum(len(batch) for _, batch in self.batches.values()) > _MAX_JUST_WRITTEN:
            self.drop_batches()
        self.woken.set()

    def drop_batches(self) -> None:
        """Drop the batches that wait; the relay queries the database for them."""
        self.batches.clear()
        self.must_look = True
