"""The findings and lists of every award after some events, and agenda items of some units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.council.changes import AwardFindings
from services.council.packed_findings import finding_state
from services.scoring import rules
from shared.contracts.council import AgendaItem
from shared.contracts.model import Event
from shared.contracts.scoring import AwardLists, Evidence
from tests.support.applied_events import context_of, figures_after

NOW = datetime(2024, 1, 9, 2, tzinfo=UTC)


def item(*units: str, kind: str = "candidates", **fields: Any) -> AgendaItem:
    base = {"number": 1, "id": f"{kind}/m/B3", "kind": kind, "title": "t", "award": "B3", "cite": "S0"}
    return AgendaItem.model_validate({**base, "units": units, **fields})


def computed(events: Sequence[Event]) -> tuple[dict[str, AwardFindings], dict[str, AwardLists]]:
    """The findings and lists of every award after some events, as scoring publishes them."""
    figures, context = figures_after(events), context_of(events)
    by_award: dict[str, AwardFindings] = {}
    verdicts = {}
    for award in context.plan.awards:
        rows = verdicts[award.id] = rules.evaluate(award, figures, context)
        by_unit = {row.unit: {f.criterion: finding_state(f) for f in row.findings} for row in rows}
        described = {
            source.event: Evidence.model_validate({name: getattr(source, name) for name in source.__struct_fields__})
            for source in rules.evidence_of(rows, figures)
        }
        by_award[award.id] = AwardFindings(by_unit, described)
    return by_award, {lists.award: lists for lists in rules.summarise(context, verdicts, figures)}
