"""Result events of accepted reports and of withdrawals. Pure: rendering again gives the same events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from services.intake.context import IntakeContext
from services.intake.reports.state import AcceptedReport, LedgerEntry
from services.intake.reports.withdrawal import effective_entries
from shared.contracts.ids import derived
from shared.contracts.intake import (
    Replacement,
    Report,
    Results,
    ResultsReported,
    enterprises_of,
    rows_of,
)
from shared.contracts.model import PAGE_SIZE, Kind, Tier, movement_key
from shared.contracts.receipts import Receipt
from shared.contracts.rows import InspectionRow, ListedEnterprise, Row, WithdrawnRow
from shared.plans.authority import decides

_FigureKey = tuple[str, str | None]
"""Unit and, of inspections, the case."""

_Row = TypeVar("_Row")


def report_results(accepted: AcceptedReport, context: IntakeContext, source: str) -> list[ResultsReported]:
    """An accepted report's figures as events, one per tier and page; a document has none.

    Only cases can have more rows on a page than fit into one event; the rest go into further events. A final list
    states of every unit of its tiers whether it is listed, so it has an event for all their pages, even without rows
    (A40). Enterprises on a list are in events of their own, which the criteria of no unit read (A47).
    """
    report, receipt, register = accepted.report, accepted.receipt, context.register
    declared = _declared_tiers(report, receipt, context)

    reported: dict[tuple[Tier, int], list[Row]] = {}
    place_of = register.place_of
    for row in rows_of(report):
        reported.setdefault(place_of[row.unit], []).append(row)
    pages: dict[tuple[Tier, int], list[Row]] = {
        (tier, page): [] for tier in sorted(declared) for page in range(register.pages(tier))
    }
    for place in sorted(reported):
        pages.setdefault(place, []).extend(reported[place])
    figures = [
        ((tier, page, *([part] if part else [])), _results(report, receipt, context, tier, page, **content))
        for (tier, page), rows in pages.items()
        for part, chunk in enumerate(_chunks(rows))
        for content in ({"rows": chunk, "complete": tier in declared},)
    ]
    figures += [
        (("enterprises", part), _results(report, receipt, context, _first_tier(report, context), 0, enterprises=chunk))
        for part, chunk in enumerate(_chunks(enterprises_of(report)))
        if chunk
    ]
    return [
        ResultsReported(
            id=derived("results", receipt.id, *place),
            source=source,
            time=receipt.received_at,
            subject=movement_key(context.plan.province, report.movement),
            data=data,
        )
        for place, data in figures
    ]


def withdrawal_results(receipt: Receipt, history: Sequence[LedgerEntry], source: str) -> list[ResultsReported]:
    """A withdrawal's effect on the figures as events; ``history`` is the ledger before it.

    Every figure that was in effect because of the withdrawn report is published again as it was before, page by page,
    with the report it came from; a figure without a predecessor is published as withdrawn.
    """
    withdrawn = receipt.takes_back
    assert withdrawn is not None
    original = next(entry for entry in history if entry.receipt.id == withdrawn.receipt)
    before = _figures(effective_entries(history))
    after = _figures(effective_entries(history, without=withdrawn.receipt))
    received_last = _last_received(history)
    pages: dict[tuple[int, datetime, Tier, int], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    entries = {entry.receipt.version: entry for entry in history}
    for key, (entry, _) in sorted(before.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        if entry is not original:
            continue
        replacing, row = after.get(key, (original, None))
        register = replacing.context.register
        place = (register.by_code[key[0]].tier, register.page_of[key[0]])
        figures = pages[replacing.receipt.version or 0, received_last[key], *place]
        figures["rows" if row is not None else "withdrawn"].append(row or WithdrawnRow(unit=key[0], case=key[1]))
    events = [
        _replacement_event(receipt, entries[version], tier, page, counts_from, source, part, **{name: chunk})
        for (version, counts_from, tier, page), figures in sorted(pages.items())
        for name, rows in figures.items()
        for part, chunk in enumerate(_chunks(rows))
    ]
    events += _enterprise_events(receipt, original, history, source)
    return [*events, *_declaration_events(receipt, original, history, source)]


def _enterprise_events(
    receipt: Receipt, original: LedgerEntry, history: Sequence[LedgerEntry], source: str
) -> Iterator[ResultsReported]:
    """A withdrawn list's enterprises as they were before it; one that was on no list before is no longer listed."""
    assert receipt.takes_back is not None
    before = _enterprises(effective_entries(history))
    after = _enterprises(effective_entries(history, without=receipt.takes_back.receipt))
    received_last = {x.tax_code: entry.receipt.received_at for entry in history for x in _enterprises_in(entry)}
    changed: dict[tuple[int, datetime], list[ListedEnterprise]] = defaultdict(list)
    entries = {entry.receipt.version or 0: entry for entry in history}
    for tax_code, (entry, enterprise) in sorted(before.items()):
        if entry is original:
            unlisted = enterprise.model_copy(update={"listed": False})
            replacing, restored = after.get(tax_code, (original, unlisted))
            changed[replacing.receipt.version or 0, received_last[tax_code]].append(restored)
    for (version, counts_from), enterprises in sorted(changed.items(), key=lambda item: item[0]):
        for part, chunk in enumerate(_chunks(enterprises)):
            entry = entries[version]
            assert entry.report is not None
            yield _replacement_event(
                receipt,
                entry,
                _first_tier(entry.report, entry.context),
                0,
                counts_from,
                source,
                part,
                enterprises=chunk,
            )


def _first_tier(report: Report, context: IntakeContext) -> Tier:
    """The tier of an event without rows: scoring takes no event of a tier that the obligation is not about."""
    return next(iter(context.plan.obligation[report.obligation].tiers), Tier.SO)


def _enterprises_in(entry: LedgerEntry) -> tuple[ListedEnterprise, ...]:
    return enterprises_of(entry.report) if entry.report else ()


def _enterprises(entries: Iterable[LedgerEntry]) -> dict[str, tuple[LedgerEntry, ListedEnterprise]]:
    """What was last reported about each enterprise, by tax code, with its entry."""
    return {enterprise.tax_code: (entry, enterprise) for entry in entries for enterprise in _enterprises_in(entry)}


def _chunks(rows: Sequence[_Row]) -> list[tuple[_Row, ...]]:
    """A page's rows, as many at a time as one event holds; no rows make one empty chunk."""
    return [tuple(rows[at : at + PAGE_SIZE]) for at in range(0, max(len(rows), 1), PAGE_SIZE)]


def _declared_tiers(report: Report, receipt: Receipt, context: IntakeContext) -> frozenset[Tier]:
    """The tiers a final report declares complete; a list declares all its tiers, an interim report none."""
    if not receipt.final:
        return frozenset()
    listed = context.plan.obligation[report.obligation].tiers if report.kind is Kind.LISTED else ()
    return frozenset((*report.complete_tiers, *listed))


def _results(
    report: Report, receipt: Receipt, context: IntakeContext, tier: Tier, page: int, **figures: Any
) -> Results:
    """A report's results on one page of a tier; ``figures`` are the rows and what is declared, as fields.

    Cases have no period: a case is open until it is closed.
    """
    obligation = context.plan.obligation[report.obligation]
    assert receipt.version is not None
    assert receipt.final is not None
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
        interim_period=report.kind is not Kind.INSPECTION and not decides(context.plan, obligation, report.period),
        **{"rows": (), "complete": False, **figures},
    )


def _declaration_events(
    receipt: Receipt, original: LedgerEntry, history: Sequence[LedgerEntry], source: str
) -> Iterator[ResultsReported]:
    """For each tier the withdrawn report declared complete: whether another report still declares it, and which."""
    reports = [entry for entry in history if entry.report is not None]
    for tier in sorted(_declared_by(original)):
        declaring = [entry for entry in reports if tier in _declared_by(entry)]
        left = [
            entry for entry in effective_entries(history, without=original.receipt.id) if tier in _declared_by(entry)
        ]
        counts_from = max(entry.receipt.received_at for entry in declaring)
        for page in range(original.context.register.pages(tier)):
            declaration = {"complete": True} if left else {"undeclared": True}
            entry = left[-1] if left else original
            yield _replacement_event(receipt, entry, tier, page, counts_from, source, 0, **declaration)


def _declared_by(entry: LedgerEntry) -> frozenset[Tier]:
    return _declared_tiers(entry.report, entry.receipt, entry.context) if entry.report else frozenset()


def _replacement_event(
    receipt: Receipt,
    entry: LedgerEntry,
    tier: Tier,
    page: int,
    counts_from: datetime,
    source: str,
    part: int,
    **figures: Any,
) -> ResultsReported:
    """An event with the figures of ``entry`` that replace those of the withdrawn report."""
    withdrawn, report = receipt.takes_back, entry.report
    assert withdrawn is not None
    assert report is not None
    assert receipt.version is not None
    replacement = Replacement(
        receipt=receipt.id,
        version=receipt.version,
        by=withdrawn.who,
        at=receipt.received_at,
        reason=withdrawn.reason,
        counts_from=counts_from,
    )
    parts = (tier, page, entry.receipt.id, counts_from.isoformat(), *figures, *([part] if part else []))
    return ResultsReported(
        id=derived("instead", receipt.id, *parts),
        source=source,
        time=receipt.received_at,
        subject=movement_key(entry.context.plan.province, report.movement),
        data=_results(report, entry.receipt, entry.context, tier, page, instead=replacement, **figures),
    )


def _key_of(row: Row) -> _FigureKey:
    return row.unit, row.case if isinstance(row, InspectionRow) else None


def _figures(entries: Iterable[LedgerEntry]) -> dict[_FigureKey, tuple[LedgerEntry, Row]]:
    """The last figure of each unit, or of each unit and case, with its entry.

    Cases are in the same ledger as other figures; each case replaces only itself.
    """
    return {_key_of(row): (entry, row) for entry in entries for row in _rows(entry.report)}


def _last_received(history: Iterable[LedgerEntry]) -> dict[_FigureKey, datetime]:
    """When each figure was last received, withdrawn reports included: its replacement counts from then on."""
    return {_key_of(row): entry.receipt.received_at for entry in history for row in _rows(entry.report)}


def _rows(report: Report | None) -> tuple[Row, ...]:
    return rows_of(report) if report is not None else ()
