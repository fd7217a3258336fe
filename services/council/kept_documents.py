"""Documents as they were decoded at their stored revision, so that a page decodes only what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from shared.caching import Cache
from shared.runtime.mongo import Document, Documents
from shared.runtime.revisions import Revisions

What = TypeVar("What")

TRUSTED_SECONDS: Final = 1.0
"""For how long a page takes the documents to be as they were, if this process has not written to them (0093)."""

_MOST_KEPT: Final = 64


class KeptDocuments(Generic[What]):
    """What ``read`` makes of the documents of a collection, named ``collection`` in revisions."""

    def __init__(self, collection: str, documents: Documents, read: Callable[[Document], What]) -> None:
        self._collection, self._documents, self._read = collection, documents, read
        self._kept = Cache[str, tuple[int, What]](_MOST_KEPT)

    async def of(self, revisions: Revisions, ending: str = "") -> Mapping[str, What]:
        """The documents of this collection among the revisions, by id: those whose ids have an ending. None is older.

        One that is kept at its revision is not read again.
        """
        current = {
            doc_id: rev for name, doc_id, rev in revisions if name == self._collection and doc_id.endswith(ending)
        }
        kept = {doc_id: self._kept[doc_id] for doc_id in current if doc_id in self._kept}
        documents = {doc_id: what for doc_id, (rev, what) in kept.items() if rev == current[doc_id]}
        for doc_id, doc in (await self._documents.get_many(current.keys() - documents.keys())).items():
            documents[doc_id] = self._kept.keep(doc_id, (doc["rev"], self._read(doc)))[1]
        return documents
