"""Stores extensions: one document per ledger, with every request for it and its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from services.intake.context import GrantedExtension
from services.intake.extensions.rules import granted_extension
from shared.contracts.extensions import Extension
from shared.contracts.receipts import Problem
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.publishing import PublishedDocuments

Decision = Callable[[Sequence[Extension]], Extension | Problem]
"""Decides on a ledger, given all its extensions: the new state of one extension, or the problem."""


class Extensions:
    """The extensions of each ledger. Writes are compare-and-set, so that only one of two concurrent answers counts."""

    def __init__(self, database: Database, province: str) -> None:
        self._documents = database.documents("extensions")
        self.published = PublishedDocuments(self._documents, stored_extensions)
        self.province = province

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["extensions.id"])

    async def granted_extension(self, ledger: str) -> GrantedExtension:
        """What was granted for a ledger."""
        return granted_extension(stored_extensions(await self._documents.get(ledger)))

    async def granted_extensions(self, ledgers: Iterable[str]) -> dict[str, GrantedExtension]:
        """What was granted, by ledger; ledgers without any request are missing."""
        docs = await self._documents.get_many(ledgers)
        return {ledger: granted_extension(stored_extensions(doc)) for ledger, doc in docs.items()}

    async def of(self, ledger: str) -> list[Extension]:
        """All extensions of a ledger."""
        return stored_extensions(await self._documents.get(ledger))

    async def all(self) -> list[Extension]:
        """Every extension, in the order of the requests."""
        extensions = [extension for doc in await self._documents.find() for extension in stored_extensions(doc)]
        return sorted(extensions, key=lambda extension: (extension.asked_at, extension.id))

    async def ledger_of(self, extension: str) -> str | None:
        """The ledger of an extension, by the extension's id; None for an unknown id."""
        docs = await self._documents.find({"extensions.id": extension}, limit=1)
        return str(docs[0]["_id"]) if docs else None

    async def decide(self, ledger: str, decision: Decision) -> Extension | Problem:
        """Decide on a ledger and store the result. The result is durable when this returns.

        ``decision`` is called again if another write came first.
        """
        while True:
            doc = await self._documents.get(ledger) or {"_id": ledger, "extensions": [], "unsent": []}
            extensions = stored_extensions(doc)
            decided = decision(extensions)
            if isinstance(decided, Problem) or decided in extensions:
                return decided
            others = [extension for extension in extensions if extension.id != decided.id]
            doc["extensions"] = [extension.model_dump(mode="json") for extension in (*others, decided)]
            doc["unsent"] = sorted({*doc["unsent"], decided.id})
            try:
                await self._documents.save(doc)
            except VersionConflict:
                continue
            return decided


def stored_extensions(doc: Document | None) -> list[Extension]:
    """The extensions in a stored document."""
    return [Extension.model_validate(stored) for stored in doc["extensions"]] if doc else []
