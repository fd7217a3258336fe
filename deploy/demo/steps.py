"""The steps a year is made of: who does what, when, by which way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Send:
    """An agency sends a report under its own number, over its inbox topic or over HTTP."""

    at: datetime
    agency: str
    report: str
    way: Literal["kafka", "http"]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """Many agencies hand in a document each, over HTTP."""

    at: datetime
    sends: tuple[Send, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """A plan that is issued in mid-year comes into force."""

    at: datetime
    plan: str


@dataclass(frozen=True, slots=True)
class Nominate:
    """An agency nominates; where it should be refused, ``refused`` is the code of the refusal."""

    at: datetime
    agency: str
    number: str
    body: dict[str, Any]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """An agency withdraws a nomination it made under a number."""

    at: datetime
    agency: str
    number: str


@dataclass(frozen=True, slots=True)
class WithdrawReport:
    """An agency withdraws a report it sent, or the standing office returns it."""

    at: datetime
    agency: str
    report: str
    by: Literal["agency", "standing_office"]
    reason: str


@dataclass(frozen=True, slots=True)
class RequestExtension:
    """An agency asks for more time to report."""

    at: datetime
    agency: str
    obligation: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class GrantTime:
    """The standing office grants what an agency has asked for."""

    at: datetime
    agency: str


@dataclass(frozen=True, slots=True)
class Judge:
    """The council judges those put before it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Freeze:
    """The secretariat freezes the agenda of the last session."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Correct:
    """Công an tỉnh corrects the score of one that was a candidate, after the agenda was frozen."""

    at: datetime
    agency: str
    report: str


@dataclass(frozen=True, slots=True)
class Decide:
    """The council decides: the flags, the certificates, one candidate declined with a reason."""

    at: datetime


Step = (
    Send
    | SubmitReport
    | WithdrawReport
    | RequestExtension
    | GrantTime
    | Publish
    | Nominate
    | Withdraw
    | Judge
    | Freeze
    | Correct
    | Decide
)


@dataclass(frozen=True, slots=True)
class Year:
    """The steps of a year and the instants the clock stops at."""

    steps: tuple[Step, ...]
    instants: tuple[datetime, ...]

    def until(self, end: datetime) -> Year:
        """The year cut short at an instant (that instant included)."""
        return Year(
            tuple(step for step in self.steps if step.at <= end), tuple(at for at in self.instants if at <= end)
        )

    def since(self, begin: datetime) -> Year:
        """The year without the reminders before an instant; the steps stay."""
        steps = {step.at for step in self.steps}
        return replace(self, instants=tuple(at for at in self.instants if at >= begin or at in steps))
