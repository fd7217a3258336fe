"""What an agency owes under a plan, by when, and what is missing still. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from services.intake.context import NO_EXTENSION, GrantedExtension, IntakeContext, Ledger, ledger_key
from shared.contracts.model import Code, Id, Kind, ReportId, StrictModel, Text, local
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Receipt, ReportWithdrawal
from shared.plans.authority import account_of, counted_to, expected_units, is_reporter
from shared.plans.deadlines import due_instant
from shared.wording.formats import can_cu, gio_ngay, ngay

MOST_UNITS = 50
"""Units named as missing; all of them are counted."""

Status = Literal["not_sent", "partial", "returned", "complete_in_time", "complete_late", "overdue"]

STATUSES: Mapping[Status, str] = {
    "not_sent": "chưa gửi",
    "partial": "đã gửi một phần",
    "returned": "bị trả lại, chờ gửi lại",
    "complete_in_time": "đã đủ đúng hạn",
    "complete_late": "đã đủ quá hạn",
    "overdue": "quá hạn",
}


class DueReport(NamedTuple):
    """One obligation an agency owes for one period; ``last_day`` is None where the source gives no date.

    ``account`` is the role that owes it, whoever holds it, or the agency itself.
    """

    obligation: Obligation
    period: str
    last_day: date | None
    account: str


class VersionSent(StrictModel):
    """A version that was accepted. ``reported_by`` is another agency where the role has moved since.

    ``taken_back`` says who took it back and why, where somebody has; the taking back is no version to be shown.
    """

    version: int
    receipt: str
    report: ReportId
    reported_by: Code
    reported_by_name: str
    received_at: AwareDatetime
    timely: bool | None
    final: bool | None
    taken_back: ReportWithdrawal | None


class UnitMissing(StrictModel):
    """A unit no final version has a figure for yet."""

    code: Code
    name: str


class DueReportView(StrictModel):
    """An obligation as the agency that owes it sees it.

    ``last_day`` is the last permitted local day of the plan, ``extended_to`` the one the standing office granted;
    ``due_at`` the first instant that is late, with the province's offset (exclusive, A1); ``by_when`` says it in
    words. From ``locked_at`` on nothing is taken; where it is None, what is late is taken and marked. ``optional``
    ones are owed by nobody and may be fulfilled.
    ``missing`` names ``MOST_UNITS`` units at most, ``missing_count`` counts all.
    """

    movement: Code
    movement_name: str
    obligation: Id
    period: str
    what: Text
    kind: Kind
    field: Code | None
    account: Code
    as_of: date | None
    last_day: date | None
    extended_to: date | None
    due_at: AwareDatetime | None
    locked_at: AwareDatetime | None
    by_when: str
    recipients: tuple[str, ...]
    rule: str
    note: str | None
    optional: bool
    status: Status
    status_name: str
    versions: tuple[VersionSent, ...]
    missing: tuple[UnitMissing, ...]
    missing_count: int


def ledger_of(context: IntakeContext, due_report: DueReport) -> str:
    """The ledger in which a debt's versions are counted; the same as ``rules.ledger_id`` of a report of it."""
    assert context.plan.movement is not None
    movement = context.plan.movement.id
    return ledger_key(context.plan.province, movement, due_report.obligation.id, due_report.account, due_report.period)


def due_reports(context: IntakeContext, agency: str, now: datetime) -> list[DueReport]:
    """Everything an agency owes at an instant, what is due first first, what has no date last.

    As of the role: after a merger the successor owes, also for what its predecessor left open.
    """
    plan, today = context.plan, local(now).date()
    if plan.movement is None:
        return []
    undated = [(str(plan.movement.period.first.year), None)]
    owed = [
        DueReport(o, period, last_day, account_of(o, agency))
        for o in plan.obligations
        if o.kind and is_reporter(plan, o, context.register, agency, today)
        for period, last_day in list(o.dues(plan.choices.due_day)) or undated
    ]
    return sorted(owed, key=lambda due_report: (due_report.last_day is None, due_report.last_day or today))


def owed(
    context: IntakeContext,
    agency: str,
    due_report: DueReport,
    ledger: Ledger,
    versions: Sequence[Receipt],
    documents: Mapping[str, str],
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
) -> DueReportView:
    """How a debt stands. ``versions`` are the receipts in its ledger, ``documents`` the sources' numbers by key."""
    plan, register, obligation = context.plan, context.register, due_report.obligation
    assert plan.movement is not None
    assert obligation.kind is not None
    cut_off = counted_to(plan, obligation)
    expected = expected_units(plan, obligation, register, cut_off or plan.movement.as_of or local(now).date(), agency)
    lacking = [unit for unit in register.units if unit.code in expected - ledger.covered]
    status = _status(context, due_report, ledger, versions, now, granted_extension)
    stays = obligation.locks_after
    due, waited_for = (
        granted_extension.timely_last_day(due_report.last_day),
        granted_extension.open_last_day(due_report.last_day),
    )
    return DueReportView(
        movement=plan.movement.id,
        movement_name=plan.movement.name,
        obligation=obligation.id,
        period=due_report.period,
        what=obligation.what,
        kind=obligation.kind,
        field=obligation.field,
        account=due_report.account,
        as_of=cut_off,
        last_day=due_report.last_day,
        extended_to=granted_extension.until,
        due_at=due_instant(due) if due else None,
        locked_at=due_instant(waited_for + timedelta(days=stays)) if waited_for and stays is not None else None,
        by_when=_by_when(due_report.last_day, granted_extension),
        recipients=obligation.recipients,
        rule=can_cu(obligation.cite, documents),
        note=obligation.note,
        optional=obligation.optional,
        status=status,
        status_name=STATUSES[status],
        versions=tuple(_sent(versions, context)),
        missing=tuple(UnitMissing(code=unit.code, name=unit.name) for unit in lacking[:MOST_UNITS]),
        missing_count=len(lacking),
    )


def _status(
    context: IntakeContext,
    due_report: DueReport,
    ledger: Ledger,
    versions: Sequence[Receipt],
    now: datetime,
    granted_extension: GrantedExtension,
) -> Status:
    if ledger.complete_at is not None:
        return "complete_late" if ledger.complete_timely is False else "complete_in_time"
    plan, last_day = context.plan, granted_extension.open_last_day(due_report.last_day)
    if versions and (last := versions[-1].takes_back) is not None and last.by == "standing_office":
        return "returned"
    if last_day is not None and now >= due_instant(last_day):
        historical = plan.choices.past_windows == "historical" and last_day < plan.source.issued  # A24
        if not historical:
            return "overdue"
    # A case opened or closed has no due instant, and is no part of the figures that are owed.
    gone = {receipt.takes_back.receipt for receipt in versions if receipt.takes_back}
    left = [receipt for receipt in versions if receipt.id not in gone and receipt.timely is not None]
    return "partial" if left else "not_sent"


def _by_when(last_day: date | None, granted_extension: GrantedExtension) -> str:
    if last_day is None:
        return "Kế hoạch không nêu hạn gửi"
    text = f"Chậm nhất hết ngày {ngay(last_day)} (trước {gio_ngay(due_instant(last_day))})"
    if granted_extension.until is None:
        return text
    late = "" if granted_extension.in_time == granted_extension.until else ", báo cáo vẫn tính là quá hạn"
    return f"{text}; được gia hạn đến hết ngày {ngay(granted_extension.until)}{late}"


def _sent(versions: Sequence[Receipt], context: IntakeContext) -> Iterator[VersionSent]:
    taken_back = {receipt.takes_back.receipt: receipt.takes_back for receipt in versions if receipt.takes_back}
    for receipt in versions:
        if receipt.takes_back is not None:
            continue
        assert receipt.version is not None
        yield VersionSent(
            version=receipt.version,
            receipt=receipt.id,
            report=receipt.report,
            reported_by=receipt.reported_by,
            reported_by_name=context.register.name_of(receipt.reported_by),
            received_at=receipt.received_at,
            timely=receipt.timely,
            final=receipt.final,
            taken_back=taken_back.get(receipt.id),
        )
