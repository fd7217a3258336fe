"""Who has reported and who is late, from the plans' duties and the complete reports council knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from services.council.arrivals import CompleteReport
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty, duties

Extended = Mapping[tuple[str, str, str], date]
"""The last permitted day of an extension that was granted, by (movement, duty, account)."""


class Reported(NamedTuple):
    """One duty of one account in a movement, and whether it is done. ``last_day`` has the extension in it."""

    plan: Plan
    duty: Duty
    last_day: date
    done: bool

    def days_late(self, today: date) -> int:
        """By how many calendar days it is late; 0 if it is done or still has time."""
        return 0 if self.done else max((today - self.last_day).days, 0)


@dataclass(frozen=True, slots=True)
class LateReport:
    """A report that is late: what is missing, since which day, by how many days, from whom, in order of name."""

    what: str
    plan: str
    last_day: date
    days: int
    owners: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """How many reports on one duty are expected, in, and late. ``last_day`` is the plan's local day.

    ``owner`` is the code of the only agency that owes it, None if several do.
    """

    what: str
    plan: str
    owner: str | None
    last_day: date
    expected: int
    received: int
    late: int


def reported(
    plans: Iterable[Plan], register: UnitRegister, complete: Set[CompleteReport], extended: Extended, today: date
) -> list[Reported]:
    """Every duty that ends with a report, of every plan of a movement, in the plans' order.

    A duty that ended before its plan was issued binds nobody (A24) and is left out.
    """
    return [
        Reported(plan, duty, last_day, done)
        for plan in plans
        if plan.movement is not None
        for duty in duties(plan, register, today)
        if duty.by_report and not duty.historical
        for movement in (plan.movement.id,)
        for last_day in (max(duty.last_day, extended.get((movement, duty.id, duty.account), duty.last_day)),)
        for done in (any((movement, duty.id, account) in complete for account in duty.answered_by),)
    ]


def late_reports(rows: Iterable[Reported], today: date) -> list[LateReport]:
    """The reports that are late on a local day, the longest first; those of one duty and day stand together."""
    late = [row for row in rows if row.days_late(today)]

    def duty_and_day(row: Reported) -> tuple[date, str, str]:
        return row.last_day, row.plan.key, row.duty.id

    groups: list[LateReport] = []
    for _, group in groupby(sorted(late, key=duty_and_day), key=duty_and_day):
        members = list(group)
        first = members[0]
        owners = list(dict.fromkeys(row.duty.owner for row in members))
        days = first.days_late(today)
        groups.append(LateReport(first.duty.what, first.plan.source.name, first.last_day, days, owners))
    return groups


def report_rows(rows: Iterable[Reported], year: int, today: date) -> list[ReportRow]:
    """The duties whose last day is in a year, in the order of that day."""
    counted: list[ReportRow] = []
    for members in _by_duty(row for row in rows if row.duty.last_day.year == year):
        received = sum(row.done for row in members)
        late = sum(row.days_late(today) > 0 for row in members)
        duty, plan = members[0].duty, members[0].plan.source.name
        owner = duty.owner if len(members) == 1 else None
        counted.append(ReportRow(duty.what, plan, owner, duty.last_day, len(members), received, late))
    return sorted(counted, key=lambda row: (row.last_day, row.plan))


def _by_duty(rows: Iterable[Reported]) -> Iterator[list[Reported]]:
    for _, group in groupby(rows, key=lambda row: (row.plan.key, row.duty.id)):
        yield list(group)


def next_deadline(rows: Iterable[Reported], today: date) -> Reported | None:
    """The duty that is due next and not done; None if there is none."""
    coming = [row for row in rows if not row.done and row.last_day >= today]
    return min(coming, key=lambda row: row.last_day, default=None)
