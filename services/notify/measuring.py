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


class NotifyMeasuring:
    """Sets notify's business gauges. Deliveries are counted by the machine's clock, as they are attempted."""

    def __init__(self, reminding: Reminding, accounts: Accounts, deliveries: Deliveries, metrics: Metrics) -> None:
        self._reminding, self._accounts, self._deliveries, self._metrics = reminding, accounts, deliveries, metrics

    async def measure(self, now: datetime) -> None:
        """Read and set them. Raises the database's errors."""
        items = await self._reminding.open_duties(now)
        stands = await self._accounts.stands({key for item in items for key in item.answered_by})
        counts = count_duties(items, stands, local(now).date())
        waiting = await self._deliveries.count_waiting(SystemClock().now())
        self._metrics.duties.clear()
        for labels, n in counts.items():
            self._metrics.duties.labels(*labels).set(n)
        self._metrics.undelivered.set(waiting)
