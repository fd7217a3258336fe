"""Extensions, kept: one document a ledger with all that was ever asked and answered for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from services.intake.context import SOURCE, GrantedExtension
from services.intake.extensions.rules import granted_extension
from shared.contracts.extensions import Extension, ExtensionRecorded
from shared.contracts.ids import derived
from shared.contracts.model import movement_key
from shared.contracts.receipts import Problem
from shared.contracts.topics import EXTENSIONS
from shared.runtime.mongo import Database, Document, VersionConflict
from shared.runtime.outbox import Outgoing, Rendering

Decision = Callable[[Sequence[Extension]], Extension | Problem]
"""Decides on all there is for a ledger: the extension as it is then, or what is wrong."""


class Extensions:
    """More time, by ledger; each write is a compare-and-set, so that two answers cannot both be the answer."""

    def __init__(self, database: Database, province: str) -> None:
        self._documents = database.documents("extensions")
        self._province = province

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["extensions.id"])

    async def granted_extension(self, ledger: str) -> GrantedExtension:
        """What was granted for a ledger."""
        return granted_extension(_extensions(await self._documents.get(ledger)))

    async def granted_extensions(self, ledgers: Iterable[str]) -> dict[str, GrantedExtension]:
        """What was granted for ledgers, by ledger; none where nothing was asked for."""
        docs = await self._documents.get_many(ledgers)
        return {ledger: granted_extension(_extensions(doc)) for ledger, doc in docs.items()}

    async def of(self, ledger: str) -> list[Extension]:
        """All that was asked for a ledger, first first."""
        return _extensions(await self._documents.get(ledger))

    async def all(self) -> list[Extension]:
        """Every extension, by when it was asked for."""
        found = [each for doc in await self._documents.find() for each in _extensions(doc)]
        return sorted(found, key=lambda each: (each.asked_at, each.id))

    async def ledger_of(self, extension: str) -> str | None:
        """The ledger an extension is for, or None."""
        docs = await self._documents.find({"extensions.id": extension}, limit=1)
        return str(docs[0]["_id"]) if docs else None

    async def decide(self, ledger: str, decision: Decision) -> Extension | Problem:
        """Have it decided on all there is for a ledger, and keep what was decided. Durable when this returns."""
        while True:
            doc = await self._documents.get(ledger) or {"_id": ledger, "extensions": [], "unsent": []}
            so_far = _extensions(doc)
            decided = decision(so_far)
            if isinstance(decided, Problem) or decided in so_far:
                return decided
            others = [each for each in so_far if each.id != decided.id]
            doc["extensions"] = [each.model_dump(mode="json") for each in (*others, decided)]
            doc["unsent"] = sorted({*doc["unsent"], decided.id})
            try:
                await self._documents.save(doc)
            except VersionConflict:
                continue
            return decided

    @property
    def rendering(self) -> Rendering:
        """Says what was asked and answered."""
        return Rendering(self._documents, self._render, lambda doc: [each.id for each in _extensions(doc)])

    async def _render(self, doc: Document) -> list[Outgoing]:
        said = []
        for each in _extensions(doc):
            if each.id not in doc["unsent"]:
                continue
            key = movement_key(self._province, each.movement)
            event = ExtensionRecorded(
                id=derived("extension recorded", each.id, each.version),
                source=SOURCE,
                time=each.answered_at or each.asked_at,
                subject=key,
                data=each,
            )
            said.append(Outgoing(EXTENSIONS.name, key.encode(), event.encode()))
        return said


def _extensions(doc: Document | None) -> list[Extension]:
    return [Extension.model_validate(each) for each in doc["extensions"]] if doc else []
