"""What scoring says: the boards, who is eligible for what, and why."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import PAGE_SIZE, Code, Event, Id, PlanRef, Tier, TolerantModel, Verdict


class Standing(TolerantModel):
    """One unit's score on a board, from which report version, and whether it is final."""

    unit: Code
    score: Decimal
    version: int
    receipt: str
    as_of: date | None
    final: bool


class StandingsPage(TolerantModel):
    """One page of a board: scores, not ranks, because one score moves the ranks of units on every page.

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
    """A page of a board as it now stands."""

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
"""Why a criterion came to its verdict; people read it through a Vietnamese sentence."""


MOST_EVIDENCE = 250
"""Events described in one page of verdicts at most, those most findings rest on first; a page must fit a message."""


class Evidence(TolerantModel):
    """What a verdict rests on: a report's version and who gave it when, or the council's word.

    ``report`` is the agency's own number of the report; ``obligation`` leads through the plan to the document cited.
    Of a judgement, and of a report taken back, ``by`` and ``note`` say whose word it is and why. ``counts_from`` is
    when the figure was received that this one stands in for since a report was taken back.
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

    @property
    def order(self) -> datetime:
        """Since when what rests on it counts."""
        return self.counts_from or self.at


class Finding(TolerantModel):
    """One criterion's verdict for one unit: why, with which rank or count, and what it rests on.

    ``events`` are the ids of the events behind it, which the page's ``evidence`` describes. ``cases`` are the open
    inspections with signs of a violation, whatever the verdict; ``found`` those that were closed with one.
    ``rank`` is told where it is within the cut-off; the others move with every score and are read from the board.
    ``declared`` is the rank the owner of a score declared, where it differs from ours (A14). ``cite`` is the rule's
    source, as the plan of the page means it.
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


class Eligible(TolerantModel):
    """One unit's verdict for an award, with every criterion."""

    unit: Code
    verdict: Verdict
    findings: tuple[Finding, ...]


class EligibilityPage(TolerantModel):
    """The verdicts of an award for one page of its tier's units, and the evidence most of their findings name."""

    movement: Code
    award: Id
    page: int
    version: int
    plan: PlanRef
    rows: Annotated[tuple[Eligible, ...], Field(max_length=PAGE_SIZE)]
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=MOST_EVIDENCE)] = ()


class EligibilityChanged(Event):
    """A page of an award's verdicts as it now stands."""

    type: Literal["eligibility.changed"] = "eligibility.changed"
    data: EligibilityPage


class AwardLists(TolerantModel):
    """Who comes before the council for one award.

    ``candidates`` pass every criterion; ``for_judgement`` pass all that a feed can prove and wait for the
    council on the rest; ``held`` would be one of the two but for an open case (A18); ``nearest`` are the nearest
    misses, given where there is nobody else (A7). Where decision A4 says whether all ranks must hold or any one,
    ``otherwise`` are those for whom the other reading would come to another result, for the council to see.
    """

    award: Id
    candidates: tuple[Code, ...]
    for_judgement: tuple[Code, ...]
    held: tuple[Code, ...] = ()
    nearest: tuple[Code, ...] = ()
    otherwise: tuple[Code, ...] = ()


class EligibilitySummary(TolerantModel):
    """All awards of a movement together, after flags and certificates have excluded each other (A9)."""

    movement: Code
    version: int
    plan: PlanRef
    awards: tuple[AwardLists, ...]


class EligibilitySummarised(Event):
    """The lists of a movement's awards as they now stand."""

    type: Literal["eligibility.summarised"] = "eligibility.summarised"
    data: EligibilitySummary
