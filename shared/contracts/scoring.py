"""What scoring publishes: the boards, and which units are eligible for which awards, with reasons."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import PAGE_SIZE, Code, Event, Id, PlanRef, Tier, TolerantModel, Verdict


class Standing(TolerantModel):
    """One unit's score on a board, the report version it comes from, and whether it is final."""

    unit: Code
    score: Decimal
    version: int
    receipt: str
    as_of: date | None
    final: bool


class StandingsPage(TolerantModel):
    """One page of a board: scores, not ranks, because one score can change the ranks on every page.

    A rank is one more than the number of units of the scope with a higher score (1, 2, 2, 4; A6).
    """

    movement: Code
    field: Code
    tier: Tier
    page: int
    version: int
    declared_complete: bool
    rows: Annotated[tuple[Standing, ...], Field(max_length=PAGE_SIZE)]


class StandingsChanged(Event):
    """A page of a board changed; the event carries the whole page."""

    type: Literal["standings.changed"] = "standings.changed"
    data: StandingsPage


Reason = Literal[
    "no_feed",
    "not_reported",
    "withdrawn",
    "interim",
    "board_incomplete",
    "rank_within",
    "rank_outside",
    "tasks_on_time",
    "tasks_late",
    "nothing_due",
    "no_violation",
    "violation",
    "listed",
    "not_listed",
    "inspection_open",
    "inspection_found",
    "active",
    "dissolved",
    "judged",
    "any_rank_within",
    "any_rank_open",
]
"""The reason for a criterion's verdict; ``shared.plans.criteria`` renders it in Vietnamese."""


MAX_EVIDENCE = 250
"""The maximum number of events described in one page of verdicts, those behind most findings first.

A page must fit into one message.
"""


class Evidence(TolerantModel):
    """The evidence for a verdict: a report's version with its reporter and instant (UTC), or a judgement.

    ``report`` is the agency's own number of the report; ``obligation`` leads through the plan to the cited document.
    For a judgement or a withdrawn report, ``by`` is the author and ``note`` the reason. ``counts_from`` is set for a
    figure that replaces a withdrawn one: the instant at which the withdrawn figure was received. ``restored_at`` is
    when it was withdrawn, if the report described counts again since then.
    """

    event: str
    version: int
    at: AwareDatetime
    by: str
    report: str | None = None
    receipt: str | None = None
    obligation: str | None = None
    as_of: date | None = None
    note: str | None = None
    counts_from: AwareDatetime | None = None
    restored_at: AwareDatetime | None = None

    @property
    def order(self) -> datetime:
        """The instant since which the evidence counts."""
        return self.counts_from or self.at


class Finding(TolerantModel):
    """One criterion's verdict for one unit: its reason, its rank or count, and its evidence.

    ``events`` are the ids of the events behind it, which the page's ``evidence`` describes. ``also_read`` are those of
    the figures, withdrawals and judgements that were read as well, but that its reason does not rest on. ``cases`` are
    the open inspections with signs of a violation, whatever the verdict; ``found`` are those closed with a violation.
    ``rank`` is given only within the cut-off; other ranks change with every score and are read from the board.
    ``declared`` is the rank declared by the owner of a score, if it differs from ours (A14). ``cite`` is the rule's
    source, in the plan of the page.
    """

    criterion: Code
    verdict: Verdict
    reason: Reason
    rank: int | None = None
    limit: int | None = None
    count: int | None = None
    declared: int | None = None
    cases: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    cite: str = ""
    also_read: tuple[str, ...] = ()


class Eligible(TolerantModel):
    """One unit's verdict for an award, with a finding for every criterion."""

    unit: Code
    verdict: Verdict
    findings: tuple[Finding, ...]


class EligibilityPage(TolerantModel):
    """The verdicts of an award for one page of its tier's units, and the evidence that most findings refer to."""

    movement: Code
    award: Id
    page: int
    version: int
    plan: PlanRef
    rows: Annotated[tuple[Eligible, ...], Field(max_length=PAGE_SIZE)]
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=MAX_EVIDENCE)] = ()


class EligibilityChanged(Event):
    """A page of an award's verdicts changed; the event carries the whole page."""

    type: Literal["eligibility.changed"] = "eligibility.changed"
    data: EligibilityPage


class AwardLists(TolerantModel):
    """The units the council considers for one award.

    ``candidates`` pass every criterion; ``for_judgement`` pass every criterion that a feed can prove and wait for the
    council on the rest; ``held`` would be in one of those lists without an open case (A18); ``nearest`` are the
    nearest misses, given if the other lists are empty (A7). If decision A4 chooses whether all ranks must hold or any
    one, ``otherwise`` are the units for which the other reading gives another result.
    """

    award: Id
    candidates: tuple[Code, ...]
    for_judgement: tuple[Code, ...]
    held: tuple[Code, ...] = ()
    nearest: tuple[Code, ...] = ()
    otherwise: tuple[Code, ...] = ()


class EligibilitySummary(TolerantModel):
    """The lists of all awards of a movement, after flags and certificates have excluded each other (A9)."""

    movement: Code
    version: int
    plan: PlanRef
    awards: tuple[AwardLists, ...]


class EligibilitySummarised(Event):
    """The lists of a movement's awards changed; the event carries all of them."""

    type: Literal["eligibility.summarised"] = "eligibility.summarised"
    data: EligibilitySummary
