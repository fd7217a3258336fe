"""What notify says: who was reminded of what, when."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Event, Id, PlanRef, TolerantModel


class NoticeLine(TolerantModel):
    """One duty in a notice. ``stage`` names the reminder: ``L-14`` … ``L-0``, ``L+1`` in working days.

    ``last_day`` is the last permitted local day, ``extended_from`` the plan's own where more time was granted. Other
    stages tell what was done at once, ``note`` why: ``returned`` (a report, by the standing office), ``asked``,
    ``granted`` and ``refused`` (more time); ``agency`` is who asked.
    """

    duty: Id
    what: str
    stage: str
    last_day: date | None
    cite: str
    extended_from: date | None = None
    note: str | None = None
    agency: Code | None = None


class Notice(TolerantModel):
    """One message to one recipient at one instant: everything it is reminded of together."""

    id: str
    plan: PlanRef
    recipient: Code
    due_at: AwareDatetime
    sent_at: AwareDatetime
    lines: tuple[NoticeLine, ...]


class NoticeSent(Event):
    """A reminder went out."""

    type: Literal["notice.sent"] = "notice.sent"
    data: Notice
