"""Events as an iCalendar file (RFC 5545, RFC 7986). Pure: equal events give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from icalendar import TRANSP, Calendar, Event, vDuration

from services.notify.feeds.events import FeedEvent

REFRESH: Final = timedelta(hours=1)
"""How often a subscriber's program should ask again."""


def calendar_file(name: str, feed_id: str, events: Iterable[FeedEvent], mail_domain: str) -> bytes:
    """A calendar by its name, as bytes. ``mail_domain`` makes the ids of its events unique in the world."""
    calendar = Calendar.new(prodid="-//thidua//notify//VI", name=name, uid=f"{feed_id}@{mail_domain}")
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        calendar.add_component(_component(event, mail_domain))
    return bytes(calendar.to_ical())


def _component(event: FeedEvent, mail_domain: str) -> Event:
    """An event that takes no time of its day, so that nobody looks busy because of a deadline."""
    return Event.new(
        uid=f"{event.uid}@{mail_domain}",
        summary=event.summary,
        description=event.description,
        start=event.first,
        end=event.last + timedelta(days=1),
        stamp=event.changed_at,
        transparency=TRANSP.TRANSPARENT,
        url=event.link,
    )
