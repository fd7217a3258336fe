"""What the door decides on: a report as it came, the reports taken before it, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.intake import Problem, Receipt, Report
from shared.contracts.model import PlanRef
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister


@dataclass(frozen=True, slots=True)
class Ledger:
    """The reports accepted so far for one obligation, reporter and period.

    ``last_at`` is when the last of them was received. ``covered`` are the units that final versions have given
    figures for, ``complete_at`` is when they first were all that is expected.
    """

    version: int = 0
    last_at: datetime | None = None
    covered: frozenset[str] = frozenset()
    complete_at: datetime | None = None
    complete_timely: bool | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a report is judged by: the plan it names and the newest register of units."""

    plan: Plan
    register: UnitRegister

    @property
    def ref(self) -> PlanRef:
        """The plan's version."""
        return self.plan.ref


@dataclass(frozen=True, slots=True)
class Taken:
    """A report let in: its receipt and the ledger with it."""

    receipt: Receipt
    report: Report
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Returned:
    """A report sent back, with every problem found."""

    receipt: Receipt

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it."""
        return self.receipt.problems


Outcome = Taken | Returned
