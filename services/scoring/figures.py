"""Figures on pages: what scoring keeps of every unit, and which event it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from shared.contracts.fast_models import Aware, Evidence, Results, Row
from shared.contracts.model import Kind, Tier, Verdict

INSPECTION = Kind.INSPECTION.value


class Judged(Struct, frozen=True, gc=False, tag_field="is", tag="judged"):
    """The council's word, filed like any other figure."""

    unit: str
    verdict: Verdict


class Decided(Struct, frozen=True, gc=False, tag_field="is", tag="decided"):
    """What was decided about a unit and an award, filed like any other figure."""

    unit: str
    status: Literal["granted", "declined", "revoked"]


class Withdrawn(Struct, frozen=True, gc=False, tag_field="is", tag="withdrawn"):
    """That a unit's figure was taken back and none stands in for it; kept, so that hearing it late changes nothing."""

    unit: str
    kind: Kind


class Declared(Struct, frozen=True, gc=False, omit_defaults=True):
    """The last word on whether the reporter has declared a tier complete (A39), and in which event."""

    at: Aware
    version: int
    event: str
    stands: bool = True

    @property
    def order(self) -> tuple[datetime, int, str]:
        """The higher is the last word."""
        return self.at, self.version, self.event


Value = Row | Judged | Decided | Withdrawn


class Figure(Struct, frozen=True, gc=False, omit_defaults=True):
    """One unit's figure as last reported: its version, the event it came with, whether it is final.

    ``at`` is the instant it counts from.
    ``since`` is the first version and event of a case that was opened; it stays when the case is closed.
    """

    version: int
    event: str
    final: bool
    value: Value
    at: Aware
    since: tuple[int, str] | None = None

    @property
    def order(self) -> tuple[datetime, int, str]:
        """What decides between figures about the same thing: the higher counts, whichever was heard first."""
        return self.at, self.version, self.event


class PageKey(NamedTuple):
    """A page: the subject its figures are filed under, the tier, and the page's number within it."""

    subject: str
    tier: Tier
    page: int


@dataclass(slots=True)
class Page:
    """The figures of one subject for at most 256 units of a tier. ``version`` counts the changes to them.

    ``declared`` is the last word on whether the tier was declared complete: units without a figure have none then
    (A39). ``sources`` are what the events behind the figures are evidence of; ``heard`` those that have come since
    the page was last tidied, as they came.
    """

    version: int = 0
    declared: Declared | None = None
    rows: dict[str, Figure] = field(default_factory=dict)
    sources: dict[str, Evidence] = field(default_factory=dict)
    heard: dict[str, Results] = field(default_factory=dict)

    def evidence(self, event: str) -> Evidence | None:
        """What an event behind some figure is evidence of."""
        results = self.heard.get(event)
        return self.sources.get(event) if results is None else evidence_of(event, results)

    def tidy(self) -> None:
        """Keep the evidence figures rest on, and no other. It looks at the whole page: once a batch will do."""
        used = {figure.event for figure in self.rows.values()}
        used |= {figure.since[1] for figure in self.rows.values() if figure.since}
        used |= {self.declared.event} if self.declared else set()
        self.sources = {event: found for event in sorted(used) if (found := self.evidence(event)) is not None}
        self.heard = {}


def judged_subject(criterion: str) -> str:
    """Where the council's judgements on a criterion are filed."""
    return f"judged:{criterion}"


def decided_subject(award: str) -> str:
    """Where decisions on an award are filed."""
    return f"decided:{award}"


def evidence_of(event_id: str, results: Results) -> Evidence:
    """What an event of figures is evidence of: the report it speaks of, or that one was taken back."""
    instead = results.instead
    told = Evidence(
        event=event_id,
        version=results.version,
        at=results.received_at,
        by=results.reported_by,
        report=results.report,
        receipt=results.receipt,
        obligation=results.obligation,
        as_of=results.as_of,
        counts_from=instead.counts_from if instead else None,
    )
    if instead is None or not results.withdrawn:
        return told
    return replace(
        told, version=instead.version, at=instead.at, by=instead.by, receipt=instead.receipt, note=instead.reason
    )
