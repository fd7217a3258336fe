"""The decision on one report: it is accepted whole or returned whole. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from services.intake.context import NO_EXTENSION, GrantedExtension, IntakeContext, Ledger, ledger_key
from services.intake.reports import validation
from services.intake.reports.parsing import MAX_PROBLEMS
from services.intake.reports.row_validation import as_of_day
from services.intake.reports.state import AcceptedReport, ParsedReport, ReportDecision, ReturnedReport
from shared.contracts.ids import derived
from shared.contracts.intake import DocumentReport, InspectionReport, Report, rows_of
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Problem, Receipt
from shared.plans.authority import account_of, counted_to, expected_units
from shared.plans.deadlines import is_timely

INSTANT = timedelta(microseconds=1)
"""The smallest step between two instants of a ledger."""


def receipt_id(agency: str, report_id: str, digest: str = "") -> str:
    """The id of a report's receipt; ``digest`` is for a body that was sent under a report id already used."""
    return derived("receipt", agency, report_id, digest)


def account(report: Report, agency: str, context: IntakeContext | None) -> str:
    """The account a report counts for: the role that owes it, whichever unit holds it, or the agency itself."""
    obligation = context.plan.obligation.get(report.obligation) if context else None
    return account_of(obligation, agency) if obligation else agency


def ledger_id(province: str, report: Report, account: str) -> str:
    """The key of the ledger that numbers a report's version."""
    return ledger_key(province, report.movement, report.obligation, account, report.period)


def decide_parsed(
    parsed: ParsedReport, ledger: Ledger, now: datetime, granted_extension: GrantedExtension = NO_EXTENSION
) -> ReportDecision:
    """Return a submission that could not be parsed or reuses an id; otherwise see ``decide``."""
    sent, report = parsed.submission, parsed.report
    if isinstance(report, Sequence):
        return returned(sent.report_id, sent.agency, report, now, digest=sent.digest if parsed.reuses_id else "")
    decision = decide(report, sent.report_id, sent.agency, parsed.context, ledger, now, granted_extension)
    if not sent.warnings:
        return decision
    return replace(decision, receipt=decision.receipt.model_copy(update={"warnings": sent.warnings}))


def decide(
    report: Report,
    report_id: str,
    agency: str,
    context: IntakeContext | None,
    ledger: Ledger,
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
) -> ReportDecision:
    """Accept or return a report. ``context`` is None if there is no plan of its movement.

    ``granted_extension`` is what the standing office granted for the ledger. A version is received after the one before
    it, even if another process received that one by a faster clock, so that figures of two agencies about one unit have
    one order.
    """
    now = max(now, ledger.last_at + INSTANT) if ledger.last_at else now
    every_problem = validation.problems_of(report, agency, context, now, granted_extension, returned=ledger.returned)
    problems = list(islice(every_problem, MAX_PROBLEMS))
    if problems or context is None:
        return returned(report_id, agency, problems, now, report=report, context=context)
    plan, obligation = context.plan, context.plan.obligation[report.obligation]
    cut_off = counted_to(plan, obligation)
    final = isinstance(report, InspectionReport) or report.as_of in (None, cut_off) or cut_off is None
    last_day = granted_extension.timely_last_day(obligation.last_day(report.period, plan.choices.due_day))
    has_deadline = not isinstance(report, InspectionReport)
    timely = last_day is None or is_timely(now, last_day)
    after = counted(ledger, report, now, context, agency, final=final, timely=timely)
    return AcceptedReport(
        Receipt(
            id=receipt_id(agency, report_id),
            report=report_id,
            status="accepted",
            reported_by=agency,
            plan=context.ref,
            movement=report.movement,
            obligation=report.obligation,
            account=account(report, agency, context),
            period=report.period,
            version=after.version,
            received_at=now,
            timely=timely if has_deadline else None,
            final=final,
            complete_at=after.complete_at,
            complete_timely=after.complete_timely,
            last_day=last_day if has_deadline else None,
        ),
        report,
        after,
    )


def counted(
    ledger: Ledger, report: Report, at: datetime, context: IntakeContext, agency: str, *, final: bool, timely: bool
) -> Ledger:
    """The ledger with one more accepted report, received at an instant."""
    plan, register, obligation = context.plan, context.register, context.plan.obligation[report.obligation]
    after = replace(ledger, version=ledger.version + 1, last_at=at, returned=False)
    if isinstance(report, InspectionReport):
        return after
    if isinstance(report, DocumentReport):
        after = _completed(after, at, timely)
    elif final:
        day = as_of_day(report, plan, at)
        declared = {unit.code for tier in report.complete_tiers for unit in register.of_tier(tier, day)}
        covered = ledger.covered | {row.unit for row in rows_of(report)} | declared
        after = replace(after, covered=frozenset(covered))
        if _expected(context, obligation, day, agency) <= covered:
            after = _completed(after, at, timely)
    if plan.choices.lateness == "latest" and final and after.complete_at is not None:
        after = replace(after, complete_timely=timely)
    return after


def _expected(context: IntakeContext, obligation: Obligation, day: date, agency: str) -> frozenset[str]:
    """The units that a complete report covers."""
    key = ("expected", obligation.id, day, agency if obligation.under_reporter else "")
    return context.cached_units(key, lambda: expected_units(context.plan, obligation, context.register, day, agency))


def _completed(ledger: Ledger, now: datetime, timely: bool) -> Ledger:
    """The ledger once it is complete; timeliness is judged on the first complete version (A37)."""
    if ledger.complete_at is not None:
        return ledger
    return replace(ledger, complete_at=now, complete_timely=timely)


def returned(
    report_id: str,
    agency: str,
    problems: Sequence[Problem],
    now: datetime,
    *,
    report: Report | None = None,
    context: IntakeContext | None = None,
    digest: str = "",
) -> ReturnedReport:
    """The decision to return a report for its problems; for ``digest`` see ``receipt_id``."""
    return ReturnedReport(
        Receipt(
            id=receipt_id(agency, report_id, digest),
            report=report_id,
            status="returned",
            reported_by=agency,
            plan=context.ref if context else None,
            movement=report.movement if report else None,
            obligation=report.obligation if report else None,
            account=account(report, agency, context) if report else None,
            period=report.period if report else None,
            version=None,
            received_at=now,
            timely=None,
            final=None,
            complete_at=None,
            complete_timely=None,
            problems=tuple(problems),
        )
    )
