"""Counts for operators: the duties of every plan by state, and what waits to be delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from services.notify.reminding import Reminding
from services.notify.rules import DutyKey, OpenDuty
from services.notify.state import Stand
from services.notify.store import Accounts, Deliveries
from shared.contracts.model import local
from shared.plans.deadlines import due_instant
from shared.runtime.clock import SystemClock
from shared.runtime.metrics import Metrics

STATES = ("expected", "received", "late")


def count_duties(
    items: Iterable[OpenDuty], stands: Mapping[DutyKey, Stand], today: date
) -> Counter[tuple[str, str, str]]:
    """How many duties there are by plan, obligation and state, on a local day.

    All are ``expected``; of these some are ``received`` (a complete report is in) and some ``late`` (the last permitted
    day is over without one). Duties that no report ends, and those from before the plan, are left out.
    """
    counts = Counter[tuple[str, str, str]]()
    for item in items:
        duty = item.duty
        if not duty.by_report or duty.historical or duty.obligation is None:
            continue
        received = any(stands[key].complete_at is not None for key in item.answered_by)
        key = (item.plan.id, duty.obligation)
        counts[*key, "expected"] += 1
        counts[*key, "received"] += received
        counts[*key, "late"] += not received and duty.last_day < today
    return counts


def next_deadlines(items: Iterable[OpenDuty], today: date) -> dict[tuple[str, str], datetime]:
    """By plan and obligation, when the next duty to report is due, from a local day on; those counted above."""
    due: dict[tuple[str, str], datetime] = {}
    for item in items:
        duty = item.duty
        if duty.by_report and not duty.historical and duty.obligation is not None and duty.last_day >= today:
            key, at = (item.plan.id, duty.obligation), due_instant(duty.last_day)
            due[key] = min(at, due.get(key, at))
    return due


class NotifyMeasuring:
    """Sets notify's business gauges. Deliveries are counted by the machine's clock, as they are attempted."""

    def __init__(self, reminding: Reminding, accounts: Accounts, deliveries: Deliveries, metrics: Metrics) -> None:
        self._reminding, self._accounts, self._deliveries, self._metrics = reminding, accounts, deliveries, metrics

    async def measure(self, now: datetime) -> None:
        """Read and set them. Raises the database's errors."""
        items = await self._reminding.open_duties(now)
        stands = await self._accounts.stands({key for item in items for key in item.answered_by})
        today = local(now).date()
        counts = count_duties(items, stands, today)
        waiting = await self._deliveries.count_waiting(SystemClock().now())
        self._metrics.duties.clear()
        for labels, n in counts.items():
            self._metrics.duties.labels(*labels).set(n)
        self._metrics.deadline_at.clear()
        for keys, at in next_deadlines(items, today).items():
            self._metrics.deadline_at.labels(*keys).set(at.timestamp())
        self._metrics.undelivered.set(waiting)
