"""Figures on pages: the last value reported for every unit, and the event it came with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from shared.contracts.fast_models import Aware, Evidence, Results, Row
from shared.contracts.model import Kind, Tier, Verdict

INSPECTION = Kind.INSPECTION.value
_OF_PERIOD = "@"


class Judged(Struct, frozen=True, gc=False, tag_field="is", tag="judged"):
    """A judgement of the council, filed like any other figure."""

    unit: str
    verdict: Verdict


class Decided(Struct, frozen=True, gc=False, omit_defaults=True, tag_field="is", tag="decided"):
    """A decision about a unit and an award, filed like any other figure.

    The council's own proposal (``granted``), its refusal (``declined``) or the end of a proposal (``revoked``). Under
    ``awarded_subject`` it is the decision that gave the award (``granted``) or revoked it, with ``number`` and ``date``
    (a local day) of the paper.
    """

    unit: str
    status: Literal["granted", "declined", "revoked"]
    number: str = ""
    date: dt.date | None = None


class Withdrawn(Struct, frozen=True, gc=False, tag_field="is", tag="withdrawn"):
    """A unit's figure was withdrawn without a replacement. It is kept so that a late copy of the figure is ignored."""

    unit: str
    kind: Kind


class Declared(Struct, frozen=True, gc=False, omit_defaults=True):
    """The last declaration that a tier is complete, or that it is not (A39), and the event it came with.

    ``at`` is an aware instant; ``stands`` is false once the declaration is taken back.
    """

    at: Aware
    version: int
    event: str
    stands: bool = True

    @property
    def order(self) -> tuple[datetime, int, str]:
        """The declaration with the highest order counts."""
        return self.at, self.version, self.event


Value = Row | Judged | Decided | Withdrawn


class Figure(Struct, frozen=True, gc=False, omit_defaults=True):
    """One unit's figure as last reported: its version, the event it came with, whether it is final.

    ``at`` is the aware instant the figure counts from.
    ``since`` is the first version and event that reported a case; it stays when the case is closed.
    """

    version: int
    event: str
    final: bool
    value: Value
    at: Aware
    since: tuple[int, str] | None = None

    @property
    def order(self) -> tuple[datetime, int, str]:
        """Of two figures about the same thing the one with the higher order counts, whichever arrived first."""
        return self.at, self.version, self.event


class PageKey(NamedTuple):
    """A page: the subject its figures are filed under, the tier, and the page's number within it."""

    subject: str
    tier: Tier
    page: int


@dataclass(slots=True)
class Page:
    """The figures of one subject for at most 256 units of a tier. ``version`` counts the changes to them.

    ``declared`` is the last declaration about whether the tier is complete: once it is, a unit without a figure has
    none (A39). ``sources`` is the evidence of the events behind the figures. ``applied`` holds the events applied since
    the page was last tidied; their evidence is built only when it is needed.
    """

    version: int = 0
    declared: Declared | None = None
    rows: dict[str, Figure] = field(default_factory=dict)
    sources: dict[str, Evidence] = field(default_factory=dict)
    applied: dict[str, Results] = field(default_factory=dict)

    def evidence(self, event: str) -> Evidence | None:
        """The evidence an event gives; None if the page has no figure from it."""
        results = self.applied.get(event)
        return self.sources.get(event) if results is None else evidence_of(event, results)

    def tidy(self) -> None:
        """Keep only the evidence that figures rest on. This scans the whole page, so call it once a batch."""
        used = {figure.event for figure in self.rows.values()}
        used |= {figure.since[1] for figure in self.rows.values() if figure.since}
        used |= {self.declared.event} if self.declared else set()
        self.sources = {event: source for event in sorted(used) if (source := self.evidence(event)) is not None}
        self.applied = {}


def subject_of(results: Results) -> str:
    """The subject an event's figures are filed under. Those of an interim period have pages of their own (0032)."""
    return period_subject(results.subject, results.period) if results.interim_period else results.subject


def period_subject(subject: str, period: str) -> str:
    """The subject the figures of an interim period are filed under. No other subject has an ``@``."""
    return f"{subject}{_OF_PERIOD}{period}"


def is_of_deciding_period(subject: str) -> bool:
    """Whether figures filed under a subject decide boards and awards."""
    return _OF_PERIOD not in subject


def judged_subject(criterion: str) -> str:
    """The subject the council's judgements on a criterion are filed under."""
    return f"judged:{criterion}"


def decided_subject(award: str) -> str:
    """The subject the council's decisions on an award are filed under."""
    return f"decided:{award}"


def awarded_subject(award: str) -> str:
    """The subject under which the decisions that give or revoke an award are filed."""
    return f"awarded:{award}"


def evidence_of(event_id: str, results: Results) -> Evidence:
    """The evidence an event of figures gives: the report it carries, or the withdrawal of one."""
    instead = results.instead
    evidence = Evidence(
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
    if instead is None:
        return evidence
    if not results.withdrawn and not results.undeclared:
        return replace(evidence, restored_at=instead.at)
    return replace(
        evidence, version=instead.version, at=instead.at, by=instead.by, receipt=instead.receipt, note=instead.reason
    )
