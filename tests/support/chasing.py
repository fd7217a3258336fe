"""The reminders of plans over time, kept in memory: what notify writes at each instant, without its database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from services.notify import digest, rules
from services.notify.ladder import offices
from services.notify.rules import OpenDuty
from services.notify.state import Stand
from shared.contracts.model import VIETNAM, local
from shared.contracts.notify import Notice
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty, duties
from shared.plans.working_days import WorkingDays, viet_nam
from tests.support.movement import register as register_of_2023
from tests.support.movement import s0
from tests.support.provinces import OFFICE


class Chasing:
    """Plans, their duties' states by account id and duty, and the notices written so far by id, oldest first.

    ``only`` are the duties that are looked at (all if empty); ``change`` is what has become of each. ``plans`` may be
    replaced in between by newer versions.
    """

    def __init__(
        self,
        *plans: Plan,
        only: tuple[str, ...] = (),
        change: Callable[[Duty], Duty] = lambda duty: duty,
        register: UnitRegister | None = None,
        calendar: WorkingDays | None = None,
    ) -> None:
        self.plans, self.only, self.change = list(plans), only, change
        self.register, self.calendar = register or register_of_2023(), calendar or viet_nam()
        self.stands: dict[tuple[str, str], Stand] = {}
        self.notices: dict[str, Notice] = {}

    def items(self, day: date) -> list[OpenDuty]:
        items = []
        for plan in self.plans:
            above = offices(plan, self.register, OFFICE)
            for duty in duties(plan, self.register, day):
                if not self.only or duty.id in self.only:
                    item = OpenDuty(plan, self.change(duty), above)
                    if extended := self.stands.get(item.key, Stand()).extended:
                        item = replace(item, duty=item.duty.extended(*extended))
                    items.append(item)
        return items

    def remind(self, now: datetime) -> list[Notice]:
        """The notices written at an instant, as the service's tick writes them."""
        today = local(now).date()
        if not self.calendar.is_working_day(today):
            return []
        items = self.items(today)
        due = [item for item in items if rules.due_rungs(item, self.calendar, today)]
        with_digest = digest.is_digest_day(self.calendar, now)
        named = [item for item in items if digest.has_begun(item, self.calendar, now)] if with_digest else []
        keys = {key for item in (*due, *named) for key in item.answered_by}
        stands = {key: self.stands.get(key, Stand()) for key in keys}
        stands, entries = digest.entries_of_the_day(due, named, stands, self.calendar, now)
        planned = rules.plan_notices(entries, stands, self.notices, now)
        self.stands.update(planned.stands)
        self.notices |= {notice.id: notice for notice in planned.notices}
        return list(planned.notices)

    def days(self, first: date, last: date, at: time = time(8)) -> Iterator[tuple[date, list[Notice]]]:
        """Each local day with the notices written on it, reminded of once at that time of day."""
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            yield day, self.remind(datetime.combine(day, at, VIETNAM))

    def stand(self, duty: str) -> Stand:
        """The state of a duty of one account."""
        (stand,) = (stand for (_, name), stand in self.stands.items() if name == duty)
        return stand

    def report(self, duty: str, at: datetime, plan: Plan | None = None) -> None:
        """A complete report of a duty of one account."""
        of = plan or self.plans[0]
        (key,) = {item.key for item in self.items(local(at).date()) if item.duty.id == duty and item.plan is of}
        stand = self.stands.get(key, Stand())
        self.stands[key] = stand.with_receipt(stand.version + 1, at)


def stages(notices: list[Notice], duty: str | None = None) -> list[str]:
    """The stages of all lines, of one duty if named, except those of digests."""
    lines = [line for notice in notices for line in notice.lines if line.stage != digest.WEEKLY]
    return [line.stage for line in lines if duty in (None, line.duty)]


def at(day: int, month: int = 12, hour: int = 8) -> datetime:
    """An hour of a day in 2023."""
    return datetime(2023, month, day, hour, tzinfo=VIETNAM)


def chasing(*only: str) -> Chasing:
    """The reminders of some duties of S0; of OB06 if none is named."""
    return Chasing(s0(), only=only or ("OB06",))
