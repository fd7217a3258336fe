"""What is wrong with the rows of a report: every problem with its place, what was expected and whose rule it is. Pure.

Most reports have no wrong row: ``fast_row_check`` accepts those, and the rest are checked row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from services.intake.context import IntakeContext
from services.intake.reports import fast_row_check
from services.intake.reports.problems import date_in_future, rule_at, rule_of, tier_not_reported
from shared.contracts.awards import RankedField
from shared.contracts.intake import (
    DocumentReport,
    Report,
    rows_of,
)
from shared.contracts.model import Tier, local
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem
from shared.contracts.rows import InspectionRow, ScoreRow
from shared.contracts.units import Unit, UnitRegister
from shared.plans.authority import concerns
from shared.wording.formats import ngay, so
from shared.wording.unit_names import full_name


def as_of_day(report: Report, plan: Plan, now: datetime) -> date:
    """The local day a report is about: its own as-of, or else the movement's, or else the day it is received."""
    assert plan.movement is not None
    return report.as_of or plan.movement.as_of or local(now).date()


def row_problems(
    report: Report, obligation: Obligation, agency: str, context: IntakeContext, now: datetime
) -> Iterator[Problem]:
    """Every problem of a report's rows and of its document's date."""
    day, rule = as_of_day(report, context.plan, now), rule_of(context.plan, obligation)
    if isinstance(report, DocumentReport) and report.document.issued > local(now).date():
        yield date_in_future("/document/issued", report.document.issued, "Ngày ban hành văn bản", rule)
    if not fast_row_check.passes(report, obligation, agency, context, day):
        yield from _problems_row_by_row(report, obligation, agency, context, now)


def _problems_row_by_row(
    report: Report, obligation: Obligation, agency: str, context: IntakeContext, now: datetime
) -> Iterator[Problem]:
    register, day, rule = context.register, as_of_day(report, context.plan, now), rule_of(context.plan, obligation)
    seen: set[tuple[str, str]] = set()
    reported: dict[tuple[Tier, str | None], bool] = {}
    by_code, field = register.by_code, context.plan.field[obligation.field] if obligation.field else None
    smallest = Decimal(1).scaleb(-field.decimals) if field else Decimal(1)
    for position, row in enumerate(rows_of(report)):
        unit = by_code.get(row.unit)
        key = (row.unit, row.case if isinstance(row, InspectionRow) else "")
        if key in seen:
            yield Problem(
                code="unit_twice",
                pointer=f"/rows/{position}/unit",
                value=row.unit,
                expected="each unit once",
                rule=rule,
                detail=f"Đơn vị “{full_name(register, row.unit)}” có hai dòng trong một báo cáo.",
            )
        seen.add(key)
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
            place = (unit.tier, unit.parent)
            if place not in reported:
                reported[place] = concerns(context.plan, obligation, agency, unit)
            if not reported[place]:
                yield tier_not_reported(
                    f"/rows/{position}/unit", row.unit, unit.tier, obligation, rule, full_name(register, unit.code)
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
            expected=f"0 to {field.scale}",
            rule=rule_at(plan, field.cite),
            detail=f"Điểm {so(row.score)} vượt thang điểm {so(field.scale)} của lĩnh vực {field.name}.",
        )
    if row.score != row.score.quantize(Decimal(1).scaleb(-field.decimals)):
        yield Problem(
            code="too_many_decimals",
            pointer=pointer,
            value=str(row.score),
            expected=f"at most {field.decimals} decimals",
            rule=rule_at(plan, field.cite),
            detail=f"Điểm {so(row.score)} có quá {field.decimals} chữ số thập phân của lĩnh vực {field.name}.",
        )
