"""Load, decide, save: apply receipts and extensions, and send reminders when they are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from services.notify import rules
from services.notify.state import Account, StoredAccount
from services.notify.store import Accounts
from shared.contracts.extensions import Extension, ExtensionRecorded
from shared.contracts.model import AnyEvent, local
from shared.contracts.notify import Notice
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.plans.deadlines import due_instant
from shared.plans.duties import Duty, duties, duty_id
from shared.plans.working_days import WARNING_DAYS, WorkingDays
from shared.runtime.clock import Clock
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.metrics import Metrics
from shared.runtime.references import References

log = structlog.get_logger(__name__)


_Due = dict[str, dict[str, list[Duty]]]
"""Duties to remind of, by account id and recipient."""

_AT_ONCE: Final = 100
"""How many accounts are read and written in one round trip. More would be written by others in between more often."""


def _in_parts(due: _Due) -> Iterator[_Due]:
    ids = list(due)
    for start in range(0, len(ids), _AT_ONCE):
        yield {account_id: due[account_id] for account_id in ids[start : start + _AT_ONCE]}


class Notify:
    """Updates accounts with receipts and extensions, and adds due reminders.

    ``office`` is the code of the office for plans that name none.
    """

    def __init__(
        self,
        accounts: Accounts,
        references: References,
        calendar: WorkingDays,
        clock: Clock,
        metrics: Metrics,
        office: str,
    ) -> None:
        self._accounts = accounts
        self._calendar = calendar
        self._clock = clock
        self._office = office
        self._days_left: int | None = None
        self._references = references
        self._metrics = metrics

    async def refresh(self) -> None:
        """Read plans and units from the database again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan that an event names is loaded, and its province's units, whose names mails contain."""
        if not isinstance(event, ReceiptIssued | ExtensionRecorded) or event.data.plan is None:
            return True
        plan = event.data.plan
        return self._references.knows_plan(plan) and self._references.newest_register(plan.province) is not None

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Store plans and units, then which reports are complete and which extensions were granted.

        Refuses no record. Raises ``VersionConflict`` if another process wrote an account in between.
        """
        await self._references.apply(item.event for item in decoded)
        for item in decoded:
            if isinstance(item.event, ReceiptIssued):
                await self._apply_receipt(item.event.data)
            elif isinstance(item.event, ExtensionRecorded):
                await self._apply_extension(item.event.data)
        return []

    async def _apply_receipt(self, receipt: Receipt) -> None:
        if receipt.plan is None or receipt.version is None or receipt.obligation is None or receipt.period is None:
            return
        plan = self._references.plan(receipt.plan)
        duty = duty_id(plan.obligation[receipt.obligation], receipt.period)
        stored = await self._accounts.load(f"{plan.province}/{plan.id}/{receipt.account}")
        before = stored.account
        stand = before.stand(duty).with_receipt(receipt.version, receipt.complete_at)
        account = rules.notify_return(before.with_stand(duty, stand), receipt, plan, self._clock.now())
        await self._accounts.save(account, stored)

    async def _apply_extension(self, extension: Extension) -> None:
        plan = self._references.plan(extension.plan)
        duty = duty_id(plan.obligation[extension.obligation], extension.period)
        stored = await self._accounts.load(f"{plan.province}/{plan.id}/{extension.account}")
        before = stored.account
        account = before.with_stand(duty, before.stand(duty).with_extension(extension))
        if account != before:
            account = rules.notify_extension(account, extension, plan, self._office, self._clock.now())
        await self._accounts.save(account, stored)

    async def remind(self, now: datetime) -> None:
        """Store a notice for every reminder due by ``now``, under the newest version of every plan. Idempotent.

        Raises ``VersionConflict`` if another process wrote an account in between.
        """
        self._watch_calendar(now)
        for plan, due in await self._due(now, lambda duty, plan: rules.is_due(duty, plan, self._calendar, now)):
            for part in _in_parts(due):
                reminded = await self._reminded(plan, part, now)
                await self._accounts.save_many(reminded)
                was = rules.counts([stored.account for _, stored in reminded])
                for outcome, n in rules.counts([account for account, _ in reminded]).items():
                    self._metrics.notices.labels(outcome).inc(n - was[outcome])

    async def preview(self, day: date) -> list[Notice]:
        """The reminders of a local day that are still to be sent as things stand now. Stores and sends nothing."""
        end = due_instant(day) - timedelta(microseconds=1)
        notices: list[Notice] = []
        for plan, due in await self._due(end, lambda duty, plan: rules.has_stage_on(duty, plan, self._calendar, day)):
            for part in _in_parts(due):
                for after, stored in await self._reminded(plan, part, end):
                    before = stored.account.notices
                    notices += [notice for notice in after.notices.values() if notice.id not in before]
        return sorted(notices, key=lambda notice: (notice.due_at, notice.recipient))

    async def _due(self, now: datetime, is_due: Callable[[Duty, Plan], bool]) -> list[tuple[Plan, _Due]]:
        """For each plan the duties for which ``is_due`` holds, with the extensions granted so far."""
        await self._references.refresh()  # another replica may have consumed newer plans
        extended, all_due = await self._accounts.extended(), list[tuple[Plan, _Due]]()
        for plan in self._references.newest_plans():
            register = self._references.newest_register(plan.province)
            if register is None:
                continue
            due: _Due = defaultdict(lambda: defaultdict(list))
            for item in duties(plan, register, local(now).date()):
                account_id = f"{plan.province}/{plan.id}/{item.account}"
                granted = extended.get(account_id, {}).get(item.id)
                duty = item.extended(*granted) if granted else item
                if is_due(duty, plan):
                    due[account_id][duty.owner].append(duty)
            all_due.append((plan, due))
        return all_due

    async def _reminded(self, plan: Plan, due: _Due, now: datetime) -> list[tuple[Account, StoredAccount]]:
        """Each account with its reminders added, beside the account as it is stored."""
        reminded = list[tuple[Account, StoredAccount]]()
        for stored in await self._accounts.load_many(due.keys()):
            account = stored.account
            for recipient, duties_due in due[stored.id].items():
                account = rules.remind(account, duties_due, plan, recipient, self._calendar, now)
            reminded.append((account, stored))
        return reminded

    def _watch_calendar(self, now: datetime) -> None:
        left = self._calendar.days_left(local(now).date())
        self._metrics.calendar_days_left.labels("viet-nam").set(left)
        if left < WARNING_DAYS and left != self._days_left:
            log.warning("the calendar of working days runs out", days_left=left, until=self._calendar.decreed_until)
        self._days_left = left
