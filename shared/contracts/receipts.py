"""Receipts: intake's answer to a report, and to the withdrawal of one."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Code, Day, Event, Id, PlanRef, ReportId, Text, TolerantModel


class Problem(TolerantModel):
    """One problem of a report: its place, the value, what was expected, the rule (RFC 9457 style).

    ``code`` is stable, for machines; ``pointer`` is a JSON pointer into the report; ``detail`` is Vietnamese.
    """

    code: str
    pointer: str
    value: str | None
    expected: str
    rule: str
    detail: str


class ReceiptWarning(TolerantModel):
    """Something its sender should know about a report that was taken, such as hidden rows in its sheet.

    ``code`` is stable, for machines; ``count`` is how many there are; ``detail`` is Vietnamese.
    """

    code: str
    count: int
    detail: str


class ReportWithdrawal(TolerantModel):
    """Which report no longer counts, who withdrew it and why.

    ``by`` is the reporting agency or the successor in its role, or the standing office, which then expects a better
    report (S0 VI.9). ``who`` is the agency's code, or the identity of the office.
    """

    receipt: str
    report: ReportId
    version: int
    by: Literal["agency", "standing_office"]
    who: str
    reason: Text


class Receipt(TolerantModel):
    """Intake's answer to a report: accepted or returned. Instants are UTC.

    ``report`` and ``date`` are the number and the date of the agency's paper; ``date`` is None if it gave none.
    ``version`` counts the accepted reports of this obligation, account and period; None if returned. ``account`` is
    the role that must report, or the agency if each agency reports for itself. ``timely`` compares ``received_at``
    with the obligation's due instant; it is None for cases, which have none. ``complete_at`` is when the union of the
    versions first covered all expected units; None before that, and again after a report it depends on is withdrawn.
    ``last_day`` is the last permitted local day the report was judged by, including an extension granted in time.
    A receipt with ``takes_back`` records a withdrawal, as the next version, instead of a report; its ``status`` is
    "accepted" here, and "withdrawal" over HTTP.
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
    warnings: tuple[ReceiptWarning, ...] = ()
    last_day: Day | None = None
    takes_back: ReportWithdrawal | None = None
    date: Day | None = None


class ReceiptIssued(Event):
    """Intake accepted or returned a report, or recorded a withdrawal."""

    type: Literal["receipt.issued"] = "receipt.issued"
    data: Receipt


class ReportAnswered(Event):
    """The receipt, sent to the agency that submitted the report through its inbox topic."""

    type: Literal["report.answered"] = "report.answered"
    data: Receipt
