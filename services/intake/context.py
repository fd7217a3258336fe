"""What the door decides on: a report as it came, the reports taken before it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shared.contracts.intake import Report
from shared.contracts.model import PlanRef
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem, Receipt
from shared.contracts.units import UnitRegister


def ledger_key(province: str, movement: str, obligation: str, account: str, period: str) -> str:
    """What versions are counted within: movement, obligation, who owes it, and period.

    The role owes where the plan names one, so that the successor after a merger corrects what its predecessor sent.
    """
    return f"{province}/{movement}/{obligation}/{account}/{period}"


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """A report as it reached the door, its text tidied; ``text`` is the body as JSON, its names sorted.

    ``delivery`` names this one delivery, so that the same delivery read twice is not counted as a second; ``answer``
    has the receipt said on the agency's outbox topic. ``flaws`` are what kept the body from being read as it was
    written, ``digest`` is of body and flaws.
    """

    agency: str
    report_id: str
    body: Mapping[str, Any]
    text: str
    digest: str
    delivery: str
    answer: bool
    flaws: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """The reports accepted so far for one obligation, reporter and period.

    ``last_at`` is when the last of them was received. ``covered`` are the units that final versions have given
    figures for, ``complete_at`` is when they first were all that is expected. ``returned``: the last word is the
    standing office's, which has returned a report and waits for another.
    """

    version: int = 0
    last_at: datetime | None = None
    covered: frozenset[str] = frozenset()
    complete_at: datetime | None = None
    complete_timely: bool | None = None
    returned: bool = False


_MOST_REMEMBERED = 100


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """What a report is judged by: the plan it names and the newest register of units.

    ``remembered`` keeps what follows from both, so that it is not found anew for each report.
    """

    plan: Plan
    register: UnitRegister
    remembered: dict[tuple[Any, ...], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def units(self, asked: tuple[Any, ...], find: Callable[[], Iterable[str]]) -> frozenset[str]:
        """The units that follow from plan and register for what is asked; remembered for a handful of questions."""
        found = self.remembered.get(asked)
        if found is None:
            if len(self.remembered) >= _MOST_REMEMBERED:
                self.remembered.clear()
            found = self.remembered[asked] = frozenset(find())
        return found

    @property
    def ref(self) -> PlanRef:
        """The plan's version."""
        return self.plan.ref


@dataclass(frozen=True, slots=True)
class GrantedExtension:
    """What the standing office granted: ``until`` is the last permitted local day, ``in_time`` one granted in time."""

    until: date | None = None
    in_time: date | None = None

    def counts(self, last_day: date | None) -> date | None:
        """The last day on which a report is in time, by the plan's own last day."""
        return max(last_day, self.in_time) if last_day and self.in_time else last_day

    def open_to(self, last_day: date | None) -> date | None:
        """The last day the office waits for, by the plan's own last day."""
        return max(last_day, self.until) if last_day and self.until else last_day


NO_EXTENSION = GrantedExtension()


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of a ledger as it is kept: a report with what it was judged by, or the taking back of one."""

    receipt: Receipt
    report: Report | None
    context: IntakeContext


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
"""What the door decides on a report."""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report as far as it can be read without asking what came before it: the report, or why it is none.

    ``context`` and ``ledger`` (its key) are None where nothing is known of its movement. ``used``: its number is that of
    another report.
    """

    submission: Submission
    report: Report | Sequence[Problem]
    context: IntakeContext | None = None
    ledger: str | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class IntakeOutcome:
    """A report and what became of it."""

    draft: ParsedReport
    outcome: Outcome
