"""What notify publishes about sittings of a council: the invitations that it sent to the members.

Names of persons stay in intake (L15): who is invited is an office.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Day, Event, Id, LocalTime, PlanRef, TolerantModel

InvitationKind = Literal["invitation", "reminder", "change", "cancellation"]
"""Giấy mời; nhắc dự họp; thay đổi thời gian, địa điểm; hủy phiên họp."""


class Sitting(TolerantModel):
    """When and where a council sits: the local day, the local hour, the place."""

    day: Day
    at: LocalTime
    place: str


class Invitation(TolerantModel):
    """One message to one member of the council about a sitting. Instants are UTC.

    ``name`` is the session's ("Phiên thứ Hai"); ``member`` the member's id, ``office`` the office invited, ``chair``
    the one in the chair. ``recipient`` is the unit whose mailbox gets it, in the ``role`` of a member or of the chair.
    ``before`` is what a change replaces; ``nth`` counts the changes, or the reminders of one day and place.
    ``items`` is how many items the agenda had when it was sent. ``reason`` is that of a cancellation. ``follows`` are
    the ids of the earlier messages to the member about this session, oldest first.
    """

    id: str
    plan: PlanRef
    session: Id
    name: str
    kind: InvitationKind
    member: Code
    office: str
    recipient: Code
    role: Literal["member", "chair"]
    sitting: Sitting
    before: Sitting | None = None
    chair: str | None = None
    items: int = 0
    nth: int = 1
    reason: str | None = None
    due_at: AwareDatetime
    sent_at: AwareDatetime
    follows: tuple[str, ...] = ()


class InvitationSent(Event):
    """A message about a sitting was sent to a member."""

    type: Literal["invitation.sent"] = "invitation.sent"
    data: Invitation
