"""The steps of a demo year: who does what, when, and over which channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypedDict

from shared.contracts.json_values import JsonObject


class ReportRow(TypedDict, total=False):
    """A row of a report as JSON; which fields it has depends on the report's kind."""

    unit: str
    score: str
    due: int
    done_on_time: int
    violations: int
    invited: int
    present: int
    substitute: int
    case: str
    signs_of_violation: bool
    opened: str
    closed: str


class ReportBody(TypedDict, total=False):
    """A report as JSON; a document has ``document``, every other kind has ``rows``."""

    movement: str
    obligation: str
    period: str
    kind: str
    as_of: str
    note: str
    complete_tiers: list[str]
    document: Mapping[str, str]
    rows: list[ReportRow]


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """An agency submits a report under its own number, over its inbox topic or over HTTP."""

    at: datetime
    agency: str
    report: str
    channel: Literal["kafka", "http"]
    body: ReportBody


@dataclass(frozen=True, slots=True)
class SubmitDocuments:
    """Many agencies submit one document each, over HTTP."""

    at: datetime
    reports: tuple[SubmitReport, ...]


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """A plan that is issued in mid-year is published."""

    at: datetime
    plan: str


@dataclass(frozen=True, slots=True)
class SubmitNomination:
    """An agency nominates; ``refused`` is the code of the refusal it should get, if any."""

    at: datetime
    agency: str
    number: str
    body: JsonObject
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawNomination:
    """An agency withdraws the nomination it made under a number."""

    at: datetime
    agency: str
    number: str


@dataclass(frozen=True, slots=True)
class WithdrawReport:
    """An agency withdraws a report it submitted, or the standing office returns it."""

    at: datetime
    agency: str
    report: str
    by: Literal["agency", "standing_office"]
    reason: str


@dataclass(frozen=True, slots=True)
class RequestExtension:
    """An agency requests an extension of a reporting deadline until ``last_day``."""

    at: datetime
    agency: str
    obligation: str
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class GrantExtension:
    """The standing office grants the extensions an agency has requested."""

    at: datetime
    agency: str


@dataclass(frozen=True, slots=True)
class RecordJudgements:
    """The standing office judges what nobody reports, before the session."""

    at: datetime


@dataclass(frozen=True, slots=True)
class FreezeAgenda:
    """The secretariat freezes the agenda of the last session."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectScore:
    """An agency corrects the score of a former candidate, after the agenda was frozen."""

    at: datetime
    agency: str
    report: str

    def correcting(self, movement: str, unit: str) -> SubmitReport:
        """The report with the lower score of a unit."""
        body: ReportBody = {
            "movement": movement,
            "obligation": "OB08",
            "period": "2023",
            "kind": "score",
            "as_of": "2023-11-30",
            "note": "đính chính, số liệu minh họa",
            "rows": [{"unit": unit, "score": "10.00"}],
        }
        return SubmitReport(self.at, self.agency, self.report, "http", body)


@dataclass(frozen=True, slots=True)
class RecordDecisions:
    """The council proposes flags and certificates; one candidate is declined with a reason."""

    at: datetime


@dataclass(frozen=True, slots=True)
class HoldSession:
    """The council holds a session: attendance, votes, outcomes, close, minutes."""

    at: datetime
    session: str


@dataclass(frozen=True, slots=True)
class RecordAwards:
    """The chairman's decision gives all that the council proposed."""

    at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class RevokeAward:
    """A decision revokes the last certificate of a commune."""

    at: datetime
    number: str


Step = (
    SubmitReport
    | SubmitDocuments
    | WithdrawReport
    | RequestExtension
    | GrantExtension
    | PublishPlan
    | SubmitNomination
    | WithdrawNomination
    | RecordJudgements
    | FreezeAgenda
    | CorrectScore
    | RecordDecisions
    | HoldSession
    | RecordAwards
    | RevokeAward
)


@dataclass(frozen=True, slots=True)
class Year:
    """The steps of a year and the instants at which the clock stops, both in order of time."""

    steps: tuple[Step, ...]
    instants: tuple[datetime, ...]

    def up_to(self, end: datetime) -> Year:
        """The year up to an instant, which is included."""
        return Year(
            tuple(step for step in self.steps if step.at <= end), tuple(at for at in self.instants if at <= end)
        )

    def without_reminders_before(self, begin: datetime) -> Year:
        """The year without the reminders before an instant; all steps remain."""
        steps = {step.at for step in self.steps}
        return replace(self, instants=tuple(at for at in self.instants if at >= begin or at in steps))
