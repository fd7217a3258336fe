"""The check of a report that is not sent: what intake would do with it now. Nothing is stored, nothing is used up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from services.intake.context import NO_EXTENSION, IntakeContext, Ledger
from services.intake.extensions.store import Extensions
from services.intake.reports import rules
from services.intake.reports.earlier_reports import EarlierReports
from services.intake.reports.report_reader import ReportReader, submission
from services.intake.reports.state import AcceptedReport, ParsedReport
from services.intake.reports.store import ReportStore
from services.intake.reports.unchecked import refusal_in_words
from shared.contracts.intake import InspectionReport, Report
from shared.contracts.json_values import JsonObject
from shared.contracts.model import Day, Id, ReportId, StrictModel
from shared.contracts.receipts import Problem, Receipt, ReceiptWarning
from shared.runtime.clock import Clock
from shared.runtime.references import References
from shared.wording.formats import ky, ngay
from shared.wording.plan_names import content_name

_UNSENT = "Kiểm tra, chưa gửi."
_NO_NUMBER = "0"
"""The number under which a body is judged whose paper does not matter; nothing is stored under it."""


class CheckedReport(StrictModel):
    """What would happen to a report if it were sent now. ``detail`` says it in Vietnamese.

    ``outcome``: it would be accepted, it would be returned, or it was sent before, and sending it again would only
    give the receipt ``receipt``. ``version``, ``timely``, ``final``, ``complete`` and ``last_day`` are as a receipt
    would have them; ``missing`` is the number of units without a figure after it. ``complete`` and ``missing`` are None
    for cases, which are not about all units.
    """

    outcome: Literal["accepted", "returned", "repeated"]
    detail: str
    number: ReportId
    date: Day | None
    obligation: Id | None = None
    period: str | None = None
    version: int | None = None
    timely: bool | None = None
    final: bool | None = None
    complete: bool | None = None
    missing: int | None = None
    last_day: Day | None = None
    receipt: str | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[ReceiptWarning, ...] = ()


class DryRun:
    """Decides on reports as ``ReportIntake`` does, and forgets them."""

    def __init__(
        self, reports: ReportStore, extensions: Extensions, references: References, clock: Clock, province: str
    ) -> None:
        self._reports, self._extensions, self._clock = reports, extensions, clock
        self._reader = ReportReader(references, province)
        self._earlier = EarlierReports(reports)

    async def check(
        self, agency: str, key: str | None, body: JsonObject, warnings: Sequence[ReceiptWarning] = ()
    ) -> CheckedReport:
        """What would happen to a report, its text tidied. For the parameters see ``ReportIntake.submit``.

        Raises ``NumberMissing``.
        """
        sent = submission(agency, key, body, "check", answer=False, warnings=warnings)
        earlier = await self._earlier.stored_before([sent], [sent.identity])
        parsed = await self._earlier.receipt_or_report(await self._reader.parse(sent), earlier)
        if isinstance(parsed, Receipt):
            return _sent_before(parsed)
        receipt, ledger = await self._decided(parsed)
        if ledger is None or parsed.context is None or isinstance(parsed.report, Sequence):
            return _returned(receipt)
        return _accepted(receipt, parsed.report, ledger, parsed.context)

    async def problems_of(self, agency: str, body: JsonObject) -> Receipt:
        """The receipt that a body would get as it is, whatever was sent before and whatever its number is."""
        unnumbered = {name: value for name, value in body.items() if name not in ("number", "date")}
        sent = submission(agency, _NO_NUMBER, unnumbered, "check", answer=False)
        receipt, _ = await self._decided(await self._reader.parse(sent))
        return receipt

    async def _decided(self, parsed: ParsedReport) -> tuple[Receipt, Ledger | None]:
        """The receipt a report would get, and the ledger after it if it would be accepted."""
        ledger, extension = Ledger(), NO_EXTENSION
        if parsed.ledger_id is not None:
            ledger = await self._reports.ledger(parsed.ledger_id)
            extension = await self._extensions.granted_extension(parsed.ledger_id)
        decision = rules.decide_parsed(parsed, ledger, self._clock.now(), extension)
        return decision.receipt, decision.ledger if isinstance(decision, AcceptedReport) else None


def _sent_before(receipt: Receipt) -> CheckedReport:
    taken = "đã được tiếp nhận" if receipt.status == "accepted" else "đã không được tiếp nhận"
    detail = f"Báo cáo số “{receipt.report}” với đúng nội dung này {taken} trước đây, giấy tiếp nhận "
    return _view(receipt, "repeated", f"{detail}{receipt.id}; gửi lại không thay đổi gì.", receipt_id=receipt.id)


def _returned(receipt: Receipt) -> CheckedReport:
    named = refusal_in_words([problem.detail for problem in receipt.problems], receipt.warnings)
    return _view(receipt, "returned", f"Nếu gửi lúc này, báo cáo sẽ không được tiếp nhận: {named}")


def _accepted(receipt: Receipt, report: Report, ledger: Ledger, context: IntakeContext) -> CheckedReport:
    missing: int | None = None
    is_complete: bool | None = None
    if not isinstance(report, InspectionReport):  # cases complete nothing, whatever figures the obligation has
        missing, is_complete = rules.units_missing(ledger, report, receipt, context), ledger.complete_at is not None
    obligation = context.plan.obligation[report.obligation]
    notes = [f"là lần {receipt.version} của {content_name(obligation)}, kỳ báo cáo {ky(report.period)}"]
    if receipt.timely is not None:
        notes.append("đúng hạn" if receipt.timely else f"quá hạn (hạn cuối {_day(receipt)})")
    if receipt.final is False:
        notes.append("là số liệu tạm, chưa tính đến ngày chốt")
    if missing:
        notes.append(f"còn thiếu số liệu của {missing} đơn vị")
    elif is_complete and obligation.expected:
        notes.append("đủ các đơn vị phải có")
    warnings = "".join(f" {warning.detail}" for warning in receipt.warnings)
    detail = f"Nếu gửi lúc này, báo cáo được tiếp nhận: {'; '.join(notes)}.{warnings}"
    return _view(receipt, "accepted", detail, complete=is_complete, missing=missing)


def _view(
    receipt: Receipt,
    outcome: Literal["accepted", "returned", "repeated"],
    detail: str,
    *,
    complete: bool | None = None,
    missing: int | None = None,
    receipt_id: str | None = None,
) -> CheckedReport:
    """What a receipt says, without what only a stored one has."""
    return CheckedReport(
        outcome=outcome,
        detail=f"{_UNSENT} {detail}",
        number=receipt.report,
        date=receipt.date,
        obligation=receipt.obligation,
        period=receipt.period,
        version=receipt.version,
        timely=receipt.timely,
        final=receipt.final,
        complete=complete,
        missing=missing,
        last_day=receipt.last_day,
        receipt=receipt_id,
        problems=receipt.problems,
        warnings=receipt.warnings,
    )


def _day(receipt: Receipt) -> str:
    return ngay(receipt.last_day) if receipt.last_day else "không nêu"
