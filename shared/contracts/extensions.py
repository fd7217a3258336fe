"""Extensions of a reporting deadline: requests by agencies, and the standing office's answers."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import (
    Code,
    Day,
    Event,
    Id,
    Number,
    PlanRef,
    ReportId,
    StrictModel,
    Text,
    TolerantModel,
)
from shared.contracts.periods import Period


class ExtensionRequest(StrictModel):
    """An agency's request for an extension. ``until`` is the last local day on which it wants to report.

    ``number`` and ``date`` are those of the agency's paper (A45); without a number a request is a new one each time.
    """

    movement: Code
    obligation: Id
    period: Period
    until: Day
    reason: Text
    number: Number | None = None
    date: Day | None = None


class ExtensionAnswer(StrictModel):
    """The standing office's answer. ``until`` None grants the requested day; a refusal needs a ``reason``."""

    granted: bool
    until: Day | None = None
    reason: Text | None = None


class Extension(TolerantModel):
    """An extension for one obligation, account and period. Instants are UTC; days are local and inclusive.

    ``last_day`` is the plan's own last day and never changes. ``until`` is the last permitted day once granted.
    ``in_time`` is true if it was granted before the day it moves had passed: only then do reports until the new day
    count as timely (as A17 rules for tasks). An extension granted later ends the reminders and lifts the lock, but
    the report is still late. ``agency`` is the agency that must report; ``unasked`` marks an extension that the
    office granted without a request. ``number`` and ``date`` are those of the agency's paper, if it gave them.
    """

    id: str
    plan: PlanRef
    movement: Code
    obligation: Id
    account: Code
    agency: Code
    period: Period
    version: int
    status: Literal["asked", "granted", "refused"]
    last_day: Day
    asked_at: AwareDatetime
    asked_until: Day
    reason: Text
    unasked: bool = False
    until: Day | None = None
    in_time: bool | None = None
    answered_by: str | None = None
    answered_at: AwareDatetime | None = None
    answer: Text | None = None
    number: ReportId | None = None
    date: Day | None = None


class ExtensionRecorded(Event):
    """An extension was requested, granted or refused."""

    type: Literal["extension.recorded"] = "extension.recorded"
    data: Extension
