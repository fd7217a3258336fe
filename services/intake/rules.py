"""What the door lets in: pure decisions on one report. A report is taken whole or returned whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import groupby, islice

from services.intake import checks
from services.intake.state import Ledger, Outcome, Returned, Taken, Terms
from shared.contracts.ids import derived
from shared.contracts.intake import Problem, Receipt, Report, Results, ResultsReported, Row, rows_of
from shared.contracts.model import Kind, Tier, movement_key
from shared.plans.authority import counted_to, expected_units
from shared.plans.deadlines import is_timely


def receipt_id(agency: str, report: str, digest: str = "") -> str:
    """The receipt of an agency's report; with a digest, of another body sent under a report id already used."""
    return derived("receipt", agency, report, digest)


def ledger_id(province: str, report: Report, agency: str) -> str:
    """What versions are counted within: movement, obligation, reporter and period."""
    return f"{province}/{report.movement}/{report.obligation}/{agency}/{report.period}"


def decide(report: Report, report_id: str, agency: str, terms: Terms | None, ledger: Ledger, now: datetime) -> Outcome:
    """Take the report or return it. ``terms`` is None where no plan of the named movement is in force."""
    problems = list(islice(checks.problems_of(report, agency, terms, now), checks.MOST_PROBLEMS))
    if problems or terms is None:
        return returned(report_id, agency, problems, now, report=report, terms=terms)
    obligation = terms.plan.obligation[report.obligation]
    cut_off = counted_to(terms.plan, obligation)
    final = report.as_of == cut_off or cut_off is None or report.as_of is None
    version = ledger.version + 1
    timely = is_timely(now, obligation.before)
    after = replace(ledger, version=version)
    if final:
        day = checks.day_of(report, terms.plan)
        declared = {unit.code for tier in report.complete_tiers for unit in terms.register.of_tier(tier, day)}
        covered = ledger.covered | {row.unit for row in rows_of(report)} | declared
        after = replace(after, covered=frozenset(covered))
        if ledger.complete_at is None and expected_units(obligation, terms.register, day) <= covered:
            after = replace(after, complete_at=now, complete_timely=timely)
    return Taken(
        Receipt(
            id=receipt_id(agency, report_id),
            report=report_id,
            status="accepted",
            reported_by=agency,
            plan=terms.ref,
            movement=report.movement,
            obligation=report.obligation,
            period=report.period,
            version=version,
            received_at=now,
            timely=timely,
            final=final,
            complete_at=after.complete_at,
            complete_timely=after.complete_timely,
        ),
        report,
        after,
    )


def returned(
    report_id: str,
    agency: str,
    problems: list[Problem],
    now: datetime,
    *,
    report: Report | None = None,
    terms: Terms | None = None,
    digest: str = "",
) -> Returned:
    """The receipt of a report that is sent back."""
    return Returned(
        Receipt(
            id=receipt_id(agency, report_id, digest),
            report=report_id,
            status="returned",
            reported_by=agency,
            plan=terms.ref if terms else None,
            movement=report.movement if report else None,
            obligation=report.obligation if report else None,
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


def results(taken: Taken, terms: Terms, source: str) -> list[ResultsReported]:
    """An accepted report's figures as events: one a tier and page. Rendering it again gives the same events.

    A final list says of every unit of its tiers whether it is listed, so it goes to all their pages, with or
    without rows (A40).
    """
    report, receipt, register = taken.report, taken.receipt, terms.register
    obligation = terms.plan.obligation[report.obligation]
    declared = set(report.complete_tiers) if receipt.final else set()
    if report.kind is Kind.LISTED and receipt.final:
        declared |= set(obligation.tiers)

    def place(row: Row) -> tuple[Tier, int]:
        return register.by_code[row.unit].tier, register.page_of[row.unit]

    pages: dict[tuple[Tier, int], list[Row]] = {
        (tier, page): [] for tier in sorted(declared) for page in range(register.pages(tier))
    }
    for where, rows in groupby(sorted(rows_of(report), key=place), key=place):
        pages.setdefault(where, []).extend(rows)
    assert receipt.version is not None
    assert receipt.final is not None
    return [
        ResultsReported(
            id=derived("results", receipt.id, tier, page),
            source=source,
            time=receipt.received_at,
            subject=movement_key(terms.plan.province, report.movement),
            data=Results(
                plan=terms.ref,
                register_version=register.version,
                movement=report.movement,
                obligation=report.obligation,
                reported_by=receipt.reported_by,
                receipt=receipt.id,
                period=report.period,
                version=receipt.version,
                kind=report.kind,
                field=obligation.field,
                tier=tier,
                page=page,
                as_of=report.as_of,
                final=receipt.final,
                complete=tier in declared,
                received_at=receipt.received_at,
                rows=tuple(rows),
            ),
        )
        for (tier, page), rows in pages.items()
    ]
