"""Awards as they are conferred: the decision that gives one and the decision that revokes one.

The council proposes (``decision.made``, status ``granted``); the chairman of the province's committee decides. These
are two steps, so an award has its own events beside the council's decisions.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import Code, Day, Event, Id, Number, PlanRef, StrictModel, Text, Tier, TolerantModel


class AwardSubject(StrictModel):
    """One award of a decision. ``subject`` is a unit's code or a nomination's id."""

    award: Id
    subject: Id


class _Official(StrictModel):
    """What every decision of an authority has. ``signer`` is an office ("Chủ tịch Ủy ban nhân dân tỉnh"), no person.

    ``date`` is the local day of the paper. ``recorded_afterwards`` says that the session and the decision took place
    before they were recorded, so that the paper may be older than the recorded proposal.
    """

    number: Number
    date: Day
    signer: Text
    awards: Annotated[tuple[AwardSubject, ...], Field(min_length=1, max_length=2000)]
    recorded_afterwards: bool = False


class AwardingDecision(_Official):
    """A decision that gives awards. ``correction`` is why an award that was recorded wrongly is recorded again."""

    correction: Text | None = None


class RevokingDecision(_Official):
    """A decision that revokes awards, and why (L4)."""

    reason: Text


class OfficialPaper(TolerantModel):
    """A decision's number, local day and signing office, and for a revocation its reason."""

    number: str
    date: Day
    signer: str
    reason: str | None = None


class ConferredAward(TolerantModel):
    """The current state of an award; a later version replaces an earlier one. ``at`` is UTC.

    ``unit`` is the unit concerned, with its ``tier`` and ``page``; None if the nominee is not a unit of the register.
    ``revocation`` is the decision that revoked it; without one the award stands.
    """

    movement: Code
    plan: PlanRef
    register_version: int
    award: Id
    subject: str
    unit: Code | None = None
    tier: Tier | None = None
    page: int | None = None
    decision: OfficialPaper
    revocation: OfficialPaper | None = None
    recorded_afterwards: bool = False
    correction: str | None = None
    by: str
    at: AwareDatetime
    version: int

    @property
    def stands(self) -> bool:
        """Whether the award has not been revoked."""
        return self.revocation is None


class AwardGiven(Event):
    """A decision gave an award that the council had proposed, or its record was corrected."""

    type: Literal["award.given"] = "award.given"
    data: ConferredAward


class AwardRevoked(Event):
    """A decision revoked an award. The council's proposal is published as ``revoked`` with it."""

    type: Literal["award.revoked"] = "award.revoked"
    data: ConferredAward
