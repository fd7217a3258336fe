"""The weekly lists of who still owes what: to the standing office, and of the latest to the council's chair. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from services.notify.ladder import is_office_hours, ladder, opens_week, reaches_chair
from services.notify.rules import DutyKey, Entry, OpenDuty, Recipient, due_entries, is_reported, line_of
from services.notify.state import Stand
from shared.contracts.model import local
from shared.contracts.notify import Role
from shared.plans.working_days import WorkingDays

_FORGOTTEN: Final = timedelta(days=365)
"""A report of which nobody asks any more: its movement has long been reviewed."""

WEEKLY: Final = "weekly"
"""The stage of a line that says who still owes what."""


def is_digest_day(calendar: WorkingDays, now: datetime) -> bool:
    """Whether the digests are written on this local day: the first working day of its week."""
    return opens_week(local(now).date(), calendar)


def has_begun(item: OpenDuty, calendar: WorkingDays, now: datetime) -> bool:
    """Whether the reminders of a duty that a report ends have begun, so that a digest names it until it is reported."""
    if not item.duty.by_report or local(now).date() - item.duty.last_day > _FORGOTTEN:
        return False
    if item.plan.reminders is None or item.duty.last_day - local(now).date() > _FORGOTTEN:
        return False
    rungs = ladder(item.duty, item.plan, item.above, calendar)
    return bool(rungs) and min(rung.stage.at for rung in rungs) <= now


def entries_of_the_day(
    due: Iterable[OpenDuty],
    in_digest: Iterable[OpenDuty],
    stands: Mapping[DutyKey, Stand],
    calendar: WorkingDays,
    now: datetime,
) -> tuple[dict[DutyKey, Stand], list[Entry]]:
    """The states without the reminders that are not sent, and the lines of all reminders and digests of ``now``.

    ``due`` are the duties that may have a reminder (``rules.due_rungs``), ``in_digest`` those a digest may name; empty
    on other days. ``stands`` are by account id and duty, and have all of them.
    """
    after, entries = dict(stands), list[Entry]()
    for item in due:
        key, reported = item.key, is_reported(item, stands)
        after[key], of_duty = due_entries(item, after[key], calendar, now, reported=reported)
        entries += of_duty
    return after, [*entries, *digest_entries(in_digest, after, calendar, now)]


def digest_entries(
    items: Iterable[OpenDuty], stands: Mapping[DutyKey, Stand], calendar: WorkingDays, now: datetime
) -> Iterator[Entry]:
    """The lines of the digests of a day: every begun duty without a complete report.

    The standing office gets all of them, the council's chair those that are late enough. ``stands`` are by account id
    and duty.
    """
    for item in items:
        reminders = item.plan.reminders
        if reminders is None or is_reported(item, stands):
            continue
        if is_office_hours(local(now), reminders, calendar) and has_begun(item, calendar, now):
            yield _entry(item, "agency", now)
            if reaches_chair(item.duty, reminders, calendar, local(now).date()):
                yield _entry(item, "chair", now)


def _entry(item: OpenDuty, role: Role, now: datetime) -> Entry:
    to = Recipient(item.plan.province, item.above.office, role)
    return Entry(to, line_of(item, WEEKLY, agency=item.duty.owner), now, item)
