"""Boards and verdicts from the documents in which council keeps what scoring has published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from services.council.packed_findings import unpack
from services.council.packed_standings import Score, unpack_rows, unpack_standings
from services.council.standings import AwardResults, BoardKey, BoardScores, UnitResult
from shared.contracts.model import Verdict
from shared.runtime.mongo import Document
from shared.runtime.revisions import Revisions

_Key = TypeVar("_Key", str, BoardKey)
_Read = TypeVar("_Read")


def grouped(
    docs: Mapping[str, Document], keys: Mapping[str, _Key], read: Callable[[Sequence[Document]], _Read]
) -> dict[_Key, _Read]:
    """What is read from the documents of each key, in the order of their pages."""
    by_key: dict[_Key, list[Document]] = {}
    for doc_id, key in keys.items():
        if doc_id in docs:
            by_key.setdefault(key, []).append(docs[doc_id])
    return {key: read(of_key) for key, of_key in by_key.items()}


def award_results(pages: Sequence[Document]) -> AwardResults:
    """An award's results. Pages that an earlier release stored have no reasons, and are left out until they change."""
    reasoned = [page for page in pages if "reasons" in page]
    by_unit = {
        unit: UnitResult(Verdict(page["verdicts"][unit]), findings)
        for page in reasoned
        for unit, findings in unpack_rows(page["findings"], page["reasons"]).items()
    }
    evidence = {event: source for page in reasoned for event, source in unpack(page["findings"]).evidence.items()}
    return AwardResults(by_unit, evidence, _changed_at(reasoned))


def board_scores(pages: Sequence[Document]) -> BoardScores:
    """A board's scores."""
    by_unit: dict[str, Score] = {}
    for page in pages:
        by_unit |= unpack_standings(page["scores"])
    return BoardScores(by_unit, all(page["declared_complete"] for page in pages), _changed_at(pages))


def _changed_at(pages: Sequence[Document]) -> datetime | None:
    return max((datetime.fromisoformat(page["at"]) for page in pages), default=None)


def consumed_revisions(docs: Mapping[str, Document]) -> Revisions:
    """The revisions at which documents of what was consumed were read."""
    return frozenset(("heard", doc_id, doc["rev"]) for doc_id, doc in docs.items())
