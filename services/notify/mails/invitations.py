"""Writes the letter of a message about a sitting: what the member is invited to, when, where, and the links. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal, get_args
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from services.notify.event_ids import session_id
from services.notify.ladder import office_of
from services.notify.mails.letterhead import Background, Letterhead
from services.notify.mails.writing import TRIAL, contact_line, in_one_line
from shared.contracts.invitations import Invitation, InvitationKind, Sitting
from shared.contracts.model import VIETNAM, local
from shared.wording.formats import con_lai, gio_phut, ngay, thu
from shared.wording.unit_names import addressed_to, full_name, office_name

SittingKind = Literal["invitation", "invitation_reminder", "invitation_change", "invitation_cancellation"]
"""The kind of a letter about a sitting, which is also the name of its template."""

SITTING_KINDS: tuple[SittingKind, ...] = get_args(SittingKind)

_KINDS: Final[dict[InvitationKind, SittingKind]] = {
    "invitation": "invitation",
    "reminder": "invitation_reminder",
    "change": "invitation_change",
    "cancellation": "invitation_cancellation",
}
FILE_NAME: Final = "phien-hop.ics"


@dataclass(frozen=True, slots=True)
class SittingWording:
    """A letter about a sitting, in words. What does not apply is None.

    ``council`` is what the council is called, ``session`` "Phiên thứ Hai của …", ``invited`` the office. ``when`` and
    ``place`` are the sitting's, ``when_before`` and ``place_before`` what a change replaces. ``left`` is what is left
    until the day. ``page`` is the member's page, ``invitation`` and ``programme`` the papers.
    """

    kind: SittingKind
    subject: str
    office: str
    addressed: tuple[str, ...]
    council: str
    session: str
    invited: str
    when: str
    place: str
    when_before: str | None
    place_before: str | None
    chair: str | None
    items: str | None
    left: str | None
    reason: str | None
    page: str | None
    invitation: str | None
    programme: str | None
    contact: str | None
    trial: str | None

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses that can be followed."""
        return tuple(link for link in (self.page, self.invitation, self.programme) if link)


def sitting_wording(invitation: Invitation, background: Background, letterhead: Letterhead) -> SittingWording:
    """The letter of a message to a member. Raises ``KeyError`` if ``background`` lacks its plan."""
    plan, _ = background.plan_of_ref(invitation.plan)
    register, office = background.register, office_of(plan, letterhead.office)
    name = office_name(register, office, plan.office.name if plan.office else full_name(register, office))
    council, before, sitting = in_one_line(plan.source.issuer), invitation.before, invitation.sitting
    links = _Links(letterhead.council_url, invitation)
    with_papers = invitation.kind != "cancellation"
    contact = letterhead.contact
    return SittingWording(
        kind=_KINDS[invitation.kind],
        subject=in_one_line(_subject(invitation, council, background)),
        office=in_one_line(name),
        addressed=(addressed_to(in_one_line(invitation.office)),),
        council=council,
        session=f"{in_one_line(invitation.name)} của {council}",
        invited=in_one_line(invitation.office),
        when=_when(sitting),
        place=in_one_line(sitting.place),
        when_before=_when(before) if before and (before.day, before.at) != (sitting.day, sitting.at) else None,
        place_before=in_one_line(before.place) if before and before.place != sitting.place else None,
        chair=in_one_line(invitation.chair) if invitation.chair else None,
        items=f"{invitation.items:02} nội dung" if invitation.items else None,
        left=_left(invitation, background),
        reason=in_one_line(invitation.reason).rstrip(".") if invitation.reason else None,
        page=links.page if with_papers else None,
        invitation=links.paper("invitation") if with_papers else None,
        programme=links.paper("programme") if with_papers else None,
        contact=contact_line(contact.name, contact.title, contact.phone) if contact else None,
        trial=None if letterhead.environment == "production" else TRIAL,
    )


@dataclass(frozen=True, slots=True)
class _Links:
    """The addresses of a session's pages and papers; None without the council's own address."""

    base: str | None
    invitation: Invitation

    @property
    def page(self) -> str | None:
        return f"{self._session('/phien')}/thanh-vien" if self.base else None

    def paper(self, kind: str) -> str | None:
        return f"{self._session('/v1/sessions')}/papers/{kind}.pdf" if self.base else None

    def _session(self, place: str) -> str:
        parts = (self.invitation.plan.province, self.invitation.plan.id, self.invitation.session)
        return f"{(self.base or '').rstrip('/')}{place}/{'/'.join(quote(part, safe='') for part in parts)}"


def _starts(sitting: Sitting) -> datetime:
    return datetime.combine(sitting.day, sitting.at, VIETNAM)


def _when(sitting: Sitting) -> str:
    return f"{sitting.at:%H giờ %M}, {thu(sitting.day)}, ngày {ngay(sitting.day)}"


def _subject(invitation: Invitation, council: str, background: Background) -> str:
    """The subject. The day, the count of changes and the days left set one message apart from the others."""
    at = gio_phut(_starts(invitation.sitting))
    match invitation.kind:
        case "invitation":
            return f"Giấy mời họp {council} ({invitation.name}), {at}"
        case "reminder":
            return f"V/v nhắc dự {invitation.name} của {council}, {at} ({_left(invitation, background)})"
        case "change":
            again = f" (lần {invitation.nth})" if invitation.nth > 1 else ""
            return f"V/v thay đổi thời gian, địa điểm {invitation.name} của {council}{again}, họp {at}"
        case "cancellation":
            return f"V/v hủy {invitation.name} của {council} ngày {ngay(invitation.sitting.day)}"


def _left(invitation: Invitation, background: Background) -> str:
    """What is left until the sitting, counted in working days."""
    sent_on: date = local(invitation.sent_at).date()
    if sent_on == invitation.sitting.day:
        return "họp hôm nay"
    return con_lai(background.calendar.between(sent_on, invitation.sitting.day))


def sitting_event(invitation: Invitation, wording: SittingWording, domain: str, sender: str) -> bytes:
    """The sitting as an iCalendar file (RFC 5545), which a later message updates or cancels.

    ``sender`` is the mailbox of the standing office. How long a sitting takes is not known, so the event has no end.
    """
    cancelled = invitation.kind == "cancellation"
    calendar = Calendar()
    calendar.add("prodid", "-//thidua//notify//VI")
    calendar.add("version", "2.0")
    calendar.add("method", method_of(invitation))
    event = Event()
    event.add("uid", f"{session_id(invitation.plan.province, invitation.plan.id, invitation.session)}@{domain}")
    event.add("sequence", len(invitation.follows))
    event.add("dtstamp", invitation.sent_at.astimezone(UTC))
    event.add("dtstart", _starts(invitation.sitting).astimezone(UTC))
    event.add("summary", wording.session)
    event.add("location", wording.place)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if wording.page:
        event.add("url", wording.page)
    organizer = vCalAddress(f"mailto:{sender}")
    organizer.params["CN"] = wording.office
    event["organizer"] = organizer
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def method_of(invitation: Invitation) -> str:
    """The iCalendar method of a message."""
    return "CANCEL" if invitation.kind == "cancellation" else "PUBLISH"
