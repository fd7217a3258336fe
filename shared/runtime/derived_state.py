"""What a service declares so that its derived state can be recomputed beside it, compared, and repaired.

Every service that consumes topics of others has a module ``derived_state``, which names the documents, or the parts of
them, that follow from the topics alone. Everything else belongs to the service and is never changed by a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.kafka.records import Handler
from shared.runtime.mongo import Database, Document

Facts = Mapping[str, Any]
"""The derived parts of a document, by name; empty when the document is missing."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A collection whose documents follow from the topics, wholly or in part.

    ``repaired`` takes the live document, the recomputed one (either may be None) and the instant of the repair. It
    returns the live document with the recomputed facts and everything else unchanged, or None when the document should
    not exist. It raises ``VersionConflict`` when the live document was written after the other was copied from it.
    ``cached_with`` names the group of documents that a running process holds in memory together. When one of a group is
    repaired, the revisions of all are advanced, so that the process reads them again before it writes any.
    """

    collection: str
    facts: Callable[[Document], Facts]
    repaired: Callable[[Document | None, Document | None, datetime], Document | None]
    cached_with: Callable[[Document], str] = lambda doc: str(doc["_id"])


class Rebuilt(Protocol):
    """A service's own handler on a fresh database: no consumer group, no HTTP; nothing is published or delivered."""

    @property
    def handler(self) -> Handler:
        """The handler that applies the topics from their first record."""

    @property
    def derived(self) -> Sequence[Derived]:
        """The collections that follow from the topics."""

    async def prepare(self) -> None:
        """Create the indexes of the fresh database."""

    async def finish(self, live: Database) -> None:
        """After all records are applied, derive what also depends on the live database's own facts. Idempotent."""


def derived_references() -> list[Derived]:
    """The plans and registers of every service except intake, which owns them. A running process reads each once."""
    return [
        Derived("plans", lambda doc: {"plan": Plan.model_validate_json(doc["json"])}, _repaired_reference),
        Derived(
            "registers", lambda doc: {"register": UnitRegister.model_validate_json(doc["json"])}, _repaired_reference
        ),
    ]


def _repaired_reference(live: Document | None, fresh: Document | None, _: datetime) -> Document | None:
    return overwriting(live, fresh, unsent=[]) if fresh else None


def overwriting(live: Document | None, fresh: Document, **fields: Any) -> Document:
    """The fresh document with these fields, at the live document's revision, or at 0 when there is none."""
    return {**fresh, "rev": live["rev"] if live else 0, **fields}
