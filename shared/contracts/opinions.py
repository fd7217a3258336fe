"""Opinions that the standing office asks of other agencies before a session, and their answers."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import Code, Day, Event, Id, Number, PlanRef, StrictModel, Text, TolerantModel

OpinionState = Literal["waiting", "overdue", "answered"]


class OpinionAsked(StrictModel):
    """One letter (công văn) that asks agencies for their opinion about units or nominees.

    ``number`` and ``date`` (local day) are the letter's, ``answer_by`` is the last local day for an answer.
    ``subjects`` are units' codes or nominations' ids; without any, the letter is about the whole list of ``award``.
    """

    agencies: Annotated[tuple[Code, ...], Field(min_length=1, max_length=200)]
    number: Number
    date: Day
    answer_by: Day | None = None
    award: Id
    subjects: Annotated[tuple[Id, ...], Field(max_length=2000)] = ()
    about: Text


class OpinionAnswered(StrictModel):
    """An agency's answer: the number of its letter, if it has one, its local day, and what it says."""

    number: Number | None = None
    date: Day
    answer: Text


class AgencyAnswer(TolerantModel):
    """An agency's answer as it is kept; ``at`` (UTC) is when it was recorded."""

    number: str | None = None
    date: Day
    answer: str
    by: str
    at: AwareDatetime


class AgencyOpinion(TolerantModel):
    """The current state of one agency's opinion; a later version replaces an earlier one. ``at`` is UTC.

    ``id`` follows from the letter and the agency. Whether an answer is overdue follows from ``answer_by`` and the day.
    """

    id: Id
    movement: Code
    plan: PlanRef
    agency: Code
    number: str
    date: Day
    answer_by: Day | None = None
    award: Id
    subjects: tuple[str, ...] = ()
    about: str
    answer: AgencyAnswer | None = None
    by: str
    at: AwareDatetime
    version: int

    def state(self, today: datetime.date) -> OpinionState:
        """Whether the answer is there, awaited or overdue on a local day."""
        if self.answer is not None:
            return "answered"
        return "overdue" if self.answer_by is not None and today > self.answer_by else "waiting"


class OpinionRecorded(Event):
    """An agency was asked for its opinion, or has answered."""

    type: Literal["opinion.recorded"] = "opinion.recorded"
    data: AgencyOpinion
