"""What is wrong with a report: every problem with its place, what was expected and whose rule it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from services.intake.context import NO_EXTENSION, GrantedExtension, IntakeContext
from services.intake.reports.problems import date_in_future, rule_of, tier_not_reported
from services.intake.reports.readable import PlacedRow, ReadableReport
from services.intake.reports.row_validation import row_problems
from shared.contracts.intake import InspectionReport, Report
from shared.contracts.model import Kind, local
from shared.contracts.obligations import Obligation
from shared.contracts.periods import parse_period
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem
from shared.plans.authority import (
    accepts_kind,
    accepts_tier,
    counted_to,
    due_periods,
    interim_end,
    is_reporter,
    reporters,
)
from shared.plans.deadlines import is_timely
from shared.wording.formats import INFERRED_AS_OF, cac_ky, ky, ky_va_ma, ngay
from shared.wording.plan_names import content_name, content_of
from shared.wording.unit_names import full_name

_KINDS = {
    Kind.SCORE: "bảng điểm",
    Kind.TASKS: "kết quả thực hiện nhiệm vụ",
    Kind.DISCIPLINE: "kết quả chấp hành kỷ luật, kỷ cương",
    Kind.ATTENDANCE: "kết quả tham dự họp",
    Kind.LISTED: "danh sách đơn vị",
    Kind.INSPECTION: "vụ việc thanh tra, kiểm tra, khiếu nại, tố cáo",
    Kind.DOCUMENT: "văn bản",
}


def problems_of(
    report: Report,
    agency: str,
    context: IntakeContext | None,
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
    *,
    returned: bool = False,
    rows: Sequence[PlacedRow] | None = None,
) -> Iterator[Problem]:
    """Every problem of a report; ``context`` is None if there is no plan of its movement.

    ``returned``: the standing office returned a report and waits for a better one, which no lock excludes. ``rows`` are
    those of a report that could be read in part.
    """
    plan = context.plan if context else None
    if context is None or plan is None or plan.movement is None:
        yield Problem(
            code="unknown_movement",
            pointer="/movement",
            value=report.movement,
            expected="cần mã của phong trào đã có kế hoạch",
            rule="intake.plans.v1",
            detail=f"Không có kế hoạch nào cho phong trào “{report.movement}”.",
        )
        return
    obligation, today = plan.obligation.get(report.obligation), local(now).date()
    if (
        obligation is None
        or obligation.kind is None
        or not is_reporter(plan, obligation, context.register, agency, today)
    ):
        yield _not_responsible(report.obligation, obligation, agency, context, today)
        return
    rule = rule_of(plan, obligation)
    if not accepts_kind(obligation, report.kind):
        yield Problem(
            code="wrong_kind",
            pointer="/kind",
            value=report.kind.value,
            expected=f"cần loại báo cáo {obligation.kind.value}",
            rule=rule,
            detail=f"Báo cáo {content_name(obligation)} phải là {_KINDS[obligation.kind]}.",
        )
        return
    periods = [due.period for due in due_periods(plan, obligation)]
    if report.period not in periods:
        yield Problem(
            code="wrong_period",
            pointer="/period",
            value=report.period,
            expected=f"cần kỳ {', '.join(periods)}",
            rule=rule,
            detail=f"Kỳ báo cáo phải là {cac_ky(periods)}; báo cáo ghi {ky_va_ma(report.period)}.",
        )
    elif not returned and not isinstance(report, InspectionReport):
        yield from lock_problems(obligation, report.period, plan, granted_extension, now)
    yield from _as_of_problems(report, plan, obligation, now)
    if report.date is not None and report.date > today:
        yield date_in_future("/date", report.date, "Ngày của văn bản", rule)
    for position, tier in enumerate(report.complete_tiers):
        if not accepts_tier(plan, obligation, tier):
            yield tier_not_reported(f"/complete_tiers/{position}", tier.value, tier, obligation, rule)
    yield from row_problems(report, obligation, agency, context, now, rows)


def further_problems(
    readable: ReadableReport,
    agency: str,
    context: IntakeContext | None,
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
    *,
    returned: bool = False,
) -> Iterator[Problem]:
    """The problems of what could be read of a body, besides those of its form; see ``problems_of``."""
    every_problem = problems_of(
        readable.report, agency, context, now, granted_extension, returned=returned, rows=readable.rows
    )
    registered = context.register.by_code if context and "/as_of" in readable.unreadable else {}
    for problem in every_problem:
        # A placeholder is no news, and which units existed is not known without the day.
        depends_on_day = problem.code == "unknown_unit" and problem.value in registered
        if problem.pointer not in readable.unreadable and not depends_on_day:
            yield problem


def lock_problems(
    obligation: Obligation, period: str, plan: Plan, granted_extension: GrantedExtension, now: datetime
) -> Iterator[Problem]:
    """A problem if the obligation is locked for the period. Without a lock, a late report is accepted as late."""
    last_day = granted_extension.open_last_day(obligation.last_day(period, plan.choices.due_day))
    if last_day is None or obligation.locks_after is None:
        return
    closes = last_day + timedelta(days=obligation.locks_after)
    if not is_timely(now, closes):
        yield Problem(
            code="locked",
            pointer="/period",
            value=period,
            expected=f"cần gửi trước khi hết ngày {ngay(closes)}",
            rule=rule_of(plan, obligation),
            detail=f"Đã khóa sổ {content_name(obligation)} từ hết ngày {ngay(closes)}; muốn gửi nữa, hãy xin gia hạn.",
        )


def _not_responsible(
    obligation_id: str, obligation: Obligation | None, agency: str, context: IntakeContext, today: date
) -> Problem:
    """The agency does not report the obligation today; names those that do: after a merger, the successor."""
    register = context.register
    responsible = reporters(context.plan, obligation, register, today) if obligation and obligation.kind else ()
    names = [full_name(register, code) for code in responsible[:3]]
    content = content_of(context.plan, obligation_id)
    return Problem(
        code="not_responsible",
        pointer="/obligation",
        value=obligation_id,
        expected=f"cần cơ quan được giao: {', '.join(responsible[:3])}"
        if responsible
        else "cần nội dung có trong kế hoạch",
        rule=rule_of(context.plan, obligation),
        detail=f"Cơ quan “{full_name(register, agency)}” không được giao báo cáo {content}."
        + (f" Cơ quan được giao: {'; '.join(names)}{' …' if len(responsible) > 3 else ''}." if names else ""),
    )


def _end_of_period(report: Report, plan: Plan, obligation: Obligation) -> date | None:
    """The last day of a report's interim period. None for a school year, of which the sources state no days."""
    ended = interim_end(plan, obligation, report.period)
    return None if ended is None or parse_period(report.period).kind == "school_year" else ended


def _as_of_problems(report: Report, plan: Plan, obligation: Obligation, now: datetime) -> Iterator[Problem]:
    rule, cut_off = rule_of(plan, obligation), counted_to(plan, obligation)
    if report.as_of is None:
        is_required = obligation.as_of is not None and not isinstance(report, InspectionReport)
        if is_required and obligation.as_of is not None and not obligation.as_of_inferred:
            yield Problem(
                code="as_of_missing",
                pointer="/as_of",
                value=None,
                expected=f"cần ngày chốt số liệu {ngay(obligation.as_of)}",
                rule=rule,
                detail=f"Thiếu ngày chốt số liệu; kế hoạch quy định tính đến ngày {ngay(obligation.as_of)}.",
            )
        return
    assert plan.movement is not None
    whose = f"phong trào ({INFERRED_AS_OF})" if obligation.infers_as_of else "kế hoạch"
    if report.as_of < (first := plan.movement.period.first):
        yield Problem(
            code="as_of_before_period",
            pointer="/as_of",
            value=report.as_of.isoformat(),
            expected=f"cần ngày từ {ngay(first)} trở đi",
            rule=rule,
            detail=f"Số liệu tính đến ngày {ngay(report.as_of)}, trước khi phong trào bắt đầu ({ngay(first)}).",
        )
    last = cut_off or _end_of_period(report, plan, obligation)
    if last is not None and report.as_of > last and not isinstance(report, InspectionReport):
        after = f"ngày chốt {ngay(last)} của {whose}" if cut_off else f"ngày cuối của kỳ {ky(report.period)}"
        yield Problem(
            code="as_of_after_cut_off",
            pointer="/as_of",
            value=report.as_of.isoformat(),
            expected=f"cần ngày không sau {ngay(last)}",
            rule=rule,
            detail=f"Số liệu tính đến ngày {ngay(report.as_of)}, sau {after}.",
        )
    if report.as_of > local(now).date():
        yield Problem(
            code="as_of_in_future",
            pointer="/as_of",
            value=report.as_of.isoformat(),
            expected="cần ngày đã đến",
            rule=rule,
            detail=f"Ngày chốt số liệu {ngay(report.as_of)} chưa đến.",
        )
