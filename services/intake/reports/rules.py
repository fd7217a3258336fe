"""The decision on one report: it is accepted whole or returned whole. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from services.intake.context import NO_EXTENSION, GrantedExtension, IntakeContext, Ledger, ledger_key
from services.intake.papers import Paper, ids_of, number_problem
from services.intake.reports import validation
from services.intake.reports.parsing import MAX_PROBLEMS, RULE
from services.intake.reports.row_validation import as_of_day
from services.intake.reports.state import AcceptedReport, ParsedReport, ReportDecision, ReturnedReport, Submission
from services.intake.reports.unchecked import unchecked_parts
from shared.contracts.ids import derived
from shared.contracts.intake import DocumentReport, InspectionReport, Report, rows_of
from shared.contracts.json_values import JsonObject
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Problem, Receipt
from shared.plans.authority import account_of, counted_to, expected_units
from shared.plans.deadlines import is_timely

INSTANT = timedelta(microseconds=1)
"""The smallest step between two instants of a ledger."""


def receipt_id(agency: str, number: str) -> str:
    """The id of the receipt for the first report that an agency sends under a number without a date."""
    return derived("receipt", agency, number, "")


def receipt_ids(paper: Paper, subject: tuple[str, str], digest: str) -> tuple[str, ...]:
    """The ids that the receipt of a content may have, in their order; ``subject`` is its obligation and period."""
    return ids_of("receipt", paper, subject, digest, receipt_id(paper.agency, paper.number))


def subject_of(body: JsonObject) -> tuple[str, str]:
    """The obligation and period that a body names; "" for one that is no text. The body may be no report in form."""
    obligation, period = (body.get(name) for name in ("obligation", "period"))
    return obligation if isinstance(obligation, str) else "", period if isinstance(period, str) else ""


def receipts_of_content(sent: Submission, stored: Mapping[str, tuple[Receipt, str]]) -> list[Receipt]:
    """The receipts that the same content got before; a second one is its refusal after it was withdrawn."""
    return [
        stored[receipt_id][0]
        for receipt_id in sent.receipt_ids
        if receipt_id in stored and stored[receipt_id][1] == sent.digest
    ]


def is_other_content_accepted(
    sent: Submission, stored: Mapping[str, tuple[Receipt, str]], accepted: tuple[Receipt, str] | None
) -> bool:
    """Whether other content was accepted of the same paper, obligation and period. ``accepted`` was, by its identity.

    A report that release 0.2.0 stored has no identity, but the first receipt id of a paper without a date.
    """
    first = stored.get(sent.receipt_ids[0])
    in_release = first is not None and first[0].status == "accepted"
    return accepted is not None or (
        in_release and first is not None and (first[0].obligation, first[0].period) == subject_of(sent.body)
    )


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
    """Return a submission that could not be parsed or is in conflict with an accepted one; otherwise see ``decide``."""
    sent, report, context = parsed.submission, parsed.report, parsed.context
    agency, number = sent.paper.agency, sent.paper.number
    if parsed.conflict is not None:
        read = None if isinstance(report, Sequence) else report
        decision: ReportDecision = returned(number, agency, [parsed.conflict], now, report=read, context=context)
    elif isinstance(report, Sequence):
        named = _with_number_problem(number, report)
        problems = [*named, *_further_problems(parsed, ledger, now, granted_extension)][:MAX_PROBLEMS]
        decision = returned(number, agency, problems, now)
    else:
        decision = decide(report, number, agency, context, ledger, now, granted_extension)
        if problem := number_problem(number, RULE):
            others = decision.problems if isinstance(decision, ReturnedReport) else ()
            decision = returned(number, agency, [problem, *others][:MAX_PROBLEMS], now, report=report, context=context)
    receipt_id = parsed.receipt_id or decision.receipt.id
    unchecked = unchecked_parts(parsed, decision.problems) if isinstance(decision, ReturnedReport) else ()
    changes = {"id": receipt_id, "date": sent.paper.date, "warnings": (*sent.warnings, *unchecked)}
    if all(getattr(decision.receipt, name) == value for name, value in changes.items()):
        return decision
    return replace(decision, receipt=decision.receipt.model_copy(update=changes))


def _further_problems(
    parsed: ParsedReport, ledger: Ledger, now: datetime, granted_extension: GrantedExtension
) -> Iterator[Problem]:
    """The problems of what could be read of a body that is no report in form."""
    if parsed.readable is None:
        return iter(())
    agency = parsed.submission.paper.agency
    return validation.further_problems(
        parsed.readable, agency, parsed.context, now, granted_extension, returned=ledger.returned
    )


def _with_number_problem(number: str, problems: Sequence[Problem]) -> Sequence[Problem]:
    """The problems of a body's form, with that of a number it did not hold itself."""
    if (problem := number_problem(number, RULE)) is None or any(other.pointer == "/number" for other in problems):
        return problems
    return [problem, *problems][:MAX_PROBLEMS]


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


def units_missing(ledger: Ledger, report: Report, receipt: Receipt, context: IntakeContext) -> int:
    """The number of units that a ledger, whose last accepted report this is, has no final figure for.

    They are counted on the day on which ``counted`` counts a final report, and on the cut-off day for an interim one.
    """
    plan, obligation = context.plan, context.plan.obligation[report.obligation]
    cut_off = counted_to(plan, obligation)
    day = cut_off if cut_off and not receipt.final else as_of_day(report, plan, receipt.received_at)
    return len(_expected(context, obligation, day, receipt.reported_by) - ledger.covered)


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
) -> ReturnedReport:
    """The decision to return a report for its problems."""
    return ReturnedReport(
        Receipt(
            id=receipt_id(agency, report_id),
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
