"""What the door lets in: pure decisions on one report. A report is taken whole or returned whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from services.intake.context import (
    NO_EXTENSION,
    GrantedExtension,
    IntakeContext,
    Ledger,
    Outcome,
    ParsedReport,
    Returned,
    Taken,
    ledger_key,
)
from services.intake.reports import parsing, validation
from shared.contracts.ids import derived
from shared.contracts.intake import DocumentReport, InspectionReport, Report, Results, ResultsReported, rows_of
from shared.contracts.model import PAGE_SIZE, Kind, Tier, movement_key
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Problem, Receipt
from shared.contracts.rows import Row
from shared.plans.authority import account_of, counted_to, expected_units
from shared.plans.deadlines import is_timely

_INSTANT = timedelta(microseconds=1)
_Row = TypeVar("_Row")


def receipt_id(agency: str, report: str, digest: str = "") -> str:
    """The receipt of an agency's report; with a digest, of another body sent under a report id already used."""
    return derived("receipt", agency, report, digest)


def account(report: Report, agency: str, context: IntakeContext | None) -> str:
    """Who owes what is reported: a role, whoever holds it, or the agency itself."""
    obligation = context.plan.obligation.get(report.obligation) if context else None
    return account_of(obligation, agency) if obligation else agency


def ledger_id(province: str, report: Report, account: str) -> str:
    """The ledger a report's version is counted in."""
    return ledger_key(province, report.movement, report.obligation, account, report.period)


def decide_on(
    draft: ParsedReport, ledger: Ledger, now: datetime, granted_extension: GrantedExtension = NO_EXTENSION
) -> Outcome:
    """Take what was read of a submission or return it; see ``decide``."""
    sent, report = draft.submission, draft.report
    if isinstance(report, Sequence):
        return returned(sent.report_id, sent.agency, report, now, digest=sent.digest if draft.used else "")
    return decide(report, sent.report_id, sent.agency, draft.context, ledger, now, granted_extension)


def decide(
    report: Report,
    report_id: str,
    agency: str,
    context: IntakeContext | None,
    ledger: Ledger,
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
) -> Outcome:
    """Take the report or return it. ``context`` is None where no plan of the named movement is in force.

    ``granted_extension`` is what the standing office granted for it. A version is received after the one before it, also by
    the clock of another process, so that figures of two agencies about one unit have one order.
    """
    now = max(now, ledger.last_at + _INSTANT) if ledger.last_at else now
    found = validation.problems_of(report, agency, context, now, granted_extension, returned=ledger.returned)
    problems = list(islice(found, parsing.MOST_PROBLEMS))
    if problems or context is None:
        return returned(report_id, agency, problems, now, report=report, context=context)
    plan, obligation = context.plan, context.plan.obligation[report.obligation]
    cut_off = counted_to(plan, obligation)
    final = isinstance(report, InspectionReport) or report.as_of in (None, cut_off) or cut_off is None
    last_day = granted_extension.counts(obligation.last_day(report.period, plan.choices.due_day))
    is_report = not isinstance(report, InspectionReport)
    timely = last_day is None or is_timely(now, last_day)
    after = counted(ledger, report, now, context, agency, final=final, timely=timely)
    return Taken(
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
            timely=timely if is_report else None,
            final=final,
            complete_at=after.complete_at,
            complete_timely=after.complete_timely,
            last_day=last_day if is_report else None,
        ),
        report,
        after,
    )


def counted(
    ledger: Ledger, report: Report, at: datetime, context: IntakeContext, agency: str, *, final: bool, timely: bool
) -> Ledger:
    """The ledger with one more report received at an instant."""
    plan, register, obligation = context.plan, context.register, context.plan.obligation[report.obligation]
    after = replace(ledger, version=ledger.version + 1, last_at=at, returned=False)
    if isinstance(report, InspectionReport):
        return after
    if isinstance(report, DocumentReport):
        after = _complete(after, at, timely)
    elif final:
        day = validation.day_of(report, plan, at)
        declared = {unit.code for tier in report.complete_tiers for unit in register.of_tier(tier, day)}
        covered = ledger.covered | {row.unit for row in rows_of(report)} | declared
        after = replace(after, covered=frozenset(covered))
        if _expected(context, obligation, day, agency) <= covered:
            after = _complete(after, at, timely)
    if plan.choices.lateness == "latest" and final and after.complete_at is not None:
        after = replace(after, complete_timely=timely)
    return after


def _expected(context: IntakeContext, obligation: Obligation, day: date, agency: str) -> frozenset[str]:
    """The units a complete report covers."""
    asked = ("expected", obligation.id, day, agency if obligation.under_reporter else "")
    return context.units(asked, lambda: expected_units(context.plan, obligation, context.register, day, agency))


def _complete(ledger: Ledger, now: datetime, timely: bool) -> Ledger:
    """With a complete report; whether it came in time is judged on the first one (A37)."""
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
) -> Returned:
    """The receipt of a report that is sent back."""
    return Returned(
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


def results(taken: Taken, context: IntakeContext, source: str) -> list[ResultsReported]:
    """An accepted report's figures as events: one a tier and page. Rendering it again gives the same events.

    Only of cases may a page have more rows than an event takes; they go on in another. A document has none. A final
    list says of every unit of its tiers whether it is listed, so it goes to all their pages, rows or none (A40).
    """
    report, receipt, register = taken.report, taken.receipt, context.register
    declared = declared_by(report, receipt, context)

    found: dict[tuple[Tier, int], list[Row]] = {}
    place_of = register.place_of
    for row in rows_of(report):
        found.setdefault(place_of[row.unit], []).append(row)
    pages: dict[tuple[Tier, int], list[Row]] = {
        (tier, page): [] for tier in sorted(declared) for page in range(register.pages(tier))
    }
    for where in sorted(found):
        pages.setdefault(where, []).extend(found[where])
    return [
        ResultsReported(
            id=derived("results", receipt.id, tier, page, *([part] if part else [])),
            source=source,
            time=receipt.received_at,
            subject=movement_key(context.plan.province, report.movement),
            data=results_about(report, receipt, context, tier, page, rows=some, complete=tier in declared),
        )
        for (tier, page), rows in pages.items()
        for part, some in enumerate(in_events(rows))
    ]


def in_events(rows: Sequence[_Row]) -> list[tuple[_Row, ...]]:
    """Rows about one page, so many together as one event takes; no rows are one event without any."""
    return [tuple(rows[at : at + PAGE_SIZE]) for at in range(0, max(len(rows), 1), PAGE_SIZE)]


def declared_by(report: Report, receipt: Receipt, context: IntakeContext) -> frozenset[Tier]:
    """The tiers a report says all there is about: those it declares, of a list all its tiers; none while interim."""
    if not receipt.final:
        return frozenset()
    listed = context.plan.obligation[report.obligation].tiers if report.kind is Kind.LISTED else ()
    return frozenset((*report.complete_tiers, *listed))


def results_about(
    report: Report, receipt: Receipt, context: IntakeContext, tier: Tier, page: int, **said: Any
) -> Results:
    """What a report says about a page of a tier's units; ``said`` are the figures and how they are meant."""
    obligation = context.plan.obligation[report.obligation]
    assert receipt.version is not None
    assert receipt.final is not None
    about: dict[str, Any] = {"rows": (), "complete": False, **said}
    return Results(
        plan=context.ref,
        register_version=context.register.version,
        movement=report.movement,
        obligation=report.obligation,
        reported_by=receipt.reported_by,
        receipt=receipt.id,
        report=receipt.report,
        period=report.period,
        version=receipt.version,
        kind=report.kind,
        field=obligation.field if report.kind is obligation.kind else None,
        tier=tier,
        page=page,
        as_of=report.as_of,
        final=receipt.final,
        received_at=receipt.received_at,
        **about,
    )
