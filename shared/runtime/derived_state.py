"""What a service declares so that what it derived can be made anew beside it, compared, and mended.

Every service that hears others has a module ``rebuilding`` that says which of its documents, or which parts of
them, follow from the topics alone. What it does not name there is the service's own and is never touched.
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
"""What of a document follows from the topics, by name. Where a document is missing there are none."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A collection whose documents follow from what is heard, wholly or in part.

    ``mended`` takes the live document and the fresh one (either may be missing) and the instant it happens: it gives
    the live one with the facts of the fresh one and all its own as it was, or None where nothing of it should be.
    It raises ``VersionConflict`` where the live one has moved on since the fresh one was made from it. ``held_with`` names what
    a running process holds in memory together; when one of these documents is mended, all are counted on, so that
    the process reads them again before it writes any.
    """

    collection: str
    facts: Callable[[Document], Facts]
    mended: Callable[[Document | None, Document | None, datetime], Document | None]
    held_with: Callable[[Document], str] = lambda doc: str(doc["_id"])


class Rebuilt(Protocol):
    """A service's own handler on a fresh database: no consumer group, no HTTP, and nothing is said or mailed."""

    @property
    def handler(self) -> Handler:
        """What hears the topics from their first record on."""

    @property
    def derived(self) -> Sequence[Derived]:
        """What follows from them."""

    async def prepare(self) -> None:
        """Make the indexes of the fresh database."""

    async def finish(self, live: Database) -> None:
        """After all was heard: derive what also rests on facts that only the live database has. May be done again."""


def of_references() -> list[Derived]:
    """The plans and registers, as every service but intake has learnt them. A running process reads one only once."""
    return [
        Derived("plans", lambda doc: {"plan": Plan.model_validate_json(doc["json"])}, _as_learnt),
        Derived("registers", lambda doc: {"register": UnitRegister.model_validate_json(doc["json"])}, _as_learnt),
    ]


def _as_learnt(live: Document | None, fresh: Document | None, _: datetime) -> Document | None:
    return over(live, fresh, unsent=[]) if fresh else None


def over(live: Document | None, fresh: Document, **fields: Any) -> Document:
    """The fresh document with these fields, to be written over the live one, or as the first."""
    return {**fresh, "rev": live["rev"] if live else 0, **fields}
