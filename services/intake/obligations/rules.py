"""The due reports of an agency under a plan: by when, their status, and which units are missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import AwareDatetime

from services.intake.context import NO_EXTENSION, GrantedExtension, IntakeContext, Ledger, ledger_key
from shared.contracts.model import Code, Id, Kind, ReportId, StrictModel, Text, local
from shared.contracts.obligations import Obligation
from shared.contracts.receipts import Receipt, ReportWithdrawal
from shared.plans.authority import account_of, counted_to, due_periods, expected_units, interim_end, is_reporter
from shared.plans.deadlines import due_instant
from shared.plans.expected import expected_list
from shared.wording.citations import Documents, can_cu
from shared.wording.formats import INFERRED_AS_OF, gia_han, ky, thoi_han
from shared.wording.unit_names import full_name, short_name

MAX_UNITS = 50
"""The maximum number of missing units that are listed; the count includes all of them."""

Status = Literal["not_sent", "partial", "returned", "complete_in_time", "complete_late", "overdue"]

STATUSES: Mapping[Status, str] = {
    "not_sent": "chưa gửi",
    "partial": "đã gửi một phần",
    "returned": "được đề nghị bổ sung, hoàn thiện",
    "complete_in_time": "đã đủ đúng hạn",
    "complete_late": "đã đủ quá hạn",
    "overdue": "quá hạn",
}


class DueReport(NamedTuple):
    """One report that an agency must submit: an obligation for one period.

    ``last_day`` is the plan's last permitted local day; None if the source gives no date. ``account`` is the role that
    the report belongs to, or the agency itself. ``inherited`` are the accounts of dissolved units whose duty passed to
    an agency that has none of its own.
    """

    obligation: Obligation
    period: str
    last_day: date | None
    account: str
    inherited: tuple[str, ...] = ()


class AcceptedVersion(StrictModel):
    """An accepted version of a report. ``received_at`` is UTC.

    ``reported_by`` is another agency if the role has moved since. ``taken_back`` is the withdrawal of this version, if
    any; withdrawals are not listed as versions of their own.
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


class MissingUnit(StrictModel):
    """A unit for which no final version has a figure yet."""

    code: Code
    name: str


class DueReportView(StrictModel):
    """A due report as its agency sees it.

    ``as_of_note`` says if the source does not state the as-of day (A3). ``last_day`` is the plan's last permitted local
    day, ``extended_to`` the one the standing office granted;
    ``due_at`` is the first instant that is late, with the province's offset (exclusive, A1); ``by_when`` is its text.
    From ``locked_at`` on, reports are refused; if it is None, late reports are accepted and marked as late. Obligations
    that are ``optional`` bind no agency. ``missing`` lists at most ``MAX_UNITS`` units; ``missing_count`` counts all.
    """

    movement: Code
    movement_name: str
    obligation: Id
    period: str
    period_name: str
    what: Text
    kind: Kind
    field: Code | None
    account: Code
    as_of: date | None
    as_of_note: str | None
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
    versions: tuple[AcceptedVersion, ...]
    missing: tuple[MissingUnit, ...]
    missing_count: int


def ledger_of(context: IntakeContext, due_report: DueReport) -> str:
    """The ledger that counts a due report's versions; equal to ``reports.rules.ledger_id`` of the report."""
    assert context.plan.movement is not None
    movement = context.plan.movement.id
    return ledger_key(context.plan.province, movement, due_report.obligation.id, due_report.account, due_report.period)


def inherited_ledgers(context: IntakeContext, due_report: DueReport) -> list[str]:
    """The ledgers of the accounts that a due report passed to the agency from."""
    return [ledger_of(context, due_report._replace(account=account)) for account in due_report.inherited]


def is_answered(inherited: Sequence[Ledger]) -> bool:
    """Whether all predecessors had reported completely, so that their successor need not report."""
    return bool(inherited) and all(ledger.complete_at is not None for ledger in inherited)


def due_reports(context: IntakeContext, agency: str, now: datetime) -> list[DueReport]:
    """An agency's due reports at an aware instant, the earliest last day first, those without a date last.

    They are the rows of the expected list of which the agency is reminded today, and the optional obligations it may
    fulfil. After a merger, the successor must also submit what its predecessor left open, but each report only once.
    """
    plan, today = context.plan, local(now).date()
    if plan.movement is None:
        return []
    accounts: dict[tuple[str | None, str | None], tuple[str, ...]] = {}
    for row in expected_list(plan, context.register, today):
        if row.by_report and row.account is not None and row.reminded == agency:
            of_report = row.obligation, row.period
            accounts[of_report] = (*accounts.get(of_report, ()), row.account)
    reports: list[DueReport] = []
    for obligation in plan.obligations:
        own = account_of(obligation, agency)
        is_open_to_it = _is_optional_for(context, obligation, agency, today)
        for period, last_day in due_periods(plan, obligation):
            listed = accounts.get((obligation.id, period), ())
            if listed or is_open_to_it:
                inherited = () if own in listed else listed
                reports.append(DueReport(obligation, period, last_day, own, inherited))
    return sorted(reports, key=lambda report: (report.last_day is None, report.last_day or today))


def _is_optional_for(context: IntakeContext, obligation: Obligation, agency: str, today: date) -> bool:
    """Whether an agency may report an obligation that binds nobody."""
    may_be_reported = obligation.optional and obligation.kind is not None
    return may_be_reported and is_reporter(context.plan, obligation, context.register, agency, today)


def view(
    context: IntakeContext,
    agency: str,
    due_report: DueReport,
    ledger: Ledger,
    receipts: Sequence[Receipt],
    documents: Documents,
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
) -> DueReportView:
    """The state of a due report. ``receipts`` are those of its ledger, ``documents`` the source documents by key."""
    plan, register, obligation = context.plan, context.register, due_report.obligation
    assert plan.movement is not None
    assert obligation.kind is not None
    cut_off = counted_to(plan, obligation)
    counted = cut_off or interim_end(plan, obligation, due_report.period) or plan.movement.as_of or local(now).date()
    expected = expected_units(plan, obligation, register, counted, agency)
    missing = [unit for unit in register.units if unit.code in expected - ledger.covered]
    status = _status(context, due_report, ledger, receipts, now, granted_extension)
    locks_after = obligation.locks_after
    timely_until = granted_extension.timely_last_day(due_report.last_day)
    open_until = granted_extension.open_last_day(due_report.last_day)
    return DueReportView(
        movement=plan.movement.id,
        movement_name=plan.movement.name,
        obligation=obligation.id,
        period=due_report.period,
        period_name=ky(due_report.period),
        what=obligation.what,
        kind=obligation.kind,
        field=obligation.field,
        account=due_report.account,
        as_of=cut_off,
        as_of_note=f"{INFERRED_AS_OF.capitalize()}." if cut_off and obligation.infers_as_of else None,
        last_day=due_report.last_day,
        extended_to=granted_extension.until,
        due_at=due_instant(timely_until) if timely_until else None,
        locked_at=(
            due_instant(open_until + timedelta(days=locks_after)) if open_until and locks_after is not None else None
        ),
        by_when=_by_when(due_report.last_day, granted_extension),
        recipients=obligation.recipients,
        rule=can_cu(obligation.cite, documents),
        note=obligation.note,
        optional=obligation.optional,
        status=status,
        status_name=STATUSES[status],
        versions=tuple(_versions(receipts, context)),
        missing=tuple(
            MissingUnit(code=unit.code, name=short_name(register, unit.code)) for unit in missing[:MAX_UNITS]
        ),
        missing_count=len(missing),
    )


def _status(
    context: IntakeContext,
    due_report: DueReport,
    ledger: Ledger,
    receipts: Sequence[Receipt],
    now: datetime,
    granted_extension: GrantedExtension,
) -> Status:
    if ledger.complete_at is not None:
        return "complete_late" if ledger.complete_timely is False else "complete_in_time"
    plan, last_day = context.plan, granted_extension.open_last_day(due_report.last_day)
    if receipts and (last := receipts[-1].takes_back) is not None and last.by == "standing_office":
        return "returned"
    if last_day is not None and now >= due_instant(last_day):
        historical = plan.choices.past_windows == "historical" and last_day < plan.source.issued  # A24
        if not historical:
            return "overdue"
    # Reports of cases have no due instant (timely is None), and are not part of the figures that are due.
    withdrawn = {receipt.takes_back.receipt for receipt in receipts if receipt.takes_back}
    valid = [receipt for receipt in receipts if receipt.id not in withdrawn and receipt.timely is not None]
    return "partial" if valid else "not_sent"


def _by_when(last_day: date | None, granted_extension: GrantedExtension) -> str:
    if last_day is None:
        return "Kế hoạch không nêu thời hạn"
    text = f"Thời hạn: {thoi_han(last_day)}"
    if granted_extension.until is None:
        return text
    late = "" if granted_extension.in_time == granted_extension.until else ", báo cáo vẫn tính là gửi chậm"
    return f"{text}; {gia_han(last_day, granted_extension.until)}{late}"


def _versions(receipts: Sequence[Receipt], context: IntakeContext) -> Iterator[AcceptedVersion]:
    withdrawals = {receipt.takes_back.receipt: receipt.takes_back for receipt in receipts if receipt.takes_back}
    for receipt in receipts:
        if receipt.takes_back is not None:
            continue
        assert receipt.version is not None
        yield AcceptedVersion(
            version=receipt.version,
            receipt=receipt.id,
            report=receipt.report,
            reported_by=receipt.reported_by,
            reported_by_name=full_name(context.register, receipt.reported_by),
            received_at=receipt.received_at,
            timely=receipt.timely,
            final=receipt.final,
            taken_back=withdrawals.get(receipt.id),
        )
