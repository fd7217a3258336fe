"""What is wrong with a report: every problem with its place, what was expected and whose rule it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from services.intake.context import NO_EXTENSION, GrantedExtension, IntakeContext
from shared.contracts.awards import RankedField
from shared.contracts.intake import DocumentReport, InspectionReport, Report, ScoreReport, rows_of
from shared.contracts.model import Kind, Tier, local
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem
from shared.contracts.rows import InspectionRow, ScoreRow
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import accepts_kind, accepts_tier, concerns, counted_to, is_reporter, reporters
from shared.plans.deadlines import is_timely
from shared.wording.formats import ngay, so
from shared.wording.plan_problems import TIERS

_KINDS = {
    Kind.SCORE: "bảng điểm",
    Kind.TASKS: "kết quả thực hiện nhiệm vụ",
    Kind.DISCIPLINE: "kết quả chấp hành kỷ luật, kỷ cương",
    Kind.ATTENDANCE: "kết quả tham dự họp",
    Kind.LISTED: "danh sách đơn vị",
    Kind.INSPECTION: "vụ việc thanh tra, kiểm tra, khiếu nại, tố cáo",
    Kind.DOCUMENT: "văn bản",
}


def day_of(report: Report, plan: Plan, now: datetime) -> date:
    """The local day the report speaks of: its own as-of, or the movement's; the day it comes, where neither is."""
    assert plan.movement is not None
    return report.as_of or plan.movement.as_of or local(now).date()


def problems_of(
    report: Report,
    agency: str,
    context: IntakeContext | None,
    now: datetime,
    granted_extension: GrantedExtension = NO_EXTENSION,
    *,
    returned: bool = False,
) -> Iterator[Problem]:
    """Everything wrong with a report; ``context`` is None where no plan of its movement is in force.

    ``returned``: the standing office waits for a better one, so no lock keeps it out.
    """
    plan = context.plan if context else None
    if context is None or plan is None or plan.movement is None:
        yield Problem(
            code="unknown_movement",
            pointer="/movement",
            value=report.movement,
            expected="a movement whose plan is in force",
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
    rule = _rule(plan, obligation)
    if not accepts_kind(obligation, report.kind):
        yield Problem(
            code="wrong_kind",
            pointer="/kind",
            value=report.kind.value,
            expected=obligation.kind.value,
            rule=rule,
            detail=f"Nội dung {obligation.id} phải là {_KINDS[obligation.kind]}.",
        )
        return
    periods = [due.period for due in obligation.dues()] or [str(plan.movement.period.first.year)]
    if report.period not in periods:
        yield Problem(
            code="wrong_period",
            pointer="/period",
            value=report.period,
            expected=", ".join(periods),
            rule=rule,
            detail=f"Kỳ báo cáo phải là {' hoặc '.join(periods)}.",
        )
    elif not returned and not isinstance(report, InspectionReport):
        yield from locked(obligation, report.period, plan, granted_extension, now)
    yield from _as_of_problems(report, plan, obligation, now)
    for position, tier in enumerate(report.complete_tiers):
        if not accepts_tier(plan, obligation, tier):
            yield _tier_problem(f"/complete_tiers/{position}", tier.value, tier, obligation, rule)
    yield from _row_problems(report, obligation, agency, context, now)


def locked(
    obligation: Obligation, period: str, plan: Plan, granted_extension: GrantedExtension, now: datetime
) -> Iterator[Problem]:
    """That nothing is taken any more. Being late is another thing: without a lock what is late is taken and marked."""
    last_day = granted_extension.open_to(obligation.last_day(period, plan.choices.due_day))
    if last_day is None or obligation.locks_after is None:
        return
    closes = last_day + timedelta(days=obligation.locks_after)
    if not is_timely(now, closes):
        yield Problem(
            code="locked",
            pointer="/period",
            value=period,
            expected=f"by {closes.isoformat()}",
            rule=_rule(plan, obligation),
            detail=f"Nội dung {obligation.id} đã khóa sổ hết ngày {ngay(closes)}; muốn gửi nữa, hãy xin gia hạn.",
        )


def _not_responsible(
    asked: str, obligation: Obligation | None, agency: str, context: IntakeContext, today: date
) -> Problem:
    """Who reports instead, on this day: after a merger it is the successor."""
    register = context.register
    owed_by = reporters(context.plan, obligation, register, today) if obligation and obligation.kind else ()
    named = [register.name_of(code) for code in owed_by[:3]]
    return Problem(
        code="not_responsible",
        pointer="/obligation",
        value=asked,
        expected=f"reported by {', '.join(owed_by[:3])}" if owed_by else "an obligation of the plan",
        rule=_rule(context.plan, obligation),
        detail=f"Cơ quan “{register.name_of(agency)}” không được giao báo cáo nội dung {asked}."
        + (f" Cơ quan được giao: {', '.join(named)}{' …' if len(owed_by) > 3 else ''}." if named else ""),
    )


def _as_of_problems(report: Report, plan: Plan, obligation: Obligation, now: datetime) -> Iterator[Problem]:
    rule, cut_off = _rule(plan, obligation), counted_to(plan, obligation)
    if report.as_of is None:
        owed = obligation.as_of is not None and not isinstance(report, InspectionReport)
        if owed and obligation.as_of is not None and not obligation.as_of_inferred:
            yield Problem(
                code="as_of_missing",
                pointer="/as_of",
                value=None,
                expected=obligation.as_of.isoformat(),
                rule=rule,
                detail=f"Thiếu ngày chốt số liệu; kế hoạch quy định tính đến ngày {ngay(obligation.as_of)}.",
            )
        return
    if cut_off is not None and report.as_of > cut_off and not isinstance(report, InspectionReport):
        yield Problem(
            code="as_of_after_cut_off",
            pointer="/as_of",
            value=report.as_of.isoformat(),
            expected=f"on or before {cut_off.isoformat()}",
            rule=rule,
            detail=f"Số liệu tính đến ngày {ngay(report.as_of)}, sau ngày chốt {ngay(cut_off)} của kế hoạch.",
        )
    if report.as_of > local(now).date():
        yield Problem(
            code="as_of_in_future",
            pointer="/as_of",
            value=report.as_of.isoformat(),
            expected="a day that has come",
            rule=rule,
            detail=f"Ngày chốt số liệu {ngay(report.as_of)} chưa đến.",
        )


def _row_problems(
    report: Report, obligation: Obligation, agency: str, context: IntakeContext, now: datetime
) -> Iterator[Problem]:
    day, rule = day_of(report, context.plan, now), _rule(context.plan, obligation)
    if isinstance(report, DocumentReport) and report.document.issued > local(now).date():
        yield _in_future("/document/issued", report.document.issued, "Ngày ban hành văn bản", rule)
    if not _passes_fast_check(report, obligation, agency, context, day):
        yield from _problems_row_by_row(report, obligation, agency, context, now)


def _problems_row_by_row(
    report: Report, obligation: Obligation, agency: str, context: IntakeContext, now: datetime
) -> Iterator[Problem]:
    register, day, rule = context.register, day_of(report, context.plan, now), _rule(context.plan, obligation)
    seen: set[tuple[str, str]] = set()
    about: dict[tuple[Tier, str | None], bool] = {}
    by_code, field = register.by_code, context.plan.field[obligation.field] if obligation.field else None
    smallest = Decimal(1).scaleb(-field.decimals) if field else Decimal(1)
    for position, row in enumerate(rows_of(report)):
        unit = by_code.get(row.unit)
        line = (row.unit, row.case if isinstance(row, InspectionRow) else "")
        if line in seen:
            yield Problem(
                code="unit_twice",
                pointer=f"/rows/{position}/unit",
                value=row.unit,
                expected="each unit once",
                rule=rule,
                detail=f"Đơn vị “{register.name_of(row.unit)}” có hai dòng trong một báo cáo.",
            )
        seen.add(line)
        if unit is None or not unit.exists_on(day):
            yield Problem(
                code="unknown_unit",
                pointer=f"/rows/{position}/unit",
                value=row.unit,
                expected=f"a unit that exists on {day.isoformat()}",
                rule="intake.units.v1",
                detail=_no_unit(row.unit, unit, register, day),
            )
        else:
            kin = (unit.tier, unit.parent)
            if kin not in about:
                about[kin] = concerns(context.plan, obligation, agency, unit)
            if not about[kin]:
                yield _tier_problem(f"/rows/{position}/unit", row.unit, unit.tier, obligation, rule, unit.name)
        if isinstance(row, InspectionRow):
            for name, said in (("opened", row.opened), ("closed", row.closed)):
                if said is not None and said > local(now).date():
                    yield _in_future(f"/rows/{position}/{name}", said, "Ngày mở hoặc khép lại vụ việc", rule)
        elif (
            isinstance(row, ScoreRow)
            and field is not None
            and (row.score > field.scale or row.score != row.score.quantize(smallest))
        ):
            yield from _score_problems(position, row, context.plan, field)


def _passes_fast_check(report: Report, obligation: Obligation, agency: str, context: IntakeContext, day: date) -> bool:
    """Whether one glance shows that all rows are right, as most reports are; what it leaves is gone over row by row."""
    if isinstance(report, InspectionReport):
        return False
    plan, rows = context.plan, rows_of(report)
    units = {row.unit for row in rows}
    asked = ("concerned", obligation.id, day, agency if obligation.under_reporter else "")
    concerned = context.units(
        asked,
        lambda: (
            unit.code
            for unit in context.register.units
            if unit.exists_on(day) and concerns(plan, obligation, agency, unit)
        ),
    )
    if len(units) != len(rows) or not units <= concerned:
        return False
    if not isinstance(report, ScoreReport) or obligation.field is None:
        return True
    field = plan.field[obligation.field]
    smallest = Decimal(1).scaleb(-field.decimals)
    scores = [row.score for row in report.rows]
    return max(scores) <= field.scale and all(score == score.quantize(smallest) for score in scores)


def _no_unit(code: str, unit: Unit | None, register: UnitRegister, day: date) -> str:
    """That a unit does not exist on a day, and which units were made from it."""
    if unit is None:
        return f"Không có đơn vị mang mã “{code}” vào ngày {ngay(day)}."
    made = ", ".join(map(register.name_of, register.successors(code)))
    return f"{unit.name} không tồn tại vào ngày {ngay(day)}" + (f"; đã sáp nhập vào {made}." if made else ".")


def _in_future(pointer: str, day: date, what: str, rule: str) -> Problem:
    return Problem(
        code="date_in_future",
        pointer=pointer,
        value=day.isoformat(),
        expected="a day that has come",
        rule=rule,
        detail=f"{what} {ngay(day)} chưa đến.",
    )


def _score_problems(position: int, row: ScoreRow, plan: Plan, field: RankedField) -> Iterator[Problem]:
    pointer = f"/rows/{position}/score"
    if row.score > field.scale:
        yield Problem(
            code="score_above_scale",
            pointer=pointer,
            value=str(row.score),
            expected=f"0 to {field.scale}",
            rule=f"{_rule(plan, None)}, {field.cite}",
            detail=f"Điểm {so(row.score)} vượt thang điểm {so(field.scale)} của lĩnh vực {field.name}.",
        )
    if row.score != row.score.quantize(Decimal(1).scaleb(-field.decimals)):
        yield Problem(
            code="too_many_decimals",
            pointer=pointer,
            value=str(row.score),
            expected=f"at most {field.decimals} decimals",
            rule=f"{_rule(plan, None)}, {field.cite}",
            detail=f"Điểm {so(row.score)} có quá {field.decimals} chữ số thập phân.",
        )


def _tier_problem(
    pointer: str, value: str, tier: Tier, obligation: Obligation, rule: str, name: str | None = None
) -> Problem:
    return Problem(
        code="tier_not_reported",
        pointer=pointer,
        value=value,
        expected=f"units of {', '.join(t.value for t in obligation.tiers)}",
        rule=rule,
        detail=f"{name or TIERS[tier]} không thuộc đối tượng của nội dung {obligation.id}.",
    )


def _rule(plan: Plan, obligation: Obligation | None) -> str:
    number = plan.source.number or plan.source.title
    return f"{number}, {obligation.cite}" if obligation else number
