"""The deadlines of a notice as an iCalendar file (RFC 5545) that a mail carries. Pure.

Outlook and Gmail offer events to the reader and ignore tasks, so a deadline is an all-day event.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Final

from icalendar import Calendar, Event, vCalAddress

from services.notify.event_ids import deadline_id
from services.notify.mails.wordings import Wording
from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine

_DAY: Final = timedelta(days=1)
FILE_NAME: Final = "thoi-han.ics"


def event_uid(notice: Notice, line: NoticeLine, domain: str) -> str:
    """The event of a duty of an account: equal in every mail about it, so that a later mail updates the event."""
    plan = line.plan or notice.plan
    return f"{deadline_id(plan.province, plan.id, line.duty, line.account or notice.recipient)}@{domain}"


def deadline_events(notice: Notice, wording: Wording, domain: str, sender: str) -> bytes | None:
    """The last permitted days that have not passed, one event each; None without any, or if other agencies' are listed.

    ``sender`` is the mailbox of the standing office. A later notice has a higher sequence number.
    """
    if wording.kind not in ("reminder", "overdue", "internal", "returned", "granted", "refused"):
        return None
    today = local(notice.sent_at).date()
    calendar = Calendar()
    calendar.add("prodid", "-//thidua//notify//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for line, entry in zip(notice.lines, wording.entries, strict=True):
        if line.last_day is None or line.last_day < today or line.agency is not None:
            continue
        event = Event()
        event.add("uid", event_uid(notice, line, domain))
        event.add("sequence", int(notice.sent_at.timestamp()) // 60)
        event.add("dtstamp", notice.sent_at.astimezone(UTC))
        event.add("dtstart", line.last_day)
        event.add("dtend", line.last_day + _DAY)
        event.add("summary", f"Ngày cuối: {entry.what}")
        event.add("description", "\n".join(filter(None, (f"Thời hạn: {entry.deadline}.", wording.office, entry.link))))
        if entry.link:
            event.add("url", entry.link)
        organizer = vCalAddress(f"mailto:{sender}")
        organizer.params["CN"] = wording.office
        event["organizer"] = organizer
        event.add("transp", "TRANSPARENT")
        event.add("x-microsoft-cdo-busystatus", "FREE")
        calendar.add_component(event)
    return calendar.to_ical() if calendar.subcomponents else None
