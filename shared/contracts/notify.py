"""What notify publishes: the reminders it sent."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Event, Id, PlanRef, TolerantModel


class NoticeLine(TolerantModel):
    """One duty in a notice. ``stage`` names the reminder, in working days: ``L-14`` to ``L-0``, ``L+1`` and later.

    ``last_day`` is the last permitted local day; ``extended_from`` is the plan's own last day if an extension was
    granted. Other stages report an event, with the reason in ``note``: ``returned`` (the standing office returned a
    report), and ``asked``, ``granted`` and ``refused`` (an extension, with the requesting ``agency``).
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
    """One message to one recipient, with everything it is reminded of at that instant. Instants are UTC."""

    id: str
    plan: PlanRef
    recipient: Code
    due_at: AwareDatetime
    sent_at: AwareDatetime
    lines: tuple[NoticeLine, ...]


class NoticeSent(Event):
    """A notice was sent."""

    type: Literal["notice.sent"] = "notice.sent"
    data: Notice
