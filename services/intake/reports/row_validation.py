"""What is wrong with the rows of a report: every problem with its place, what was expected and whose rule it is. Pure.

Most reports have no wrong row: ``fast_row_check`` accepts those, and the rest are checked row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from services.intake.context import IntakeContext
from services.intake.reports import fast_row_check
from services.intake.reports.problems import date_in_future, rule_at, rule_of, tier_not_reported
from services.intake.reports.readable import PlacedRow
from shared.contracts.awards import RankedField
from shared.contracts.intake import (
    DocumentReport,
    InspectionReport,
    Report,
    enterprises_of,
    rows_of,
)
from shared.contracts.model import Tier, local
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem
from shared.contracts.rows import InspectionRow, ScoreRow
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import concerns, interim_end
from shared.wording.formats import ngay, so
from shared.wording.unit_names import full_name


def as_of_day(report: Report, plan: Plan, now: datetime) -> date:
    """The local day a report is about: its own as-of, or else the last day of its period if that is an interim one.

    Otherwise it is the movement's as-of day, or else the day on which the report is received.
    """
    assert plan.movement is not None
    if report.as_of is not None:
        return report.as_of
    ended = interim_end(plan, plan.obligation[report.obligation], report.period)
    return ended or plan.movement.as_of or local(now).date()


def row_problems(
    report: Report,
    obligation: Obligation,
    agency: str,
    context: IntakeContext,
    now: datetime,
    placed: Sequence[PlacedRow] | None = None,
) -> Iterator[Problem]:
    """Every problem of a report's rows and of its document's date.

    ``placed`` are the rows of a report that could be read in part.
    """
    day, rule = as_of_day(report, context.plan, now), rule_of(context.plan, obligation)
    if isinstance(report, DocumentReport) and report.document.issued > local(now).date():
        yield date_in_future("/document/issued", report.document.issued, "Ngày ban hành văn bản", rule)
    if placed is not None or not fast_row_check.passes(report, obligation, agency, context, day):
        yield from _problems_row_by_row(report, obligation, agency, context, now, placed)
    yield from _enterprises_given_twice(report, rule)


def _problems_row_by_row(
    report: Report,
    obligation: Obligation,
    agency: str,
    context: IntakeContext,
    now: datetime,
    placed: Sequence[PlacedRow] | None = None,
) -> Iterator[Problem]:
    register, day, rule = context.register, as_of_day(report, context.plan, now), rule_of(context.plan, obligation)
    seen: set[tuple[str, str]] = set()
    reported: dict[tuple[Tier, str | None], bool] = {}
    by_code, field = register.by_code, context.plan.field[obligation.field] if obligation.field else None
    smallest = Decimal(1).scaleb(-field.decimals) if field else Decimal(1)
    if placed is None:
        placed = [PlacedRow(position, row.unit, row) for position, row in enumerate(rows_of(report))]
    for position, code, row in ((entry.position, entry.unit, entry.row) for entry in placed):
        unit = by_code.get(code)
        key = (code, row.case if isinstance(row, InspectionRow) else "")
        if row is None and isinstance(report, InspectionReport):
            key = (code, f"{position} unreadable")  # one unit may have several cases
        if key in seen:
            yield Problem(
                code="unit_twice",
                pointer=f"/rows/{position}/unit",
                value=code,
                expected="cần mỗi đơn vị một dòng",
                rule=rule,
                detail=f"Đơn vị “{full_name(register, code)}” có hai dòng trong một báo cáo.",
            )
        seen.add(key)
        if unit is None or not unit.exists_on(day):
            yield Problem(
                code="unknown_unit",
                pointer=f"/rows/{position}/unit",
                value=code,
                expected=f"cần đơn vị có trong danh mục vào ngày {ngay(day)}",
                rule="intake.units.v1",
                detail=_no_unit(code, unit, register, day),
            )
        else:
            place = (unit.tier, unit.parent)
            if place not in reported:
                reported[place] = concerns(context.plan, obligation, agency, unit)
            if not reported[place]:
                yield tier_not_reported(
                    f"/rows/{position}/unit", code, unit.tier, obligation, rule, full_name(register, unit.code)
                )
        if isinstance(row, InspectionRow):
            for name, stated in (("opened", row.opened), ("closed", row.closed)):
                if stated is not None and stated > local(now).date():
                    yield date_in_future(f"/rows/{position}/{name}", stated, "Ngày mở hoặc khép lại vụ việc", rule)
        elif (
            isinstance(row, ScoreRow)
            and field is not None
            and (row.score > field.scale or row.score != row.score.quantize(smallest))
        ):
            yield from _score_problems(position, row, context.plan, field)


def _enterprises_given_twice(report: Report, rule: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, enterprise in enumerate(enterprises_of(report)):
        if enterprise.tax_code in seen:
            yield Problem(
                code="enterprise_twice",
                pointer=f"/enterprises/{position}/tax_code",
                value=enterprise.tax_code,
                expected="cần mỗi doanh nghiệp một dòng",
                rule=rule,
                detail=f"Doanh nghiệp có mã số thuế {enterprise.tax_code} có hai dòng trong một báo cáo.",
            )
        seen.add(enterprise.tax_code)


def _no_unit(code: str, unit: Unit | None, register: UnitRegister, day: date) -> str:
    """In Vietnamese: the unit does not exist on a day, and which units succeeded it."""
    if unit is None:
        return f"Không có đơn vị mang mã “{code}” vào ngày {ngay(day)}."
    successors = "; ".join(full_name(register, successor) for successor in register.successors(code))
    return f"{full_name(register, code)} không tồn tại vào ngày {ngay(day)}" + (
        f"; đã sáp nhập vào {successors}." if successors else "."
    )


def _score_problems(position: int, row: ScoreRow, plan: Plan, field: RankedField) -> Iterator[Problem]:
    pointer = f"/rows/{position}/score"
    if row.score > field.scale:
        yield Problem(
            code="score_above_scale",
            pointer=pointer,
            value=str(row.score),
            expected=f"cần điểm từ 0 đến {field.scale}",
            rule=rule_at(plan, field.cite),
            detail=f"Điểm {so(row.score)} vượt thang điểm {so(field.scale)} của lĩnh vực {field.name}.",
        )
    if row.score != row.score.quantize(Decimal(1).scaleb(-field.decimals)):
        yield Problem(
            code="too_many_decimals",
            pointer=pointer,
            value=str(row.score),
            expected=f"cần nhiều nhất {field.decimals} chữ số thập phân",
            rule=rule_at(plan, field.cite),
            detail=f"Điểm {so(row.score)} có quá {field.decimals} chữ số thập phân của lĩnh vực {field.name}.",
        )
