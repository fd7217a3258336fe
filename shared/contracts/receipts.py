"""What the door answers to a report, and what it says when one is taken back."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Event, Id, PlanRef, ReportId, Text, TolerantModel


class Problem(TolerantModel):
    """One thing wrong with a report: where, what was found, what was expected, whose rule (RFC 9457 style).

    ``code`` is stable, for machines; ``pointer`` is a JSON pointer into the report; ``detail`` is Vietnamese.
    """

    code: str
    pointer: str
    value: str | None
    expected: str
    rule: str
    detail: str


class ReportWithdrawal(TolerantModel):
    """Which report no longer counts, who took it back and why.

    ``by`` is the agency that reported it, or the successor in its role, or the standing office, which then
    wants a better one (S0 VI.9). ``who`` is the agency's code, or how the office came in.
    """

    receipt: str
    report: ReportId
    version: int
    by: Literal["agency", "standing_office"]
    who: str
    reason: Text


class Receipt(TolerantModel):
    """What the door answers: taken or returned, and when it was received (UTC).

    ``version`` counts the accepted reports of this obligation, reporting role and period; None when returned.
    ``account`` is who owes it: the role, whoever holds it, or the agency where each reports for itself.
    ``timely`` is judged on ``received_at`` against the obligation's due instant, None of cases, which have none;
    ``complete_at`` is when the union of versions first covered all expected units; None before that, and again once a
    report it rests on is taken back.
    ``last_day`` is the last permitted local day it was judged by, an extension granted in time included.
    With ``takes_back`` it is no report: it says that one no longer counts, as the next version.
    """

    id: str
    report: ReportId
    status: Literal["accepted", "returned"]
    reported_by: Code
    plan: PlanRef | None
    movement: Code | None
    obligation: Id | None
    account: Code | None
    period: str | None
    version: int | None
    received_at: AwareDatetime
    timely: bool | None
    final: bool | None
    complete_at: AwareDatetime | None
    complete_timely: bool | None
    problems: tuple[Problem, ...] = ()
    last_day: date | None = None
    takes_back: ReportWithdrawal | None = None


class ReceiptIssued(Event):
    """intake has taken or returned a report."""

    type: Literal["receipt.issued"] = "receipt.issued"
    data: Receipt


class ReportAnswered(Event):
    """The receipt, said to the agency that sent the report through its inbox."""

    type: Literal["report.answered"] = "report.answered"
    data: Receipt
