"""The council's proposals as they follow from the outcomes of a session, to be recorded when it is closed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.council.desk.records import movement_of
from services.council.desk.session_page import SessionData
from services.council.sessions.outcomes import is_about_an_award, subjects_of
from services.council.work.item_subjects import outcome_of
from shared.contracts.council import AgendaItem, DecisionGiven
from shared.contracts.sessions import OutcomeGiven

STATUS_WORDS: Final = {"granted": "thống nhất đề nghị", "declined": "không đề nghị", "revoked": "thôi đề nghị"}
"""What the council says of a subject, as people read it, by the status of its decision."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision of the council that is not recorded yet: what it says of which subject, and its item's number."""

    movement: str
    number: int
    name: str
    award: str
    given: DecisionGiven

    @property
    def words(self) -> str:
        """The proposal as people read it below the name of the award."""
        return f"{self.name}: {STATUS_WORDS[self.given.status]}"


def proposals_of(data: SessionData) -> list[Proposal]:
    """What the outcomes say about awards, where it differs from what is recorded.

    A proposal that the session does not keep is revoked, with the reason of its outcome.
    """
    proposals: list[Proposal] = []
    for item in data.stored.agenda.items:
        outcome = outcome_of(data, item)
        if outcome is None or item.award is None or not is_about_an_award(item):
            continue
        proposals += [
            Proposal(movement_of(item), item.number, data.subjects.name(given.subject), _award_name(data, item), given)
            for subject in subjects_of(item)
            if (given := _given(data, item, subject, outcome)) is not None
        ]
    return proposals


def by_movement(proposals: Sequence[Proposal]) -> Mapping[str, list[int]]:
    """The places of the proposals of each movement."""
    places: dict[str, list[int]] = {}
    for n, proposal in enumerate(proposals):
        places.setdefault(proposal.movement, []).append(n)
    return places


def _given(data: SessionData, item: AgendaItem, subject: str, outcome: OutcomeGiven) -> DecisionGiven | None:
    """The decision to be recorded about a subject; None if what is recorded says the same.

    A proposal that was revoked after the council had agreed to it stays revoked.
    """
    exception = next((entry for entry in outcome.exceptions if entry.subject == subject), None)
    result, reason = (exception.outcome, exception.reason) if exception else (outcome.outcome, outcome.reason)
    recorded = data.records.decisions.get(movement_of(item))
    standing = recorded.by_key.get((item.award or "", subject)) if recorded else None
    status = standing.status if standing else None
    wanted = {"proposed": "granted", "not_proposed": "declined"}.get(result)
    if wanted != "granted" and status == "granted":
        wanted = "revoked"
    if wanted is None or wanted == status or (wanted == "declined" and status == "revoked"):
        return None
    if wanted == "granted" and standing is not None and status == "revoked" and standing.at > _recorded_at(data, item):
        return None
    return DecisionGiven.model_validate(
        {
            "award": item.award,
            "subject": subject,
            "status": wanted,
            "reason": reason,
            "session": data.stored.agenda.session,
        }
    )


def _recorded_at(data: SessionData, item: AgendaItem) -> datetime:
    """When the outcome of an item was recorded."""
    return next(outcome.at for outcome in data.stored.agenda.outcomes if outcome.given.item == item.id)


def _award_name(data: SessionData, item: AgendaItem) -> str:
    plan = data.records.plans.get(movement_of(item))
    award = (plan.award.get(item.award or "") or plan.nominated_award.get(item.award or "")) if plan else None
    return award.name if award else item.title
