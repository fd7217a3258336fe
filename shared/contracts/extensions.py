"""More time to report: who asked for it and why, until when, who granted it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Event, Id, Period, PlanRef, StrictModel, Text, TolerantModel


class ExtensionAsked(StrictModel):
    """An agency asks for more time: ``until`` is the last local day it wants to report on."""

    movement: Code
    obligation: Id
    period: Period
    until: date
    reason: Text


class ExtensionAnswered(StrictModel):
    """The standing office grants it, until the day asked for or another, or refuses it; why, where it refuses."""

    granted: bool
    until: date | None = None
    reason: Text | None = None


class Extension(TolerantModel):
    """More time for one obligation, account and period. ``last_day`` is what the plan says, and stays said.

    ``until`` is the last permitted local day once it is granted. ``in_time`` says it was granted before the day it
    moves had passed: only then is what comes until it in time (as A17 has it of tasks); granted later, it ends the
    reminding and lifts a lock, and what comes is late. ``agency`` is who owes it; ``unasked`` where the office granted
    it without a request.
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
    last_day: date
    asked_at: AwareDatetime
    asked_until: date
    reason: Text
    unasked: bool = False
    until: date | None = None
    in_time: bool | None = None
    answered_by: str | None = None
    answered_at: AwareDatetime | None = None
    answer: Text | None = None


class ExtensionRecorded(Event):
    """More time was asked for, granted or refused."""

    type: Literal["extension.recorded"] = "extension.recorded"
    data: Extension
