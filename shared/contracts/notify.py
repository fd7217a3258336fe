"""What notify publishes: the reminders it sent."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Event, Id, PlanRef, Text, TolerantModel

Role = Literal["agency", "head", "leader", "chair"]
"""Who of a unit a notice is for: its functional mailbox, its head, the leader of the standing office, the chair of the
council. The chair's notices name the standing office as their unit."""


class NoticeLine(TolerantModel):
    """One duty in a notice. ``stage`` names the reminder, in working days: ``L-14`` to ``L-0``, ``L+1`` and later.

    ``last_day`` is the last permitted local day; ``extended_from`` is the plan's own last day if an extension was
    granted. Other stages report an event, with the reason in ``note``: ``returned`` (the standing office returned a
    report, whose number is ``paper``, dated ``paper_date``, received at ``received_at``), and ``asked``, ``granted``
    and ``refused`` (an extension, with the requesting ``agency``). ``weekly`` lines tell the standing office and the
    chair who still owes what; ``agency`` is who owes it, as it is in a line for a head or a leader.

    ``plan`` is the duty's plan (None: the notice's) and ``account`` the duty's account; ``obligation`` and ``period``
    say what is reported (None for a task). ``nth`` counts the reminders of the duty to its agency on this side of the
    last day, or how often its report was returned; this one included. ``reminded_on`` are the local days of the earlier
    ones, on either side.
    """

    duty: Id
    what: str
    stage: str
    last_day: date | None
    cite: str
    extended_from: date | None = None
    note: str | None = None
    agency: Code | None = None
    plan: PlanRef | None = None
    account: Code | None = None
    obligation: Id | None = None
    period: str | None = None
    nth: int = 1
    reminded_on: tuple[date, ...] = ()
    paper: str | None = None
    paper_date: date | None = None
    received_at: AwareDatetime | None = None


class Notice(TolerantModel):
    """One message to one recipient, with everything it is reminded of on that day. Instants are UTC.

    The lines of a reminder are ordered by last day, and ``plan`` is the first line's; ``day`` is its local day (None
    for a message about an event). ``follows`` are the ids of the earlier notices to this recipient about the first
    line's duty, oldest first. ``released_by`` is the person who released a notice that was drafted for release.
    """

    id: str
    plan: PlanRef
    recipient: Code
    due_at: AwareDatetime
    sent_at: AwareDatetime
    lines: tuple[NoticeLine, ...]
    role: Role = "agency"
    day: date | None = None
    follows: tuple[str, ...] = ()
    released_by: str | None = None


class NoticeSent(Event):
    """A notice was sent."""

    type: Literal["notice.sent"] = "notice.sent"
    data: Notice


class Withheld(TolerantModel):
    """A drafted notice that a person decided not to send, and why. ``at`` is UTC."""

    notice: Notice
    by: str
    reason: Text
    at: AwareDatetime


class NoticeWithheld(Event):
    """A person withheld a drafted notice."""

    type: Literal["notice.withheld"] = "notice.withheld"
    data: Withheld


class Contact(TolerantModel):
    """The standing office reached an agency about a duty in another way, such as by telephone. ``at`` is UTC."""

    id: str
    plan: PlanRef
    agency: Code
    duty: Id
    by: str
    note: Text
    at: AwareDatetime


class ContactNoted(Event):
    """A person noted that an agency was reached in another way."""

    type: Literal["contact.noted"] = "contact.noted"
    data: Contact
