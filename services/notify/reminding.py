"""Load, decide, save: write the day's notices when reminders are due, and say which a day would bring."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from services.notify import digest, releasing, rules
from services.notify.ladder import Rung, is_office_hours, offices
from services.notify.notice_store import Notices
from services.notify.rules import DutyKey, Entry, OpenDuty
from services.notify.state import KeptNotice, Stand, StoredAccount
from services.notify.store import Accounts
from shared.contracts.model import local
from shared.contracts.notify import Notice
from shared.plans.deadlines import due_instant
from shared.plans.duties import duties
from shared.plans.working_days import WARNING_DAYS, WorkingDays
from shared.runtime.metrics import Metrics
from shared.runtime.references import References

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 100
"""How many accounts are read and written in one round trip. More would be written by others in between more often."""


@dataclass
class _Day:
    """What is considered at an instant.

    ``due`` are the reminders to be decided by account id and duty, ``entries`` those to be sent and the digests' lines;
    ``stands`` are the states of the duties.
    """

    due: dict[DutyKey, tuple[Rung, ...]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    stands: dict[DutyKey, Stand] = field(default_factory=dict)
    accounts: dict[str, StoredAccount] = field(default_factory=dict)


class Reminding:
    """Writes reminders. ``office`` is the code of the standing office for plans that name none."""

    def __init__(
        self,
        accounts: Accounts,
        notices: Notices,
        references: References,
        calendar: WorkingDays,
        metrics: Metrics,
        office: str,
    ) -> None:
        self._accounts, self._notices, self._references = accounts, notices, references
        self._calendar, self._metrics, self._office = calendar, metrics, office
        self._days_left: int | None = None
        self._digest_written: date | None = None
        self._decided = dict[DutyKey, tuple[Rung, ...]]()  # due reminders that all have their outcome, which is final

    async def remind(self, now: datetime) -> None:
        """Write the notices of every reminder due by ``now``, under the newest version of every plan. Idempotent.

        Raises ``VersionConflict`` if another process wrote a notice or an account in between.
        """
        self._watch_calendar(now)
        today = local(now).date()
        if not self._calendar.is_working_day(today):
            return
        with_digest = self._digest_written != today and self._is_digest_due(now)
        day = await self._consider(now, with_digest=with_digest)
        planned = await self._planned(day, now)
        await self._notices.add([await self._kept(notice) for notice in planned.notices])
        await self._save(day, planned.stands)
        for key, rungs in day.due.items():
            if all(rung.key in planned.stands[key].outcomes for rung in rungs):
                self._decided[key] = rungs
        for entry in day.entries:
            if entry.rung is not None:
                self._metrics.reminder_seconds.observe((now - entry.due_at).total_seconds())
        if with_digest:
            self._digest_written = today

    async def preview(self, day: date) -> list[KeptNotice]:
        """The notices of a local day that are still to be written as things stand now. Writes and sends nothing."""
        end = due_instant(day) - timedelta(microseconds=1)
        considered = await self._consider(end, with_digest=digest.is_digest_day(self._calendar, end), since=day)
        planned = await self._planned(considered, end)
        return [await self._kept(notice) for notice in planned.notices]

    def _is_digest_due(self, now: datetime) -> bool:
        """Whether the digests are written at ``now``: once the reminders of every plan may be sent on their day."""
        plans = self._references.newest_plans()
        reminders = [plan.reminders for plan in plans if plan.reminders is not None]
        return digest.is_digest_day(self._calendar, now) and all(
            is_office_hours(local(now), one, self._calendar) for one in reminders
        )

    async def _planned(self, day: _Day, now: datetime) -> rules.PlannedNotices:
        today = local(now).date()
        existing = await self._notices.load_many({rules.notice_id(entry.to, today) for entry in day.entries})
        return rules.plan_notices(day.entries, day.stands, existing, now)

    async def open_duties(self, now: datetime) -> list[OpenDuty]:
        """Every duty of every newest plan on the local day of ``now``, with the extensions granted so far."""
        await self._references.refresh()  # another replica may have consumed newer plans
        extended, items = await self._accounts.extended(), list[OpenDuty]()
        for plan in self._references.newest_plans():
            register = self._references.newest_register(plan.province)
            if register is None or plan.reminders is None:
                continue
            above = offices(plan, register, self._office)
            for duty in duties(plan, register, local(now).date()):
                item = OpenDuty(plan, duty, above)
                for account_id, _ in item.answered_by if extended else ():
                    if granted := extended.get(account_id, {}).get(duty.id):
                        item = replace(item, duty=item.duty.extended(*granted))
                items.append(item)
        return items

    async def _consider(self, now: datetime, *, with_digest: bool, since: date | None = None) -> _Day:
        """The entries of an instant; with ``since`` only those of reminders due on that day or later."""
        items, today, day = await self.open_duties(now), local(now).date(), _Day()
        due = list[OpenDuty]()
        for item in items:
            rungs = rules.due_rungs(item, self._calendar, today)
            if rungs and rungs != self._decided.get(item.key):
                day.due[item.key] = rungs
                due.append(item)
        in_digest = [i for i in items if digest.has_begun(i, self._calendar, now)] if with_digest else []
        keys = {key for item in (*due, *in_digest) for key in item.answered_by}
        await self._read(day, {account_id for account_id, _ in keys})
        day.stands = {(account, duty): day.accounts[account].account.stand(duty) for account, duty in keys}
        day.stands, entries = digest.entries_of_the_day(due, in_digest, day.stands, self._calendar, now)
        day.entries = [entry for entry in entries if since is None or local(entry.due_at).date() >= since]
        return day

    async def _read(self, day: _Day, account_ids: Collection[str]) -> None:
        for part in _parts(sorted(account_ids)):
            day.accounts |= {stored.id: stored for stored in await self._accounts.load_many(part)}

    async def _save(self, day: _Day, stands: Mapping[DutyKey, Stand]) -> None:
        after = {account_id: stored.account for account_id, stored in day.accounts.items()}
        before = [after[account_id].stand(duty) for account_id, duty in stands]
        for (account_id, duty), stand in stands.items():
            if stand != after[account_id].stand(duty):
                after[account_id] = after[account_id].with_stand(duty, stand)
        for part in _parts(sorted(after)):
            await self._accounts.save_many([(after[name], day.accounts[name]) for name in part])
        was, now = rules.count_outcomes(before), rules.count_outcomes(stands.values())
        for outcome, n in now.items():
            self._metrics.notices.labels(outcome).inc(n - was[outcome])

    async def _kept(self, notice: Notice) -> KeptNotice:
        plans = [self._references.plan(line.plan) for line in notice.lines if line.plan]
        return KeptNotice(notice=notice, state="drafted" if releasing.waits_for_release(notice, plans) else "released")

    def _watch_calendar(self, now: datetime) -> None:
        left = self._calendar.days_left(local(now).date())
        self._metrics.calendar_days_left.labels("viet-nam").set(left)
        if left < WARNING_DAYS and left != self._days_left:
            log.warning("the calendar of working days runs out", days_left=left, until=self._calendar.decreed_until)
        self._days_left = left


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
