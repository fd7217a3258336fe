"""A report is taken back: by who reported it, or by the standing office, which wants a better one. Pure.

Nothing is erased. The taking back is the next version in the report's ledger, and says of every figure that stood
because of that report what stands now: the one before it, or none. Who hears it late or twice comes to the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from services.intake.context import GrantedExtension, IntakeContext, Ledger, LedgerEntry
from services.intake.reports.rules import counted, declared_by, in_events, results_about
from services.intake.reports.validation import locked
from shared.contracts.ids import derived
from shared.contracts.intake import Replacement, Report, ResultsReported, rows_of
from shared.contracts.model import Tier, local, movement_key
from shared.contracts.receipts import Problem, Receipt, ReportWithdrawal
from shared.contracts.rows import InspectionRow, Row, WithdrawnRow
from shared.plans.authority import account_of, is_reporter, owner_of

_INSTANT = timedelta(microseconds=1)
_Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """Who wants a report taken back, and why: an agency by its code, or the standing office as it came in."""

    by: Literal["agency", "standing_office"]
    who: str
    reason: str


def withdrawal_id(receipt: str) -> str:
    """The id of the receipt by which another is taken back: a report is taken back once."""
    return derived("taken back", receipt)


def forbidden(
    original: Receipt,
    asked: WithdrawalRequest,
    context: IntakeContext,
    granted_extension: GrantedExtension,
    now: datetime,
) -> Problem | None:
    """Why a report may not be taken back; None where it may. Whose report it was, its role's holder takes back."""
    today = local(now).date()
    if original.status != "accepted" or original.takes_back is not None:
        return not_a_report(original)
    obligation = context.plan.obligation.get(original.obligation or "")
    if asked.by == "standing_office" or obligation is None:
        return None
    holds = is_reporter(context.plan, obligation, context.register, asked.who, today)
    if not holds or account_of(obligation, asked.who) != original.account:
        detail = (
            f"Cơ quan “{context.register.name_of(asked.who)}” không còn được giao báo cáo nội dung {obligation.id}."
        )
        return _problem("not_responsible", original, "who owes it today", detail)
    if original.timely is None:  # a case has no due day, and nothing locks
        return None
    return next(locked(obligation, original.period or "", context.plan, granted_extension, now), None)


def not_a_report(original: Receipt) -> Problem:
    """That a receipt is not of a report that counts: it was returned, or is itself a taking back."""
    detail = "Chỉ rút hoặc trả lại được báo cáo đã tiếp nhận."
    return _problem("not_a_report", original, "an accepted report", detail)


def gone_already(by: Receipt) -> Problem:
    """That somebody else has taken a report back before."""
    taken = by.takes_back
    assert taken is not None
    who = "Cơ quan báo cáo đã rút" if taken.by == "agency" else "Cơ quan Thường trực đã trả lại"
    return _problem("taken_back", by, "a report that counts", f"{who} báo cáo này: {taken.reason}")


def withdraw(
    original: Receipt, history: Sequence[LedgerEntry], asked: WithdrawalRequest, context: IntakeContext, now: datetime
) -> tuple[Receipt, Ledger]:
    """The receipt of the taking back and the ledger with it; ``history`` is the report's whole ledger so far."""
    last = history[-1].receipt
    assert last.version is not None
    assert original.version is not None
    now = max(now, last.received_at + _INSTANT)
    ledger = Ledger()
    for each in standing(history, without=original.id):
        assert each.report is not None
        receipt = each.receipt
        ledger = counted(
            ledger,
            each.report,
            receipt.received_at,
            each.context,
            receipt.reported_by,
            final=bool(receipt.final),
            timely=receipt.timely is not False,
        )
    receipt = original.model_copy(
        update={
            "id": withdrawal_id(original.id),
            "reported_by": _spoken_for(original, asked, context, local(now).date()),
            "version": last.version + 1,
            "received_at": now,
            "timely": None,
            "final": None,
            "complete_at": ledger.complete_at,
            "complete_timely": ledger.complete_timely,
            "takes_back": ReportWithdrawal(
                receipt=original.id,
                report=original.report,
                version=original.version,
                by=asked.by,
                who=asked.who,
                reason=asked.reason,
            ),
        }
    )
    return receipt, replace(ledger, version=last.version + 1, last_at=now)


def standing(history: Iterable[LedgerEntry], without: str = "") -> list[LedgerEntry]:
    """The reports of a ledger that nobody took back, first version first; ``without`` the one with that receipt."""
    history = list(history)
    gone = {each.receipt.takes_back.receipt for each in history if each.receipt.takes_back} | {without}
    return [each for each in history if each.report is not None and each.receipt.id not in gone]


def results(receipt: Receipt, history: Sequence[LedgerEntry], source: str) -> list[ResultsReported]:
    """What a taking back says about the figures, as events; ``history`` is the ledger before it.

    Every figure that stood because of the report is said again as it stood before, page by page, with the report it
    came from; where there was none, it is said to be withdrawn. Rendering it again gives the same events.
    """
    taken = receipt.takes_back
    assert taken is not None
    original = next(each for each in history if each.receipt.id == taken.receipt)
    before, after = _figures(standing(history)), _figures(standing(history, without=taken.receipt))
    last_said = _last_said(history)
    pages: dict[tuple[int, datetime, Tier, int], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    versions = {each.receipt.version: each for each in history}
    for key, (version, _) in sorted(before.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        if version is not original:
            continue
        stands, row = after.get(key, (original, None))
        register = stands.context.register
        place = (register.by_code[key[0]].tier, register.page_of[key[0]])
        said = pages[stands.receipt.version or 0, last_said[key], *place]
        said["rows" if row is not None else "withdrawn"].append(row or WithdrawnRow(unit=key[0], case=key[1]))
    events = [
        _event(receipt, versions[version], tier, page, counts_from, source, part, **{word: some})
        for (version, counts_from, tier, page), said in sorted(pages.items())
        for word, rows in said.items()
        for part, some in enumerate(in_events(rows))
    ]
    return [*events, *_declarations(receipt, original, history, source)]


def _declarations(
    receipt: Receipt, original: LedgerEntry, history: Sequence[LedgerEntry], source: str
) -> Iterator[ResultsReported]:
    """Whether the tiers the report declared complete stand declared without it, and by which report."""
    declaring = [each for each in history if each.report is not None]
    for tier in sorted(_declared(original)):
        of_tier = [each for each in declaring if tier in _declared(each)]
        left = [each for each in standing(history, without=original.receipt.id) if tier in _declared(each)]
        counts_from = max(each.receipt.received_at for each in of_tier)
        for page in range(original.context.register.pages(tier)):
            word = {"complete": True} if left else {"undeclared": True}
            yield _event(receipt, left[-1] if left else original, tier, page, counts_from, source, 0, **word)


def _declared(version: LedgerEntry) -> frozenset[Tier]:
    return declared_by(version.report, version.receipt, version.context) if version.report else frozenset()


def _event(
    receipt: Receipt,
    about: LedgerEntry,
    tier: Tier,
    page: int,
    counts_from: datetime,
    source: str,
    part: int,
    **said: Any,
) -> ResultsReported:
    taken, report = receipt.takes_back, about.report
    assert taken is not None
    assert report is not None
    assert receipt.version is not None
    instead = Replacement(
        receipt=receipt.id,
        version=receipt.version,
        by=taken.who,
        at=receipt.received_at,
        reason=taken.reason,
        counts_from=counts_from,
    )
    about_what = (tier, page, about.receipt.id, counts_from.isoformat(), *said, *([part] if part else []))
    return ResultsReported(
        id=derived("instead", receipt.id, *about_what),
        source=source,
        time=receipt.received_at,
        subject=movement_key(about.context.plan.province, report.movement),
        data=results_about(report, about.receipt, about.context, tier, page, instead=instead, **said),
    )


def _key_of(row: Row) -> _Key:
    return row.unit, row.case if isinstance(row, InspectionRow) else None


def _figures(versions: Iterable[LedgerEntry]) -> dict[_Key, tuple[LedgerEntry, Row]]:
    """The figure that stands of every unit and case, and the version it came with: the last one. Cases are kept
    beside the figures of the same ledger, and each replaces only its own.
    """
    return {_key_of(row): (each, row) for each in versions for row in _rows(each.report)}


def _last_said(history: Iterable[LedgerEntry]) -> dict[_Key, datetime]:
    """When each figure was last received in a report, taken back or not: since then what stands in for it counts."""
    return {_key_of(row): each.receipt.received_at for each in history for row in _rows(each.report)}


def _rows(report: Report | None) -> tuple[Row, ...]:
    return rows_of(report) if report is not None else ()


def _spoken_for(original: Receipt, asked: WithdrawalRequest, context: IntakeContext, today: date) -> str:
    """The agency whose matter it is now: who takes it back, or who holds the role the office returns it to."""
    if asked.by == "agency":
        return asked.who
    obligation = context.plan.obligation.get(original.obligation or "")
    owner = owner_of(context.plan, obligation, original.account or "", today) if obligation else None
    return owner or original.reported_by


def _problem(code: str, original: Receipt, expected: str, detail: str) -> Problem:
    return Problem(code=code, pointer="", value=original.id, expected=expected, rule="receipt.issued v1", detail=detail)
