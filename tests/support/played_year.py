"""The year that several live tests share; it is played once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from deploy.demo import SEED
from deploy.demo.outcome import Outcome
from deploy.demo.run import demo_year
from deploy.demo.steps import GrantExtension, Year
from deploy.stack.embedded import Stack
from shared.contracts.model import VIETNAM

END = datetime(2024, 1, 15, 9, tzinfo=VIETNAM)
WITH_REMINDERS = datetime(2023, 11, 14, tzinfo=VIETNAM), datetime(2023, 12, 20, tzinfo=VIETNAM)


def year_to_the_awards() -> Year:
    """Every step up to the awards and a revocation, as the demo plays them."""
    return demo_year(SEED).up_to(END)


def year_in_short() -> Year:
    """The same steps, with the mornings of mere reminders from the first before the reports to the appraisal.

    It leaves out 48 of 106 instants, those of the plans of June to September and those after the appraisal.
    """
    year = year_to_the_awards()
    steps, (begin, end) = {step.at for step in year.steps}, WITH_REMINDERS
    return replace(year, instants=tuple(at for at in year.instants if at in steps or begin <= at <= end))


def few_days() -> Year:
    """Two days before the reports are due, without what came before: enough to see a command from start to end."""
    begin, end = datetime(2023, 11, 30, 12, tzinfo=VIETNAM), datetime(2023, 12, 2, 9, tzinfo=VIETNAM)
    year = demo_year(SEED).up_to(end)
    steps = tuple(step for step in year.steps if step.at >= begin and not isinstance(step, GrantExtension))
    return Year(steps, tuple(at for at in year.instants if at >= begin))


@dataclass(frozen=True)
class Played:
    """A stack that has played the year without faults, and its outcome.

    ``keys`` are agencies' API keys that tests share, because an agency can have at most two.
    """

    stack: Stack
    outcome: Outcome
    keys: dict[str, str] = field(default_factory=dict)
