"""The duties of a plan: what must be reported or done, by which agency, for which period, by when. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from shared.caching import Cache
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.expected import expected_list


@dataclass(frozen=True, slots=True)
class Duty:
    """Something an agency must do by the end of ``last_day`` (a local day).

    ``account`` is the role or agency that the duty belongs to, ``owner`` the unit that is reminded of it today: a
    merger changes the owner, not the account. ``by_report`` duties end with a complete report; the council's tasks
    have no report yet, so their reminders stop at the last day. ``historical`` duties ended before the plan was
    issued: they have no reminders and are never overdue (A24). ``obligation`` and ``period`` are what a report names;
    None for a task. ``extended_from`` is the plan's own last day if an extension was granted, at the instant
    ``extended_at``.

    Two accounts may have one owner after a merger: the duty is then named to it once.
    """

    id: str
    account: str
    owner: str
    what: str
    last_day: date
    by_report: bool
    historical: bool
    cite: str
    obligation: str | None = None
    period: str | None = None
    extended_from: date | None = None
    extended_at: datetime | None = None

    @property
    def answered_by(self) -> tuple[str, ...]:
        """The accounts of which a complete report ends the duty: its own, and that of the successor of a unit."""
        return (self.account,) if self.account == self.owner else (self.account, self.owner)

    def extended(self, until: date, at: datetime) -> Duty:
        """This duty with an extension granted at an instant, to a local day; unchanged if that day is not later."""
        if until <= self.last_day:
            return self
        return replace(self, last_day=until, extended_from=self.last_day, extended_at=at, historical=False)


def duty_id(obligation: Obligation, period: str) -> str:
    """The id of the duty to report an obligation for a period; see ``Obligation.duty``."""
    return obligation.duty(period)


_kept: Final = Cache[tuple[int, int, date], tuple[Plan, UnitRegister, list[Duty]]](64)
"""The duties of the days that are looked at again and again, such as today. A plan and a register never change, and
are kept with them, so that no other object gets their identity."""


def duties(plan: Plan, register: UnitRegister, on: date) -> list[Duty]:
    """Every dated duty of a plan on a local day: its obligations, then its tasks, in the plan's order.

    They are the rows of the expected list of which some unit is reminded. Obligations that are not reported through
    intake (such as a conference) have no reminders, because the system cannot see that they are fulfilled.
    """
    key = id(plan), id(register), on
    if (kept := _kept.get(key)) is None:
        kept = _kept.keep(key, (plan, register, _duties(plan, register, on)))
    return list(kept[2])


def _duties(plan: Plan, register: UnitRegister, on: date) -> list[Duty]:
    return [
        Duty(
            id=row.duty,
            account=row.account,
            owner=row.reminded,
            what=row.what,
            last_day=row.last_day,
            by_report=row.by_report,
            historical=row.state == "historical",
            cite=row.cite,
            obligation=row.obligation,
            period=row.period,
        )
        for row in expected_list(plan, register, on)
        if row.account is not None and row.reminded is not None and row.last_day is not None
        if row.by_report or row.period is None
    ]
